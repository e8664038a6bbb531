import { describe, expect, test } from 'vitest';
import { key, type Tensor } from '@adjoint/core';
import {
  constant, fansOf, glorotNormal, glorotUniform, heNormal, heUniform, identityMatrix, lecunNormal, lecunUniform, ones, orthogonal,
  randomNormal, randomUniform, truncatedNormal, varianceScaling, zeros, type Initializer,
} from '@adjoint/nn';
import { matmul, reshape, swapAxes } from '@adjoint/ops';

test('fans are those of Keras: the window counts for both', () => {
  expect(fansOf([5, 7])).toEqual({ fanIn: 5, fanOut: 7 });
  expect(fansOf([3, 2, 5, 7])).toEqual({ fanIn: 30, fanOut: 42 });
  expect(fansOf([4])).toEqual({ fanIn: 4, fanOut: 4 });
  expect(fansOf([])).toEqual({ fanIn: 1, fanOut: 1 });
});

// Of the standard normal distribution between -2 and 2: scipy.stats.truncnorm.stats(-2, 2, moments='vk').
const truncatedDeviation = Math.sqrt(0.7737413035760);
const truncatedKurtosis = 3 - 0.6344632828;

/** Fan in 900, fan out 1800. */
const shape = [3, 3, 100, 200];
const random: [string, Initializer, variance: number, bound: number, kurtosis?: number][] = [
  ['glorotUniform', glorotUniform, 2 / 2700, Math.sqrt(6 / 2700)],
  ['glorotNormal', glorotNormal, 2 / 2700, Infinity],
  ['heUniform', heUniform, 2 / 900, Math.sqrt(6 / 900)],
  ['heNormal', heNormal, 2 / 900, Infinity],
  ['lecunNormal', lecunNormal, 1 / 900, Infinity],
  ['lecunUniform', lecunUniform, 1 / 900, Math.sqrt(3 / 900)],
  ['varianceScaling', varianceScaling({ scale: 3, mode: 'fanOut', distribution: 'uniform' }), 3 / 1800, Math.sqrt(9 / 1800)],
  ['varianceScaling', varianceScaling({ scale: 0.5, mode: 'fanAverage', distribution: 'normal' }), 1 / 2700, Infinity],
  ['varianceScaling', varianceScaling(), 1 / 900, 2 / 30 / truncatedDeviation, truncatedKurtosis],
];

describe.each(random)('%s', (name, initializer, variance, bound, kurtosis = bound === Infinity ? 3 : 1.8) => {
  const values = [...initializer(key(7), shape).data()];
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;

  test('has mean 0 and its variance', () => {
    // Five standard errors of the mean; of the variance well below 2 %.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(variance / values.length));
    expect(moment(2) / variance).toBeGreaterThan(0.98);
    expect(moment(2) / variance).toBeLessThan(1.02);
  });

  test('is uniform, normal or truncated', () => {
    // The fourth moment over the squared second is 1.8 for a uniform distribution and 3 for a normal one.
    expect(moment(4) / moment(2) ** 2).toBeCloseTo(kurtosis, 1);
    expect(values.every((value) => Math.abs(value) <= bound)).toBe(true);
  });

  test('takes fans and dtype, and depends on the key alone', () => {
    const make = (seed: number) => initializer(key(seed), [8], { fanIn: 1e10, fanOut: 1e10, dtype: 'float64' });
    expect(make(1).dtype).toBe('float64');
    expect(make(1).data().every((value) => Math.abs(value) < 1e-4)).toBe(true);
    expect(make(1).data()).toEqual(make(1).data());
    expect(make(1).data()).not.toEqual(make(2).data());
    expect(initializer.name).toBe(name);
  });
});

test('constants', () => {
  expect(zeros(key(0), [2]).toArray()).toEqual([0, 0]);
  expect(ones(key(0), [2], { dtype: 'float64' }).dtype).toBe('float64');
  expect(ones(key(0), [2]).toArray()).toEqual([1, 1]);
  expect(constant(-2)(key(0), [1]).toArray()).toEqual([-2]);
  expect([zeros.name, ones.name, constant(0.5).name]).toEqual(['zeros', 'ones', 'constant']);
  expect(() => constant(NaN)).toThrow(/constant: value is NaN/);
});

