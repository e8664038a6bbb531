import { ArgumentError, normalizeAxes, type Tensor } from '@adjoint/core';
import { div, square, sub } from '../elementwise/arithmetic.js';
import { sqrt } from '../elementwise/power.js';
import { asFloat, type TensorLike } from '../operand.js';
import { flatAtZero } from './flatAtZero.js';
import { mean } from './mean.js';
import { elementsAlong, type ReduceOptions } from './rules.js';
import { sum } from './sum.js';

/** Along which axes to reduce, and by how much the divisor is less than the number of elements. */
export interface VarianceOptions extends ReduceOptions {
  /** The divisor is the number of elements minus this: 0 for a whole population, 1 for a sample of one. Default: 0. */
  readonly correction?: number;
}

function varianceBy(name: string, input: TensorLike, options: VarianceOptions): Tensor {
  const { correction = 0 } = options;
  if (!Number.isFinite(correction)) throw new ArgumentError(`${name}: correction is ${correction}; expected a finite number`);
  const operand = asFloat(name, input);
  const axes = normalizeAxes(name, options.axes, operand.shape.length);
  const deviations = sub(operand, mean(operand, { axes, keepDims: true }));
  return div(sum(square(deviations), options), Math.max(0, elementsAlong(operand.shape, axes) - correction));
}

/**
 * The mean of the squared distances from the mean over axes, always a float: `sum((x - mean(x)) ** 2) / (count - correction)`,
 * in two passes, so that a large mean costs no digits. NaN of nothing, and of one element with a correction of 1. A divisor
 * below 0 counts as 0.
 *
 * @throws `AxisError` when there is no such axis.
 * @throws `ArgumentError` when the correction is not finite.
 *
 * @numpy np.var
 * @jax jnp.var
 * @torch torch.var
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { variance } from '@adjoint/ops';
 *
 * variance(tensor([[1, 3], [2, 6]]), { axes: 1 }).toArray(); // [1, 4]
 * variance(tensor([1, 3]), { correction: 1 }).item(); // 2
 * ```
 */
export function variance(input: TensorLike, options: VarianceOptions = {}): Tensor {
  return varianceBy('variance', input, options);
}

/**
 * The root of the {@link variance} over axes, always a float. Where it is 0, its gradient is 0 (as PyTorch's; JAX's is NaN).
 *
 * @throws `AxisError` when there is no such axis.
 * @throws `ArgumentError` when the correction is not finite.
 *
 * @numpy np.std
 * @jax jnp.std
 * @torch torch.std
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { standardDeviation } from '@adjoint/ops';
 *
 * standardDeviation(tensor([[1, 3], [2, 6]]), { axes: 1 }).toArray(); // [1, 2]
 * ```
 */
export function standardDeviation(input: TensorLike, options: VarianceOptions = {}): Tensor {
  return flatAtZero(varianceBy('standardDeviation', input, options), sqrt);
}
