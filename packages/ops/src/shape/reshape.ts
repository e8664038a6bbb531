import { formatValue, apply, contiguousStrides, definePrimitive, formatShape, formatType, normalizeAxis, normalizeAxes, ShapeError, sizeOf, view, checkShape, type Shape, type Tensor } from '@adjoint/core';
import { contiguous } from './contiguous.js';
import { requireNumberOrList, requireTensor } from '../operand.js';

const reshapePrimitive = definePrimitive<{ readonly shape: Shape }>({
  name: 'reshape',
  keeps: {},
  infer: ([input], { shape }) => {
    checkShape('reshape', shape);
    if (sizeOf(shape) !== sizeOf(input!.shape)) {
      throw new ShapeError(
        `reshape: ${formatShape(shape)} has ${sizeOf(shape)} elements, the input ${formatType(input!)} has ${sizeOf(input!.shape)}`,
      );
    }
    return { shape, dtype: input!.dtype };
  },
  forward: (_, [input], { shape }) => view(input!, shape, contiguousStrides(shape)),
  vjp: ({ inputs: [input], cotangent }) => [reshape(cotangent, input!.shape)],
  batch: ({ inputs: [input], attrs: { shape }, size }) => reshape(input!, [size, ...shape]),
});

/**
 * The same elements in row-major order under another shape. One length may be -1: what remains. A view where the
 * input is contiguous, a copy otherwise.
 *
 * @throws `ShapeError` when the number of elements differs.
 *
 * @numpy np.reshape
 * @jax jnp.reshape
 * @torch torch.reshape
 *
 * @example
 * ```ts
 * import { arange } from '@adjoint/core';
 * import { reshape } from '@adjoint/ops';
 *
 * reshape(arange(6), [2, -1]).toArray(); // [[0, 1, 2], [3, 4, 5]]
 * ```
 */
export function reshape(input: Tensor, shape: Shape): Tensor {
  requireTensor('reshape', 'input', input);
  return apply(reshapePrimitive, [contiguous(input)], { shape: resolve(input, shape) });
}

function resolve(input: Tensor, shape: Shape): Shape {
  const given: unknown = shape;
  if (!Array.isArray(given)) throw new ShapeError(`reshape: shape is ${formatValue(given)}; expected a list of whole numbers, of which one may be -1`);
  const open = shape.indexOf(-1);
  if (open === -1) return [...shape];
  const known = shape.reduce((product, length, axis) => (axis === open ? product : product * length), 1);
  if (shape.lastIndexOf(-1) !== open || known === 0 || input.size % known !== 0) {
    throw new ShapeError(
      `reshape: ${formatType(input)} cannot take the shape ${formatShape(shape)}; ` +
        'at most one length may be -1, and the others must divide the number of elements',
    );
  }
  return shape.map((length, axis) => (axis === open ? input.size / known : length));
}

/**
 * All axes from `startAxis` on made one; `flatten(x)` gives one axis, `flatten(x, 1)` keeps the batch.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.ravel
 * @jax jnp.ravel
 * @torch torch.flatten
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 * import { flatten } from '@adjoint/ops';
 *
 * flatten(zeros([2, 3, 4]), 1).shape; // [2, 12]
 * ```
 */
export function flatten(input: Tensor, startAxis = 0): Tensor {
  requireTensor('flatten', 'input', input);
  if (input.shape.length === 0) return reshape(input, [1]);
  const start = normalizeAxis('flatten', startAxis, input.shape.length);
  return reshape(input, [...input.shape.slice(0, start), sizeOf(input.shape, start)]);
}

/**
 * New axes of length 1 at `axes` of the result (-1: at the end); a view.
 *
 * @throws `AxisError` when the result has no such axis, or it is named twice.
 *
 * @numpy np.expand_dims
 * @jax jnp.expand_dims
 * @torch torch.unsqueeze
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 * import { expandDims } from '@adjoint/ops';
 *
 * expandDims(zeros([2, 3]), -1).shape; // [2, 3, 1]
 * expandDims(zeros([2, 3]), [0, 2]).shape; // [1, 2, 1, 3]
 * ```
 */
export function expandDims(input: Tensor, axes: number | readonly number[]): Tensor {
  requireTensor('expandDims', 'input', input);
  requireNumberOrList('expandDims', 'axes', axes);
  const added = typeof axes === 'number' ? 1 : axes.length;
  const positions = normalizeAxes('expandDims', axes, input.shape.length + added);
  // The positions rise, so that each is right once those before it are in place.
  const insert = (list: readonly number[], value: number) => positions.reduce<number[]>((longer, position) => longer.toSpliced(position, 0, value), [...list]);
  return apply(unitAxesPrimitive, [input], { shape: insert(input.shape, 1), strides: insert(input.strides, 0) });
}

/**
 * Without axes of length 1: all of them, or those named; a view.
 *
 * @throws `ShapeError` when a named axis has another length.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.squeeze
 * @jax jnp.squeeze
 * @torch torch.squeeze
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 * import { squeeze } from '@adjoint/ops';
 *
 * squeeze(zeros([1, 2, 1])).shape; // [2]
 * squeeze(zeros([1, 2, 1]), 0).shape; // [2, 1]
 * ```
 */
export function squeeze(input: Tensor, axes?: number | readonly number[]): Tensor {
  requireTensor('squeeze', 'input', input);
  const chosen = axes === undefined
    ? input.shape.flatMap((length, axis) => (length === 1 ? [axis] : []))
    : normalizeAxes('squeeze', axes, input.shape.length);
  for (const axis of chosen) {
    if (input.shape[axis] !== 1) {
      throw new ShapeError(`squeeze: axis ${axis} of ${formatType(input)} has length ${input.shape[axis]}; expected 1`);
    }
  }
  const remain = <T>(list: readonly T[]) => list.filter((_, axis) => !chosen.includes(axis));
  return apply(unitAxesPrimitive, [input], { shape: remain(input.shape), strides: remain(input.strides) });
}

const unitAxesPrimitive = definePrimitive<{ readonly shape: Shape; readonly strides: readonly number[] }>({
  name: 'unitAxes',
  keeps: {},
  infer: ([input], { shape }) => ({ shape, dtype: input!.dtype }),
  forward: (_, [input], { shape, strides }) => view(input!, shape, strides),
  vjp: ({ inputs: [input], cotangent }) => [reshape(cotangent, input!.shape)],
  batch: ({ inputs: [input], attrs: { shape }, size }) => reshape(input!, [size, ...shape]),
});
