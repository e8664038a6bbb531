import { expect, test } from 'vitest';
import { memoryStats, openScope, scope, zeros, type OpenScope, type Tensor } from '@adjoint/core';
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

test('a scope that was left open ends with the one around it', () => {
  const before = memoryStats();
  let lost: Tensor | null = null;
  let left: OpenScope | null = null;
  expect(scope(() => {
    left = openScope('left open');
    openScope('left open as well');
    lost = zeros([300]);
    return 3;
  })).toBe(3);
  expect(() => lost!.toArray()).toThrow('left open as well');
  const { tensors, bytes } = memoryStats();
  expect([tensors, bytes]).toEqual([before.tensors, before.bytes]);
  const outer = openScope('outer');
  left![Symbol.dispose]();
  outer[Symbol.dispose]();
});

test('a scope that cannot take what it is to take does not stay open', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  expect(() => scope(() => 3, 'takes', [revoked.proxy])).toThrow();
  const outside = zeros([2]);
  scope(() => 1);
  expect(outside.toArray()).toEqual([0, 0]);
  const before = memoryStats().collectableBytes;
  const x = zeros([100]);
  expect(memoryStats().collectableBytes).toBe(before + 400);
  x[Symbol.dispose]();
  outside[Symbol.dispose]();
});
