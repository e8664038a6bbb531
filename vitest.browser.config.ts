import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { launchOptions } from './test/browser/chromium.js';
import { isolationHeaders } from './test/browser/isolation.js';

/** The suites of Node, as they are, in a page. */
function page(name: string, headers: Record<string, string>, include: string[]): TestProjectInlineConfiguration {
  return {
    resolve: { conditions: ['@adjoint/source', 'browser', 'module', 'import', 'default'] },
    server: { headers },
    optimizeDeps: { include: ['fast-check', 'immutable'] },
    test: {
      name,
      include,
      exclude: [...configDefaults.exclude, '**/*.node.test.ts'],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: launchOptions() }),
        instances: [{ browser: 'chromium' }],
      },
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      page('isolated', isolationHeaders, [
        'packages/{core,wasm,ops,nn}/test/**/*.test.ts', 'test/{core,conformance,gradients,transforms}/**/*.test.ts', 'test/operations/ownElements.test.ts',
        'test/browser/isolated.test.ts',
      ]),
      page('not isolated', {}, [
        'packages/{wasm,ops}/test/**/!(threads).test.ts', 'test/conformance/**/*.test.ts', 'test/browser/notIsolated.test.ts',
      ]),
      { test: { name: 'pages', include: ['test/browser/pages.test.ts', 'test/browser/memory.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
    ],
  },
});
