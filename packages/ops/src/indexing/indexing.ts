import { apply, broadcastShapes, DTypeError, formatShape, formatType, fromTypedArray, sameShape, ShapeError, Tensor, tensor, withBackend, type Shape } from '@adjoint/core';
import { add } from '../elementwise/arithmetic.js';
import { where } from '../elementwise/where.js';
import { operands, requireList, requireTensor, type TensorLike } from '../operand.js';
import { broadcastTo } from '../reduce/sum.js';
import { embedPrimitive } from '../shape/ranges.js';
import { reshape } from '../shape/reshape.js';
import { namedSlices, sliceNamed, subscripted, type NamedSlices, type Subscript } from './subscript.js';
import { scatterAddPrimitive, takeAt } from './taking.js';

/**
 * NumPy's `x[...]`: a subscript for each axis from the first on; axes that are left out are taken whole.
 *
 * - A number takes the slice there, and the axis goes. Negative numbers count from the end.
 * - `[start, stop, step]` is the range `start:stop:step`, and `[]` all of an axis. (NumPy takes such a list for positions; here
 *   these are a tensor.)
 * - `null` is a new axis of length 1, and `'...'` as many whole axes as the other subscripts leave.
 * - An `int32` tensor takes the slices at its positions, and the axis is replaced by its axes. Several such tensors, and numbers
 *   beside them, broadcast to one shape, whose axes stand where those of the tensors stood if they are neighbours, else in front.
 * - A `bool` tensor of the shape of the next axes takes the slices where it is true, in row-major order.
 *
 * Without tensors the result is a view. With them it is a copy; their elements are read, so that a position out of range
 * throws, and the shape may depend on a mask. An element that is taken twice gets both gradients.
 *
 * @throws `ArgumentError` when a position is out of range, a step is 0, or there are two ellipses.
 * @throws `AxisError` when there are more subscripts than axes.
 * @throws `ShapeError` when positions do not broadcast, or a mask has not the shape of the axes.
 * @throws `DTypeError` when a tensor is neither `int32` nor `bool`.
 *
 * @numpy np.ndarray.__getitem__
 * @jax jnp.ndarray.__getitem__
 * @torch torch.Tensor.__getitem__
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { greater, index } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * index(x, 1).toArray(); // [4, 5, 6]
 * index(x, '...', -1).toArray(); // [3, 6]
 * index(x, [], [null, null, 2], null).shape; // [2, 2, 1]
 * index(x, tensor([1, 0], { dtype: 'int32' }), tensor([2, 0], { dtype: 'int32' })).toArray(); // [6, 1]
 * index(x, greater(x, 3)).toArray(); // [4, 5, 6]
 * ```
 */
export function index(input: Tensor, ...subscripts: readonly Subscript[]): Tensor {
  requireTensor('index', 'input', input);
  return subscripted('index', input, subscripts);
}

/** The values in the shape of what the subscripts name. */
function valuesFor(operation: string, input: Tensor, shape: Shape, values: TensorLike): Tensor {
  const [, given] = operands(operation, input, values);
  if (given.dtype !== input.dtype) {
    throw new DTypeError(`${operation}: values are ${formatType(given)}, the input is ${formatType(input)}, which cannot hold them (convert it with cast)`);
  }
  if (!sameShape(broadcastShapes(operation, given.shape, shape), shape)) {
    throw new ShapeError(`${operation}: values are ${formatType(given)}; expected what broadcasts to ${formatShape(shape)}, the shape of what the subscripts name`);
  }
  return broadcastTo(given, shape);
}

/** The slices that subscripts with tensors name, and the values with one axis for those that have lists. */
function place(operation: string, input: Tensor, subscripts: readonly Subscript[], values: TensorLike): NamedSlices & { readonly given: Tensor } {
  const slices = namedSlices(operation, input, subscripts);
  const { merged, axis, positions, shape } = slices;
  return { ...slices, given: reshape(valuesFor(operation, input, shape, values), merged.toSpliced(axis, 1, positions.length)) };
}

