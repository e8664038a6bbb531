import { apply, normalizeAxis, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { gatherPrimitive, resolveIndices } from './taking.js';
import { requireTensor } from '../operand.js';

const gatherOptionNames: OptionNames<{ readonly axis?: number }> = { axis: true };

/**
 * The slices of the input at `int32` indices along an axis, as NumPy's `take`: the axis is replaced by the indices'
 * axes. Negative indices count from the end. An index that occurs twice gets both gradients.
 *
 * @throws `ArgumentError` when an index is out of range.
 * @throws `DTypeError` when the indices are not `int32`.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.take
 * @jax jnp.take
 * @torch torch.index_select
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { gather } from '@adjoint/ops';
 *
 * gather(tensor([10, 20, 30]), tensor([2, 0, 2], { dtype: 'int32' })).toArray(); // [30, 10, 30]
 * ```
 */
export function gather(input: Tensor, indices: Tensor, options: { readonly axis?: number } = {}): Tensor {
  requireTensor('gather', 'input', input);
  requireTensor('gather', 'indices', indices);
  requireOptions('gather', options, gatherOptionNames);
  const axis = normalizeAxis('gather', options.axis ?? 0, input.shape.length);
  return apply(gatherPrimitive, [input, resolveIndices('gather', input, indices, axis)], { axis });
}
