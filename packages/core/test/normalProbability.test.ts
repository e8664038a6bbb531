import { describe, expect, test } from 'vitest';
import { normalProbability } from '../src/normalProbability.js';
import { normalQuantile } from '../src/normalQuantile.js';

/** SciPy's `ndtr`. */
const published: readonly (readonly [x: number, probability: number])[] = [
  [0, 0.5], [-0.1, 0.460172162722971], [-1, 0.15865525393145707], [-2, 0.022750131948179195], [-5, 2.866515718791933e-7],
  [-20, 2.7536241186061556e-89], [-37, 5.7255712225239266e-300],
];

describe('normalProbability', () => {
  test.each(published)('of %d is %d', (x, probability) => {
    expect(Math.abs(normalProbability(x) / probability - 1)).toBeLessThan(1e-12);
  });

  test('is the inverse of the quantile', () => {
    for (let x = -36.9; x < 0; x += 0.37) expect(Math.abs(normalQuantile(normalProbability(x)) - x)).toBeLessThan(1e-14 * -x);
    expect(normalProbability(-Infinity)).toBe(0);
  });
});
