import { beforeEach, describe, expect, test } from 'vitest';
import { full, grad, memoryStats, scope, setDefaultBackend, tensor, type Tensor } from '@adjoint/core';
import { add, mul, sum } from '@adjoint/ops';
import { backends } from '../backends.js';

const mebibyte = 2 ** 20;

/** Makes a tensor of 1 MiB. */
const megabyte = (value: number): Tensor => full([mebibyte / 4], value);

/** Values that a program keeps must be right, whatever was freed or moved meanwhile. */
function expectKept(kept: readonly Tensor[], first = 0): void {
  kept.forEach((each, index) => {
    const values = each.data();
    expect([values[0], values.at(-1)]).toEqual([first + index, first + index]);
  });
}

describe.each(backends)('a task without scopes and breaks on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('makes 2 GiB of large tensors, and keeps those that it holds', () => {
    const kept: Tensor[] = [];
    let most = 0;
    for (let index = 0; index < 2048; index++) {
      const made = megabyte(index / 64);
      if (index % 64 === 0) kept.push(made);
      most = Math.max(most, memoryStats().bytes);
    }
    expect(most / mebibyte).toBeLessThan(400);
    expectKept(kept);
  });

  test('makes 100,000 numbers, and keeps those that it holds', () => {
    const kept: Tensor[] = [];
    let most = 0;
    for (let index = 0; index < 100_000; index++) {
      const made = tensor(index / 10);
      if (index % 10 === 0) kept.push(made);
      most = Math.max(most, memoryStats().tensors);
    }
    expect(most).toBeLessThan(60_000);
    kept.forEach((each, index) => { if (each.item() !== index) throw new Error(`number ${index} is ${each.item()}`); });
    expect(sum(add(kept[7]!, kept[9_000]!)).item()).toBe(9_007);
  });

  test('makes large tensors in a scope, and in the callback of a gradient', () => {
    const steps = backend.name === 'reference' ? 100 : 600;
    const loop = (x: Tensor): Tensor => {
      for (let index = 0; index < steps; index++) mul(megabyte(index), 2);
      return sum(mul(x, x));
    };
    let most = 0;
    const watched = (x: Tensor): Tensor => {
      const result = loop(x);
      most = Math.max(most, memoryStats().bytes);
      return result;
    };
    expect(scope(() => watched(tensor([1, 2]))).item()).toBe(5);
    expect(grad(watched)(tensor([1, 2])).toArray()).toEqual([2, 4]);
    expect(most / mebibyte).toBeLessThan(400);
  });
});
