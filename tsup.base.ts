import type { Options } from 'tsup';
import { existsSync } from 'node:fs';

/** How every package is built: ES modules and CommonJS, with types for both. */
export const packageBuild: Options = {
  entry: ['src/index.ts', 'src/testing.ts', 'src/node.ts'].filter((entry) => existsSync(entry)),
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  // Also of CommonJS, so that the entries of a package share their classes.
  splitting: true,
  // `import.meta.url` in CommonJS.
  shims: true,
  target: 'es2022',
};
