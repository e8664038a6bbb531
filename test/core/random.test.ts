import { beforeEach, describe, expect, test } from 'vitest';
import {
  ArgumentError, bernoulli, foldIn, key, normal, permutation, permutationIndices, reference, setDefaultBackend, ShapeError, split, uniform, withBackend,
  type Tensor,
} from '@adjoint/core';
import { dropout } from '@adjoint/ops';
import { backends } from '../backends.js';

const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values: ArrayLike<number>): number => {
  const mean = meanOf(values);
  return meanOf(Array.from(values, (value) => (value - mean) ** 2));
};

/** The bits of a tensor, so that -0 is not 0 and the last digit counts. */
const bitsOf = (x: Tensor): Uint8Array => new Uint8Array(x.data().buffer);

describe.each(backends)('random numbers on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each<[string, () => Tensor]>([
    ['uniform', () => uniform(key(7), [1001])],
    ['uniform in float64', () => uniform(key(7), [1001], { dtype: 'float64' })],
    ['uniform in a range', () => uniform(key(7), [1001], { low: -2, high: 5 })],
    ['normal', () => normal(key(7), [1001])],
    ['normal in float64', () => normal(key(7), [1001], { dtype: 'float64', mean: 3, standardDeviation: 2 })],
    ['bernoulli', () => bernoulli(key(7), 0.3, [1001])],
    ['permutation', () => permutation(key(7), 1001)],
    // At other rates a backend may multiply by the rounded 1 / (1 - rate) instead of dividing.
    ['dropout of a half', () => dropout(uniform(key(7), [1001]), { rate: 0.5, key: key(8) })],
  ])('%s: the same key gives the bits that it gives on the reference backend', (_, make) => {
    expect(bitsOf(make())).toEqual(bitsOf(withBackend(reference, make)));
    expect(bitsOf(make())).toEqual(bitsOf(make()));
  });

  test('uniform is made of the words that Random123 publishes', () => {
    const words = [0x6b200159, 0x99ba4efe];
    expect([...uniform(key(0), [2]).data()]).toEqual(words.map((word) => (word >>> 8) / 2 ** 24));
    expect(uniform(key(0), [], { dtype: 'float64' }).item()).toBe(((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) / 2 ** 53);
  });

  test('the kernel and the path of TypeScript make the same units', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const units = uniform(key(3), [501], { dtype }).data();
      expect(uniform(key(3), [501], { dtype, high: 2 }).data()).toEqual(units.map((unit) => 2 * unit));
      expect(uniform(key(3), [501], { dtype, low: -1, high: 0 }).data()).toEqual(units.map((unit) => unit - 1));
    }
    const units = uniform(key(3), [501]).data();
    expect([...bernoulli(key(3), 0.25, [501]).data()]).toEqual(Array.from(units, (unit) => Number(unit < 0.25)));
  });

  test('a shape only folds the numbers, and a longer tensor starts with a shorter one', () => {
    expect(uniform(key(1), [2, 3]).data()).toEqual(uniform(key(1), [6]).data());
    expect(uniform(key(1), [7]).data().slice(0, 4)).toEqual(uniform(key(1), [4]).data());
    expect(uniform(key(1), [0]).shape).toEqual([0]);
  });

  test('uniform is even over its range', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const values = uniform(key(11), [20_000], { dtype }).data();
      const bins = new Array<number>(20).fill(0);
      for (const value of values) bins[Math.floor(value * 20)]!++;
      // The 99.9 % quantile of chi-square with 19 degrees of freedom.
      expect(bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(43.8);
    }
  });

  test('normal has its mean, its variance and its quantiles', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const values = normal(key(5), [40_000], { dtype, mean: 2, standardDeviation: 3 }).data();
      expect(Math.abs(meanOf(values) - 2)).toBeLessThan(0.06);
      expect(Math.abs(varianceOf(values) - 9)).toBeLessThan(0.25);
      const sorted = Float64Array.from(values).sort();
      for (const [probability, quantile] of [[0.025, -1.959964], [0.25, -0.67449], [0.5, 0], [0.8413447, 1], [0.99, 2.326348]] as const) {
        expect(Math.abs((sorted[Math.round(probability * 40_000)]! - 2) / 3 - quantile)).toBeLessThan(0.06);
      }
    }
    expect([...normal(key(5), [3], { mean: 4, standardDeviation: 0 }).data()]).toEqual([4, 4, 4]);
  });

  test('bernoulli has its probability', () => {
    expect(Math.abs(meanOf(bernoulli(key(2), 0.3, [40_000]).data()) - 0.3)).toBeLessThan(0.01);
    expect(bernoulli(key(2), 0, [3]).toArray()).toEqual([false, false, false]);
    expect(bernoulli(key(2), 1, [3]).toArray()).toEqual([true, true, true]);
  });

  test('permutation is one', () => {
    for (const count of [0, 1, 2, 17, 1000]) {
      const values = [...permutation(key(count), count).data()];
      expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
    }
    expect(permutation(key(0), 3).dtype).toBe('int32');
  });
});

