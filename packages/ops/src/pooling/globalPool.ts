import { requireFlag, formatType, requireOptions, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { asFloat, requireTensor } from '../operand.js';
import { max } from '../reduce/extremum.js';
import { mean } from '../reduce/mean.js';

/** What a global pooling leaves. */
export interface GlobalPoolOptions {
  /** Whether the axes between batch and channels stay, with length 1. Default: false. */
  readonly keepDims?: boolean;
}

function globally(operation: string, reduction: typeof max, input: Tensor, { keepDims = false }: GlobalPoolOptions): Tensor {
  requireFlag(operation, 'keepDims', keepDims);
  if (input.shape.length < 3) throw new ShapeError(`${operation}: input is ${formatType(input)}; expected at least 3 axes: [n, ..., c]`);
  return reduction(asFloat(operation, input), { axes: input.shape.map((_, axis) => axis).slice(1, -1), keepDims });
}

const globalPoolOptionNames: OptionNames<GlobalPoolOptions> = { keepDims: true };

/**
 * The maximum of each channel over all axes between batch and channels of `[n, ..., c]`; gives `[n, c]`. Equal maxima share the
 * gradient.
 *
 * @throws `ShapeError` when the input has fewer than 3 axes.
 *
 * @jax jnp.max
 * @torch torch.amax
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { globalMaxPool } from '@adjoint/ops';
 *
 * globalMaxPool(tensor([[[1, 5], [3, 4]]])).toArray(); // [[3, 5]]
 * ```
 */
export function globalMaxPool(input: Tensor, options: GlobalPoolOptions = {}): Tensor {
  requireTensor('globalMaxPool', 'input', input);
  requireOptions('globalMaxPool', options, globalPoolOptionNames);
  return globally('globalMaxPool', max, input, options);
}

/**
 * The mean of each channel over all axes between batch and channels of `[n, ..., c]`; gives `[n, c]`.
 *
 * @throws `ShapeError` when the input has fewer than 3 axes.
 *
 * @jax jnp.mean
 * @torch torch.mean
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { globalAvgPool } from '@adjoint/ops';
 *
 * globalAvgPool(tensor([[[1, 5], [3, 4]]])).toArray(); // [[2, 4.5]]
 * globalAvgPool(tensor([[[1], [3]]]), { keepDims: true }).shape; // [1, 1, 1]
 * ```
 */
export function globalAvgPool(input: Tensor, options: GlobalPoolOptions = {}): Tensor {
  requireTensor('globalAvgPool', 'input', input);
  requireOptions('globalAvgPool', options, globalPoolOptionNames);
  return globally('globalAvgPool', mean, input, options);
}
