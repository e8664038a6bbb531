import { beforeEach, describe, expect, test } from 'vitest';
import { arange, eye, grad, key, normal, setDefaultBackend, tensor, zeros, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import { dropout, reshape, scaledDotProductAttention, slice, softmax, sum } from '../src/index.js';
import { expectClose } from './expectClose.js';

const float64 = { dtype: 'float64' } as const;

describe.each(backends)('attention on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const query = (): Tensor => tensor(Array.from({ length: 6 }, (_, index) => Math.sin(index)), { ...float64, shape: [3, 2] });
  const keys = (): Tensor => tensor(Array.from({ length: 8 }, (_, index) => Math.cos(index)), { ...float64, shape: [4, 2] });
  const values = (): Tensor => reshape(arange(12, float64), [4, 3]);

  /** Expected values are PyTorch 1.13's. */
  test('of all keys, and of the earlier ones', () => {
    expectClose(scaledDotProductAttention(query(), keys(), values()), [
      4.881004627530079, 5.881004627530079, 6.8810046275300785, 4.48790634155075, 5.48790634155075, 6.487906341550751,
      4.015143110457583, 5.015143110457583, 6.015143110457583,
    ]);
    expectClose(scaledDotProductAttention(query(), keys(), values(), { causal: true }), [
      0, 1, 2, 0.7700701100794665, 1.7700701100794665, 2.7700701100794665, 3.5703830947449893, 4.570383094744989, 5.570383094744989,
    ]);
  });

  test('a mask of booleans, and the same as numbers that are added', () => {
    const rows = [[true, false, true, true], [false, true, false, false], [true, true, true, false]];
    const added = rows.map((row) => row.map((may) => (may ? 0 : -Infinity)));
    const masked = scaledDotProductAttention(query(), keys(), values(), { mask: tensor(rows) });
    expectClose(scaledDotProductAttention(query(), keys(), values(), { mask: tensor(added, float64) }), [...masked.data()]);
    expectClose(slice(masked, [[1, 2]]), [3, 4, 5]);
  });

  test('a query that may attend to no key gets zeros, and gives finite gradients', () => {
    const mask = tensor([[true, true, true, true], [false, false, false, false], [true, false, false, false]]);
    const attend = (q: Tensor): Tensor => scaledDotProductAttention(q, keys(), values(), { mask });
    expect(slice(attend(query()), [[1, 2]]).toArray()).toEqual([[0, 0, 0]]);
    const gradient = grad((q: Tensor) => sum(attend(q)))(query());
    expect([...gradient.data()].every(Number.isFinite)).toBe(true);
    expect(slice(gradient, [[1, 2]]).toArray()).toEqual([[0, 0]]);
  });

  test('leading axes broadcast', () => {
    const q = normal(key(0), [5, 1, 3, 2], float64);
    const [k, v] = [normal(key(1), [2, 4, 2], float64), normal(key(2), [2, 4, 3], float64)];
    const all = scaledDotProductAttention(q, k, v);
    expect(all.shape).toEqual([5, 2, 3, 3]);
    const one = scaledDotProductAttention(slice(q, [[3, 4]]), slice(k, [[1, 2]]), slice(v, [[1, 2]]));
    expectClose(slice(all, [[3, 4], [1, 2]]), [...one.data()]);
  });

  test('dropout drops weights and keeps their mean', () => {
    const [scores, identity] = [zeros([40, 50]), eye(50)];
    const weights = scaledDotProductAttention(zeros([40, 1]), zeros([50, 1]), identity, { dropout: { rate: 0.25, key: key(3) } });
    expectClose(weights, [...dropout(softmax(scores), { rate: 0.25, key: key(3) }).data()]);
    expect(new Set(weights.data()).size).toBe(2);
    const causal = scaledDotProductAttention(zeros([2, 1]), zeros([2, 1]), eye(2), { causal: true, dropout: { rate: 0.5, key: key(0) } }).toArray() as number[][];
    expect(causal[0]![1]).toBe(0);
  });

  test('scores too large for an exponential, and no keys', () => {
    const large = tensor([[1000, 0], [0, 1000]]);
    expect(scaledDotProductAttention(large, large, large, { scale: 1 }).toArray()).toEqual([[1000, 0], [0, 1000]]);
    expect(scaledDotProductAttention(zeros([2, 1]), zeros([0, 1]), zeros([0, 1])).toArray()).toEqual([[0], [0]]);
  });
});
