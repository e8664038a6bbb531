import { describe, expect, it } from 'vitest';
import { examplesOf } from './collect.js';
import { runExample } from './run.js';

describe('the runner of examples', () => {
  it.each([
    '1 + 1; // 2',
    '0.1 + 0.2; // 0.3',
    "'a' + 'b'; // 'ab'",
    '[1, [-2, NaN]]; // [1, [-2, NaN]]',
    '({ shape: [2], dtype: undefined }); // { shape: [2], dtype: undefined }',
    'new Float32Array([1, 2]); // Float32Array [1, 2]',
    "import { tensor } from '@adjoint/core';\ntensor([[true]]); // [[true]]",
    "import { Map } from 'immutable';\nMap({ a: Map({ b: 1 }) }); // { a: { b: 1 } }",
    "import { tensor } from '@adjoint/core';\ntensor([1, 2]).item(); // throws ArgumentError: item: float32 [2] has 2 elements",
    'await Promise.resolve(3); // 3',
    'await Promise.reject(new TypeError("no")); // throws TypeError: no',
    'for (const x of [1, 1]) {\n  x; // 1\n}',
    'console.log(2 * 3); // 6',
    'Math.random(); // some number',
  ])('accepts %j', async (code) => {
    expect(await runExample(code)).toEqual([]);
  });

  it.each([
    '1 + 1; // 3',
    "'2'; // 2",
    '[1, 2]; // [1]',
    '({ a: 1, b: 2 }); // { a: 1 }',
    'new Float64Array([1]); // Float32Array [1]',
    'new Float32Array([1]); // [1]',
    'true; // throws TypeError',
    '(() => { throw new RangeError("a") })(); // throws TypeError',
    '(() => { throw new TypeError("a") })(); // throws TypeError: b',
    '(() => { throw new TypeError("a") })(); // 1',
    'Promise.resolve(3); // 3',
    'if (1 > 2) {\n  1; // 1\n}',
    'console.log(2 * 3); // 5',
  ])('refuses %j', async (code) => {
    expect(await runExample(code)).toHaveLength(1);
  });

  it('refuses a comment that only looks like a value', async () => {
    await expect(runExample('[1, 2, 3]; // [1, 2, ...]')).rejects.toThrow('begins as a value');
  });

  it('finds the ts blocks of comments and of pages, with their lines', () => {
    expect(examplesOf('a.ts', '/**\n * @example\n * ```ts\n * f(\n *   1);\n * ```\n */')).toEqual([{ file: 'a.ts', line: 4, code: 'f(\n  1);' }]);
    expect(examplesOf('a.md', '```sh\nls\n```\n\n```ts\nf();\n```\n')).toEqual([{ file: 'a.md', line: 6, code: 'f();' }]);
  });
});
