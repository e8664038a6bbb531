import { describe, expect, test } from 'vitest';
import { readCallSite } from '../src/memory/callSite.js';

describe('readCallSite', () => {
  test('reads stacks of V8, on Windows too', () => {
    expect(readCallSite([
      'Error',
      '    at empty (file:///C:/app/node_modules/@adjoint/core/dist/chunk-AB.js:1:2)',
      '    at exports.add (C:\\app\\node_modules\\@adjoint\\ops\\dist\\index.cjs:1:2)',
      '    at Array.map (<anonymous>)',
      '    at Net.step [as run] (C:\\app (new)\\train.js:3:4)',
      '    at async main (file:///C:/app/main.js:5:6)',
      '    at node:internal/main:1:1',
    ].join('\n'))).toEqual({ call: 'add', stack: ['Net.step [as run] (C:\\app (new)\\train.js:3:4)', 'async main (file:///C:/app/main.js:5:6)'] });
  });

  test('reads stacks of Firefox and Safari', () => {
    expect(readCallSite([
      'empty@http://localhost/node_modules/.vite/deps/@adjoint_core.js?v=1:1:2',
      'zeros@https://cdn.example/@adjoint/core@0.1.0/core.mjs:1:2',
      '[native code]',
      'step@http://localhost/src/train.js:3:4',
      'async*main@http://localhost/src/train.js:7:4',
      '@http://localhost/src/train.js:9:1',
      '',
    ].join('\n'))).toEqual({
      call: 'zeros',
      stack: ['step (http://localhost/src/train.js:3:4)', 'async main (http://localhost/src/train.js:7:4)', 'http://localhost/src/train.js:9:1'],
    });
  });

  test("keeps a program's own packages that have the same folder names", () => {
    expect(readCallSite('Error\n    at zeros (/app/node_modules/@adjoint/core/dist/index.js:1:2)\n    at /app/packages/core/src/mine.ts:1:1').stack).toEqual(['/app/packages/core/src/mine.ts:1:1']);
  });

  test('keeps all frames of a bundle', () => {
    const bundle = 'Error\n    at a (file:///app/bundle.js:1:2)\n    at b (file:///app/bundle.js:1:9)';
    expect(readCallSite(bundle)).toEqual({ call: '', stack: ['a (file:///app/bundle.js:1:2)', 'b (file:///app/bundle.js:1:9)'] });
    expect(readCallSite('')).toEqual({ call: '', stack: [] });
  });
});
