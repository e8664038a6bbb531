import { AxisError, ShapeError } from './errors.js';
import type { DType } from './dtype.js';
import { formatValue } from './formatValue.js';

/** The length of each axis, outermost first; `[]` is a scalar's. */
export type Shape = readonly number[];

/** All that is known of a tensor without its data. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * The number of elements of a shape, 1 for a scalar: the product of its axes, or of those that `slice(start, end)` would give.
 */
export function sizeOf(shape: Shape, start = 0, end = shape.length): number {
  const rank = shape.length;
  const last = end < 0 ? end + rank : Math.min(end, rank);
  let size = 1;
  for (let axis = Math.max(0, start < 0 ? start + rank : start); axis < last; axis++) size *= shape[axis]!;
  return size;
}

/** The strides, in elements, of a row-major tensor of this shape. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Whether elements lie in row-major order without gaps. Strides of axes of length 1, and of no elements at all, do not matter. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    if (length !== 1 && strides[axis] !== expected) return sizeOf(shape) === 0;
    expected *= length;
  }
  return true;
}

/** Whether two shapes are the same, axis by axis. */
export function sameShape(left: Shape, right: Shape): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let axis = 0; axis < left.length; axis++) if (left[axis] !== right[axis]) return false;
  return true;
}

/** A shape as people write it: `[2,3]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

/** A type as people write it: `float32 [2,3]`. */
export function formatType(type: TensorType): string {
  return `${type.dtype} ${formatShape(type.shape)}`;
}

/**
 * The shape that two shapes broadcast to, by NumPy's rule: aligned at the last axis, each pair of
 * lengths equal or one of them 1.
 *
 * @throws {@link ShapeError} naming `operation` when they do not broadcast.
 */
export function broadcastShapes(operation: string, left: Shape, right: Shape): Shape {
  if (sameShape(left, right)) return left;
  const rank = Math.max(left.length, right.length);
  const shape = new Array<number>(rank);
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const a = left[left.length - fromEnd] ?? 1;
    const b = right[right.length - fromEnd] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      throw new ShapeError(
        `${operation}: shapes ${formatShape(left)} and ${formatShape(right)} do not broadcast: ` +
          `axis ${rank - fromEnd} has lengths ${a} and ${b}; they must be equal or one of them 1`,
      );
    }
    shape[rank - fromEnd] = a === 1 ? b : a;
  }
  return shape;
}

/** Strides that walk a tensor as if it had `target`'s shape: 0 on the axes that repeat. */
export function broadcastStrides(shape: Shape, strides: readonly number[], target: Shape): number[] {
  const result = new Array<number>(target.length).fill(0);
  const lead = target.length - shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === target[axis + lead]) result[axis + lead] = strides[axis]!;
  }
  return result;
}

/**
 * An axis counted from the front: -1 is the last.
 *
 * @throws {@link AxisError} when the tensor has no such axis.
 */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new AxisError(
      `${operation}: axis ${formatValue(axis)} is out of range for a tensor of ${rank} axes` +
        (rank === 0 ? '; a scalar has none' : `; expected an integer from ${-rank} to ${rank - 1}`),
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * The axes counted from the front, in rising order; every axis when `axes` is left out.
 *
 * @throws {@link AxisError} when an axis does not exist or is named twice.
 */
export function normalizeAxes(
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list: unknown = typeof axes === 'number' ? [axes] : axes;
  if (!isList(list)) throw new AxisError(`${operation}: axes is ${formatValue(axes)}; expected a whole number or a list of them`);
  const normalized = Array.from(list, (axis) => normalizeAxis(operation, axis, rank)).sort((a, b) => a - b);
  for (let index = 1; index < normalized.length; index++) {
    if (normalized[index] === normalized[index - 1]) {
      throw new AxisError(`${operation}: axis ${normalized[index]} is named twice in [${list.join(',')}]`);
    }
  }
  return normalized;
}

/**
 * Checks that a shape is a list of whole numbers from 0.
 *
 * @throws {@link ShapeError} naming `operation` otherwise.
 */
export function checkShape(operation: string, shape: Shape): void {
  if (!isList(shape)) throw new ShapeError(`${operation}: shape is ${formatValue(shape)}; expected a list of whole numbers from 0`);
  // By index, so that holes of a sparse list are found.
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new ShapeError(`${operation}: shape ${formatValue(shape)} has the axis length ${formatValue(length)}; expected whole numbers from 0`);
    }
  }
  if (sizeOf(shape) > Number.MAX_SAFE_INTEGER) throw new ShapeError(`${operation}: shape ${formatValue(shape)} has more than 2^53 elements; expected a shape that fits into memory`);
}

/** Whether what came is a list at all, as the types say, which JavaScript does not check. */
function isList(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}
