import {
  apply, definePrimitive, empty, formatType, ShapeError, type PoolWindow2d, type Primitive, type Shape, type Tensor, type TensorType,
} from '@adjoint/core';
import { pairOf, resolveWindow, windowOutput, type Padding2d, type Pair } from '../convolution/window2d.js';
import { asFloat } from '../operand.js';

/** The window of a pooling. */
export interface Pool2dOptions {
  readonly poolSize: Pair;
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: Pair;
  /** Default: `valid`. Padding never wins a maximum and does not count in an average. */
  readonly padding?: Padding2d;
}

interface PoolAttrs {
  readonly window: PoolWindow2d;
}

const image = (shape: Shape) => [shape[1]!, shape[2]!] as const;

function inferPooled(operation: string, input: TensorType, { window }: PoolAttrs): TensorType {
  const [height, width] = windowOutput(operation, image(input.shape), window.size, window);
  return { shape: [input.shape[0]!, height, width, input.shape[3]!], dtype: input.dtype };
}

function poolAttrs(operation: string, input: Tensor, { poolSize, strides = poolSize, padding = 'valid' }: Pool2dOptions): PoolAttrs {
  if (input.shape.length !== 4) throw new ShapeError(`${operation}: input is ${formatType(input)}; expected 4 axes: [n, h, w, c]`);
  const size = pairOf(operation, 'poolSize', poolSize);
  const window = { ...resolveWindow(operation, image(input.shape), size, { strides, padding }), size };
  if (window.padding.some(([before, after], axis) => before >= size[axis]! || after >= size[axis]!)) {
    throw new ShapeError(`${operation}: padding ${JSON.stringify(window.padding)} is not smaller than the pool ${JSON.stringify(size)}; a window of padding alone has no value`);
  }
  return { window };
}

const maxPool2dPrimitive: Primitive<PoolAttrs> = definePrimitive({
  name: 'maxPool2d',
  keeps: { inputs: [0] },
  infer: ([input], attrs) => inferPooled('maxPool2d', input!, attrs),
  forward: (backend, [input], { window }, type) => {
    const out = empty(backend, type);
    backend.maxPool2d(input!, out, window);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, attrs }) => [apply(scatterPrimitive, [input!, cotangent], attrs)],
});

// Where the maxima lie does not change in a neighbourhood, so both are linear in the second input, flat in the first,
// and each other's transpose.

const gatherPrimitive: Primitive<PoolAttrs> = definePrimitive({
  name: 'maxPool2dGather',
  keeps: { inputs: [0] },
  infer: ([input], attrs) => inferPooled('maxPool2dGather', input!, attrs),
  forward: (backend, [input, values], { window }, type) => {
    const out = empty(backend, type);
    backend.maxPool2dGather(input!, values!, out, window);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, attrs, needs }) => [null, needs[1] ? apply(scatterPrimitive, [input!, cotangent], attrs) : null],
});

const scatterPrimitive: Primitive<PoolAttrs> = definePrimitive({
  name: 'maxPool2dScatter',
  keeps: { inputs: [0] },
  infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
  forward: (backend, [input, cotangent], { window }, type) => {
    const out = empty(backend, type);
    backend.maxPool2dScatter(input!, cotangent!, out, window);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, attrs, needs }) => [null, needs[1] ? apply(gatherPrimitive, [input!, cotangent], attrs) : null],
});

/**
 * The maximum of each window of images `[n, h, w, c]`. The first maximum of a window takes all of its gradient.
 *
 * @throws `ShapeError` when the input has not 4 axes, or the window is larger than the padded image.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 * import { maxPool2d } from '@adjoint/ops';
 *
 * maxPool2d(ones([1, 4, 4, 3]), { poolSize: 2 }).shape; // [1, 2, 2, 3]
 * ```
 */
export function maxPool2d(input: Tensor, options: Pool2dOptions): Tensor {
  const images = asFloat(input);
  return apply(maxPool2dPrimitive, [images], poolAttrs('maxPool2d', images, options));
}

const avgPool2dPrimitive: Primitive<PoolAttrs> = definePrimitive({
  name: 'avgPool2d',
  keeps: {},
  infer: ([input], attrs) => inferPooled('avgPool2d', input!, attrs),
  forward: (backend, [input], { window }, type) => {
    const out = empty(backend, type);
    backend.averagePool2d(input!, out, window);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, attrs }) => [apply(avgPool2dGradientPrimitive, [cotangent], { ...attrs, shape: input!.shape })],
});

const avgPool2dGradientPrimitive: Primitive<PoolAttrs & { readonly shape: Shape }> = definePrimitive({
  name: 'avgPool2dGradient',
  keeps: {},
  infer: ([cotangent], { shape }) => ({ shape, dtype: cotangent!.dtype }),
  forward: (backend, [cotangent], { window }, type) => {
    const out = empty(backend, type);
    backend.averagePool2dGradient(cotangent!, out, window);
    return out;
  },
  vjp: ({ cotangent, attrs: { window } }) => [apply(avgPool2dPrimitive, [cotangent], { window })],
});

/**
 * The mean of each window of images `[n, h, w, c]`; padding does not count.
 *
 * @throws `ShapeError` when the input has not 4 axes, or the window is larger than the padded image.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { avgPool2d } from '@adjoint/ops';
 *
 * avgPool2d(tensor([1, 2, 3, 4], { shape: [1, 2, 2, 1] }), { poolSize: 2 }).toArray(); // [[[[2.5]]]]
 * ```
 */
export function avgPool2d(input: Tensor, options: Pool2dOptions): Tensor {
  const images = asFloat(input);
  return apply(avgPool2dPrimitive, [images], poolAttrs('avgPool2d', images, options));
}
