import type { Tensor } from '@adjoint/core';
import { div } from '../elementwise/arithmetic.js';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';

/** `1 / x`, and 0 where x is 0; so is its gradient there. */
export function reciprocalOrZero(x: Tensor): Tensor {
  const isZero = equal(x, 0);
  return where(isZero, 0, div(1, where(isZero, 1, x)));
}
