import { ArgumentError, normalizeAxis, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { add, div, mul, neg } from '../elementwise/arithmetic.js';
import { sqrt } from '../elementwise/power.js';
import { asFloat, type TensorLike } from '../operand.js';
import { requireEpsilon, requireVectors, rescale, type RescaleOptions } from './rescale.js';
import { standardize } from './standardize.js';

/** A normalization of each channel over the batch. */
export interface BatchNormOptions extends RescaleOptions {
  /** The channels' axis; `scale`, `bias`, `mean` and `variance` have its length. Default: the last. */
  readonly axis?: number;
  /** The mean to take off, for a model in use: its running mean. Default: the batch's own. Goes with `variance`. */
  readonly mean?: Tensor;
  /** The variance to divide by. Default: the batch's own, of the population. */
  readonly variance?: Tensor;
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
}

const batchNormOptionNames: OptionNames<BatchNormOptions> = { axis: true, mean: true, variance: true, epsilon: true, scale: true, bias: true };

/**
 * Batch normalization (Ioffe and Szegedy 2015): `(x - mean) / sqrt(variance + epsilon) * scale + bias` for each channel, with
 * mean and variance over all other axes, or with those that are given.
 *
 * @throws `AxisError` when there is no such axis.
 * @throws `ShapeError` when `scale`, `bias`, `mean` or `variance` is not of the channels' length.
 * @throws `ArgumentError` when only one of `mean` and `variance` is given, or `epsilon` is no finite number from 0.
 *
 * @torch torch.nn.functional.batch_norm
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { batchNorm } from '@adjoint/ops';
 *
 * const x = tensor([[1, 10], [3, 30]]);
 * batchNorm(x, { epsilon: 0 }).toArray(); // [[-1, -1], [1, 1]]
 * batchNorm(x, { epsilon: 0, mean: tensor([1, 10]), variance: tensor([4, 100]) }).toArray(); // [[0, 0], [1, 2]]
 * ```
 */
export function batchNorm(input: TensorLike, options: BatchNormOptions = {}): Tensor {
  requireOptions('batchNorm', options, batchNormOptionNames);
  const { mean, variance, epsilon = 1e-5 } = options;
  const operand = asFloat('batchNorm', input);
  const axis = normalizeAxis('batchNorm', options.axis ?? -1, operand.shape.length);
  const lengths = [operand.shape[axis]!];
  requireEpsilon('batchNorm', epsilon);
  requireVectors('batchNorm', lengths, { scale: options.scale, bias: options.bias, mean, variance });
  if (mean === undefined && variance === undefined) {
    const others = operand.shape.map((_, other) => other).filter((other) => other !== axis);
    return rescale(standardize(operand, others, { centred: true, epsilon }), [axis], options);
  }
  if (mean === undefined || variance === undefined) {
    throw new ArgumentError('batchNorm: of mean and variance only one is given; expected both, or none for the statistics of the batch');
  }
  // One product and one sum over the input: what belongs to the channels is worked out first.
  const scale = div(options.scale ?? 1, sqrt(add(variance, epsilon)));
  const shift = neg(mul(mean, scale));
  const bias = options.bias === undefined ? shift : add(shift, options.bias);
  return rescale(operand, [axis], { scale, bias });
}
