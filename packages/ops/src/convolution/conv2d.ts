/*
 * The convolution is linear in its image and in its kernel. Its two gradients are operations of their own; the three
 * are each other's gradients, so that derivatives of every order stay among them.
 */
import {
  apply, definePrimitive, DTypeError, empty, formatShape, formatType, ShapeError, type Shape, type Tensor, type TensorType, type Window2d,
} from '@adjoint/core';
import { floatOperands } from '../operand.js';
import { resolveWindow, windowOutput, type WindowOptions } from './window2d.js';

interface Conv2dAttrs {
  readonly window: Window2d;
}

const image = (shape: Shape) => [shape[1]!, shape[2]!] as const;
const taps = (shape: Shape) => [shape[0]!, shape[1]!] as const;

function requireOneDtype(operation: string, [left, right]: readonly TensorType[]): void {
  if (left!.dtype === right!.dtype) return;
  throw new DTypeError(`${operation}: the inputs are ${formatType(left!)} and ${formatType(right!)}; expected one dtype`);
}

const conv2dPrimitive = definePrimitive<Conv2dAttrs>({
  name: 'conv2d',
  keeps: { inputs: [0, 1] },
  infer: (inputs, { window }) => {
    requireOneDtype('conv2d', inputs);
    const [input, kernel] = inputs as readonly [TensorType, TensorType];
    requireImages(input, kernel);
    return {
      shape: [input.shape[0]!, ...windowOutput('conv2d', image(input.shape), taps(kernel.shape), window), kernel.shape[3]!],
      dtype: input.dtype,
    };
  },
  forward: (backend, [input, kernel], { window }, type) => {
    const out = empty(backend, type);
    backend.conv2d(input!, kernel!, out, window);
    return out;
  },
  vjp: ({ inputs: [input, kernel], cotangent, attrs: { window }, needs }) => [
    needs[0] ? conv2dInputGradient(cotangent, kernel!, input!.shape, window) : null,
    needs[1] ? conv2dKernelGradient(input!, cotangent, kernel!.shape, window) : null,
  ],
});

const inputGradientPrimitive = definePrimitive<Conv2dAttrs & { readonly shape: Shape }>({
  name: 'conv2dInputGradient',
  keeps: { inputs: [0, 1] },
  infer: (inputs, { shape }) => {
    requireOneDtype('conv2dInputGradient', inputs);
    return { shape, dtype: inputs[0]!.dtype };
  },
  forward: (backend, [cotangent, kernel], { window }, type) => {
    const out = empty(backend, type);
    backend.conv2dInputGradient(cotangent!, kernel!, out, window);
    return out;
  },
  vjp: ({ inputs: [output, kernel], cotangent, attrs: { window }, needs }) => [
    needs[0] ? apply(conv2dPrimitive, [cotangent, kernel!], { window }) : null,
    needs[1] ? conv2dKernelGradient(cotangent, output!, kernel!.shape, window) : null,
  ],
});

function conv2dInputGradient(cotangent: Tensor, kernel: Tensor, shape: Shape, window: Window2d): Tensor {
  return apply(inputGradientPrimitive, [cotangent, kernel], { shape, window });
}

const kernelGradientPrimitive = definePrimitive<Conv2dAttrs & { readonly shape: Shape }>({
  name: 'conv2dKernelGradient',
  keeps: { inputs: [0, 1] },
  infer: (inputs, { shape }) => {
    requireOneDtype('conv2dKernelGradient', inputs);
    return { shape, dtype: inputs[0]!.dtype };
  },
  forward: (backend, [input, cotangent], { window }, type) => {
    const out = empty(backend, type);
    backend.conv2dKernelGradient(input!, cotangent!, out, window);
    return out;
  },
  vjp: ({ inputs: [input, output], cotangent, attrs: { window }, needs }) => [
    needs[0] ? conv2dInputGradient(output!, cotangent, input!.shape, window) : null,
    needs[1] ? apply(conv2dPrimitive, [input!, cotangent], { window }) : null,
  ],
});

function conv2dKernelGradient(input: Tensor, cotangent: Tensor, shape: Shape, window: Window2d): Tensor {
  return apply(kernelGradientPrimitive, [input, cotangent], { shape, window });
}

function requireImages(input: TensorType, kernel: TensorType): void {
  const both = `(input ${formatShape(input.shape)}, kernel ${formatShape(kernel.shape)})`;
  if (input.shape.length !== 4) throw new ShapeError(`conv2d: input has ${input.shape.length} axes, expected 4: [n, h, w, c] ${both}`);
  if (kernel.shape.length !== 4) throw new ShapeError(`conv2d: kernel has ${kernel.shape.length} axes, expected 4: [h, w, c, filters] ${both}`);
  if (kernel.shape[0] === 0 || kernel.shape[1] === 0) throw new ShapeError(`conv2d: the kernel has no taps ${both}`);
  if (input.shape[3] !== kernel.shape[2]) {
    throw new ShapeError(`conv2d: input has ${input.shape[3]} channels, kernel expects ${kernel.shape[2]} ${both}`);
  }
}

/**
 * The 2-d convolution (in the sense of the field: a cross-correlation) of images `[n, h, w, c]` with a kernel
 * `[kh, kw, c, filters]`; gives `[n, oh, ow, filters]`. Along each axis `oh` is
 * `floor((h + padding - (kh - 1) * dilation - 1) / stride) + 1`.
 *
 * @throws `ShapeError` when the axes or channels do not fit, or the kernel is larger than the padded image.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 * import { conv2d } from '@adjoint/ops';
 *
 * conv2d(ones([1, 3, 3, 1]), ones([2, 2, 1, 1])).shape; // [1, 2, 2, 1]
 * conv2d(ones([8, 28, 28, 3]), ones([3, 3, 3, 16]), { strides: 2, padding: 'same' }).shape; // [8, 14, 14, 16]
 * ```
 */
export function conv2d(input: Tensor, kernel: Tensor, options: WindowOptions = {}): Tensor {
  const [images, weights] = floatOperands(input, kernel);
  requireImages(images, weights);
  const window = resolveWindow('conv2d', image(images.shape), taps(weights.shape), options);
  return apply(conv2dPrimitive, [images, weights], { window });
}
