import {
  apply, DTypeError, formatShape, formatType, normalizeAxis, promote, requireOptions, sameShape, ShapeError, type OptionNames, type Tensor,
} from '@adjoint/core';
import { add } from '../elementwise/arithmetic.js';
import { cast } from '../elementwise/cast.js';
import { resolveIndices, scatterAddPrimitive } from './taking.js';
import { requireTensor } from '../operand.js';

const scatterAddOptionNames: OptionNames<{ readonly axis?: number }> = { axis: true };

/**
 * The input with updates added to its slices at `int32` indices along an axis: the transpose of `gather`, whose result has the
 * shape of `updates`. An index that occurs twice gets both; they are added in row-major order, whatever the number of threads.
 * Negative indices count from the end. The indices are read, so that one out of range throws.
 *
 * @throws `ShapeError` when the updates have not the shape that `gather` gives.
 * @throws `ArgumentError` when an index is out of range.
 * @throws `DTypeError` when the indices are not `int32`, the input is `bool`, or its dtype cannot hold the updates.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.add.at
 * @jax jnp.ndarray.at[].add
 * @torch torch.index_add
 *
 * @example
 * ```ts
 * import { tensor, zeros } from '@adjoint/core';
 * import { scatterAdd } from '@adjoint/ops';
 *
 * scatterAdd(zeros([3]), tensor([2, 0, 2], { dtype: 'int32' }), tensor([1, 10, 100])).toArray(); // [10, 0, 101]
 * ```
 */
export function scatterAdd(input: Tensor, indices: Tensor, updates: Tensor, options: { readonly axis?: number } = {}): Tensor {
  requireTensor('scatterAdd', 'input', input);
  requireTensor('scatterAdd', 'indices', indices);
  requireTensor('scatterAdd', 'updates', updates);
  requireOptions('scatterAdd', options, scatterAddOptionNames);
  const axis = normalizeAxis('scatterAdd', options.axis ?? 0, input.shape.length);
  if (input.dtype === 'bool' || promote(input.dtype, updates.dtype) !== input.dtype) {
    throw new DTypeError(`scatterAdd: the input is ${formatType(input)}, updates are ${formatType(updates)}; expected numbers that the input's dtype holds (convert with cast)`);
  }
  const expected = input.shape.toSpliced(axis, 1, ...indices.shape);
  if (!sameShape(updates.shape, expected)) {
    throw new ShapeError(`scatterAdd: updates are ${formatType(updates)}; expected ${formatShape(expected)}, the input's shape with the indices' in place of axis ${axis}`);
  }
  const resolved = resolveIndices('scatterAdd', input, indices, axis);
  return add(input, apply(scatterAddPrimitive, [cast(updates, input.dtype), resolved], { axis, shape: input.shape }));
}