const spreads: [string, Initializer, mean: number, deviation: number, lowest: number, highest: number][] = [
  ['randomNormal', randomNormal(), 0, 0.05, -Infinity, Infinity],
  ['randomNormal', randomNormal({ mean: 3, standardDeviation: 0.5 }), 3, 0.5, -Infinity, Infinity],
  ['truncatedNormal', truncatedNormal(), 0, 0.05 * truncatedDeviation, -0.1, 0.1],
  ['truncatedNormal', truncatedNormal({ mean: 3, standardDeviation: 0.5 }), 3, 0.5 * truncatedDeviation, 2, 4],
  ['randomUniform', randomUniform(), 0, 0.1 / Math.sqrt(12), -0.05, 0.05],
  ['randomUniform', randomUniform({ low: 2, high: 5 }), 3.5, 3 / Math.sqrt(12), 2, 5],
];

test.each(spreads)('%s has its mean, deviation and range (%#)', (name, initializer, mean, deviation, lowest, highest) => {
  const values = [...initializer(key(3), [40_000], { dtype: 'float64' }).data()];
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length);
  expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / 200);
  expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.02);
  expect(values.every((value) => value >= lowest && value <= highest)).toBe(true);
  expect(initializer.name).toBe(name);
});

describe('orthogonal', () => {
  const gram = (kernel: Tensor, rows: number, columns: number) => {
    const matrix = reshape(kernel, [rows, columns]);
    const turned = swapAxes(matrix, 0, 1);
    return rows < columns ? matmul(matrix, turned) : matmul(turned, matrix);
  };

  test.each([[[5, 3], 5, 3], [[3, 5], 3, 5], [[4, 4], 4, 4], [[3, 2, 2, 5], 12, 5], [[1, 2, 7], 2, 7]])('makes the shorter sides of %j orthogonal', (kernelShape, rows, columns) => {
    const kernel = orthogonal({ gain: 2 })(key(1), kernelShape, { dtype: 'float64' });
    expect([...kernel.shape]).toEqual(kernelShape);
    const side = Math.min(rows, columns);
    gram(kernel, rows, columns).data().forEach((value, index) => expect(value).toBeCloseTo(index % (side + 1) === 0 ? 4 : 0, 12));
  });

  test('favours no direction: each element of many matrices has mean 0 and the variance 1 / n', () => {
    const matrices = Array.from({ length: 2000 }, (_, seed) => orthogonal()(key(seed), [3, 3], { dtype: 'float64' }).data());
    for (let element = 0; element < 9; element++) {
      const values = matrices.map((matrix) => matrix[element]!);
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 2000)).toBeLessThan(0.07);
      expect(values.reduce((sum, value) => sum + value ** 2, 0) / 2000).toBeCloseTo(1 / 3, 1);
    }
  });

  test('refuses a vector', () => {
    expect(() => orthogonal()(key(0), [3])).toThrow(/orthogonal: the parameter is \[3\]/);
  });
});

test('identityMatrix has its ones at the centre of the window', () => {
  expect(identityMatrix({ gain: 2 })(key(0), [3, 2]).toArray()).toEqual([[2, 0], [0, 2], [0, 0]]);
  expect(identityMatrix()(key(0), [3, 1, 2]).toArray()).toEqual([[[0, 0]], [[1, 0]], [[0, 0]]]);
  expect([...identityMatrix()(key(0), [2, 3, 1, 1]).data()]).toEqual([0, 1, 0, 0, 0, 0]);
  expect(() => identityMatrix()(key(0), [3])).toThrow(/identityMatrix: the parameter is \[3\]/);
});

test.each([
  [() => randomNormal({ standardDeviation: -1 }), /randomNormal: standardDeviation is -1/],
  [() => truncatedNormal({ mean: NaN }), /truncatedNormal: mean is NaN/],
  [() => randomUniform({ low: 1, high: 0 }), /randomUniform: high is 0; expected a finite number from 1/],
  [() => orthogonal({ gain: Infinity }), /orthogonal: gain is Infinity/],
  [() => varianceScaling({ scale: -1 }), /varianceScaling: scale is -1/],
  [() => varianceScaling({ mode: 'fan' as never }), /varianceScaling: mode is "fan"/],
  [() => varianceScaling({ distribution: 'gaussian' as never }), /varianceScaling: distribution is "gaussian/],
])('refuses options out of range (%#)', (make, message) => {
  expect(make).toThrow(message);
});
