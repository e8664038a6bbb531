/*
 * The convolution is linear in its image and in its kernel. Its two gradients are operations of their own; the three
 * are each other's gradients, so that derivatives of every order stay among them. Convolutions of sequences and of volumes,
 * and the transposed ones, are made of the same three.
 */
import {
  formatValue, apply, ArgumentError, checkShape, defaultConvolutionPrecision, definePrimitive, DTypeError, empty, formatShape, formatType, requireConvolutionPrecision, ShapeError,
  type ConvolutionPrecision, type Primitive, type Shape, type Tensor, type TensorType, type Window2d,
} from '@adjoint/core';
import { allBatched } from '../allBatched.js';
import { merged, unmerged } from '../batching.js';
import { floatOperands } from '../operand.js';
import { reshape } from '../shape/reshape.js';
import { moveAxis } from '../shape/transpose.js';
import { asWindow2d, resolveWindow, windowOutput, type Window, type WindowOptions } from './window.js';

/** How a convolution walks, and how exact it and its gradients are. */
export interface ConvolutionAttrs {
  readonly window: Window2d;
  readonly precision: ConvolutionPrecision;
}

interface GradientAttrs extends ConvolutionAttrs {
  readonly shape: Shape;
}

const spatial = (shape: Shape): Shape => shape.slice(1, -1);
const taps = (shape: Shape): Shape => shape.slice(0, -2);

function requireOneDtype(operation: string, [left, right]: readonly TensorType[]): void {
  if (left!.dtype === right!.dtype) return;
  throw new DTypeError(`${operation}: the inputs are ${formatType(left!)} and ${formatType(right!)}; expected one dtype`);
}

const conv2dPrimitive: Primitive<ConvolutionAttrs> = definePrimitive({
  name: 'conv2d',
  keeps: { inputs: [0, 1] },
  infer: (inputs, { window }) => {
    requireOneDtype('conv2d', inputs);
    const [input, kernel] = inputs as readonly [TensorType, TensorType];
    return {
      shape: [input.shape[0]!, ...windowOutput('conv2d', spatial(input.shape), taps(kernel.shape), window), kernel.shape[3]!],
      dtype: input.dtype,
    };
  },
  forward: (backend, [input, kernel], { window, precision }, type) => {
    const out = empty(backend, type);
    backend.conv2d(input!, kernel!, out, window, precision);
    return out;
  },
  vjp: ({ inputs: [input, kernel], cotangent, attrs, needs }) => [
    needs[0] ? convolveInputGradient(cotangent, kernel!, input!.shape, attrs) : null,
    needs[1] ? convolveKernelGradient(input!, cotangent, kernel!.shape, attrs) : null,
  ],
  batch: (context) => {
    const { inputs: [input, kernel], batched: [, kernelVaries], attrs, size } = context;
    if (!kernelVaries) return unmerged(convolveImages(merged(input!), kernel!, attrs), size);
    const [images, kernels] = allBatched(context).map(asChannels) as [Tensor, Tensor];
    return fromChannels(convolveImages(images, kernels, attrs), size);
  },
});

const inputGradientPrimitive: Primitive<GradientAttrs> = definePrimitive({
  name: 'conv2dInputGradient',
  keeps: { inputs: [0, 1] },
  infer: (inputs, { shape }) => {
    requireOneDtype('conv2dInputGradient', inputs);
    return { shape, dtype: inputs[0]!.dtype };
  },
  forward: (backend, [cotangent, kernel], { window, precision }, type) => {
    const out = empty(backend, type);
    backend.conv2dInputGradient(cotangent!, kernel!, out, window, precision);
    return out;
  },
  vjp: ({ inputs: [output, kernel], cotangent, attrs, needs }) => [
    needs[0] ? convolveImages(cotangent, kernel!, attrs) : null,
    needs[1] ? convolveKernelGradient(cotangent, output!, kernel!.shape, attrs) : null,
  ],
  batch: (context) => {
    const { inputs: [cotangent, kernel], batched: [, kernelVaries], attrs: { shape, ...attrs }, size } = context;
    if (!kernelVaries) return unmerged(convolveInputGradient(merged(cotangent!), kernel!, shape.with(0, size * shape[0]!), attrs), size);
    const [cotangents, kernels] = allBatched(context).map(asChannels) as [Tensor, Tensor];
    return fromChannels(convolveInputGradient(cotangents, kernels, shape.with(-1, size * shape.at(-1)!), attrs), size);
  },
});

const kernelGradientPrimitive: Primitive<GradientAttrs> = definePrimitive({
  name: 'conv2dKernelGradient',
  keeps: { inputs: [0, 1] },
  infer: (inputs, { shape }) => {
    requireOneDtype('conv2dKernelGradient', inputs);
    return { shape, dtype: inputs[0]!.dtype };
  },
  forward: (backend, [input, cotangent], { window, precision }, type) => {
    const out = empty(backend, type);
    backend.conv2dKernelGradient(input!, cotangent!, out, window, precision);
    return out;
  },
  vjp: ({ inputs: [input, output], cotangent, attrs, needs }) => [
    needs[0] ? convolveInputGradient(output!, cotangent, input!.shape, attrs) : null,
    needs[1] ? convolveImages(input!, cotangent, attrs) : null,
  ],
  batch: (context) => {
    const { attrs: { shape, ...attrs }, size } = context;
    const [images, cotangents] = allBatched(context).map(asChannels) as [Tensor, Tensor];
    return fromChannels(convolveKernelGradient(images, cotangents, shape.with(-1, size * shape.at(-1)!), attrs), size);
  },
});

