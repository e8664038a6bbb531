import { requireOptions, type ConvolutionPrecision, type Tensor, type OptionNames } from '@adjoint/core';
import { attrsOf, convolveInputGradient } from './convolution.js';
import { resolveTransposed } from './transposed.js';
import type { Padding2d, Pair } from './window.js';
import { requireTensor } from '../operand.js';

/** How the window of the convolution walks whose transpose is taken. */
export interface Conv2dTransposeOptions {
  /** Default: 1. */
  readonly strides?: Pair;
  /** Default: `valid`. */
  readonly padding?: Padding2d;
  /** The distance between the kernel's taps. Default: 1. */
  readonly dilation?: Pair;
  /** Equal parts of channels and filters that have nothing to do with each other. Default: 1. */
  readonly groups?: number;
  /**
   * The precision of this call and of its gradients. `default` may use a transform for 3 by 3 kernels in `float32`: the error is then
   * relative to the largest value near an output, not to the terms of that output, see `setDefaultConvolutionPrecision`. `highest`
   * always sums directly. Default: the one that `setDefaultConvolutionPrecision` set.
   */
  readonly precision?: ConvolutionPrecision;
  /** How much longer the result is; less than the stride. A convolution gives the same length for all of these. Default: 0. */
  readonly outputPadding?: Pair;
}

const conv2dTransposeOptionNames: OptionNames<Conv2dTransposeOptions> = {
  strides: true, padding: true, dilation: true, groups: true, outputPadding: true, precision: true };

/**
 * The transpose of a 2-d convolution: of images `[n, h, w, c]` and a kernel `[kh, kw, filters / groups, c]` it gives
 * `[n, oh, ow, filters]`. It is the gradient of `conv2d` with respect to its input, for a kernel that reads filters and gives
 * channels (so the layout is that of Keras; JAX has the last two axes exchanged and, by default, the kernel turned around).
 * Each length is `(h - 1) * stride + (size - 1) * dilation + 1 - padding + outputPadding`, and `h * stride` for padding `same`.
 *
 * @throws `ShapeError` when the axes, channels or groups do not fit, or nothing is left of the result.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.conv_transpose
 * @torch torch.nn.functional.conv_transpose2d
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 * import { conv2dTranspose } from '@adjoint/ops';
 *
 * conv2dTranspose(ones([1, 2, 2, 1]), ones([2, 2, 1, 1])).toArray(); // [[[[1], [2], [1]], [[2], [4], [2]], [[1], [2], [1]]]]
 * conv2dTranspose(ones([8, 7, 7, 16]), ones([3, 3, 4, 16]), { strides: 2, padding: 'same' }).shape; // [8, 14, 14, 4]
 * ```
 */
export function conv2dTranspose(input: Tensor, kernel: Tensor, options: Conv2dTransposeOptions = {}): Tensor {
  requireTensor('conv2dTranspose', 'input', input);
  requireTensor('conv2dTranspose', 'kernel', kernel);
  requireOptions('conv2dTranspose', options, conv2dTransposeOptionNames);
  const call = resolveTransposed('conv2dTranspose', 2, input, kernel, options);
  return convolveInputGradient(call.input, call.kernel, [call.input.shape[0]!, ...call.outLengths, call.filters], attrsOf(call));
}
