import { expect, test } from 'vitest';
import { portableLog } from '../src/portableLog.js';

test('the portable logarithm is near that of the engine', () => {
  for (let exponent = -300; exponent <= 300; exponent += 7) {
    for (const x of [10 ** exponent, 1 + 2 ** -40, 1 - 2 ** -53, 0.7, 0.71, 1.4, 1.42]) {
      expect(Math.abs(portableLog(x) - Math.log(x))).toBeLessThanOrEqual(8e-16 * Math.abs(Math.log(x)));
    }
  }
  expect(portableLog(1)).toBe(0);
});
