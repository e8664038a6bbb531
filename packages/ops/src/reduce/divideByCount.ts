import type { Tensor } from '@adjoint/core';
import { div, mul } from '../elementwise/arithmetic.js';

/**
 * Divides a float tensor by a number of elements. Beyond 2 ** 24 `float32` doesn't hold every integer, but the reciprocal of
 * one is rounded only once.
 */
export function divideByCount(input: Tensor, count: number): Tensor {
  return input.dtype === 'float64' || Math.fround(count) === count ? div(input, count) : mul(input, 1 / count);
}
