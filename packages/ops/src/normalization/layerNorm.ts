import { normalizeAxes, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { requireEpsilon, requireVectors, rescale, type RescaleOptions } from './rescale.js';
import { standardize } from './standardize.js';

/** A normalization of each example by itself. */
export interface LayerNormOptions extends RescaleOptions {
  /** The axes that share a mean and a variance; `scale` and `bias` have their lengths. Default: the last. */
  readonly axes?: number | readonly number[];
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
}

const layerNormOptionNames: OptionNames<LayerNormOptions> = { axes: true, epsilon: true, scale: true, bias: true };

/**
 * Layer normalization (Ba, Kiros and Hinton 2016): over `axes`, `(x - mean) / sqrt(variance + epsilon) * scale + bias`,
 * with the variance of the population.
 *
 * @throws `AxisError` when there is no such axis.
 * @throws `ShapeError` when `scale` or `bias` has not the lengths of the axes.
 * @throws `ArgumentError` when `epsilon` is no finite number from 0.
 *
 * @jax jax.nn.standardize
 * @torch torch.nn.functional.layer_norm
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { layerNorm } from '@adjoint/ops';
 *
 * layerNorm(tensor([[1, 3], [0, 4]]), { epsilon: 0 }).toArray(); // [[-1, 1], [-1, 1]]
 * layerNorm(tensor([[1, 3]]), { epsilon: 0, scale: tensor([2, 3]), bias: tensor([1, 1]) }).toArray(); // [[-1, 4]]
 * ```
 */
export function layerNorm(input: TensorLike, options: LayerNormOptions = {}): Tensor {
  requireOptions('layerNorm', options, layerNormOptionNames);
  return normalizeLayer('layerNorm', input, options, true, options.epsilon ?? 1e-5);
}

/** The root mean square's normalization. */
export interface RmsNormOptions extends Omit<LayerNormOptions, 'bias' | 'epsilon'> {
  /** Added to the mean square. Default: 1e-6. */
  readonly epsilon?: number;
}

const rmsNormOptionNames: OptionNames<RmsNormOptions> = { epsilon: true, axes: true, scale: true };

/**
 * Root mean square normalization (Zhang and Sennrich 2019): over `axes`, `x / sqrt(mean(x ** 2) + epsilon) * scale`.
 *
 * @throws `AxisError` when there is no such axis.
 * @throws `ShapeError` when `scale` has not the lengths of the axes.
 * @throws `ArgumentError` when `epsilon` is no finite number from 0.
 *
 * @torch torch.nn.functional.rms_norm
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { rmsNorm } from '@adjoint/ops';
 *
 * rmsNorm(tensor([[1, 7]]), { epsilon: 0 }).toArray(); // [[0.2, 1.4]]
 * ```
 */
export function rmsNorm(input: TensorLike, options: RmsNormOptions = {}): Tensor {
  requireOptions('rmsNorm', options, rmsNormOptionNames);
  return normalizeLayer('rmsNorm', input, options, false, options.epsilon ?? 1e-6);
}

function normalizeLayer(operation: string, input: TensorLike, options: LayerNormOptions, centred: boolean, epsilon: number): Tensor {
  const operand = asFloat(operation, input);
  const axes = normalizeAxes(operation, options.axes ?? -1, operand.shape.length);
  requireEpsilon(operation, epsilon);
  requireVectors(operation, axes.map((axis) => operand.shape[axis]!), { scale: options.scale, bias: options.bias });
  return rescale(standardize(operand, axes, { centred, epsilon }), axes, options);
}
