import { constantLike, requireOptions, type ConvolutionPrecision, type Tensor, type OptionNames } from '@adjoint/core';
import { broadcastTo } from '../reduce/sum.js';
import { concat } from '../shape/concat.js';
import { reshape } from '../shape/reshape.js';
import { slice } from '../shape/slice.js';
import { transpose } from '../shape/transpose.js';
import { attrsOf, convolveImages, resolveConvolution } from './convolution.js';
import { windowRuns, type Padding3d, type Triple } from './window.js';
import { requireTensor } from '../operand.js';

/** How the window of a 3-d convolution walks, and what it sees. */
export interface Conv3dOptions {
  /** Default: 1. */
  readonly strides?: Triple;
  /** Default: `valid`. */
  readonly padding?: Padding3d;
  /** The distance between the kernel's taps. Default: 1. */
  readonly dilation?: Triple;
  /** Equal parts of channels and filters that have nothing to do with each other. Default: 1. */
  readonly groups?: number;
  /**
   * The precision of this call and of its gradients. `default` may use a transform for 3 by 3 kernels in `float32`: the error is then
   * relative to the largest value near an output, not to the terms of that output, see `setDefaultConvolutionPrecision`. `highest`
   * always sums directly. Default: the one that `setDefaultConvolutionPrecision` set.
   */
  readonly precision?: ConvolutionPrecision;
}

const conv3dOptionNames: OptionNames<Conv3dOptions> = { strides: true, padding: true, dilation: true, groups: true, precision: true };

/**
 * The 3-d convolution (a cross-correlation) of volumes `[n, d, h, w, c]` with a kernel `[kd, kh, kw, c / groups, filters]`; gives
 * `[n, od, oh, ow, filters]`, with lengths as those of `conv2d`. The images that a window sees in its depth are put side by
 * side as channels of one image, `kd` times the input's memory.
 *
 * @throws `ShapeError` when the axes, channels or groups do not fit, or the kernel is larger than the padded volume.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.conv_general_dilated
 * @torch torch.nn.functional.conv3d
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 * import { conv3d } from '@adjoint/ops';
 *
 * conv3d(ones([1, 2, 2, 2, 3]), ones([2, 2, 2, 3, 1])).toArray(); // [[[[[24]]]]]
 * conv3d(ones([2, 8, 8, 8, 3]), ones([3, 3, 3, 3, 4]), { strides: [1, 2, 2], padding: 'same' }).shape; // [2, 8, 4, 4, 4]
 * ```
 */
export function conv3d(input: Tensor, kernel: Tensor, options: Conv3dOptions = {}): Tensor {
  requireTensor('conv3d', 'input', input);
  requireTensor('conv3d', 'kernel', kernel);
  requireOptions('conv3d', options, conv3dOptionNames);
  const { input: volumes, kernel: weights, groups, precision, window, outLengths } = resolveConvolution('conv3d', 3, input, kernel, options);
  const [n, depth, height, width] = volumes.shape as readonly [number, number, number, number];
  const [kernelDepth, kernelHeight, kernelWidth, ofGroup, filters] = weights.shape as readonly [number, number, number, number, number];
  const [outDepth, outHeight, outWidth] = outLengths as readonly [number, number, number];
  const [stride, dilation, before] = [window.strides[0]!, window.dilation[0]!, window.padding[0]![0]];
  // Padding in depth is left out, not filled with zeros: zero times an infinite weight would be NaN.
  const parts = windowRuns(window, 0, depth, kernelDepth, outDepth).map(({ firstWindow, windows, firstTap, taps }) => {
    const shape = [n, windows, outHeight, outWidth, filters];
    if (taps === 0) return broadcastTo(constantLike(0, volumes, volumes.dtype), shape);
    const seen = Array.from({ length: taps }, (_, tap) => {
      const first = firstWindow * stride - before + (firstTap + tap) * dilation;
      const images = slice(volumes, [null, [first, first + (windows - 1) * stride + 1, stride]]);
      return reshape(images, [n * windows, height, width, groups, 1, ofGroup]);
    });
    const images = reshape(concat(seen, 4), [n * windows, height, width, groups * taps * ofGroup]);
    const ofTaps = transpose(slice(weights, [[firstTap, firstTap + taps]]), [1, 2, 0, 3, 4]);
    const kernels = reshape(ofTaps, [kernelHeight, kernelWidth, taps * ofGroup, filters]);
    return reshape(convolveImages(images, kernels, attrsOf({ window, precision })), shape);
  });
  return parts.length === 1 ? parts[0]! : concat(parts, 1);
}
