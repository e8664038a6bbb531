import { apply, ArgumentError, AxisError, definePrimitive, empty, formatType, view, type Primitive, type Shape, type Tensor } from '@adjoint/core';

/**
 * What to take of an axis, as Python's `start:stop:step`: negative positions count from the end, null is the default
 * (all, in the step's direction), positions outside are clipped.
 */
export type SliceRange = readonly [start?: number | null, stop?: number | null, step?: number | null] | null;

/** A slice of every axis, with all defaults filled in. */
interface SliceAttrs {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly lengths: readonly number[];
}

function viewSlice(tensor: Tensor, { starts, steps, lengths }: SliceAttrs): Tensor {
  const offset = starts.reduce((sum, start, axis) => (lengths[axis] === 0 ? sum : sum + start * tensor.strides[axis]!), tensor.offset);
  return view(tensor, lengths, tensor.strides.map((stride, axis) => stride * steps[axis]!), offset);
}

const slicePrimitive: Primitive<SliceAttrs> = definePrimitive({
  name: 'slice',
  keeps: {},
  infer: ([input], { lengths }) => ({ shape: lengths, dtype: input!.dtype }),
  forward: (_, [input], attrs) => viewSlice(input!, attrs),
  vjp: ({ inputs: [input], cotangent, attrs }) => [apply(embedPrimitive, [cotangent], { ...attrs, shape: input!.shape })],
});

/** The transpose of `slice`: zeros, but for the slice. */
const embedPrimitive: Primitive<SliceAttrs & { readonly shape: Shape }> = definePrimitive({
  name: 'embed',
  keeps: {},
  infer: ([input], { shape }) => ({ shape, dtype: input!.dtype }),
  forward: (backend, [input], attrs, type) => {
    const out = empty(backend, type);
    backend.fill(0, out);
    backend.assign(input!, viewSlice(out, attrs));
    return out;
  },
  vjp: ({ cotangent, attrs: { starts, steps, lengths } }) => [apply(slicePrimitive, [cotangent], { starts, steps, lengths })],
});

/**
 * A part of a tensor by a range an axis; axes that are left out are taken whole. A view.
 *
 * @throws `AxisError` when there are more ranges than axes.
 * @throws `ArgumentError` when a step is 0 or a position is no whole number.
 *
 * @jax jax.lax.slice
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { slice } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * slice(x, [[1]]).toArray(); // [[4, 5, 6]]
 * slice(x, [null, [null, null, -2]]).toArray(); // [[3, 1], [6, 4]]
 * ```
 */
export function slice(input: Tensor, ranges: readonly SliceRange[]): Tensor {
  const rank = input.shape.length;
  if (ranges.length > rank) {
    throw new AxisError(`slice: ${ranges.length} ranges for ${formatType(input)}; expected at most ${rank}, one an axis`);
  }
  const resolved = input.shape.map((length, axis) => resolveRange(ranges[axis] ?? null, length, axis));
  return apply(slicePrimitive, [input], {
    starts: resolved.map(({ start }) => start),
    steps: resolved.map(({ step }) => step),
    lengths: resolved.map(({ length }) => length),
  });
}

function resolveRange(range: SliceRange, length: number, axis: number): { start: number; step: number; length: number } {
  const step = range?.[2] ?? 1;
  const backwards = step < 0;
  const lowest = backwards ? -1 : 0;
  const highest = backwards ? length - 1 : length;
  const clip = (position: number) => Math.min(Math.max(position < 0 ? position + length : position, lowest), highest);
  const start = range?.[0] ?? null;
  const stop = range?.[1] ?? null;
  for (const value of [step, start ?? 0, stop ?? 0]) {
    if (!Number.isInteger(value) || step === 0) {
      throw new ArgumentError(`slice: range [${range?.join(',')}] of axis ${axis}; expected whole numbers or null, and a step other than 0`);
    }
  }
  const first = start === null ? (backwards ? highest : lowest) : clip(start);
  const end = stop === null ? (backwards ? lowest : highest) : clip(stop);
  return { start: first, step, length: Math.max(0, Math.ceil((end - first) / step)) };
}

/**
 * The tensor with zeros around: `widths` are the numbers before and after, one pair an axis.
 *
 * @throws `ArgumentError` when the widths are not one pair of whole numbers from 0 an axis.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { pad } from '@adjoint/ops';
 *
 * pad(tensor([1, 2]), [[1, 2]]).toArray(); // [0, 1, 2, 0, 0]
 * ```
 */
export function pad(input: Tensor, widths: readonly (readonly [before: number, after: number])[]): Tensor {
  if (widths.length !== input.shape.length || widths.flat().some((width) => !Number.isInteger(width) || width < 0)) {
    throw new ArgumentError(`pad: widths ${JSON.stringify(widths)} for ${formatType(input)}; expected one pair of whole numbers from 0 an axis`);
  }
  return apply(embedPrimitive, [input], {
    starts: widths.map(([before]) => before),
    steps: widths.map(() => 1),
    lengths: input.shape,
    shape: input.shape.map((length, axis) => length + widths[axis]![0] + widths[axis]![1]),
  });
}
