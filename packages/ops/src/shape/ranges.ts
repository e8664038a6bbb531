/* Slices by a range an axis: what a range means, the view, and its transpose. */
import { formatValue, apply, ArgumentError, AxisError, definePrimitive, empty, formatType, view, type Primitive, type Shape, type Tensor } from '@adjoint/core';

/**
 * What to take of an axis, as Python's `start:stop:step`: negative positions count from the end, null is the default
 * (all, in the step's direction), positions outside are clipped.
 */
export type SliceRange = readonly [start?: number | null, stop?: number | null, step?: number | null] | null;

/** A slice of every axis, with all defaults filled in. */
export interface SliceAttrs {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly lengths: readonly number[];
}

function viewSlice(tensor: Tensor, { starts, steps, lengths }: SliceAttrs): Tensor {
  // An empty view has no first element, and its storage perhaps none there.
  const offset = lengths.includes(0) ? tensor.offset : starts.reduce((sum, start, axis) => sum + start * tensor.strides[axis]!, tensor.offset);
  return view(tensor, lengths, tensor.strides.map((stride, axis) => stride * steps[axis]!), offset);
}

/** The slice that takes the same part of every example. */
function ofAllExamples({ starts, steps, lengths }: SliceAttrs, size: number): SliceAttrs {
  return { starts: [0, ...starts], steps: [1, ...steps], lengths: [size, ...lengths] };
}

const slicePrimitive: Primitive<SliceAttrs> = definePrimitive({
  name: 'slice',
  keeps: {},
  infer: ([input], { lengths }) => ({ shape: lengths, dtype: input!.dtype }),
  forward: (_, [input], attrs) => viewSlice(input!, attrs),
  vjp: ({ inputs: [input], cotangent, attrs }) => [apply(embedPrimitive, [cotangent], { ...attrs, shape: input!.shape, value: 0 })],
  batch: ({ inputs: [input], attrs, size }) => apply(slicePrimitive, [input!], ofAllExamples(attrs, size)),
});

/** The transpose of `slice` where `value` is 0: the value everywhere, but for the slice. */
export const embedPrimitive: Primitive<SliceAttrs & { readonly shape: Shape; readonly value: number }> = definePrimitive({
  name: 'embed',
  keeps: {},
  infer: ([input], { shape }) => ({ shape, dtype: input!.dtype }),
  forward: (backend, [input], attrs, type) => {
    const out = empty(backend, type);
    backend.fill(attrs.value, out);
    backend.assign(input!, viewSlice(out, attrs));
    return out;
  },
  vjp: ({ cotangent, attrs: { starts, steps, lengths } }) => [apply(slicePrimitive, [cotangent], { starts, steps, lengths })],
  batch: ({ inputs: [input], attrs, size }) =>
    apply(embedPrimitive, [input!], { ...ofAllExamples(attrs, size), shape: [size, ...attrs.shape], value: attrs.value }),
});

/**
 * The part of a tensor that a range an axis names; axes that are left out are taken whole. A view.
 *
 * @throws `AxisError` when there are more ranges than axes.
 * @throws `ArgumentError` when a range is not a list of at most three integers or nulls, or a step is 0.
 */
export function sliceBy(operation: string, input: Tensor, ranges: readonly SliceRange[]): Tensor {
  const rank = input.shape.length;
  const given: unknown = ranges;
  if (!Array.isArray(given)) throw new ArgumentError(`${operation}: ranges is ${formatValue(ranges)}; expected a list with one [start, stop, step] or null per axis`);
  if (ranges.length > rank) {
    throw new AxisError(`${operation}: ${ranges.length} ranges for ${formatType(input)}; expected at most ${rank}, one an axis`);
  }
  return apply(slicePrimitive, [input], resolveRanges(operation, input.shape, ranges));
}

/** What ranges mean for a shape; axes that are left out are taken whole. */
export function resolveRanges(operation: string, shape: Shape, ranges: readonly SliceRange[]): SliceAttrs {
  const resolved = shape.map((length, axis) => resolveRange(operation, ranges[axis] ?? null, length, axis));
  return {
    starts: resolved.map(({ start }) => start),
    steps: resolved.map(({ step }) => step),
    lengths: resolved.map(({ length }) => length),
  };
}

/** The part of a tensor along one axis that a range names; a view. */
export function sliceAlong(operation: string, input: Tensor, axis: number, range: SliceRange): Tensor {
  return sliceBy(operation, input, input.shape.map((_, other) => (other === axis ? range : null)));
}

/** Zeros of a shape that has another length along one axis, with a tensor there from `start` on, every `step` elements. */
export function placeAlong(input: Tensor, axis: number, start: number, step: number, shape: Shape): Tensor {
  return apply(embedPrimitive, [input], {
    starts: shape.map((_, other) => (other === axis ? start : 0)),
    steps: shape.map((_, other) => (other === axis ? step : 1)),
    lengths: input.shape, shape, value: 0,
  });
}

function resolveRange(operation: string, range: SliceRange, length: number, axis: number): { start: number; step: number; length: number } {
  const given: unknown = range;
  if (given !== null && !(Array.isArray(given) && given.length <= 3)) {
    throw new ArgumentError(
      `${operation}: the range of axis ${axis} is ${formatValue(given)}; ` +
        'expected [start, stop, step] or null; ranges is a list with one range per axis, as in [[0, 2], null]',
    );
  }
  const step = range?.[2] ?? 1;
  const backwards = step < 0;
  const lowest = backwards ? -1 : 0;
  const highest = backwards ? length - 1 : length;
  const clip = (position: number) => Math.min(Math.max(position < 0 ? position + length : position, lowest), highest);
  const start = range?.[0] ?? null;
  const stop = range?.[1] ?? null;
  for (const value of [step, start ?? 0, stop ?? 0]) {
    if (!Number.isInteger(value) || step === 0) {
      throw new ArgumentError(`${operation}: range ${formatValue(range)} of axis ${axis}; expected whole numbers or null, and a step other than 0`);
    }
  }
  const first = start === null ? (backwards ? highest : lowest) : clip(start);
  const end = stop === null ? (backwards ? lowest : highest) : clip(stop);
  return { start: first, step, length: Math.max(0, Math.ceil((end - first) / step)) };
}
