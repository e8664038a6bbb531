import { beforeEach, describe, expect, test } from 'vitest';
import {
  ArgumentError, bernoulli, DTypeError, exponential, foldIn, gumbel, key, normal, permutation, permutationIndices, randomInteger, reference, setDefaultBackend, ShapeError,
  split, truncatedNormal, uniform, withBackend, type FloatDType, type Key, type Tensor,
} from '@adjoint/core';
import { dropout } from '@adjoint/ops';
import { backends } from '../backends.js';

const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values: ArrayLike<number>): number => {
  const mean = meanOf(values);
  return meanOf(Array.from(values, (value) => (value - mean) ** 2));
};

/** The probability of a standard normal number below `x`, by Simpson's rule. */
function normalBelow(x: number): number {
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  const steps = 100;
  const width = x / steps;
  let sum = 0;
  for (let step = 0; step < steps; step++) sum += density(step * width) + 4 * density((step + 0.5) * width) + density((step + 1) * width);
  return 0.5 + (sum * width) / 6;
}

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
    ['truncatedNormal', () => truncatedNormal(key(7), [1001])],
    ['truncatedNormal in float64', () => truncatedNormal(key(7), [1001], { dtype: 'float64', lower: 3, upper: Infinity })],
    ['gumbel', () => gumbel(key(7), [1001])],
    ['exponential', () => exponential(key(7), [1001])],
    ['randomInteger', () => randomInteger(key(7), [1001], { low: -5, high: 1000 })],
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

  // Of the same words, by NumPy's log and SciPy's ndtri.
  test.each<[string, () => Tensor, readonly number[]]>([
    ['gumbel', () => gumbel(key(7), [4], { dtype: 'float64' }), [1.7750434867657083, 0.15906673242052874, 0.8437918933474352, 0.7002734001011768]],
    ['gumbel in float32', () => gumbel(key(7), [4]), [1.7750434875488281, 0.23943191766738892, 0.15906675159931183, 2.3080592155456543]],
    ['exponential', () => exponential(key(7), [4], { dtype: 'float64', scale: 3 }), [0.5084282381179888, 2.5588183150699244, 1.290229868739798, 1.4893486676301073]],
    ['truncatedNormal', () => truncatedNormal(key(7), [4], { dtype: 'float64' }), [0.9480578155417225, -0.1775959891982376, 0.36813393836559694, 0.2630464475903971]],
    ['truncatedNormal in a tail', () => truncatedNormal(key(7), [4], { dtype: 'float64', lower: 5, upper: 6 }), [5.032455603875586, 5.161139341093894, 5.081939691520583, 5.094460989055651]],
    ['truncatedNormal in the other tail', () => truncatedNormal(key(7), [2], { dtype: 'float64', lower: -Infinity, upper: -20 }), [-20.008450999722207, -20.042496218894655]],
    ['randomInteger', () => randomInteger(key(7), [6], { low: -50, high: 50 }), [34, -8, 15, 10, 8, -46]],
  ])('%s has known values', (_, make, expected) => {
    for (const [index, value] of make().data().entries()) expect(Math.abs(value - expected[index]!)).toBeLessThan(2e-15 * Math.abs(expected[index]!));
  });

  test.each<[string, (options: { dtype: FloatDType }) => Tensor, (x: number) => number]>([
    ['uniform', (options) => uniform(key(20), [20_000], { low: -1, high: 3, ...options }), (x) => (x + 1) / 4],
    ['normal', (options) => normal(key(21), [20_000], { mean: 1, standardDeviation: 2, ...options }), (x) => normalBelow((x - 1) / 2)],
    ['exponential', (options) => exponential(key(22), [20_000], { scale: 2, ...options }), (x) => 1 - Math.exp(-x / 2)],
    ['gumbel', (options) => gumbel(key(23), [20_000], options), (x) => Math.exp(-Math.exp(-x))],
    [
      'truncatedNormal', (options) => truncatedNormal(key(24), [20_000], { lower: -1, upper: 0.5, mean: 3, standardDeviation: 2, ...options }),
      (x) => (normalBelow((x - 3) / 2) - normalBelow(-1)) / (normalBelow(0.5) - normalBelow(-1)),
    ],
  ])('%s has its distribution function', (_, make, probabilityBelow) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const sorted = Float64Array.from(make({ dtype }).data()).sort();
      const gap = Math.max(...Array.from(sorted, (x, index) => Math.abs(probabilityBelow(x) - (index + 0.5) / sorted.length)));
      // The 99.9 % quantile of Kolmogorov and Smirnov's statistic.
      expect(gap).toBeLessThan(1.95 / Math.sqrt(sorted.length));
    }
  });

  test('truncatedNormal stays within its bounds, however far out', () => {
    for (const [lower, upper] of [[-2, 2], [0, 1e-3], [8, 9], [-30, -29], [36.9, Infinity], [-Infinity, Infinity]] as const) {
      const values = truncatedNormal(key(1), [500], { lower, upper, dtype: 'float64' }).data();
      expect(values.every((value) => value >= lower && value <= upper && Number.isFinite(value))).toBe(true);
      expect(new Set(values).size).toBe(500);
    }
    // Of a tail most lies at its beginning: the mean above 8 is 8.1.
    expect(meanOf(truncatedNormal(key(1), [5000], { lower: 8, upper: 9, dtype: 'float64' }).data())).toBeCloseTo(8.12, 1);
    expect(truncatedNormal(key(1), [3], { mean: 4, standardDeviation: 0 }).toArray()).toEqual([4, 4, 4]);
  });

  test('randomInteger is even over its range, and reaches both ends of int32', () => {
    const counts = new Array<number>(7).fill(0);
    for (const value of randomInteger(key(3), [14_000], { low: -3, high: 4 }).data()) counts[value + 3]!++;
    // The 99.9 % quantile of chi-square with 6 degrees of freedom.
    expect(counts.reduce((sum, found) => sum + (found - 2000) ** 2 / 2000, 0)).toBeLessThan(22.5);
    const wide = randomInteger(key(4), [10_000], { low: -(2 ** 31), high: 2 ** 31 });
    expect(wide.dtype).toBe('int32');
    expect(Math.min(...wide.data())).toBeLessThan(-(2 ** 31) * 0.999);
    expect(Math.max(...wide.data())).toBeGreaterThan(2 ** 31 * 0.999);
    expect(randomInteger(key(0), [3], { low: 2 ** 31 - 1, high: 2 ** 31 }).toArray()).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1]);
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
    const family = [parent, ...split(parent, 100), ...split(split(parent)[0], 100), foldIn(parent, 2 ** 32 - 1)];
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
    ['a negative seed', () => key(-1), 'key: seed is -1; expected an integer from 0 to 9007199254740991'],
    ['a fraction', () => key(0.5), 'key: seed is 0.5'],
    ['a seed too large', () => key(2 ** 53), 'key: seed is'],
    ['an index', () => foldIn(key(0), 2 ** 32), 'foldIn: index is 4294967296'],
    ['a count', () => split(key(0), -1), 'split: count is -1'],
    ['a range', () => uniform(key(0), [1], { low: 2, high: 1 }), 'uniform: low is 2, high is 1'],
    ['an infinite range', () => uniform(key(0), [1], { high: Infinity }), 'uniform: low is 0, high is Infinity'],
    ['a deviation', () => normal(key(0), [1], { standardDeviation: -1 }), 'normal: mean is 0, standardDeviation is -1'],
    ['a deviation of truncatedNormal', () => truncatedNormal(key(0), [1], { standardDeviation: -1 }), 'truncatedNormal: mean is 0, standardDeviation is -1'],
    ['an empty interval', () => truncatedNormal(key(0), [1], { lower: 1, upper: 1 }), 'truncatedNormal: lower is 1, upper is 1; expected lower < upper'],
    ['an interval too far out', () => truncatedNormal(key(0), [1], { lower: 38, upper: 40 }), 'truncatedNormal: lower is 38, upper is 40'],
    ['no bound', () => truncatedNormal(key(0), [1], { lower: Number.NaN }), 'truncatedNormal: lower is NaN'],
    ['a scale', () => exponential(key(0), [1], { scale: -1 }), 'exponential: scale is -1; expected a finite number from 0'],
    ['an empty range of integers', () => randomInteger(key(0), [1], { low: 2, high: 2 }), 'randomInteger: low is 2, high is 2; expected whole numbers'],
    ['a range beyond int32', () => randomInteger(key(0), [1], { high: 2 ** 31 + 1 }), 'randomInteger: low is 0, high is 2147483649'],
    ['a fraction as a bound', () => randomInteger(key(0), [1], { high: 1.5 }), 'randomInteger: low is 0, high is 1.5'],
    ['a probability', () => bernoulli(key(0), 1.5, [1]), 'bernoulli: probability is 1.5; expected a number from 0 to 1'],
    ['no probability', () => bernoulli(key(0), Number.NaN, [1]), 'bernoulli: probability is NaN'],
    ['a permutation of less than nothing', () => permutation(key(0), -1), 'permutation: count is -1'],
  ])('%s out of range is refused', (_, call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });

  test('what is no key, as a seed, is refused by name', () => {
    const seed = 1 as unknown as Key;
    for (const [name, call] of [
      ['uniform', () => uniform(seed, [1])], ['normal', () => normal(seed, [1])], ['truncatedNormal', () => truncatedNormal(seed, [1])],
      ['gumbel', () => gumbel(seed, [1])], ['exponential', () => exponential(seed, [1])], ['randomInteger', () => randomInteger(seed, [1], { high: 1 })],
      ['bernoulli', () => bernoulli(seed, 0.5, [1])], ['permutation', () => permutation(seed, 1)], ['foldIn', () => foldIn(seed, 1)], ['split', () => split(seed)],
    ] as const) {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(`${name}: key is 1; expected a Key; make one with key(seed)`);
    }
  });

  test('random floats are refused in another dtype', () => {
    const options = { dtype: 'int32' as 'float32' };
    for (const call of [() => uniform(key(0), [1], options), () => normal(key(0), [1], options), () => truncatedNormal(key(0), [1], options), () => gumbel(key(0), [1], options), () => exponential(key(0), [1], options)]) {
      expect(call).toThrow(DTypeError);
      expect(call).toThrow(': dtype is int32; expected float32 or float64');
    }
  });

  test('a shape is checked before a number is made', () => {
    for (const call of [() => uniform(key(0), [-1]), () => normal(key(0), [0.5]), () => truncatedNormal(key(0), [-1]), () => gumbel(key(0), [-1]), () => exponential(key(0), [-1]), () => randomInteger(key(0), [-1], { high: 1 }), () => bernoulli(key(0), 0.5, [Number.NaN])]) expect(call).toThrow(ShapeError);
  });
});
