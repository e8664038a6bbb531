import { beforeEach, describe, expect, test } from 'vitest';
import { checkpoint, grad, key, normal, scope, setDefaultBackend, tensor, vmap, type Tensor } from '@adjoint/core';
import { add, dropout, matmul, mul, sum, tanh } from '@adjoint/ops';
import { backends } from '../backends.js';
import { living } from '../living.js';

describe.each(backends)('checkpoint on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  /** A chain of blocks, each of several operations, and the most bytes that were in use while one of them ran. */
  function chain(length: number, recompute: boolean): { readonly loss: (x: Tensor) => Tensor; readonly peak: () => number } {
    let peak = 0;
    const kernel = normal(key(1), [16, 16], { standardDeviation: 0.3 });
    const block = (x: Tensor): Tensor => {
      let y = x;
      for (let step = 0; step < 6; step++) y = tanh(add(matmul(y, kernel), mul(0.5, y)));
      peak = Math.max(peak, living().bytes);
      return y;
    };
    const part = recompute ? checkpoint(block) : block;
    return {
      loss: (x) => {
        let y = x;
        for (let step = 0; step < length; step++) y = scope(() => part(y));
        return sum(mul(y, y));
      },
      peak: () => peak,
    };
  }

  test('a deep chain needs less memory, and its gradient is the same to the bit', () => scope(() => {
    const x = normal(key(2), [64, 16]);
    const [plain, recomputed] = [chain(20, false), chain(20, true)];
    const expected = grad(plain.loss)(x).data();
    expect([...grad(recomputed.loss)(x).data()]).toEqual([...expected]);
    expect(recomputed.peak()).toBeLessThan(plain.peak() / 2.5);
  }));

  test('gradients reach what it closes over, and what is random is the same again', () => scope(() => {
    const w = tensor([2, 3], { dtype: 'float64' });
    const x = tensor([1, 1], { dtype: 'float64' });
    const noisy = (of: Tensor) => (y: Tensor): Tensor => sum(dropout(mul(y, mul(of, of)), { rate: 0.5, key: key(4) }));
    expect(grad((v: Tensor) => checkpoint(noisy(v))(x))(w).data()).toEqual(grad((v: Tensor) => noisy(v)(x))(w).data());
    expect(vmap(grad((v: Tensor) => checkpoint(noisy(v))(x)))(mul(tensor([[1], [2]], { dtype: 'float64' }), w)).data())
      .toEqual(vmap(grad((v: Tensor) => noisy(v)(x)))(mul(tensor([[1], [2]], { dtype: 'float64' }), w)).data());
  }));

  test('one inside of another, and several results', () => scope(() => {
    const x = tensor([0.3, -0.4], { dtype: 'float64' });
    const inner = checkpoint((y: Tensor) => ({ a: tanh(y), b: [mul(y, y)] as const }));
    const outer = checkpoint((y: Tensor) => {
      const { a, b: [b] } = inner(y);
      return sum(mul(a, inner(b).a));
    });
    const plain = (y: Tensor): Tensor => sum(mul(tanh(y), tanh(mul(y, y))));
    expect(grad(outer)(x).data()).toEqual(grad(plain)(x).data());
    const expected = grad((y: Tensor) => sum(grad(plain)(y)))(x).data();
    grad((y: Tensor) => sum(grad(outer)(y)))(x).data().forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 14));
  }));

  test('what it makes itself, as constants, ends with it', () => scope(() => {
    const length = 1000;
    const scaled = checkpoint((x: Tensor) => sum(mul(x, normal(key(5), [length]))));
    grad((x: Tensor) => {
      const before = living().bytes;
      const y = scaled(x);
      expect(living().bytes - before).toBeLessThan(4 * length);
      return y;
    })(tensor(2));
  }));

  test('what it is passed besides tensors is passed on', () => scope(() => {
    const scaled = checkpoint((x: Tensor, factor: number, options: { readonly shift: Tensor | null }) => (options.shift === null ? mul(x, factor) : add(x, options.shift)));
    expect(grad((x: Tensor) => scaled(x, 3, { shift: null }))(tensor(2)).item()).toBe(3);
    expect(grad((x: Tensor) => scaled(tensor(1), 3, { shift: x }))(tensor(2)).item()).toBe(1);
  }));
});
