/* NumPy's subscripts: what each of them means for which axis. */
import {
  apply, ArgumentError, AxisError, broadcastShapes, broadcastStrides, contiguousStrides, DTypeError, formatShape, formatType, formatValue, sameShape, ShapeError, sizeOf, Tensor, type Shape,
} from '@adjoint/core';
import { broadcastTo } from '../reduce/sum.js';
import { embedPrimitive, resolveRanges, sliceBy, type SliceAttrs, type SliceRange } from '../shape/ranges.js';
import { expandDims, reshape, squeeze } from '../shape/reshape.js';
import { moveAxis } from '../shape/transpose.js';
import { fromFront, takeAt } from './taking.js';

/** What stands between the brackets of NumPy's `x[...]`, one for an axis or several. */
export type Subscript =
  /** The slice at a position; the axis goes. Negative numbers count from the end. */
  | number
  /** A range of the axis, `start:stop:step`; `[]` is all of it. */
  | readonly [start?: number | null, stop?: number | null, step?: number | null]
  /** A new axis of length 1. */
  | null
  /** As many whole axes as the others leave. */
  | '...'
  /** `int32`: the slices at these positions. `bool`: those where the mask, which may cover several axes, is true. */
  | Tensor;

/** Positions along one axis that are listed one by one, in NumPy's words by advanced indexing. */
interface Listed {
  readonly axis: number;
  readonly shape: Shape;
  readonly positions: ArrayLike<number>;
}

/** A number counts as a list where there are lists. */
function isListed(subscript: Subscript): subscript is number | Tensor {
  return typeof subscript === 'number' || subscript instanceof Tensor;
}

function isMask(subscript: Subscript): boolean {
  return subscript instanceof Tensor && subscript.dtype === 'bool';
}

function requireKnown(operation: string, subscript: Subscript): void {
  if (subscript === null || subscript === '...' || Array.isArray(subscript) || Number.isInteger(subscript)) return;
  if (!(subscript instanceof Tensor)) {
    throw new ArgumentError(`${operation}: a subscript is ${formatValue(subscript)}; expected a whole number, a range, null, '...' or a tensor`);
  }
  if (subscript.dtype !== 'int32' && subscript.dtype !== 'bool') {
    throw new DTypeError(`${operation}: a subscript is ${formatType(subscript)}; expected int32 positions or a bool mask (convert it with cast)`);
  }
}

/**
 * How many axes the ellipsis stands for.
 *
 * @throws a typed error when the subscripts do not fit the input.
 */
function axesLeft(operation: string, input: Tensor, subscripts: readonly Subscript[]): number {
  for (const subscript of subscripts) requireKnown(operation, subscript);
  if (subscripts.indexOf('...') !== subscripts.lastIndexOf('...')) throw new ArgumentError(`${operation}: there are two '...'; expected at most one`);
  const rank = input.shape.length;
  const named = subscripts.reduce<number>((count, each) => {
    if (each === null || each === '...') return count;
    return count + (isMask(each) ? (each as Tensor).shape.length : 1);
  }, 0);
  if (named > rank) throw new AxisError(`${operation}: the subscripts are about ${named} axes, the input is ${formatType(input)}; expected at most ${rank}`);
  return rank - named;
}

/** What subscripts come to: ranges of the axes, among which there are new ones, and lists of positions. */
interface Resolved {
  readonly newAxes: readonly number[];
  readonly ranges: SliceRange[];
  readonly lists: readonly Listed[];
}

