/*
 * Pooling of images, and of sequences and volumes by it: a sequence is an image of height 1, and of a volume first the images
 * are pooled and then, seen as images of one column a pixel, the depths.
 */
import {
  apply, checkShape, definePrimitive, empty, formatType, formatValue, ShapeError, type BatchContext, type PoolWindow2d, type Primitive, type Shape, type Tensor, type TensorType,
} from '@adjoint/core';
import { allBatched } from '../allBatched.js';
import { merged, unmerged } from '../batching.js';
import { asWindow2d, lastTwo, lengthsOf, resolveWindow, windowOutput, type Window, type WindowOptions } from '../convolution/window.js';
import { asFloat } from '../operand.js';
import { expandDims, reshape, squeeze } from '../shape/reshape.js';

interface PoolAttrs {
  readonly window: PoolWindow2d;
}

function inferPooled(operation: string, input: TensorType, { window }: PoolAttrs): TensorType {
  const lengths = windowOutput(operation, input.shape.slice(1, 3), window.size, window);
  return { shape: [input.shape[0]!, ...lengths, input.shape[3]!], dtype: input.dtype };
}

/** The examples' images as one list of images, and the result as examples again. */
function asMoreImages<Attrs>(context: BatchContext<Attrs>, pool: (images: Tensor[]) => Tensor): Tensor {
  return unmerged(pool(allBatched(context).map(merged)), context.size);
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
  batch: (context) => asMoreImages(context, (images) => apply(maxPool2dPrimitive, images, context.attrs)),
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
  batch: (context) => asMoreImages(context, (images) => apply(gatherPrimitive, images, context.attrs)),
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
  batch: (context) => asMoreImages(context, (images) => apply(scatterPrimitive, images, context.attrs)),
});

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
  batch: (context) => asMoreImages(context, (images) => apply(avgPool2dPrimitive, images, context.attrs)),
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
  batch: (context) => {
    const { attrs: { shape, window }, size } = context;
    return asMoreImages(context, (images) => apply(avgPool2dGradientPrimitive, images, { shape: shape.with(0, size * shape[0]!), window }));
  },
});

type Pooling = (images: Tensor, attrs: PoolAttrs) => Tensor;

/** The maximum of each window of images. */
export const maximum: Pooling = (images, attrs) => apply(maxPool2dPrimitive, [images], attrs);

/** The mean of each window of images. */
export const average: Pooling = (images, attrs) => apply(avgPool2dPrimitive, [images], attrs);

/** Options of any number of axes. */
interface PoolOptions extends Omit<WindowOptions, 'dilation'> {
  readonly poolSize: number | readonly number[];
}

const layouts = ['[n, length, c]', '[n, h, w, c]', '[n, d, h, w, c]'];

function resolvePool(operation: string, rank: number, input: Tensor, { poolSize, strides = poolSize, padding = 'valid' }: PoolOptions): Window & { readonly size: readonly number[] } {
  if (input.shape.length !== rank + 2) {
    throw new ShapeError(`${operation}: input is ${formatType(input)}; expected ${rank + 2} axes: ${layouts[rank - 1]!}`);
  }
  const size = lengthsOf(operation, 'poolSize', poolSize, rank);
  const window = resolveWindow(operation, input.shape.slice(1, -1), size, { strides, padding });
  if (window.padding.some(([before, after], axis) => before >= size[axis]! || after >= size[axis]!)) {
    throw new ShapeError(`${operation}: padding ${formatValue(window.padding)} is not smaller than the pool ${formatValue(size)}; a window of padding alone has no value`);
  }
  return { ...window, size };
}

/** Pools along `rank` axes. */
export function poolAlong(operation: string, rank: number, pooling: Pooling, input: Tensor, options: PoolOptions): Tensor {
  const operand = asFloat(operation, input);
  const window = resolvePool(operation, rank, operand, options);
  const outLengths = windowOutput(operation, operand.shape.slice(1, -1), window.size, window);
  checkShape(operation, [operand.shape[0]!, ...outLengths, operand.shape.at(-1)!]);
  const images = { window: { ...asWindow2d(window), size: lastTwo(window.size, 1) } };
  if (rank === 1) return squeeze(pooling(expandDims(operand, 1), images), 1);
  if (rank === 2) return pooling(operand, images);
  const [n, depth, h, w, channels] = operand.shape as readonly [number, number, number, number, number];
  const [outDepth, outHeight, outWidth] = outLengths as [number, number, number];
  const pooled = pooling(reshape(operand, [n * depth, h, w, channels]), images);
  const depths: PoolWindow2d = {
    strides: [window.strides[0]!, 1], dilation: [1, 1], padding: [window.padding[0]!, [0, 0]], size: [window.size[0]!, 1],
  };
  const columns = pooling(reshape(pooled, [n, depth, outHeight * outWidth, channels]), { window: depths });
  return reshape(columns, [n, outDepth, outHeight, outWidth, channels]);
}
