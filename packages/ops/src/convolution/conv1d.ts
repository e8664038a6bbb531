import { requireOptions, type ConvolutionPrecision, type Tensor, type OptionNames } from '@adjoint/core';
import { expandDims, squeeze } from '../shape/reshape.js';
import { attrsOf, convolveImages, resolveConvolution } from './convolution.js';
import type { Padding1d } from './window.js';
import { requireTensor } from '../operand.js';

/** How the window of a 1-d convolution walks, and what it sees. */
export interface Conv1dOptions {
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
}

const conv1dOptionNames: OptionNames<Conv1dOptions> = { strides: true, padding: true, dilation: true, groups: true, precision: true };

/**
 * The 1-d convolution (a cross-correlation) of sequences `[n, length, c]` with a kernel `[size, c / groups, filters]`; gives
 * `[n, l, filters]`, where `l` is `floor((length + padding - (size - 1) * dilation - 1) / stride) + 1`.
 *
 * @throws `ShapeError` when the axes, channels or groups do not fit, or the kernel is longer than the padded sequence.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.conv_general_dilated
 * @torch torch.nn.functional.conv1d
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { conv1d } from '@adjoint/ops';
 *
 * const x = tensor([[[1], [2], [4], [8]]]);
 * const differences = tensor([[[-1]], [[1]]]);
 * conv1d(x, differences).toArray(); // [[[1], [2], [4]]]
 * conv1d(x, differences, { dilation: 2 }).toArray(); // [[[3], [6]]]
 * ```
 */
export function conv1d(input: Tensor, kernel: Tensor, options: Conv1dOptions = {}): Tensor {
  requireTensor('conv1d', 'input', input);
  requireTensor('conv1d', 'kernel', kernel);
  requireOptions('conv1d', options, conv1dOptionNames);
  const call = resolveConvolution('conv1d', 1, input, kernel, options);
  return squeeze(convolveImages(expandDims(call.input, 1), expandDims(call.kernel, 0), attrsOf(call)), 1);
}