function resolveSubscripts(operation: string, input: Tensor, subscripts: readonly Subscript[]): Resolved {
  const left = axesLeft(operation, input, subscripts);
  const ranges: SliceRange[] = [];
  const newAxes: number[] = [];
  const lists: Listed[] = [];
  let axis = 0;
  for (const each of subscripts.includes('...') ? subscripts : [...subscripts, '...' as const]) {
    // Where the axis lies once there are the new ones.
    const place = ranges.length;
    if (each === null) {
      newAxes.push(place);
      ranges.push(null);
    } else if (each === '...') {
      ranges.push(...new Array<null>(left).fill(null));
      axis += left;
    } else if (isMask(each)) {
      const mask = each as Tensor;
      // A scalar is the mask of a new axis.
      if (mask.shape.length === 0) newAxes.push(place);
      lists.push(...truePositions(operation, input, mask, axis).map((positions, index) => ({ axis: place + index, shape: [positions.length], positions })));
      ranges.push(...new Array<null>(Math.max(mask.shape.length, 1)).fill(null));
      axis += mask.shape.length;
    } else {
      if (typeof each === 'number') lists.push({ axis: place, shape: [], positions: fromFront(operation, input, [each], axis) });
      else if (each instanceof Tensor) lists.push({ axis: place, shape: each.shape, positions: fromFront(operation, input, each.data(), axis) });
      ranges.push(isListed(each) ? null : each);
      axis++;
    }
  }
  return { newAxes, ranges, lists };
}

/** The part of a tensor that subscripts name: a view, unless there are tensors among them, which are gathered at once. */
export function subscripted(operation: string, input: Tensor, subscripts: readonly Subscript[]): Tensor {
  const { newAxes, ranges, lists } = resolveSubscripts(operation, input, subscripts);
  const expanded = newAxes.length === 0 ? input : expandDims(input, newAxes);
  if (subscripts.some((each) => each instanceof Tensor)) {
    const part = sliced(operation, expanded, ranges);
    const { axes, first, ordered, merged, shape, positions } = joinLists(operation, part.shape, lists, subscripts);
    const inOrder = axes === null ? part : moveAxis(part, axes, axes.map((_, index) => index));
    return takeAt(sameShape(ordered, merged) ? inOrder : reshape(inOrder, merged), positions, first, shape);
  }
  for (const { axis: dropped, positions } of lists) ranges[dropped] = [positions[0]!, positions[0]! + 1];
  return lists.length === 0 ? sliced(operation, expanded, ranges) : squeeze(sliced(operation, expanded, ranges), lists.map((list) => list.axis));
}

/** Where the slices lie that subscripts with tensors name, and the way back from slices to the input's shape. */
export interface NamedSlices {
  /** Along one axis, in place of all that have lists; `length` is how long it is. */
  readonly positions: Int32Array;
  readonly axis: number;
  readonly length: number;
  /** The shape with that axis. */
  readonly merged: Shape;
  /** The shape of what is named. */
  readonly shape: Shape;
  /** A tensor of the merged shape, or with other axes of length 1, in the input's shape; zeros where no slice is. */
  readonly restore: (merged: Tensor) => Tensor;
}

/** The slices that subscripts with tensors name. Lists are as long as the axes that have lists, whatever the other axes hold. */
export function namedSlices(operation: string, input: Tensor, subscripts: readonly Subscript[]): NamedSlices {
  const { newAxes, ranges, lists } = resolveSubscripts(operation, input, subscripts);
  const expanded = [...input.shape];
  for (const axis of newAxes) expanded.splice(axis, 0, 1);
  const slice = resolveRanges(operation, expanded, ranges);
  const { axes, first, end, ordered, merged, shape, positions } = joinLists(operation, slice.lengths, lists, subscripts);
  const restore = (of: Tensor): Tensor => {
    const listed = of.shape[first] === 1 ? ordered.slice(first, end).map(() => 1) : ordered.slice(first, end);
    const inOrder = reshape(of, [...of.shape.slice(0, first), ...listed, ...of.shape.slice(first + 1)]);
    const part = axes === null ? inOrder : moveAxis(inOrder, axes.map((_, index) => index), axes);
    const whole = ranges.every((range) => range === null) ? part : apply(embedPrimitive, [broadcastTo(part, slice.lengths)], { ...slice, shape: expanded, value: 0 });
    return newAxes.length === 0 ? whole : squeeze(whole, newAxes);
  };
  return {
    positions, axis: first, length: merged[first]!, merged, restore,
    shape: [...merged.slice(0, first), ...shape, ...merged.slice(first + 1)],
  };
}

