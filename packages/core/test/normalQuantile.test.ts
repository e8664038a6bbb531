import { describe, expect, test } from 'vitest';
import { normalQuantile } from '../src/normalQuantile.js';

/** sqrt(2) * erfinv(2 p - 1), worked out with 40 digits. */
const published: readonly (readonly [probability: number, quantile: number])[] = [
  [0.5, 0], [0.6, 0.2533471031357997988], [0.75, 0.6744897501960817432], [0.9, 1.281551565544600467], [0.925, 1.4395314709384559153],
  [0.95, 1.6448536269514727149], [0.975, 1.9599639845400542355], [0.99, 2.3263478740408411009], [0.995, 2.575829303548900761],
  [0.999, 3.0902323061678135415], [0.9999, 3.7190164854556805644], [1e-5, -4.2648907939228246285], [1e-9, -5.9978070150076868716],
  [1e-12, -7.0344838253011319298], [1e-15, -7.941345326170996781], [1e-16, -8.2220822161304356127],
];

describe('normalQuantile', () => {
  test.each(published)('of %d is %d', (probability, quantile) => {
    expect(Math.abs(normalQuantile(probability) - quantile)).toBeLessThanOrEqual(1e-12);
  });

  test('is odd around a half, and rises', () => {
    let last = -Infinity;
    for (let step = 1; step < 1024; step++) {
      const value = normalQuantile(step / 1024);
      expect(value).toBeGreaterThan(last);
      expect(value).toBe(-normalQuantile(1 - step / 1024) + 0);
      last = value;
    }
  });

  test('ends for the smallest and the largest probability that normal asks for', () => {
    expect(normalQuantile(2 ** -54)).toBeCloseTo(-8.29, 2);
    expect(normalQuantile(1 - 2 ** -53)).toBeCloseTo(8.21, 2);
  });
});
