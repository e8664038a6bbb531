import { constantLike, requireOptions, type ConvolutionPrecision, type Tensor, type OptionNames } from '@adjoint/core';
import { add } from '../elementwise/arithmetic.js';
import { broadcastTo } from '../reduce/sum.js';
import { concat } from '../shape/concat.js';
import { placeAlong } from '../shape/ranges.js';
import { reshape } from '../shape/reshape.js';
import { slice } from '../shape/slice.js';
import { transpose } from '../shape/transpose.js';
import { unstack } from '../shape/unstack.js';
import { attrsOf, convolveInputGradient } from './convolution.js';
import { resolveTransposed } from './transposed.js';
import { windowRuns, type Padding3d, type Triple } from './window.js';
import { requireTensor } from '../operand.js';

/** How the window of the convolution walks whose transpose is taken. */
export interface Conv3dTransposeOptions {
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
  /** How much longer the result is; less than the stride. A convolution gives the same length for all of these. Default: 0. */
  readonly outputPadding?: Triple;
}

const conv3dTransposeOptionNames: OptionNames<Conv3dTransposeOptions> = {
  strides: true, padding: true, dilation: true, groups: true, outputPadding: true, precision: true };

/**
 * The transpose of a 3-d convolution: of volumes `[n, d, h, w, c]` and a kernel `[kd, kh, kw, filters / groups, c]` it gives
 * `[n, od, oh, ow, filters]`. It is the gradient of `conv3d` with respect to its input, for a kernel that reads filters and gives
 * channels (so the layout is that of Keras; JAX has the last two axes exchanged and, by default, the kernel turned around).
 * Each length is `(d - 1) * stride + (size - 1) * dilation + 1 - padding + outputPadding`, and `d * stride` for padding `same`.
 *
 * @throws `ShapeError` when the axes, channels or groups do not fit, or nothing is left of the result.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.conv_transpose
 * @torch torch.nn.functional.conv_transpose3d
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 * import { conv3dTranspose } from '@adjoint/ops';
 *
 * conv3dTranspose(ones([1, 2, 1, 1, 1]), ones([2, 1, 1, 1, 1])).toArray(); // [[[[[1]]], [[[2]]], [[[1]]]]]
 * conv3dTranspose(ones([2, 4, 4, 4, 8]), ones([3, 3, 3, 2, 8]), { strides: 2, padding: 'same' }).shape; // [2, 8, 8, 8, 2]
 * ```
 */
export function conv3dTranspose(input: Tensor, kernel: Tensor, options: Conv3dTransposeOptions = {}): Tensor {
  requireTensor('conv3dTranspose', 'input', input);
  requireTensor('conv3dTranspose', 'kernel', kernel);
  requireOptions('conv3dTranspose', options, conv3dTransposeOptionNames);
  const { input: volumes, kernel: weights, groups, precision, window, outLengths, filters } = resolveTransposed('conv3dTranspose', 3, input, kernel, options);
  const [n, depth, height, width, channels] = volumes.shape as readonly [number, number, number, number, number];
  const [kernelDepth, kernelHeight, kernelWidth, ofGroup] = weights.shape as readonly [number, number, number, number];
  const [outDepth, outHeight, outWidth] = outLengths as readonly [number, number, number];
  const [stride, dilation, before] = [window.strides[0]!, window.dilation[0]!, window.padding[0]![0]];
  // Taps that only bring something to the padding are left out: cut off afterwards, they would multiply zeros in the gradients.
  const ofTap = Array.from({ length: kernelDepth }, (): { readonly parts: Tensor[]; readonly places: number[] } => ({ parts: [], places: [] }));
  for (const { firstWindow, windows, firstTap, taps } of windowRuns(window, 0, outDepth, kernelDepth, depth)) {
    if (taps === 0) continue;
    const volume = reshape(slice(volumes, [null, [firstWindow, firstWindow + windows]]), [n * windows, height, width, channels]);
    const ofTaps = transpose(slice(weights, [[firstTap, firstTap + taps]]), [1, 2, 0, 3, 4]);
    const kernels = reshape(ofTaps, [kernelHeight, kernelWidth, taps * ofGroup, channels]);
    const shape = [n * windows, outHeight, outWidth, taps * filters];
    const images = reshape(convolveInputGradient(volume, kernels, shape, attrsOf({ window, precision })), [n, windows, outHeight, outWidth, groups, taps, ofGroup]);
    unstack(images, 5).forEach((part, tap) => {
      ofTap[firstTap + tap]!.parts.push(part);
      ofTap[firstTap + tap]!.places.push(firstWindow * stride - before + (firstTap + tap) * dilation);
    });
  }
  const shape = [n, outDepth, outHeight, outWidth, groups, ofGroup];
  // The parts of a tap follow each other.
  const placed = ofTap.filter(({ parts }) => parts.length > 0).map(({ parts, places }) =>
    placeAlong(parts.length === 1 ? parts[0]! : concat(parts, 1), 1, places[0]!, stride, shape));
  const whole = placed.length === 0 ? broadcastTo(constantLike(0, volumes, volumes.dtype), shape) : placed.reduce((sum, part) => add(sum, part));
  return reshape(whole, [n, outDepth, outHeight, outWidth, filters]);
}
