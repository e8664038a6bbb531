import { valuesBehind, type Tensor } from '@adjoint/core';
import { abs } from '../elementwise/arithmetic.js';
import { isFinite } from '../elementwise/classification.js';
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
  // The usual weights, of which none is 0, are worth a look: it takes less time than one operation.
  if (weights.isContiguous && valuesBehind(weights)?.includes(0) === false) return values;
  return where(logicalOr(notEqual(weights, 0), lessEqual(abs(values), largest)), values, 0);
}

/**
 * Returns values with 0 in place of those that are NaN or infinite and have a factor of 0, such as a label, since 0 times them would be
 * NaN. Finite values stay, however large: their product with 0 is 0, and the derivative with respect to the factor reads them.
 */
export function hideInfinite(values: Tensor, factors: Tensor): Tensor {
  return where(logicalOr(notEqual(factors, 0), isFinite(values)), values, 0);
}
