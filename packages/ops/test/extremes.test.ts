import { beforeEach, describe, expect, test } from 'vitest';
import { grad, setDefaultBackend, tensor, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import {
  atan, avgPool2d, batchNorm, broadcastTo, cosineSimilarity, div, erf, groupNorm, layerNorm, max, mean, meanSquaredError, mul, norm, rmsNorm, slice,
  standardDeviation, sum, transpose, variance,
} from '../src/index.js';

/** The elements of float32 results, near the expected ones relative to the largest. */
function expectNear(actual: Tensor, expected: readonly number[], relative = 1e-6): void {
  const values = [...actual.data()];
  const largest = Math.max(...expected.map(Math.abs));
  expect(values.length).toBe(expected.length);
  values.forEach((value, index) => expect(Math.abs(value - expected[index]!) / largest).toBeLessThan(relative));
}

const elements = [1, 2, -3, 0.5];
const meanSquare = 14.25 / 4;
const average = 0.125;
const deviation = Math.sqrt(meanSquare - average ** 2);

// In float32, whose squares overflow beyond 1e19 and vanish below 1e-22.
describe.each(backends)('the ends of float32 on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  describe.each([3e37, 1e30, 1e20, 1, 1e-20, 1e-30, 1e-37])('of the size %d', (size) => {
    const x = (): Tensor => tensor([elements.map((element) => element * size)]);

    test('normalizations', () => {
      const centered = elements.map((element) => (element - average) / deviation);
      expectNear(layerNorm(x(), { epsilon: 0 }), centered);
      expectNear(batchNorm(transpose(x()), { epsilon: 0 }), centered);
      expectNear(groupNorm(x(), { groups: 2, epsilon: 0 }), [-1, 1, -1, 1]);
      expectNear(rmsNorm(x(), { epsilon: 0 }), elements.map((element) => element / Math.sqrt(meanSquare)));
    });

    test('gradients of normalizations', () => {
      const cotangent = [1, -2, 3, 1].map((value) => value * (size < 1 ? 1e-5 : 1));
      const alongRow = (output: number[]) => cotangent.reduce((total, value, index) => total + value * output[index]!, 0) / 4;
      const slope = (fn: (x: Tensor) => Tensor) => grad((y) => sum(mul(fn(y), tensor(cotangent))))(x());
      const uncentered = elements.map((element) => element / Math.sqrt(meanSquare));
      const expected = cotangent.map((value, index) => (value - uncentered[index]! * alongRow(uncentered)) / Math.sqrt(meanSquare) / size);
      expectNear(slope((y) => rmsNorm(y, { epsilon: 0 })), expected, 2e-6);
      const centered = elements.map((element) => (element - average) / deviation);
      const shift = cotangent.reduce((total, value) => total + value, 0) / 4;
      const expectedCentered = cotangent.map((value, index) => (value - shift - centered[index]! * alongRow(centered)) / deviation / size);
      expectNear(slope((y) => layerNorm(y, { epsilon: 0 })), expectedCentered, 2e-6);
    });

    test('norms and standard deviations', () => {
      const length = Math.sqrt(14.25);
      expectNear(norm(x()), [length * size]);
      expectNear(grad((y) => norm(y))(x()), elements.map((element) => element / length));
      expectNear(norm(x(), { order: 3 }), [Math.cbrt(36.125) * size]);
      expectNear(grad((y) => norm(y, { order: 3 }))(x()), elements.map((element) => Math.sign(element) * element ** 2 / 36.125 ** (2 / 3)));
      expectNear(norm(x(), { order: -2 }), [size / Math.sqrt(1 + 1 / 4 + 1 / 9 + 4)]);
      expectNear(standardDeviation(x()), [deviation * size]);
      expectNear(grad((y) => standardDeviation(y))(x()), elements.map((element) => (element - average) / deviation / 4));
      expectNear(standardDeviation(x(), { correction: 1 }), [deviation * Math.sqrt(4 / 3) * size]);
    });

    test('cosine similarity', () => {
      const y = tensor([2, 1, 1, 4]);
      const epsilon = 1e-38;
      expectNear(cosineSimilarity(x(), y, { epsilon }), [3 / Math.sqrt(14.25 * 22)]);
      const slopes = grad((z) => sum(cosineSimilarity(z, y, { epsilon })))(mul(x(), 1));
      const expected = [2, 1, 1, 4].map((value, index) => (value / Math.sqrt(14.25 * 22) - (elements[index]! * 3) / (14.25 * Math.sqrt(14.25 * 22))));
      // The gradient, about one over the size, is compared without leaving float32.
      expectNear(size < 1e-36 ? mul(slopes, size) : mul(mul(slopes, Math.sqrt(size)), Math.sqrt(size)), expected, 2e-6);
    });

    test('means', () => {
      expectNear(mean(tensor(new Array(1100).fill(3 * size))), [3 * size]);
      expectNear(mean(broadcastTo(tensor([3 * size, size]), [1100, 2]), { axes: 0 }), [3 * size, size]);
      expectNear(avgPool2d(broadcastTo(tensor([3 * size]), [1, 4, 4, 1]), { poolSize: 4 }), [3 * size]);
    });
  });

  test('gradients whose value overflows', () => {
    const far = () => tensor([3e38, -3e38]);
    expect(grad((x) => meanSquaredError(x, tensor([0, 0])))(far()).toArray()).toEqual(far().toArray());
    for (const fn of [atan, erf]) expect(grad((x) => sum(grad((y) => sum(fn(y)))(x)))(far()).toArray()).toEqual([-0, 0].map((zero) => expect.closeTo(zero, 10) as unknown));
  });

  test('infinities and NaN stay', () => {
    expect(norm(tensor([[Infinity, 1], [NaN, 1], [0, 0]]), { axes: 1 }).toArray()).toEqual([Infinity, NaN, 0]);
    expect(mean(tensor([[Infinity, 1], [NaN, 1], [Infinity, -Infinity]]), { axes: 1 }).toArray()).toEqual([Infinity, NaN, NaN]);
    expect(rmsNorm(tensor([[Infinity, 1], [1, 1]]), { epsilon: 0 }).toArray()).toEqual([[NaN, 0], [1, 1]]);
  });
});

describe('2 ** 24 + 1 elements of float32', () => {
  const count = 2 ** 24 + 1;
  const ones = (): Tensor => broadcastTo(tensor(1), [count]);

  test('mean, variance and their gradients divide by the exact count', () => {
    expect(mean(ones()).item()).toBe(1);
    expect(mean(broadcastTo(tensor(1), [count, 2]), { axes: 0 }).toArray()).toEqual([1, 1]);
    expect(variance(ones()).item()).toBe(0);
    const share = Math.fround(1 / count);
    expect(share).not.toBe(2 ** -24);
    expect(slice(grad((x) => mean(x))(ones()), [[0, 1]]).item()).toBe(share);
    expect(slice(grad((x) => max(x))(ones()), [[0, 1]]).item()).toBe(share);
    expect(div(sum(ones()), 2 ** 24).item()).toBe(1);
  });
});
