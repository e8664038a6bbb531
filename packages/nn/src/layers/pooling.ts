import type { OptionNames } from '@adjoint/core';
import type { Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import type { Padding1d, Padding2d, Padding3d, Pair, Triple } from '@adjoint/ops';
import { layerFields, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { ownOptions, requireFlag } from '../options.js';
import { LayerSpecification } from '../specification.js';
import { lengthsOf, outputLengths, requireChannels, requirePadding, requireSpatial, type Lengths, type SpatialRank } from './spatial.js';

/** The window of a pooling layer. `Size` is one number for all axes or one for each. */
export interface PoolingOptions<Size, Around> extends LayerOptions {
  /** One number for all axes, or one for each. */
  readonly poolSize: Size;
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: Size;
  /** Default: `valid`. Padding never wins a maximum and does not count in an average. */
  readonly padding?: Around;
}

/** A pooling layer over sequences. */
export interface Pool1dLayerOptions extends PoolingOptions<number, Padding1d> {}

/** A pooling layer over images. */
export interface Pool2dLayerOptions extends PoolingOptions<Pair, Padding2d> {}

/** A pooling layer over volumes. */
export interface Pool3dLayerOptions extends PoolingOptions<Triple, Padding3d> {}

type Pool<Size, Around> = (input: Tensor, options: { readonly poolSize: Size; readonly strides: Size; readonly padding: Around }) => Tensor;

function pooling<Size extends Lengths, Around>(
  type: string, rank: SpatialRank, operation: Pool<Size, Around>, options: PoolingOptions<Size, Around>,
): Layer {
  const { poolSize, strides = poolSize, padding = 'valid' as Around } = options;
  lengthsOf(type, 'poolSize', poolSize, rank);
  lengthsOf(type, 'strides', strides, rank);
  requirePadding(type, padding, rank);
  const window = { poolSize, strides, padding };
  return statelessLayer({
    ...layerFields(type, options, window),
    specify: (inputShape, path) => {
      requireSpatial(rank, inputShape, path);
      const lengths = outputLengths(inputShape, path, (inputs) => operation(inputs, window));
      return new LayerSpecification({ outputShape: [...lengths, inputShape.at(-1)!] });
    },
    forward: (_, input) => operation(input, window),
  });
}

/**
 * The maximum of each window of sequences `[n, length, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { maxPool1d } from '@adjoint/nn';
 *
 * maxPool1d({ poolSize: 2 }).init(key(0), [26, 32]).outputShape; // [13, 32]
 * ```
 */
export function maxPool1d(options: Pool1dLayerOptions): Layer {
  options = ownOptions('maxPool1d', options, pool1dLayerOptionNames);
  return pooling('maxPool1d', 1, ops.maxPool1d, options);
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
  options = ownOptions('maxPool2d', options, pool2dLayerOptionNames);
  return pooling('maxPool2d', 2, ops.maxPool2d, options);
}

/**
 * The maximum of each window of volumes `[n, depth, height, width, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { maxPool3d } from '@adjoint/nn';
 *
 * maxPool3d({ poolSize: 2 }).init(key(0), [8, 26, 26, 32]).outputShape; // [4, 13, 13, 32]
 * ```
 */
export function maxPool3d(options: Pool3dLayerOptions): Layer {
  options = ownOptions('maxPool3d', options, pool3dLayerOptionNames);
  return pooling('maxPool3d', 3, ops.maxPool3d, options);
}

const pool1dLayerOptionNames: OptionNames<Pool1dLayerOptions> = { poolSize: true, strides: true, padding: true, name: true, trainable: true };

/**
 * The mean of each window of sequences `[n, length, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { avgPool1d } from '@adjoint/nn';
 *
 * avgPool1d({ poolSize: 2 }).init(key(0), [26, 32]).outputShape; // [13, 32]
 * ```
 */
export function avgPool1d(options: Pool1dLayerOptions): Layer {
  options = ownOptions('avgPool1d', options, pool1dLayerOptionNames);
  return pooling('avgPool1d', 1, ops.avgPool1d, options);
}

const pool2dLayerOptionNames: OptionNames<Pool2dLayerOptions> = { poolSize: true, strides: true, padding: true, name: true, trainable: true };

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
  options = ownOptions('avgPool2d', options, pool2dLayerOptionNames);
  return pooling('avgPool2d', 2, ops.avgPool2d, options);
}

const pool3dLayerOptionNames: OptionNames<Pool3dLayerOptions> = { poolSize: true, strides: true, padding: true, name: true, trainable: true };

/**
 * The mean of each window of volumes `[n, depth, height, width, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { avgPool3d } from '@adjoint/nn';
 *
 * avgPool3d({ poolSize: 2 }).init(key(0), [8, 26, 26, 32]).outputShape; // [4, 13, 13, 32]
 * ```
 */
export function avgPool3d(options: Pool3dLayerOptions): Layer {
  options = ownOptions('avgPool3d', options, pool3dLayerOptionNames);
  return pooling('avgPool3d', 3, ops.avgPool3d, options);
}

/** What a global pooling leaves. */
export interface GlobalPoolLayerOptions extends LayerOptions {
  /** Whether the axes between batch and channels stay, with length 1. Default: false. */
  readonly keepDims?: boolean;
}

function globalPooling(type: string, operation: typeof ops.globalAvgPool, options: GlobalPoolLayerOptions): Layer {
  const { keepDims = false } = options;
  requireFlag(type, 'keepDims', keepDims);
  return statelessLayer({
    ...layerFields(type, options, { keepDims }),
    specify: (inputShape, path) => {
      requireChannels(inputShape, path);
      const positions = keepDims ? inputShape.slice(0, -1).map(() => 1) : [];
      return new LayerSpecification({ outputShape: [...positions, inputShape.at(-1)!] });
    },
    forward: (_, input) => operation(input, { keepDims }),
  });
}

/**
 * The maximum of each channel over all positions of `[n, ..., channels]`: of sequences, images or volumes. Gives `[n, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { globalMaxPool } from '@adjoint/nn';
 *
 * globalMaxPool().init(key(0), [7, 7, 64]).outputShape; // [64]
 * ```
 */
export function globalMaxPool(options: GlobalPoolLayerOptions = {}): Layer {
  options = ownOptions('globalMaxPool', options, globalPoolLayerOptionNames);
  return globalPooling('globalMaxPool', ops.globalMaxPool, options);
}

const globalPoolLayerOptionNames: OptionNames<GlobalPoolLayerOptions> = { keepDims: true, name: true, trainable: true };

/**
 * The mean of each channel over all positions of `[n, ..., channels]`: of sequences, images or volumes. Gives `[n, channels]`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { globalAvgPool } from '@adjoint/nn';
 *
 * globalAvgPool().init(key(0), [7, 7, 64]).outputShape; // [64]
 * globalAvgPool({ keepDims: true }).init(key(0), [7, 7, 64]).outputShape; // [1, 1, 64]
 * ```
 */
export function globalAvgPool(options: GlobalPoolLayerOptions = {}): Layer {
  options = ownOptions('globalAvgPool', options, globalPoolLayerOptionNames);
  return globalPooling('globalAvgPool', ops.globalAvgPool, options);
}