/** What subscripts without tensors name: a slice of the input's axes, and its shape with new axes and without those of numbers. */
export function sliceNamed(operation: string, input: Tensor, subscripts: readonly Subscript[]): { slice: SliceAttrs; shape: Shape } {
  const left = axesLeft(operation, input, subscripts);
  const ranges: SliceRange[] = [];
  for (const each of subscripts.includes('...') ? subscripts : [...subscripts, '...' as const]) {
    if (each === '...') {
      ranges.push(...new Array<null>(left).fill(null));
    } else if (typeof each === 'number') {
      const position = fromFront(operation, input, [each], ranges.length)[0]!;
      ranges.push([position, position + 1]);
    } else if (each !== null && !(each instanceof Tensor)) {
      ranges.push(each);
    }
  }
  const slice = resolveRanges(operation, input.shape, ranges);
  const lengths = [...slice.lengths];
  const shape = subscripts.flatMap((each) => {
    if (each === null) return [1];
    const own = lengths.splice(0, each === '...' ? left : 1);
    return typeof each === 'number' ? [] : own;
  });
  return { slice, shape: [...shape, ...lengths] };
}

function sliced(operation: string, input: Tensor, ranges: readonly SliceRange[]): Tensor {
  return ranges.every((range) => range === null) ? input : sliceBy(operation, input, ranges);
}

/** Where a mask is true, for each of its axes. */
function truePositions(operation: string, input: Tensor, mask: Tensor, axis: number): Int32Array[] {
  const covered = input.shape.slice(axis, axis + mask.shape.length);
  if (!sameShape(covered, mask.shape)) {
    throw new ShapeError(`${operation}: a mask is ${formatType(mask)}; expected bool ${formatShape(covered)}, as axis ${axis} of ${formatType(input)} begins`);
  }
  const lengths = mask.shape.length === 0 ? [1] : mask.shape;
  const strides = contiguousStrides(lengths);
  const found: number[] = [];
  mask.data().forEach((value, position) => {
    if (value !== 0) found.push(position);
  });
  return lengths.map((length, index) => Int32Array.from(found, (position) => Math.floor(position / strides[index]!) % length));
}

/** The axes that have lists as one, and the positions along it. */
interface Joined {
  /** The axes to move to the front, as in NumPy, where they are not neighbors; null where they stay. */
  readonly axes: readonly number[] | null;
  /** The first of the axes, once they are in order, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** The shape with the axes in order. */
  readonly ordered: Shape;
  readonly merged: Shape;
  /** Of the positions. */
  readonly shape: Shape;
  readonly positions: Int32Array;
}

function joinLists(operation: string, part: Shape, lists: readonly Listed[], subscripts: readonly Subscript[]): Joined {
  const places = subscripts.flatMap((each, place) => (isListed(each) ? [place] : []));
  const areNeighbors = places.every((place, index) => place === places[0]! + index);
  const shape = lists.reduce<Shape>((common, list) => broadcastShapes(operation, common, list.shape), []);
  const axes = lists.map(({ axis }) => axis);
  const ordered = areNeighbors ? part : [...axes.map((axis) => part[axis]!), ...part.filter((_, axis) => !axes.includes(axis))];
  const first = areNeighbors ? axes[0]! : 0;
  const end = first + axes.length;
  const merged = [...ordered.slice(0, first), sizeOf(ordered, first, end), ...ordered.slice(end)];
  const strides = contiguousStrides(shape);
  const positions = new Int32Array(sizeOf(shape));
  lists.forEach((list, index) => {
    const own = broadcastStrides(list.shape, contiguousStrides(list.shape), shape);
    for (let place = 0; place < positions.length; place++) {
      let source = 0;
      for (let axis = 0; axis < shape.length; axis++) source += (Math.floor(place / strides[axis]!) % shape[axis]!) * own[axis]!;
      positions[place] = positions[place]! * ordered[first + index]! + list.positions[source]!;
    }
  });
  return { axes: areNeighbors ? null : axes, first, end, ordered, merged, shape, positions };
}
