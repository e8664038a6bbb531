import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base.js';

/** The files of `#platform` are built on their own: package.json says which one a host gets. */
export default defineConfig({
  ...packageBuild,
  entry: { index: 'src/index.ts', 'platform/node': 'src/platform/node.ts', 'platform/browser': 'src/platform/browser.ts' },
  external: ['#platform'],
});
