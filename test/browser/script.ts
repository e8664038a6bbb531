import { join } from 'node:path';
import { build } from 'esbuild';

/** What a page loads: a source beside the files of `page/`, with the packages as `npm run build` has made them, or with imports of them. */
export async function script(options: { readonly source: string; readonly packages: 'bundle' | 'external' }): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: options.source, resolveDir: join(import.meta.dirname, 'page'), loader: 'ts' },
    packages: options.packages, bundle: true, write: false, platform: 'browser', format: 'esm', target: 'es2022',
    // The type checker reads the sources, the page what was built.
    tsconfigRaw: {},
  });
  return outputFiles[0]!.text;
}
