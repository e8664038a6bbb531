import { formatValue, ArgumentError, formatType, requireOptions, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { reshape } from '../shape/reshape.js';
import { requireEpsilon, requireVectors, rescale, type RescaleOptions } from './rescale.js';
import { standardize } from './standardize.js';

/** A normalization of each example by groups of channels. */
export interface GroupNormOptions extends RescaleOptions {
  /** Into how many groups of neighbours the channels fall; as many as there are channels is instance normalization. */
  readonly groups: number;
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
}

const groupNormOptionNames: OptionNames<GroupNormOptions> = { groups: true, epsilon: true, scale: true, bias: true };

/**
 * Group normalization (Wu and He 2018) of `[n, ..., channels]`: each group of channels of each example has one mean and one
 * variance, over all positions; `scale` and `bias` are `[channels]`.
 *
 * @throws `ShapeError` when the input has fewer than two axes, or `scale` or `bias` is not `[channels]`.
 * @throws `ArgumentError` when the channels do not fall into equal groups, or `epsilon` is no finite number from 0.
 *
 * @torch torch.nn.functional.group_norm
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { groupNorm } from '@adjoint/ops';
 *
 * groupNorm(tensor([[1, 3, 10, 30]]), { groups: 2, epsilon: 0 }).toArray(); // [[-1, 1, -1, 1]]
 * ```
 */
export function groupNorm(input: TensorLike, options: GroupNormOptions): Tensor {
  requireOptions('groupNorm', options, groupNormOptionNames);
  const { groups, epsilon = 1e-5 } = options;
  const operand = asFloat('groupNorm', input);
  const { shape } = operand;
  if (shape.length < 2) throw new ShapeError(`groupNorm: the input is ${formatType(operand)}; expected [n, ..., channels]`);
  const channels = shape.at(-1)!;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ArgumentError(`groupNorm: groups is ${formatValue(groups)}; expected an integer >= 1 that divides the ${channels} channels of ${formatType(operand)}`);
  }
  requireEpsilon('groupNorm', epsilon);
  requireVectors('groupNorm', [channels], { scale: options.scale, bias: options.bias });
  const positions = shape.slice(1, -1).reduce((product, length) => product * length, 1);
  const grouped = reshape(operand, [shape[0]!, positions, groups, channels / groups]);
  const normalized = reshape(standardize(grouped, [1, 3], { centred: true, epsilon }), shape);
  return rescale(normalized, [shape.length - 1], options);
}
