import { expect, test } from 'vitest';
import { memoryStats, openScope, zeros, type Tensor } from '@adjoint/core';
import { add } from '@adjoint/ops';
import '@adjoint/wasm';

test('a tensor and a scope end with the block that uses them', () => {
  const before = memoryStats().tensors;
  let escaped: Tensor;
  {
    using memory = openScope('block');
    using x = zeros([3]);
    escaped = memory.keep(add(x, 1));
    add(escaped, 1);
  }
  expect(memoryStats().tensors).toBe(before + 1);
  expect(escaped.toArray()).toEqual([1, 1, 1]);
  escaped[Symbol.dispose]();
  expect(memoryStats().tensors).toBe(before);
});

test('scopes end in the reverse order', () => {
  const outer = openScope('outer');
  const inner = openScope('inner');
  expect(() => outer[Symbol.dispose]()).toThrow('outer');
  inner[Symbol.dispose]();
  outer[Symbol.dispose]();
  outer[Symbol.dispose]();
});
