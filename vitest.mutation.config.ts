import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { instrument } from './test/mutation/instrument.js';
import tests from './vitest.config.js';

const rules = /\/packages\/(ops\/src\/.*|core\/src\/identity)\.ts$/;

/** `npm run mutation`: the gradient properties against mutants of the gradient rules. */
export default defineConfig({
  ...tests,
  plugins: [{
    name: 'mutants of gradient rules',
    enforce: 'pre',
    transform: (code: string, id: string) => (rules.test(id) ? instrument(relative(import.meta.dirname, id), code) : null),
  }],
  test: { include: ['test/mutation/mutants.ts'], setupFiles: ['test/mutation/start.ts'] },
});
