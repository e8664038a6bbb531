import { beforeEach, describe, expect, test } from 'vitest';
import { ArgumentError, foldIn, grad, key, ones, setDefaultBackend, tensor, zeros, type Key, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import { dropout, mul, sum, transpose } from '../src/index.js';

describe.each(backends)('dropout on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each([0.1, 0.5, 0.9])('drops a share of %d and keeps the mean', (rate) => {
    const count = 40_000;
    const values = [...dropout(ones([count], { dtype: 'float64' }), { rate, key: key(3) }).data()];
    const dropped = values.filter((value) => value === 0).length;
    // Five standard deviations of a binomial count.
    expect(Math.abs(dropped - rate * count)).toBeLessThan(5 * Math.sqrt(count * rate * (1 - rate)));
    for (const value of values) if (value !== 0) expect(value).toBeCloseTo(1 / (1 - rate), 12);
  });

  test('neighbours are dropped independently', () => {
    const values = [...dropout(ones([40_001]), { rate: 0.5, key: key(5) }).data()].map((value) => value / 2);
    const both = values.slice(1).filter((value, index) => value === 1 && values[index] === 1).length;
    expect(Math.abs(both - 10_000)).toBeLessThan(5 * Math.sqrt(40_000 * 0.25 * 0.75));
  });

  test('the key alone decides', () => {
    const mask = (from: Key) => dropout(ones([200]), { rate: 0.5, key: from }).data();
    expect(mask(key(1))).toEqual(mask(key(1)));
    expect(mask(key(1))).not.toEqual(mask(key(2)));
    expect(mask(foldIn(key(1), 0))).not.toEqual(mask(foldIn(key(1), 1)));
    expect(dropout(mul(3, ones([200])), { rate: 0.5, key: key(1) }).data()).toEqual(mask(key(1)).map((value) => 3 * value));
    expect(dropout(ones([200], { dtype: 'float64' }), { rate: 0.5, key: key(1) }).data()).toEqual(Float64Array.from(mask(key(1))));
  });

  test('elements count in row-major order, whatever the layout', () => {
    const x = ones([10, 20]);
    expect(dropout(transpose(x), { rate: 0.5, key: key(1) }).data()).toEqual(dropout(ones([20, 10]), { rate: 0.5, key: key(1) }).data());
  });

  test('the gradient has the same mask', () => {
    const options = { rate: 0.25, key: key(9) };
    const gradient = grad((x: Tensor) => sum(dropout(x, options)))(ones([100]));
    expect(gradient.data()).toEqual(dropout(ones([100]), options).data());
  });

  test('a rate of 0 changes nothing, and nothing stays nothing', () => {
    const x = tensor([1, NaN]);
    expect(dropout(x, { rate: 0, key: key(0) })).toBe(x);
    expect(dropout(zeros([0]), { rate: 0.5, key: key(0) }).shape).toEqual([0]);
  });

  test.each([1, -0.1, NaN])('a rate of %d is refused', (rate) => {
    expect(() => dropout(ones([2]), { rate, key: key(0) })).toThrow(ArgumentError);
    expect(() => dropout(ones([2]), { rate, key: key(0) })).toThrow(`dropout: rate is ${rate}; expected a number from 0 to below 1`);
  });

  test('a missing key is named', () => {
    expect(() => dropout(ones([2]), { rate: 0.5 } as { rate: number; key: Key })).toThrow(/^dropout: key is undefined; expected a Key/);
  });
});
