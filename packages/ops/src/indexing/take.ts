import { apply, ArgumentError, broadcastShapes, formatType, normalizeAxis, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { broadcastTo } from '../reduce/sum.js';
import { flatten } from '../shape/reshape.js';
import { gatherPrimitive, resolveIndices, takeLines } from './taking.js';
import { requireTensor } from '../operand.js';

/** Along which axis to take. */
export interface TakeOptions {
  /** Default: the elements in row-major order. */
  readonly axis?: number;
}

const takeOptionNames: OptionNames<TakeOptions> = { axis: true };

/**
 * The elements, or the slices along an axis, at `int32` indices: `gather` whose default is all elements. The axis is
 * replaced by the indices' axes; negative indices count from the end. The indices are read, so that one out of range throws.
 *
 * @throws `ArgumentError` when an index is out of range.
 * @throws `DTypeError` when the indices are not `int32`.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.take
 * @jax jnp.take
 * @torch torch.take
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { take } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * take(x, tensor([3, 0], { dtype: 'int32' })).toArray(); // [4, 1]
 * take(x, tensor([1, 1, 0], { dtype: 'int32' }), { axis: 1 }).toArray(); // [[2, 2, 1], [4, 4, 3]]
 * ```
 */
export function take(input: Tensor, indices: Tensor, options: TakeOptions = {}): Tensor {
  requireTensor('take', 'input', input);
  requireTensor('take', 'indices', indices);
  requireOptions('take', options, takeOptionNames);
  const { axis } = options;
  const whole = axis === undefined ? flatten(input) : input;
  const at = axis === undefined ? 0 : normalizeAxis('take', axis, input.shape.length);
  return apply(gatherPrimitive, [whole, resolveIndices('take', whole, indices, at)], { axis: at });
}

/** Along which axis the indices count. */
export interface TakeAlongAxisOptions {
  /** Default: -1. */
  readonly axis?: number;
}

const takeAlongAxisOptionNames: OptionNames<TakeAlongAxisOptions> = { axis: true };

/**
 * For each line along an axis the elements at its own `int32` indices, as those that `argSort` gives. Input and indices
 * have as many axes, and broadcast in all but that one, where the result is as long as the indices. Negative indices count
 * from the end. The indices are read, so that one out of range throws. An element that is taken twice gets both gradients.
 *
 * @throws `ShapeError` when the other axes do not broadcast.
 * @throws `ArgumentError` when an index is out of range, or there are not as many axes.
 * @throws `DTypeError` when the indices are not `int32`.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.take_along_axis
 * @jax jnp.take_along_axis
 * @torch torch.take_along_dim
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { takeAlongAxis } from '@adjoint/ops';
 *
 * const best = tensor([[1], [0]], { dtype: 'int32' });
 * takeAlongAxis(tensor([[1, 5], [4, 3]]), best).toArray(); // [[5], [4]]
 * ```
 */
export function takeAlongAxis(input: Tensor, indices: Tensor, options: TakeAlongAxisOptions = {}): Tensor {
  requireTensor('takeAlongAxis', 'input', input);
  requireTensor('takeAlongAxis', 'indices', indices);
  requireOptions('takeAlongAxis', options, takeAlongAxisOptionNames);
  const rank = input.shape.length;
  const axis = normalizeAxis('takeAlongAxis', options.axis ?? -1, rank);
  if (indices.shape.length !== rank) {
    throw new ArgumentError(`takeAlongAxis: the input is ${formatType(input)}, indices are ${formatType(indices)}; expected as many axes of both`);
  }
  const common = broadcastShapes('takeAlongAxis', input.shape.with(axis, 1), indices.shape.with(axis, 1));
  const resolved = resolveIndices('takeAlongAxis', input, indices, axis);
  return takeLines(broadcastTo(input, common.with(axis, input.shape[axis]!)), broadcastTo(resolved, common.with(axis, indices.shape[axis]!)), axis);
}
