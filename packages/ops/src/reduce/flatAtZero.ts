import type { Tensor } from '@adjoint/core';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';

/**
 * A function with an infinite slope at 0, such as the root, made flat there: `value` at 0, with a gradient of 0, since
 * infinity times the 0 that comes of the elements would be NaN. The argument is guarded too, so that no derivative meets the
 * infinity.
 */
export function flatAtZero(input: Tensor, fn: (x: Tensor) => Tensor, value = 0): Tensor {
  const isZero = equal(input, 0);
  return where(isZero, value, fn(where(isZero, 1, input)));
}
