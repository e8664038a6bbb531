import type { OptionNames } from '@adjoint/core';
import { conv1d, conv2d, depthwiseConv2d as convolveDepthwise, reshape, type Padding1d, type Padding2d, type Pair } from '@adjoint/ops';
import type { Tensor } from '@adjoint/core';
import { glorotUniform, type Initializer } from '../initializers.js';
import type { Layer } from '../layer.js';
import { ownOptions, requireCount, requireFunctions } from '../options.js';
import { convolutional, kernelOf, type ConvolutionalOptions, type WindowOf } from './convolutional.js';
import type { Lengths, SpatialRank } from './spatial.js';

/** What convolutions of each channel by itself can be told. */
export interface DepthwiseOptions<Size, Around> extends ConvolutionalOptions<Size, Around> {
  /** How many outputs each channel has. Default: 1. */
  readonly depthMultiplier?: number;
}

/** What depthwise convolutions can be told. */
export interface DepthwiseConvolutionOptions<Size, Around> extends DepthwiseOptions<Size, Around> {
  /** Of the kernel `[...kernelSize, channels, depthMultiplier]`. Default: {@link glorotUniform}. */
  readonly kernelInitializer?: Initializer;
}

/** What separable convolutions can be told. */
export interface SeparableConvolutionOptions<Size, Around> extends DepthwiseOptions<Size, Around> {
  /** The number of output channels. */
  readonly filters: number;
  /** Of the kernel `[...kernelSize, channels, depthMultiplier]`. Default: {@link glorotUniform}. */
  readonly depthwiseInitializer?: Initializer;
  /** Of the kernel `[1, ..., channels * depthMultiplier, filters]`. Default: {@link glorotUniform}. */
  readonly pointwiseInitializer?: Initializer;
}

/** A depthwise convolution over sequences. */
export interface DepthwiseConv1dOptions extends DepthwiseConvolutionOptions<number, Padding1d> {}

/** A depthwise convolution over images. */
export interface DepthwiseConv2dOptions extends DepthwiseConvolutionOptions<Pair, Padding2d> {}

/** A separable convolution over sequences. */
export interface SeparableConv1dOptions extends SeparableConvolutionOptions<number, Padding1d> {}

/** A separable convolution over images. */
export interface SeparableConv2dOptions extends SeparableConvolutionOptions<Pair, Padding2d> {}

type Convolve<Size, Around> = (input: Tensor, kernel: Tensor, window: WindowOf<Size, Around>) => Tensor;

/** The operations of one rank. */
interface Operations<Size, Around> {
  readonly rank: SpatialRank;
  readonly depthwise: Convolve<Size, Around>;
  /** Mixes channels at each position. */
  readonly pointwise: (input: Tensor, kernel: Tensor, options: Pick<WindowOf<Size, Around>, 'precision'>) => Tensor;
}

const sequences: Operations<number, Padding1d> = {
  rank: 1,
  depthwise: (input, kernel, window) => {
    const [size, channels, multiplier] = kernel.shape as readonly [number, number, number];
    return conv1d(input, reshape(kernel, [size, 1, channels * multiplier]), { ...window, groups: channels });
  },
  pointwise: conv1d,
};

const images: Operations<Pair, Padding2d> = { rank: 2, depthwise: convolveDepthwise, pointwise: conv2d };

function depthwiseConvolution<Size extends Lengths, Around>(
  type: string, { rank, depthwise }: Operations<Size, Around>, options: DepthwiseConvolutionOptions<Size, Around>,
): Layer {
  const { depthMultiplier = 1, kernelInitializer = glorotUniform } = options;
  requireCount(type, 'depthMultiplier', depthMultiplier);
  requireFunctions(type, { kernelInitializer });
  return convolutional<Size, Around>({
    type,
    rank,
    config: { depthMultiplier, kernelInitializer },
    filters: (channels) => channels * depthMultiplier,
    kernels: (taps, channels) => ({ kernel: kernelOf([...taps, channels, depthMultiplier], kernelInitializer) }),
    convolve: (input, kernel, window) => depthwise(input, kernel('kernel'), window),
    geometry: depthwise,
  }, options);
}