describe('keys', () => {
  test('every order of four is as likely', () => {
    const counts = new Map<string, number>();
    for (let trial = 0; trial < 12_000; trial++) {
      const order = permutationIndices(foldIn(key(9), trial), 4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // The 99.9 % quantile of chi-square with 23 degrees of freedom.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)).toBeLessThan(49.8);
  });

  test('children differ from each other, from their parent and from its numbers', () => {
    const parent = key(42);
    const family = [parent, ...split(parent, 100), ...split(split(parent)[0]!, 100), foldIn(parent, 2 ** 32 - 1)];
    expect(new Set(family.map(({ high, low }) => `${high} ${low}`)).size).toBe(family.length);
    const streams = family.map((each) => [...uniform(each, [4]).data()].join(' '));
    expect(new Set(streams).size).toBe(family.length);
  });

  test('split is foldIn of the numbers from 0, and does not depend on the count', () => {
    expect(split(key(1), 3)).toEqual([foldIn(key(1), 0), foldIn(key(1), 1), foldIn(key(1), 2)]);
    expect(split(key(1))).toEqual(split(key(1), 5).slice(0, 2));
    expect(split(key(1), 0)).toEqual([]);
  });

  test('all bits of a seed count', () => {
    const seeds = [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => `${key(seed).high} ${key(seed).low}`)).size).toBe(seeds.length);
  });

  test.each<[string, () => unknown, string]>([
    ['a negative seed', () => key(-1), 'key: seed is -1; expected a whole number from 0'],
    ['a fraction', () => key(0.5), 'key: seed is 0.5'],
    ['a seed too large', () => key(2 ** 53), 'key: seed is'],
    ['an index', () => foldIn(key(0), 2 ** 32), 'foldIn: index is 4294967296'],
    ['a count', () => split(key(0), -1), 'split: count is -1'],
    ['a range', () => uniform(key(0), [1], { low: 2, high: 1 }), 'uniform: low is 2, high is 1'],
    ['an infinite range', () => uniform(key(0), [1], { high: Infinity }), 'uniform: low is 0, high is Infinity'],
    ['a deviation', () => normal(key(0), [1], { standardDeviation: -1 }), 'normal: mean is 0, standardDeviation is -1'],
    ['a probability', () => bernoulli(key(0), 1.5, [1]), 'bernoulli: probability is 1.5; expected a number from 0 to 1'],
    ['no probability', () => bernoulli(key(0), Number.NaN, [1]), 'bernoulli: probability is NaN'],
    ['a permutation of less than nothing', () => permutation(key(0), -1), 'permutation: count is -1'],
  ])('%s out of range is refused', (_, call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });

  test('a shape is checked before a number is made', () => {
    for (const call of [() => uniform(key(0), [-1]), () => normal(key(0), [0.5]), () => bernoulli(key(0), 0.5, [Number.NaN])]) expect(call).toThrow(ShapeError);
  });
});
