import { apply, ArgumentError, definePrimitive, empty, formatType, normalizeAxis, type Primitive, type Shape, type Tensor } from '@adjoint/core';
import { add } from '../elementwise/arithmetic.js';
import { less } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { requireDtype } from '../operand.js';

const gatherPrimitive: Primitive<{ readonly axis: number }> = definePrimitive({
  name: 'gather',
  keeps: { inputs: [1] },
  infer: ([input, indices], { axis }) => ({
    shape: [...input!.shape.slice(0, axis), ...indices!.shape, ...input!.shape.slice(axis + 1)],
    dtype: input!.dtype,
  }),
  forward: (backend, [input, indices], { axis }, type) => {
    const out = empty(backend, type);
    backend.gather(input!, indices!, out, axis);
    return out;
  },
  vjp: ({ inputs: [input, indices], cotangent, attrs: { axis } }) => [
    apply(scatterAddPrimitive, [cotangent, indices!], { axis, shape: input!.shape }),
    null,
  ],
});

const scatterAddPrimitive: Primitive<{ readonly axis: number; readonly shape: Shape }> = definePrimitive({
  name: 'scatterAdd',
  keeps: { inputs: [1] },
  infer: ([updates], { shape }) => ({ shape, dtype: updates!.dtype }),
  forward: (backend, [updates, indices], { axis }, type) => {
    const out = empty(backend, type);
    backend.scatterAdd(updates!, indices!, out, axis);
    return out;
  },
  vjp: ({ inputs: [, indices], cotangent, attrs: { axis } }) => [apply(gatherPrimitive, [cotangent, indices!], { axis }), null],
});

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
  const axis = normalizeAxis('gather', options.axis ?? 0, input.shape.length);
  requireDtype('gather', 'indices', indices, ['int32']);
  return apply(gatherPrimitive, [input, resolveIndices(input, indices, axis)], { axis });
}

/** The indices counted from the front. */
function resolveIndices(input: Tensor, indices: Tensor, axis: number): Tensor {
  const length = input.shape[axis]!;
  const values = indices.data();
  const position = values.findIndex((index) => index < -length || index >= length);
  if (position !== -1) {
    throw new ArgumentError(
      `gather: index ${values[position]} at position ${position} is out of range for axis ${axis} of ${formatType(input)}` +
        (length === 0 ? ', which is empty' : `; expected ${-length} to ${length - 1}`),
    );
  }
  return values.some((index) => index < 0) ? where(less(indices, 0), add(indices, length), indices) : indices;
}
