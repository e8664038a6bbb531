/* What operations that take by index share: the primitives, each the other's transpose, and the check of indices. */
import {
  apply, arange, ArgumentError, definePrimitive, empty, formatType, fromTypedArray, sizeOf, valuesBehind, withBackend, type Primitive, type Shape, type Tensor,
} from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { less } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { allBatched } from '../allBatched.js';
import { requireDtype } from '../operand.js';
import { flatten, reshape } from '../shape/reshape.js';
import { moveAxis } from '../shape/transpose.js';

/** The slices of an input along an axis at indices from 0. */
export const gatherPrimitive: Primitive<{ readonly axis: number }> = definePrimitive({
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
  batch: ({ inputs: [input, indices], batched: [inputVaries, indicesVary], attrs: { axis }, size }) => {
    if (!indicesVary) return apply(gatherPrimitive, [input!, indices!], { axis: axis + 1 });
    if (!inputVaries) return moveAxis(apply(gatherPrimitive, [input!, indices!], { axis }), axis, 0);
    const lines = moveAxis(input!, axis + 1, 1);
    const [, length, ...others] = lines.shape as [number, number, ...number[]];
    const taken = apply(gatherPrimitive, [reshape(lines, [size * length, ...others]), ownPositions(indices!, length)], { axis: 0 });
    const own = axesFrom(1, indices!.shape.length - 1);
    return moveAxis(taken, own, own.map((place) => place + axis));
  },
});

/** Axes one after the other. */
const axesFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index);

/** Indices of each example into its own part of one axis that is made of the axes, `length` long, of all of them. */
function ownPositions(indices: Tensor, length: number): Tensor {
  const [size, ...shape] = indices.shape as [number, ...number[]];
  const starts = mul(withBackend(indices.backend, () => arange(size, { dtype: 'int32' })), length);
  return add(indices, reshape(starts, [size, ...shape.map(() => 1)]));
}

/** Zeros of a shape, to which slices are added along an axis at indices from 0. */
export const scatterAddPrimitive: Primitive<{ readonly axis: number; readonly shape: Shape }> = definePrimitive({
  name: 'scatterAdd',
  keeps: { inputs: [1] },
  infer: ([updates], { shape }) => ({ shape, dtype: updates!.dtype }),
  forward: (backend, [updates, indices], { axis }, type) => {
    const out = empty(backend, type);
    backend.scatterAdd(updates!, indices!, out, axis);
    return out;
  },
  vjp: ({ inputs: [, indices], cotangent, attrs: { axis } }) => [apply(gatherPrimitive, [cotangent, indices!], { axis }), null],
  batch: (context) => {
    const { inputs: [, indices], batched: [, indicesVary], attrs: { axis, shape }, size } = context;
    const [updates] = allBatched(context);
    if (!indicesVary) return apply(scatterAddPrimitive, [updates!, indices!], { axis: axis + 1, shape: [size, ...shape] });
    const own = axesFrom(1, indices!.shape.length - 1);
    const lines = moveAxis(updates!, own.map((place) => place + axis), own);
    const length = shape[axis]!;
    const others = shape.toSpliced(axis, 1);
    const sums = apply(scatterAddPrimitive, [lines, ownPositions(indices!, length)], { axis: 0, shape: [size * length, ...others] });
    return moveAxis(reshape(sums, [size, length, ...others]), 1, axis + 1);
  },
});

/** The slices at positions that are in range. */
export function takeAt(input: Tensor, positions: Int32Array, axis: number, shape: Shape = [positions.length]): Tensor {
  const indices = withBackend(input.backend, () => fromTypedArray(positions, shape, 'int32'));
  return apply(gatherPrimitive, [input, indices], { axis });
}

/** For each line along an axis the elements at its own indices, which are in range; the other axes are the same. */
export function takeLines(input: Tensor, indices: Tensor, axis: number): Tensor {
  const inner = sizeOf(input.shape, axis + 1);
  const outer = sizeOf(input.shape, 0, axis);
  if (inner === 1 && outer === 1) return apply(gatherPrimitive, [flatten(input), indices], { axis: 0 });
  const count = (stop: number) => withBackend(input.backend, () => arange(stop, { dtype: 'int32' }));
  const lines = reshape(indices, [outer, indices.shape[axis]!, inner]);
  const starts = reshape(mul(count(outer), input.shape[axis]! * inner), [outer, 1, 1]);
  const places = inner === 1 ? add(starts, lines) : add(add(starts, count(inner)), mul(lines, inner));
  const positions = reshape(places, indices.shape);
  return apply(gatherPrimitive, [flatten(input), positions], { axis: 0 });
}

/**
 * Indices into an axis, counted from the front.
 *
 * @throws `ArgumentError` that names the first index that is out of range.
 * @throws `DTypeError` when they are not `int32`.
 */
export function resolveIndices(operation: string, input: Tensor, indices: Tensor, axis: number): Tensor {
  requireDtype(operation, 'indices', indices, ['int32']);
  const length = input.shape[axis]!;
  const values = valuesBehind(indices);
  if (values === null) return indices;
  requireInRange(operation, input, values, axis);
  return values.some((index) => index < 0) ? where(less(indices, 0), add(indices, length), indices) : indices;
}

/**
 * Indices into an axis, counted from the front.
 *
 * @throws `ArgumentError` that names the first index that is out of range.
 */
export function fromFront(operation: string, input: Tensor, indices: ArrayLike<number>, axis: number): Int32Array {
  const length = input.shape[axis]!;
  requireInRange(operation, input, indices, axis);
  return Int32Array.from(indices, (index) => (index < 0 ? index + length : index));
}

/** @throws `ArgumentError` that names the first index that is out of range. */
function requireInRange(operation: string, input: Tensor, indices: ArrayLike<number>, axis: number): void {
  const length = input.shape[axis]!;
  for (let position = 0; position < indices.length; position++) {
    const index = indices[position]!;
    if (index >= -length && index < length) continue;
    throw new ArgumentError(
      `${operation}: index ${index} at position ${position} is out of range for axis ${axis} of ${formatType(input)}` +
        (length === 0 ? ', which is empty' : `; expected ${-length} to ${length - 1}`),
    );
  }
}
