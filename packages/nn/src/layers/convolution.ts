import type { OptionNames } from '@adjoint/core';
import type { Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import type { Padding1d, Padding2d, Padding3d, Pair, Triple } from '@adjoint/ops';
import { glorotUniform, type Initializer } from '../initializers.js';
import type { Layer } from '../layer.js';
import { ownOptions, requireFunctions } from '../options.js';
import { convolutional, kernelOf, requireGroupedChannels, requireGroups, type ConvolutionalOptions, type WindowOf } from './convolutional.js';
import type { Lengths, SpatialRank } from './spatial.js';

/** What convolutions with filters can be told. */
export interface ConvolutionOptions<Size, Around> extends ConvolutionalOptions<Size, Around> {
  /** The number of output channels. */
  readonly filters: number;
  /** Equal parts of channels and filters that have nothing to do with each other. Default: 1. */
  readonly groups?: number;
  /** Of the kernel `[...kernelSize, channels / groups, filters]`. Default: {@link glorotUniform}. */
  readonly kernelInitializer?: Initializer;
}

/** A convolutional layer over sequences. Padding `causal` is before the sequence alone, so that no output sees what comes later. */
export interface Conv1dOptions extends ConvolutionOptions<number, Padding1d | 'causal'> {}

/** A convolutional layer over images. */
export interface Conv2dOptions extends ConvolutionOptions<Pair, Padding2d> {}

/** A convolutional layer over volumes. */
export interface Conv3dOptions extends ConvolutionOptions<Triple, Padding3d> {}

type Convolve<Size, Around> = (input: Tensor, kernel: Tensor, options: WindowOf<Size, Around> & { readonly groups: number }) => Tensor;

function convolution<Size extends Lengths, Around>(
  type: string, rank: SpatialRank, operation: Convolve<Size, Around>, options: ConvolutionOptions<Size, Around>, paddings?: readonly string[],
): Layer {
  const { filters, groups = 1, kernelInitializer = glorotUniform } = options;
  requireGroups(type, filters, groups);
  requireFunctions(type, { kernelInitializer });
  return convolutional<Size, Around>({
    type,
    rank,
    ...(paddings === undefined ? {} : { paddings }),
    config: { filters, groups, kernelInitializer },
    filters: (channels, path) => {
      requireGroupedChannels(channels, groups, path);
      return filters;
    },
    kernels: (taps, channels) => ({ kernel: kernelOf([...taps, channels / groups, filters], kernelInitializer) }),
    convolve: (input, kernel, window) => operation(input, kernel('kernel'), { ...window, groups }),
    geometry: (input, kernel, window) => operation(input, kernel, { ...window, groups: 1 }),
  }, options);
}

const conv1dOptionNames: OptionNames<Conv1dOptions> = {
  filters: true, groups: true, kernelInitializer: true, kernelSize: true, strides: true, padding: true, dilation: true, useBias: true,
  biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that convolves sequences `[n, length, channels]` with a kernel `[size, channels / groups, filters]` and adds a bias;
 * gives `[n, l, filters]`. See {@link @adjoint/ops!conv1d}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { conv1d } from '@adjoint/nn';
 *
 * conv1d({ filters: 8, kernelSize: 3 }).init(key(0), [100, 2]).outputShape; // [98, 8]
 * conv1d({ filters: 8, kernelSize: 3, padding: 'causal', dilation: 4 }).init(key(0), [100, 2]).outputShape; // [100, 8]
 * ```
 */
export function conv1d(options: Conv1dOptions): Layer {
  options = ownOptions('conv1d', options, conv1dOptionNames);
  const operation: Convolve<number, Padding1d | 'causal'> = (input, kernel, window) =>
    ops.conv1d(input, kernel, { ...window, padding: window.padding === 'causal' ? [[(kernel.shape[0]! - 1) * window.dilation, 0]] : window.padding });
  return convolution('conv1d', 1, operation, options, ['valid', 'same', 'causal']);
}

const conv2dOptionNames: OptionNames<Conv2dOptions> = {
  filters: true, groups: true, kernelInitializer: true, kernelSize: true, strides: true, padding: true, dilation: true, useBias: true,
  biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that convolves images `[n, height, width, channels]` with a kernel `[kh, kw, channels / groups, filters]` and adds a
 * bias; gives `[n, h, w, filters]`. See {@link @adjoint/ops!conv2d}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { conv2d } from '@adjoint/nn';
 *
 * const layer = conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same' });
 * const { params, outputShape } = layer.init(key(0), [28, 28, 1]);
 * outputShape; // [14, 14, 8]
 * params.get('kernel'); // a tensor, float32 [3, 3, 1, 8]
 * ```
 */
export function conv2d(options: Conv2dOptions): Layer {
  options = ownOptions('conv2d', options, conv2dOptionNames);
  return convolution('conv2d', 2, ops.conv2d, options);
}

const conv3dOptionNames: OptionNames<Conv3dOptions> = {
  filters: true, groups: true, kernelInitializer: true, kernelSize: true, strides: true, padding: true, dilation: true, useBias: true,
  biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that convolves volumes `[n, depth, height, width, channels]` with a kernel `[kd, kh, kw, channels / groups, filters]`
 * and adds a bias; gives `[n, d, h, w, filters]`. See {@link @adjoint/ops!conv3d}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { conv3d } from '@adjoint/nn';
 *
 * conv3d({ filters: 4, kernelSize: [1, 3, 3] }).init(key(0), [8, 16, 16, 1]).outputShape; // [8, 14, 14, 4]
 * ```
 */
export function conv3d(options: Conv3dOptions): Layer {
  options = ownOptions('conv3d', options, conv3dOptionNames);
  return convolution('conv3d', 3, ops.conv3d, options);
}