function separableConvolution<Size extends Lengths, Around>(
  type: string, { rank, depthwise, pointwise }: Operations<Size, Around>, options: SeparableConvolutionOptions<Size, Around>,
): Layer {
  const { filters, depthMultiplier = 1, depthwiseInitializer = glorotUniform, pointwiseInitializer = glorotUniform } = options;
  requireCount(type, 'filters', filters);
  requireCount(type, 'depthMultiplier', depthMultiplier);
  requireFunctions(type, { depthwiseInitializer, pointwiseInitializer });
  return convolutional<Size, Around>({
    type,
    rank,
    config: { filters, depthMultiplier, depthwiseInitializer, pointwiseInitializer },
    filters: () => filters,
    kernels: (taps, channels) => ({
      depthwiseKernel: kernelOf([...taps, channels, depthMultiplier], depthwiseInitializer),
      pointwiseKernel: kernelOf([...taps.map(() => 1), channels * depthMultiplier, filters], pointwiseInitializer),
    }),
    convolve: (input, kernel, window) => {
      const { precision } = window;
      const options = precision === undefined ? {} : { precision };
      return pointwise(depthwise(input, kernel('depthwiseKernel'), window), kernel('pointwiseKernel'), options);
    },
    geometry: depthwise,
  }, options);
}

const depthwiseConv1dOptionNames: OptionNames<DepthwiseConv1dOptions> = {
  kernelInitializer: true, depthMultiplier: true, kernelSize: true, strides: true, padding: true, dilation: true, useBias: true,
  biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that convolves each channel of sequences `[n, length, channels]` with kernels of its own,
 * `[size, channels, depthMultiplier]`, and adds a bias; gives `[n, l, channels * depthMultiplier]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { depthwiseConv1d } from '@adjoint/nn';
 *
 * depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2 }).init(key(0), [10, 4]).outputShape; // [8, 8]
 * ```
 */
export function depthwiseConv1d(options: DepthwiseConv1dOptions): Layer {
  options = ownOptions('depthwiseConv1d', options, depthwiseConv1dOptionNames);
  return depthwiseConvolution('depthwiseConv1d', sequences, options);
}

const depthwiseConv2dOptionNames: OptionNames<DepthwiseConv2dOptions> = {
  kernelInitializer: true, depthMultiplier: true, kernelSize: true, strides: true, padding: true, dilation: true, useBias: true,
  biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that convolves each channel of images `[n, height, width, channels]` with kernels of its own,
 * `[kh, kw, channels, depthMultiplier]`, and adds a bias; gives `[n, h, w, channels * depthMultiplier]`. See
 * {@link @adjoint/ops!depthwiseConv2d}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { depthwiseConv2d } from '@adjoint/nn';
 *
 * depthwiseConv2d({ kernelSize: 3, padding: 'same' }).init(key(0), [28, 28, 16]).outputShape; // [28, 28, 16]
 * ```
 */
export function depthwiseConv2d(options: DepthwiseConv2dOptions): Layer {
  options = ownOptions('depthwiseConv2d', options, depthwiseConv2dOptionNames);
  return depthwiseConvolution('depthwiseConv2d', images, options);
}

const separableConv1dOptionNames: OptionNames<SeparableConv1dOptions> = {
  filters: true, depthwiseInitializer: true, pointwiseInitializer: true, depthMultiplier: true, kernelSize: true, strides: true,
  padding: true, dilation: true, useBias: true, biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that convolves each channel of sequences `[n, length, channels]` by itself, then mixes the channels at each position,
 * and adds a bias; gives `[n, l, filters]`. The parameters are `depthwiseKernel`, `pointwiseKernel` and `bias`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { countParameters, separableConv1d } from '@adjoint/nn';
 *
 * const { params, outputShape } = separableConv1d({ filters: 6, kernelSize: 3 }).init(key(0), [10, 4]);
 * outputShape; // [8, 6]
 * countParameters(params); // 42
 * ```
 */
export function separableConv1d(options: SeparableConv1dOptions): Layer {
  options = ownOptions('separableConv1d', options, separableConv1dOptionNames);
  return separableConvolution('separableConv1d', sequences, options);
}

const separableConv2dOptionNames: OptionNames<SeparableConv2dOptions> = {
  filters: true, depthwiseInitializer: true, pointwiseInitializer: true, depthMultiplier: true, kernelSize: true, strides: true,
  padding: true, dilation: true, useBias: true, biasInitializer: true, precision: true, name: true, trainable: true,
};

/**
 * A layer that convolves each channel of images `[n, height, width, channels]` by itself, then mixes the channels of each pixel
 * (Chollet 2017), and adds a bias; gives `[n, h, w, filters]`. The parameters are `depthwiseKernel`, `pointwiseKernel` and `bias`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { separableConv2d } from '@adjoint/nn';
 *
 * const { params, outputShape } = separableConv2d({ filters: 32, kernelSize: 3, strides: 2, padding: 'same' }).init(key(0), [28, 28, 16]);
 * outputShape; // [14, 14, 32]
 * params.get('pointwiseKernel'); // a tensor, float32 [1, 1, 16, 32]
 * ```
 */
export function separableConv2d(options: SeparableConv2dOptions): Layer {
  options = ownOptions('separableConv2d', options, separableConv2dOptionNames);
  return separableConvolution('separableConv2d', images, options);
}
