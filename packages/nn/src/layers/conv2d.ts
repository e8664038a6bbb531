import { zeros as zeroTensor } from '@adjoint/core';
import { add, conv2d as convolve, type Padding2d, type Pair } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { glorotUniform, zeros, type Initializer } from '../initializers.js';
import { commonFields, parameter, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { configOf, requireCount, requireFlag, requireFunctions } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';
import { outputSize, requireImages } from './imageShape.js';
import { pairOf } from './pair.js';

/** A convolutional layer over images. */
export interface Conv2dOptions extends LayerOptions {
  /** The number of output channels. */
  readonly filters: number;
  /** One number, or height and width. */
  readonly kernelSize: Pair;
  /** Default: 1. */
  readonly strides?: Pair;
  /** Default: `valid`. */
  readonly padding?: Padding2d;
  /** The distance between the kernel's taps. Default: 1. */
  readonly dilation?: Pair;
  /** Default: true. */
  readonly useBias?: boolean;
  /** Of the kernel `[height, width, channels, filters]`. Default: {@link glorotUniform}. */
  readonly kernelInitializer?: Initializer;
  /** Of the bias `[filters]`. Default: {@link zeros}. */
  readonly biasInitializer?: Initializer;
}

/**
 * The convolution of images `[n, height, width, channels]` with a kernel that is learnt, and a bias; gives
 * `[n, outHeight, outWidth, filters]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { conv2d } from '@adjoint/nn';
 *
 * conv2d({ filters: 32, kernelSize: 3 }).init(key(0), [28, 28, 1]).outputShape; // [26, 26, 32]
 * ```
 */
export function conv2d(options: Conv2dOptions): Layer {
  const {
    filters, kernelSize, strides = 1, padding = 'valid', dilation = 1, useBias = true,
    kernelInitializer = glorotUniform, biasInitializer = zeros,
  } = options;
  requireCount('conv2d', 'filters', filters);
  requireFlag('conv2d', 'useBias', useBias);
  requireFunctions('conv2d', { kernelInitializer, biasInitializer });
  const taps = pairOf('conv2d', 'kernelSize', kernelSize);
  const window = { strides: pairOf('conv2d', 'strides', strides), padding, dilation: pairOf('conv2d', 'dilation', dilation) };
  return statelessLayer({
    type: 'conv2d',
    ...commonFields('conv2d', options),
    config: configOf({ filters, kernelSize, strides, padding, dilation, useBias, kernelInitializer, biasInitializer }),
    specify: (inputShape, path) => {
      requireImages(inputShape, path);
      const size = outputSize(inputShape, path, (images) => convolve(images, zeroTensor([...taps, 0, 0]), window));
      const kernel = new VariableSpecification({ shape: [...taps, inputShape[2]!, filters], initializer: kernelInitializer });
      const bias = new VariableSpecification({ shape: [filters], initializer: biasInitializer });
      return new LayerSpecification({ outputShape: [...size, filters], params: OrderedMap(useBias ? { kernel, bias } : { kernel }) });
    },
    forward: (params, input, { path }) => {
      const output = convolve(input, parameter(params, 'kernel', path), window);
      return useBias ? add(output, parameter(params, 'bias', path)) : output;
    },
  });
}
