import { beforeEach, describe, expect, test } from 'vitest';
import { foldIn, grad, key, permutation, reference, setDefaultBackend, tensor, withBackend, zeros, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import { categorical, gather, mul, shuffle, sum, transpose } from '../src/index.js';

describe.each(backends)('random operations on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('categorical draws each class with its probability', () => {
    const probabilities = [0.1, 0.2, 0.3, 0.4];
    const logits = tensor([...probabilities.map(Math.log), -Infinity]);
    const draws = categorical(key(4), logits, { shape: [20_000] });
    expect(draws).toMatchObject({ dtype: 'int32', shape: [20_000] });
    const counts = [0, 0, 0, 0, 0];
    for (const drawn of draws.data()) counts[drawn]!++;
    expect(counts[4]).toBe(0);
    // The 99.9 % quantile of chi-square with 3 degrees of freedom.
    expect(probabilities.reduce((total, p, index) => total + (counts[index]! - 20_000 * p) ** 2 / (20_000 * p), 0)).toBeLessThan(16.3);
  });

  test('categorical draws once from each row, along any axis, and as often as the shape says', () => {
    const logits = tensor([[0, 200, 0], [200, 0, 0]]);
    expect(categorical(key(1), logits).toArray()).toEqual([1, 0]);
    expect(categorical(key(1), transpose(logits), { axis: 0 }).toArray()).toEqual([1, 0]);
    expect(categorical(key(1), logits, { shape: [3, 2] }).toArray()).toEqual([[1, 0], [1, 0], [1, 0]]);
    expect(categorical(key(1), tensor([[0, 200]]), { shape: [2, 3] }).toArray()).toEqual([[1, 1, 1], [1, 1, 1]]);
    expect(categorical(key(1), tensor([0, 200], { dtype: 'int32' })).shape).toEqual([]);
    const rows = categorical(key(1), zeros([50, 4])).data();
    expect(new Set(rows).size).toBe(4);
  });

  test.each<[string, () => Tensor]>([
    ['categorical', () => categorical(key(5), zeros([301, 7]))],
    ['categorical in float64', () => categorical(key(5), zeros([301, 7], { dtype: 'float64' }))],
    ['shuffle', () => shuffle(key(5), tensor(Float32Array.from({ length: 301 }, (_, index) => index)))],
  ])('%s: the same key gives what it gives on the reference backend', (_, make) => {
    expect(make().data()).toEqual(withBackend(reference, make).data());
    expect(make().data()).toEqual(make().data());
  });

  test('shuffle moves whole slices, in the order of the permutation', () => {
    const x = tensor([[1, 2], [3, 4], [5, 6], [7, 8]]);
    expect(shuffle(key(2), x).toArray()).toEqual(gather(x, permutation(key(2), 4)).toArray());
    expect(shuffle(key(2), transpose(x), { axis: -1 }).toArray()).toEqual(transpose(shuffle(key(2), x)).toArray());
    const orders = Array.from({ length: 50 }, (_, index) => shuffle(foldIn(key(0), index), tensor([0, 1, 2])).data().join(''));
    expect(new Set(orders).size).toBe(6);
    expect(shuffle(key(2), zeros([0, 3])).shape).toEqual([0, 3]);
  });

  test('the gradient of shuffle goes back to where the slices came from', () => {
    const weights = tensor([1, 2, 3, 4]);
    const order = permutation(key(3), 4).data();
    const gradient = grad((x) => sum(mul(weights, shuffle(key(3), x))))(zeros([4])).data();
    expect(Array.from(order, (source) => gradient[source])).toEqual([1, 2, 3, 4]);
  });
});
