import type { OptionNames } from '@adjoint/core';
import type { Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import type { Padding1d, Padding2d, Padding3d, Pair, Triple } from '@adjoint/ops';
import { glorotUniform, type Initializer } from '../initializers.js';
import type { Layer } from '../layer.js';
import { ownOptions, requireFunctions } from '../options.js';
import { convolutional, kernelOf, requireGroupedChannels, requireGroups, type ConvolutionalOptions, type WindowOf } from './convolutional.js';
import { lengthsOf, type Lengths, type SpatialRank } from './spatial.js';

/** What transposed convolutions can be told. */
export interface TransposedConvolutionOptions<Size, Around> extends ConvolutionalOptions<Size, Around> {
  /** The number of output channels. */
  readonly filters: number;
  /** Equal parts of channels and filters that have nothing to do with each other. Default: 1. */
  readonly groups?: number;
  /** How much longer the result is; less than the strides, and not with padding `same`. Default: 0. */
  readonly outputPadding?: Size;
  /** Of the kernel `[...kernelSize, filters / groups, channels]`. Default: {@link glorotUniform}. */
  readonly kernelInitializer?: Initializer;
}

/** A transposed convolution over sequences. */
export interface Conv1dTransposeOptions extends TransposedConvolutionOptions<number, Padding1d> {}

/** A transposed convolution over images. */
export interface Conv2dTransposeOptions extends TransposedConvolutionOptions<Pair, Padding2d> {}

/** A transposed convolution over volumes. */
export interface Conv3dTransposeOptions extends TransposedConvolutionOptions<Triple, Padding3d> {}

type Transpose<Size, Around> = (
  input: Tensor, kernel: Tensor, options: WindowOf<Size, Around> & { readonly groups: number; readonly outputPadding?: Size },
) => Tensor;

function transposedConvolution<Size extends Lengths, Around>(
  type: string, rank: SpatialRank, operation: Transpose<Size, Around>, options: TransposedConvolutionOptions<Size, Around>,
): Layer {
  const { filters, groups = 1, outputPadding, kernelInitializer = glorotUniform } = options;
  requireGroups(type, filters, groups);
  requireFunctions(type, { kernelInitializer });
  if (outputPadding !== undefined) lengthsOf(type, 'outputPadding', outputPadding, rank, 0);
  const longer = outputPadding === undefined ? {} : { outputPadding };
  return convolutional<Size, Around>({
    type,
    rank,
    config: { filters, groups, outputPadding, kernelInitializer },
    filters: (channels, path) => {
      requireGroupedChannels(channels, groups, path);
      return filters;
    },
    kernels: (taps, channels) => ({ kernel: kernelOf([...taps, filters / groups, channels], kernelInitializer) }),
    convolve: (input, kernel, window) => operation(input, kernel('kernel'), { ...window, ...longer, groups }),
    geometry: (input, kernel, window) => operation(input, kernel, { ...window, ...longer, groups: 1 }),
  }, options);
}

const conv1dTransposeOptionNames: OptionNames<Conv1dTransposeOptions> = {
  filters: true, groups: true, outputPadding: true, kernelInitializer: true, kernelSize: true, strides: true, padding: true, dilation: true,
  useBias: true, biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that applies the transpose of a convolution to sequences `[n, length, channels]`, with a kernel
 * `[size, filters / groups, channels]`, and adds a bias; gives `[n, l, filters]`, with strides longer than the input. See
 * {@link @adjoint/ops!conv1dTranspose}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { conv1dTranspose } from '@adjoint/nn';
 *
 * conv1dTranspose({ filters: 4, kernelSize: 2, strides: 2 }).init(key(0), [10, 8]).outputShape; // [20, 4]
 * ```
 */
export function conv1dTranspose(options: Conv1dTransposeOptions): Layer {
  options = ownOptions('conv1dTranspose', options, conv1dTransposeOptionNames);
  return transposedConvolution('conv1dTranspose', 1, ops.conv1dTranspose, options);
}

const conv2dTransposeOptionNames: OptionNames<Conv2dTransposeOptions> = {
  filters: true, groups: true, outputPadding: true, kernelInitializer: true, kernelSize: true, strides: true, padding: true, dilation: true,
  useBias: true, biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that applies the transpose of a convolution to images `[n, height, width, channels]`, with a kernel
 * `[kh, kw, filters / groups, channels]`, and adds a bias; gives `[n, h, w, filters]`, with strides larger than the input. See
 * {@link @adjoint/ops!conv2dTranspose}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { conv2dTranspose } from '@adjoint/nn';
 *
 * conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }).init(key(0), [7, 7, 8]).outputShape; // [14, 14, 4]
 * ```
 */
export function conv2dTranspose(options: Conv2dTransposeOptions): Layer {
  options = ownOptions('conv2dTranspose', options, conv2dTransposeOptionNames);
  return transposedConvolution('conv2dTranspose', 2, ops.conv2dTranspose, options);
}

const conv3dTransposeOptionNames: OptionNames<Conv3dTransposeOptions> = {
  filters: true, groups: true, outputPadding: true, kernelInitializer: true, kernelSize: true, strides: true, padding: true, dilation: true,
  useBias: true, biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that applies the transpose of a convolution to volumes `[n, depth, height, width, channels]`, with a kernel
 * `[kd, kh, kw, filters / groups, channels]`, and adds a bias; gives `[n, d, h, w, filters]`, with strides larger than the input. See
 * {@link @adjoint/ops!conv3dTranspose}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { conv3dTranspose } from '@adjoint/nn';
 *
 * conv3dTranspose({ filters: 1, kernelSize: 2, strides: 2 }).init(key(0), [4, 4, 4, 8]).outputShape; // [8, 8, 8, 1]
 * ```
 */
export function conv3dTranspose(options: Conv3dTransposeOptions): Layer {
  options = ownOptions('conv3dTranspose', options, conv3dTransposeOptionNames);
  return transposedConvolution('conv3dTranspose', 3, ops.conv3dTranspose, options);
}
