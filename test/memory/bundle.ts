import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The programs and the packages in one file that a Node runs as it is; a loader of sources would take part in memory and time. */
export interface Bundle {
  readonly path: string;
  remove(): void;
}

export async function bundleProcess(): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-memory-'));
  const path = join(folder, 'process.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'process.ts')], outfile: path, bundle: true, platform: 'node', format: 'esm', target: 'node20',
    conditions: ['@adjoint/source'], tsconfigRaw: {}, logLevel: 'error',
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
