import { describe, expect, test } from 'vitest';
import { key } from '@adjoint/core';
import {
  constant, fansOf, glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, ones, zeros, type Initializer,
} from '@adjoint/nn';

test('fans are those of Keras: the window counts for both', () => {
  expect(fansOf([5, 7])).toEqual({ fanIn: 5, fanOut: 7 });
  expect(fansOf([3, 2, 5, 7])).toEqual({ fanIn: 30, fanOut: 42 });
  expect(fansOf([4])).toEqual({ fanIn: 4, fanOut: 4 });
  expect(fansOf([])).toEqual({ fanIn: 1, fanOut: 1 });
});

/** Fan in 900, fan out 1800. */
const shape = [3, 3, 100, 200];
const random: [string, Initializer, variance: number, bound: number][] = [
  ['glorotUniform', glorotUniform, 2 / 2700, Math.sqrt(6 / 2700)],
  ['glorotNormal', glorotNormal, 2 / 2700, Infinity],
  ['heUniform', heUniform, 2 / 900, Math.sqrt(6 / 900)],
  ['heNormal', heNormal, 2 / 900, Infinity],
  ['lecunNormal', lecunNormal, 1 / 900, Infinity],
];

describe.each(random)('%s', (name, initializer, variance, bound) => {
  const values = [...initializer(key(7), shape).data()];
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;

  test('has mean 0 and its variance', () => {
    // Five standard errors of the mean; of the variance well below 2 %.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(variance / values.length));
    expect(moment(2) / variance).toBeGreaterThan(0.98);
    expect(moment(2) / variance).toBeLessThan(1.02);
  });

  test('is uniform or normal', () => {
    // The fourth moment over the squared second is 1.8 for a uniform distribution and 3 for a normal one.
    expect(moment(4) / moment(2) ** 2).toBeCloseTo(bound === Infinity ? 3 : 1.8, 1);
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
  expect([zeros.name, ones.name, constant(0.5).name]).toEqual(['zeros', 'ones', 'constant(0.5)']);
  expect(() => constant(NaN)).toThrow(/constant: value is NaN/);
});
