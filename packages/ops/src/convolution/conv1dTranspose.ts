import { requireOptions, type ConvolutionPrecision, type Tensor, type OptionNames } from '@adjoint/core';
import { expandDims, squeeze } from '../shape/reshape.js';
import { attrsOf, convolveInputGradient } from './convolution.js';
import { resolveTransposed } from './transposed.js';
import type { Padding1d } from './window.js';
import { requireTensor } from '../operand.js';

/** How the window of the convolution walks whose transpose is taken. */
export interface Conv1dTransposeOptions {
  /** Default: 1. */
  readonly strides?: number;
  /** Default: `valid`. */
  readonly padding?: Padding1d;
  /** The distance between the kernel's taps. Default: 1. */
  readonly dilation?: number;
  /** Equal parts of channels and filters that have nothing to do with each other. Default: 1. */
  readonly groups?: number;
  /**
   * The precision of this call and of its gradients. `default` may use a transform for 3 by 3 kernels in `float32`: the error is then
   * relative to the largest value near an output, not to the terms of that output, see `setDefaultConvolutionPrecision`. `highest`
   * always sums directly. Default: the one that `setDefaultConvolutionPrecision` set.
   */
  readonly precision?: ConvolutionPrecision;
  /** How much longer the result is; less than the stride. A convolution gives the same length for all of these. Default: 0. */
  readonly outputPadding?: number;
}

const conv1dTransposeOptionNames: OptionNames<Conv1dTransposeOptions> = {
  strides: true, padding: true, dilation: true, groups: true, outputPadding: true, precision: true };

/**
 * The transpose of a 1-d convolution: of sequences `[n, length, c]` and a kernel `[size, filters / groups, c]` it gives
 * `[n, l, filters]`. It is the gradient of `conv1d` with respect to its input, for a kernel that reads filters and gives
 * channels (so the layout is that of Keras; JAX has the last two axes exchanged and, by default, the kernel turned around).
 * Each length is `(length - 1) * stride + (size - 1) * dilation + 1 - padding + outputPadding`, and `length * stride` for padding `same`.
 *
 * @throws `ShapeError` when the axes, channels or groups do not fit, or nothing is left of the result.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.conv_transpose
 * @torch torch.nn.functional.conv_transpose1d
 *
 * @example
 * ```ts
 * import { ones, tensor } from '@adjoint/core';
 * import { conv1dTranspose } from '@adjoint/ops';
 *
 * conv1dTranspose(tensor([[[1], [2]]]), ones([2, 1, 1]), { strides: 2 }).toArray(); // [[[1], [1], [2], [2]]]
 * conv1dTranspose(tensor([[[1], [2]]]), ones([2, 1, 1])).toArray(); // [[[1], [3], [2]]]
 * ```
 */
export function conv1dTranspose(input: Tensor, kernel: Tensor, options: Conv1dTransposeOptions = {}): Tensor {
  requireTensor('conv1dTranspose', 'input', input);
  requireTensor('conv1dTranspose', 'kernel', kernel);
  requireOptions('conv1dTranspose', options, conv1dTransposeOptionNames);
  const call = resolveTransposed('conv1dTranspose', 1, input, kernel, options);
  const shape = [call.input.shape[0]!, 1, ...call.outLengths, call.filters];
  return squeeze(convolveInputGradient(expandDims(call.input, 1), expandDims(call.kernel, 0), shape, attrsOf(call)), 1);
}
