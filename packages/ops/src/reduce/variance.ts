import { requireFlag, formatValue, ArgumentError, normalizeAxes, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { mul, square, sub } from '../elementwise/arithmetic.js';
import { asFloat, type TensorLike } from '../operand.js';
import { divideByCount } from './divideByCount.js';
import { rootMeanSquare } from './length.js';
import { mean } from './mean.js';
import { elementsAlong, type ReduceOptions } from './rules.js';
import { sum } from './sum.js';

/** Along which axes to reduce, and by how much the divisor is less than the number of elements. */
export interface VarianceOptions extends ReduceOptions {
  /** The divisor is the number of elements minus this: 0 for a whole population, 1 for a sample of one. Default: 0. */
  readonly correction?: number;
}

/** The distances from the mean, how many become one, and that number less the correction. */
function deviationsOf(name: string, input: TensorLike, { axes: given, correction = 0, keepDims = false }: VarianceOptions): { deviations: Tensor; count: number; divisor: number } {
  if (!Number.isFinite(correction)) throw new ArgumentError(`${name}: correction is ${formatValue(correction)}; expected a finite number`);
  requireFlag(name, 'keepDims', keepDims);
  const operand = asFloat(name, input);
  const axes = normalizeAxes(name, given, operand.shape.length);
  const count = elementsAlong(operand.shape, axes);
  return { deviations: sub(operand, mean(operand, { axes, keepDims: true })), count, divisor: Math.max(0, count - correction) };
}

const varianceOptionNames: OptionNames<VarianceOptions> = { correction: true, axes: true, keepDims: true };

/**
 * The mean of the squared distances from the mean over axes, always a float: `sum((x - mean(x)) ** 2) / (count - correction)`,
 * in two passes, so that a large mean costs no digits. NaN of nothing, and of one element with a correction of 1. A divisor
 * below 0 counts as 0. In `float32`, squares of distances beyond 1.8e19 overflow; {@link standardDeviation} doesn't.
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
  requireOptions('variance', options, varianceOptionNames);
  const { deviations, count, divisor } = deviationsOf('variance', input, options);
  const squares = square(deviations);
  const { correction: _, ...reduction } = options;
  return divisor === count ? mean(squares, reduction) : divideByCount(sum(squares, reduction), divisor);
}

/**
 * The root of the {@link variance} over axes, always a float. Where it is 0, its gradient is 0 (as PyTorch's; JAX's is NaN). It
 * scales where squares would overflow or vanish.
 *
 * Where it is 0, all its derivatives are 0 by convention, so the Hessian of its square is 0 there. Write {@link variance},
 * which is smooth.
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
  requireOptions('standardDeviation', options, varianceOptionNames);
  const { deviations, count, divisor } = deviationsOf('standardDeviation', input, options);
  const root = rootMeanSquare('standardDeviation', deviations, options);
  return divisor === count ? root : mul(root, Math.sqrt(count / divisor));
}
