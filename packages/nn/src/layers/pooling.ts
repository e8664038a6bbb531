import { avgPool2d as averagePool, maxPool2d as maximumPool, type Padding2d, type Pair, type Pool2dOptions } from '@adjoint/ops';
import type { Tensor } from '@adjoint/core';
import { commonFields, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { configOf } from '../options.js';
import { LayerSpecification } from '../specification.js';
import { outputSize, requireImages } from './imageShape.js';
import { pairOf } from './pair.js';

/** A pooling layer over images. */
export interface Pool2dLayerOptions extends LayerOptions {
  /** One number, or height and width. */
  readonly poolSize: Pair;
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: Pair;
  /** Default: `valid`. Padding never wins a maximum and does not count in an average. */
  readonly padding?: Padding2d;
}

function pool2d(type: string, operation: (images: Tensor, options: Pool2dOptions) => Tensor, options: Pool2dLayerOptions): Layer {
  const { poolSize, strides = poolSize, padding = 'valid' } = options;
  const window = { poolSize: pairOf(type, 'poolSize', poolSize), strides: pairOf(type, 'strides', strides), padding };
  return statelessLayer({
    type,
    ...commonFields(type, options),
    config: configOf({ poolSize, strides, padding }),
    specify: (inputShape, path) => {
      requireImages(inputShape, path);
      const size = outputSize(inputShape, path, (images) => operation(images, window));
      return new LayerSpecification({ outputShape: [...size, inputShape[2]!] });
    },
    forward: (_, input) => operation(input, window),
  });
}

/**
 * The maximum of each window of images `[n, height, width, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { maxPool2d } from '@adjoint/nn';
 *
 * maxPool2d({ poolSize: 2 }).init(key(0), [26, 26, 32]).outputShape; // [13, 13, 32]
 * ```
 */
export function maxPool2d(options: Pool2dLayerOptions): Layer {
  return pool2d('maxPool2d', maximumPool, options);
}

/**
 * The mean of each window of images `[n, height, width, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { avgPool2d } from '@adjoint/nn';
 *
 * avgPool2d({ poolSize: 3, strides: 2, padding: 'same' }).init(key(0), [13, 13, 8]).outputShape; // [7, 7, 8]
 * ```
 */
export function avgPool2d(options: Pool2dLayerOptions): Layer {
  return pool2d('avgPool2d', averagePool, options);
}
