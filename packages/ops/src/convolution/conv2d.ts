import { formatType, ShapeError, requireOptions, type ConvolutionPrecision, type Tensor, type OptionNames } from '@adjoint/core';
import { reshape } from '../shape/reshape.js';
import { attrsOf, convolveImages, resolveConvolution } from './convolution.js';
import type { Padding2d, Pair } from './window.js';
import { requireTensor } from '../operand.js';

/** How the window of a depthwise convolution walks. */
export interface DepthwiseConv2dOptions {
  /** Default: 1. */
  readonly strides?: Pair;
  /** Default: `valid`. */
  readonly padding?: Padding2d;
  /** The distance between the kernel's taps. Default: 1. */
  readonly dilation?: Pair;
  /**
   * The precision of this call and of its gradients. `default` may use a transform for 3 by 3 kernels in `float32`: the error is then
   * relative to the largest value near an output, not to the terms of that output, see `setDefaultConvolutionPrecision`. `highest`
   * always sums directly. Default: the one that `setDefaultConvolutionPrecision` set.
   */
  readonly precision?: ConvolutionPrecision;
}

/** How the window of a 2-d convolution walks, and what it sees. */
export interface Conv2dOptions extends DepthwiseConv2dOptions {
  /** Equal parts of channels and filters that have nothing to do with each other. Default: 1. */
  readonly groups?: number;
}

const conv2dOptionNames: OptionNames<Conv2dOptions> = { groups: true, strides: true, padding: true, dilation: true, precision: true };

/**
 * The 2-d convolution (in the sense of the field: a cross-correlation) of images `[n, h, w, c]` with a kernel
 * `[kh, kw, c / groups, filters]`; gives `[n, oh, ow, filters]`. Along each axis `oh` is
 * `floor((h + padding - (kh - 1) * dilation - 1) / stride) + 1`. Of several groups, the first part of the filters sees the first
 * part of the channels, and so on.
 *
 * @throws `ShapeError` when the axes, channels or groups do not fit, or the kernel is larger than the padded image.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.conv_general_dilated
 * @torch torch.nn.functional.conv2d
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 * import { conv2d } from '@adjoint/ops';
 *
 * conv2d(ones([1, 3, 3, 1]), ones([2, 2, 1, 1])).shape; // [1, 2, 2, 1]
 * conv2d(ones([8, 28, 28, 3]), ones([3, 3, 3, 16]), { strides: 2, padding: 'same' }).shape; // [8, 14, 14, 16]
 * conv2d(ones([1, 1, 1, 6]), ones([1, 1, 3, 4]), { groups: 2 }).toArray(); // [[[[3, 3, 3, 3]]]]
 * ```
 */
export function conv2d(input: Tensor, kernel: Tensor, options: Conv2dOptions = {}): Tensor {
  requireTensor('conv2d', 'input', input);
  requireTensor('conv2d', 'kernel', kernel);
  requireOptions('conv2d', options, conv2dOptionNames);
  const call = resolveConvolution('conv2d', 2, input, kernel, options);
  return convolveImages(call.input, call.kernel, attrsOf(call));
}

const depthwiseConv2dOptionNames: OptionNames<DepthwiseConv2dOptions> = { strides: true, padding: true, dilation: true, precision: true };

/**
 * The 2-d convolution of each channel of images `[n, h, w, c]` with kernels of its own, `[kh, kw, c, multiplier]`; gives
 * `[n, oh, ow, c * multiplier]`, the results of one channel next to each other. It is `conv2d` with as many groups as channels.
 *
 * @throws `ShapeError` when the axes or channels do not fit, or the kernel is larger than the padded image.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.conv_general_dilated
 * @torch torch.nn.functional.conv2d
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { depthwiseConv2d } from '@adjoint/ops';
 *
 * const x = tensor([[[[1, 10], [2, 20]]]]);
 * depthwiseConv2d(x, tensor([[[[1], [2]], [[1], [2]]]])).toArray(); // [[[[3, 60]]]]
 * ```
 */
export function depthwiseConv2d(input: Tensor, kernel: Tensor, options: DepthwiseConv2dOptions = {}): Tensor {
  requireTensor('depthwiseConv2d', 'input', input);
  requireTensor('depthwiseConv2d', 'kernel', kernel);
  requireOptions('depthwiseConv2d', options, depthwiseConv2dOptionNames);
  const channels = input.shape.at(-1);
  if (input.shape.length !== 4 || kernel.shape.length !== 4 || kernel.shape[2] !== channels || channels === 0) {
    throw new ShapeError(
      `depthwiseConv2d: input is ${formatType(input)}, kernel ${formatType(kernel)}; expected [n, h, w, c] and [h, w, c, multiplier], with at least one channel`,
    );
  }
  const [height, width, , multiplier] = kernel.shape as readonly [number, number, number, number];
  const perChannel = reshape(kernel, [height, width, 1, channels! * multiplier]);
  const call = resolveConvolution('depthwiseConv2d', 2, input, perChannel, { ...options, groups: channels! });
  return convolveImages(call.input, call.kernel, attrsOf(call));
}