/** The values where subscripts without tensors name a slice, zeros elsewhere; and where that is. No positions are listed. */
function embedded(operation: string, input: Tensor, subscripts: readonly Subscript[], values: TensorLike): { everywhere: Tensor; isNamed: () => Tensor } {
  const { slice, shape } = sliceNamed(operation, input, subscripts);
  const attrs = { ...slice, shape: input.shape, value: 0 };
  const given = reshape(valuesFor(operation, input, shape, values), slice.lengths);
  return {
    everywhere: apply(embedPrimitive, [given], attrs),
    isNamed: () => apply(embedPrimitive, [broadcastTo(withBackend(input.backend, () => tensor(true)), slice.lengths)], attrs),
  };
}

function hasTensors(subscripts: readonly Subscript[]): boolean {
  return subscripts.some((each) => each instanceof Tensor);
}

/**
 * The input with values added to what subscripts name, which mean what they mean in `index`. An element that is named twice gets
 * both. The values broadcast. With tensors among the subscripts, all positions of the input are computed on the host: along one
 * axis `scatterAdd` is faster.
 *
 * @throws as `index` does.
 * @throws `ShapeError` when the values do not broadcast to what is named.
 * @throws `DTypeError` when the input's dtype cannot hold the values, or is `bool`.
 *
 * @numpy np.add.at
 * @jax jnp.ndarray.at[].add
 * @torch torch.Tensor.index_put_
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 * import { indexAdd } from '@adjoint/ops';
 *
 * indexAdd(zeros([2, 3]), [1, [1]], 5).toArray(); // [[0, 0, 0], [0, 5, 5]]
 * ```
 */
export function indexAdd(input: Tensor, subscripts: readonly Subscript[], values: TensorLike): Tensor {
  requireTensor('indexAdd', 'input', input);
  requireList('indexAdd', 'subscripts', subscripts, 'a list of subscripts');
  if (input.dtype === 'bool') throw new DTypeError(`indexAdd: the input is ${formatType(input)}; expected numbers (convert it with cast)`);
  if (!hasTensors(subscripts)) return add(input, embedded('indexAdd', input, subscripts, values).everywhere);
  const { positions, axis, merged, given, restore } = place('indexAdd', input, subscripts, values);
  const indices = withBackend(input.backend, () => fromTypedArray(positions, [positions.length], 'int32'));
  return add(input, restore(apply(scatterAddPrimitive, [given, indices], { axis, shape: merged })));
}

/**
 * The input with values in the place of what subscripts name, which mean what they mean in `index`: NumPy's `x[...] = values`,
 * but as a new tensor. Of values for one element the last counts, and alone gets its gradient. The values broadcast. With
 * tensors among the subscripts, all positions of the input are computed on the host.
 *
 * @throws as `index` does.
 * @throws `ShapeError` when the values do not broadcast to what is named.
 * @throws `DTypeError` when the input's dtype cannot hold the values.
 *
 * @numpy np.ndarray.__setitem__
 * @jax jnp.ndarray.at[].set
 * @torch torch.Tensor.index_put_
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { indexUpdate } from '@adjoint/ops';
 *
 * indexUpdate(tensor([[1, 2], [3, 4]]), ['...', 0], tensor([7, 8])).toArray(); // [[7, 2], [8, 4]]
 * ```
 */
export function indexUpdate(input: Tensor, subscripts: readonly Subscript[], values: TensorLike): Tensor {
  requireTensor('indexUpdate', 'input', input);
  requireList('indexUpdate', 'subscripts', subscripts, 'a list of subscripts');
  if (!hasTensors(subscripts)) {
    const { everywhere, isNamed } = embedded('indexUpdate', input, subscripts, values);
    return where(isNamed(), everywhere, input);
  }
  const { positions, axis, length, merged, given, restore } = place('indexUpdate', input, subscripts, values);
  if (positions.length === 0) return input;
  const isNamed = new Uint8Array(length);
  const writers = new Int32Array(length);
  positions.forEach((position, writer) => {
    isNamed[position] = 1;
    writers[position] = writer;
  });
  const mask = withBackend(input.backend, () => fromTypedArray(isNamed, merged.map((_, other) => (other === axis ? length : 1)), 'bool'));
  return where(restore(mask), restore(takeAt(given, writers, axis)), input);
}
