import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@adjoint/source', 'node', 'module', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@adjoint/source', 'node', 'module', 'import', 'default'], externalConditions: ['@adjoint/source', 'node', 'module-sync', 'import', 'default'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    // These need a browser: vitest.browser.config.ts.
    exclude: [...configDefaults.exclude, 'test/browser/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
