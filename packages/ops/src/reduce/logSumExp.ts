import { requireFlag, normalizeAxes, requireOptions, stopGradient, type Tensor } from '@adjoint/core';
import { abs, add, sub } from '../elementwise/arithmetic.js';
import { equal } from '../elementwise/comparison.js';
import { exp, log } from '../elementwise/exponential.js';
import { where } from '../elementwise/where.js';
import { asFloat, type TensorLike } from '../operand.js';
import { squeeze } from '../shape/reshape.js';
import { max } from './extremum.js';
import { flatAtZero } from './flatAtZero.js';
import { elementsAlong, reduceOptionNames, type ReduceOptions } from './rules.js';
import { sum } from './sum.js';

/**
 * `log(sum(exp(x)))` over axes, always a float; the maximum is subtracted first, so that large numbers do not overflow. Of
 * nothing, and where all elements are `-Infinity`, it is `-Infinity`, with a gradient of 0. Elsewhere the gradient is the
 * softmax.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy scipy.special.logsumexp
 * @jax jax.nn.logsumexp
 * @torch torch.logsumexp
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logSumExp } from '@adjoint/ops';
 *
 * logSumExp(tensor([[0, 0], [1e4, 0]]), { axes: 1 }).toArray(); // [0.6931472, 10000]
 * ```
 */
export function logSumExp(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('logSumExp', options, reduceOptionNames);
  const { keepDims = false } = options;
  requireFlag('logSumExp', 'keepDims', keepDims);
  const operand = asFloat('logSumExp', input);
  const axes = normalizeAxes('logSumExp', options.axes, operand.shape.length);
  const shift = elementsAlong(operand.shape, axes) === 0 ? 0 : largestFinite(operand, axes);
  const total = sum(exp(sub(operand, shift)), { axes, keepDims: true });
  const result = add(flatAtZero(total, log, -Infinity), shift);
  return keepDims ? result : squeeze(result, axes);
}

/** The maximum, as a constant: the result does not depend on it. 0 in the place of an infinite one, which less itself is NaN. */
function largestFinite(input: Tensor, axes: readonly number[]): Tensor {
  const largest = max(stopGradient(input), { axes, keepDims: true });
  return where(equal(abs(largest), Infinity), 0, largest);
}