// Examples with a kernel each are the groups of one convolution: their channels, and their filters, stand side by side.

/** The examples along the last axis, before what stood there: `[size, ..., c]` becomes `[..., size * c]`. */
function asChannels(examples: Tensor): Tensor {
  const moved = moveAxis(examples, 0, -2);
  return reshape(moved, [...moved.shape.slice(0, -2), moved.shape.at(-2)! * moved.shape.at(-1)!]);
}

/** What {@link asChannels} put side by side, as examples again. */
function fromChannels(joined: Tensor, size: number): Tensor {
  return moveAxis(reshape(joined, [...joined.shape.slice(0, -1), size, joined.shape.at(-1)! / size]), -2, 0);
}

/** What the primitives are told of a call. */
export function attrsOf({ window, precision }: { readonly window: Window; readonly precision: ConvolutionPrecision }): ConvolutionAttrs {
  return { window: asWindow2d(window), precision };
}

/** Images `[n, h, w, c]` with a kernel `[kh, kw, c / groups, filters]`, whose shapes say how many groups there are. */
export function convolveImages(input: Tensor, kernel: Tensor, { window, precision }: ConvolutionAttrs): Tensor {
  return apply(conv2dPrimitive, [input, kernel], { window, precision });
}

/** The images, of which the cotangent's gradient is the convolution. */
export function convolveInputGradient(cotangent: Tensor, kernel: Tensor, shape: Shape, { window, precision }: ConvolutionAttrs): Tensor {
  return apply(inputGradientPrimitive, [cotangent, kernel], { shape, window, precision });
}

function convolveKernelGradient(input: Tensor, cotangent: Tensor, shape: Shape, { window, precision }: ConvolutionAttrs): Tensor {
  return apply(kernelGradientPrimitive, [input, cotangent], { shape, window, precision });
}

/** Options of every convolution that are not about its window. */
export interface CallOptions {
  readonly groups?: number;
  readonly precision?: ConvolutionPrecision;
}

/** What a convolution along `rank` axes was called with. */
interface Call {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly groups: number;
  readonly precision: ConvolutionPrecision;
  /** The lengths of the input and of the kernel. */
  readonly lengths: Shape;
  readonly taps: Shape;
}

const layouts = ['[n, length, c]', '[n, h, w, c]', '[n, d, h, w, c]'];

/**
 * The operands of a convolution along `rank` axes in one float dtype, with the number of groups; `kernelLayout` says what the
 * kernel's axes mean.
 *
 * @throws `ShapeError` when they have not the right number of axes, or the kernel has no taps.
 * @throws `ArgumentError` when the number of groups is none, or the precision is unknown.
 */
export function convolutionCall(
  operation: string, rank: number, input: Tensor, kernel: Tensor, { groups = 1, precision = defaultConvolutionPrecision() }: CallOptions, kernelLayout: string,
): Call {
  const [images, weights] = floatOperands(operation, input, kernel);
  const both = shapesOf(images, weights);
  const layout = layouts[rank - 1]!;
  if (images.shape.length !== rank + 2) throw new ShapeError(`${operation}: input has ${images.shape.length} axes, expected ${rank + 2}: ${layout} ${both}`);
  if (weights.shape.length !== rank + 2) throw new ShapeError(`${operation}: kernel has ${weights.shape.length} axes, expected ${rank + 2}: ${kernelLayout} ${both}`);
  if (taps(weights.shape).includes(0)) throw new ShapeError(`${operation}: the kernel has no taps ${both}`);
  if (!Number.isInteger(groups) || groups < 1) throw new ArgumentError(`${operation}: groups is ${formatValue(groups)}; expected an integer >= 1`);
  requireConvolutionPrecision(operation, precision);
  return { input: images, kernel: weights, groups, precision, lengths: spatial(images.shape), taps: taps(weights.shape) };
}

/** Both shapes, for a message. */
export function shapesOf(input: TensorType, kernel: TensorType): string {
  return `(input ${formatShape(input.shape)}, kernel ${formatShape(kernel.shape)})`;
}

/**
 * The operands of a convolution along `rank` axes, and its window.
 *
 * @throws `ShapeError` also when the channels do not fit, or the window is larger than the padded input.
 * @throws `ArgumentError` also when an option is out of range.
 */
export function resolveConvolution(
  operation: string, rank: number, input: Tensor, kernel: Tensor, options: WindowOptions & CallOptions,
): Call & { readonly window: Window; readonly outLengths: Shape } {
  const layout = ['[length, c / groups, filters]', '[h, w, c / groups, filters]', '[d, h, w, c / groups, filters]'][rank - 1]!;
  const call = convolutionCall(operation, rank, input, kernel, options, layout);
  const { groups } = call;
  const [depth, filters] = call.kernel.shape.slice(-2) as [number, number];
  const channels = call.input.shape.at(-1)!;
  const both = shapesOf(call.input, call.kernel);
  if (channels !== depth * groups) {
    throw new ShapeError(`${operation}: input has ${channels} channels, kernel expects ${depth}${groups === 1 ? '' : ` in each of ${formatValue(groups)} groups`} ${both}`);
  }
  if (filters % groups !== 0) throw new ShapeError(`${operation}: ${filters} filters do not make ${formatValue(groups)} equal groups ${both}`);
  const window = resolveWindow(operation, call.lengths, call.taps, options);
  const outLengths = windowOutput(operation, call.lengths, call.taps, window);
  checkShape(operation, [call.input.shape[0]!, ...outLengths, filters]);
  return { ...call, window, outLengths };
}
