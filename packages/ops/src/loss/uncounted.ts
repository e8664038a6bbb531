import type { Tensor } from '@adjoint/core';
import { abs } from '../elementwise/arithmetic.js';
import { lessEqual, notEqual } from '../elementwise/comparison.js';
import { logicalOr } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';

/** Up to here neither squares nor derivatives of losses overflow in `float32`. */
const largest = 2 ** 60;

/**
 * Returns values with 0 in place of those that are NaN, infinite or huge and have a weight of 0, since 0 times their loss, or
 * times its derivative, would be NaN. Other values with weight 0 stay: the derivative with respect to the weight reads them.
 */
export function hideUncounted(values: Tensor, weights: Tensor): Tensor {
  return where(logicalOr(notEqual(weights, 0), lessEqual(abs(values), largest)), values, 0);
}
