import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base.js';

/** The files of `#collector` are built on their own: package.json says which one a host gets. */
export default defineConfig({
  ...packageBuild,
  entry: { index: 'src/index.ts', testing: 'src/testing.ts', 'memory/collector/node': 'src/memory/collector/node.ts', 'memory/collector/browser': 'src/memory/collector/browser.ts' },
  external: ['#collector'],
  // The types have Symbol.dispose, which the libraries of a user's project may lack.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
});
