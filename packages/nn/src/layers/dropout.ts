import { bernoulli, isFloat, normal, ones, withBackend, type FloatDType, type Key, type Shape, type Tensor, type OptionNames } from '@adjoint/core';
import { add, dropout as drop, equal, mul, where } from '@adjoint/ops';
import { layerFields, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { ownOptions, requireFraction, requireNumber } from '../options.js';
import { LayerSpecification } from '../specification.js';
import { requireSpatial, type SpatialRank } from './spatial.js';
import { trainingKey } from './trainingKey.js';

/** A layer that drops. */
export interface DropoutLayerOptions extends LayerOptions {
  /** The probability with which an element becomes 0, from 0 to below 1. */
  readonly rate: number;
}

/** A layer that changes its input at random in training, and else is the identity; so it is for a strength of 0. */
function noisy(type: string, options: LayerOptions, config: Readonly<Record<string, number>>, disturb: (input: Tensor, key: Key) => Tensor, rank?: SpatialRank): Layer {
  return statelessLayer({
    ...layerFields(type, options, config),
    specify: (inputShape, path) => {
      if (rank !== undefined) requireSpatial(rank, inputShape, path);
      return new LayerSpecification({ outputShape: inputShape });
    },
    forward: (_, input, context) =>
      context.training && Object.values(config).some((strength) => strength > 0) ? disturb(input, trainingKey(context, type)) : input,
  });
}

/** New tensors of an input's dtype and on its backend. */
function like<Made>(input: Tensor, make: (dtype: FloatDType) => Made): Made {
  const { backend, dtype } = input;
  return withBackend(backend, () => make(isFloat(dtype) ? dtype : 'float32'));
}

/**
 * Sets elements to 0 at random in training and divides the others by `1 - rate` (Srivastava et al. 2014); else the
 * identity. Takes inputs of any shape. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the rate is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dropout } from '@adjoint/nn';
 *
 * const layer = dropout({ rate: 0.5 });
 * const variables = layer.init(key(0), [2]);
 * layer.apply(variables, ones([1, 2])).output.toArray(); // [[1, 1]]
 * layer.apply(variables, ones([1, 2]), { training: true, key: key(1) }).output.shape; // [1, 2]
 * ```
 */
export function dropout(given: DropoutLayerOptions): Layer {
  given = ownOptions('dropout', given, dropoutLayerOptionNames);
  const { rate } = given;
  requireFraction('dropout', 'rate', rate);
  return noisy('dropout', given, { rate }, (input, key) => drop(input, { rate, key }));
}

function spatialDropout(type: string, rank: SpatialRank, options: DropoutLayerOptions): Layer {
  const { rate } = options;
  requireFraction(type, 'rate', rate);
  const disturb = (input: Tensor, key: Key): Tensor => {
    const shape: Shape = input.shape.map((length, axis) => (axis === 0 || axis === rank + 1 ? length : 1));
    const factors = drop(like(input, (dtype) => ones(shape, { dtype })), { rate, key });
    // Dropped is 0, also of NaN and infinity.
    return where(equal(factors, 0), 0, mul(input, factors));
  };
  return noisy(type, options, { rate }, disturb, rank);
}

/**
 * Sets whole channels of sequences `[n, length, channels]` to 0 at random in training and divides the others by `1 - rate`
 * (Tompson et al. 2015); else the identity. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the rate is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { spatialDropout1d } from '@adjoint/nn';
 *
 * const layer = spatialDropout1d({ rate: 0.5 });
 * layer.apply(layer.init(key(0), [2, 2]), ones([1, 2, 2]), { training: true, key: key(2) }).output.toArray(); // [[[0, 2], [0, 2]]]
 * ```
 */
export function spatialDropout1d(options: DropoutLayerOptions): Layer {
  options = ownOptions('spatialDropout1d', options, dropoutLayerOptionNames);
  return spatialDropout('spatialDropout1d', 1, options);
}

/**
 * Sets whole channels of images `[n, height, width, channels]` to 0 at random in training and divides the others by `1 - rate`
 * (Tompson et al. 2015); else the identity. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the rate is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { spatialDropout2d } from '@adjoint/nn';
 *
 * spatialDropout2d({ rate: 0.25 }).init(key(0), [28, 28, 8]).outputShape; // [28, 28, 8]
 * ```
 */
export function spatialDropout2d(options: DropoutLayerOptions): Layer {
  options = ownOptions('spatialDropout2d', options, dropoutLayerOptionNames);
  return spatialDropout('spatialDropout2d', 2, options);
}

/**
 * Sets whole channels of volumes `[n, depth, height, width, channels]` to 0 at random in training and divides the others by
 * `1 - rate` (Tompson et al. 2015); else the identity. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the rate is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { spatialDropout3d } from '@adjoint/nn';
 *
 * spatialDropout3d({ rate: 0.25 }).init(key(0), [4, 28, 28, 8]).outputShape; // [4, 28, 28, 8]
 * ```
 */
export function spatialDropout3d(options: DropoutLayerOptions): Layer {
  options = ownOptions('spatialDropout3d', options, dropoutLayerOptionNames);
  return spatialDropout('spatialDropout3d', 3, options);
}

// The limit of selu towards minus infinity: what a dropped element becomes.
const seluLimit = -1.0507009873554805 * 1.6732632423543772;

const dropoutLayerOptionNames: OptionNames<DropoutLayerOptions> = { rate: true, name: true, trainable: true };

/**
 * Sets elements to the lower limit of `selu` at random in training, and scales and shifts all so that a mean of 0 and a variance of 1
 * stay (Klambauer et al. 2017); else the identity. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the rate is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { alphaDropout } from '@adjoint/nn';
 *
 * const layer = alphaDropout({ rate: 0.1 });
 * layer.apply(layer.init(key(0), [3]), ones([2, 3]), { training: true, key: key(1) }).output.shape; // [2, 3]
 * ```
 */
export function alphaDropout(given: DropoutLayerOptions): Layer {
  given = ownOptions('alphaDropout', given, dropoutLayerOptionNames);
  const { rate } = given;
  requireFraction('alphaDropout', 'rate', rate);
  const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * seluLimit ** 2));
  return noisy('alphaDropout', given, { rate }, (input, key) => {
    const stays = like(input, () => bernoulli(key, 1 - rate, input.shape));
    return add(mul(where(stays, input, seluLimit), scale), -scale * seluLimit * rate);
  });
}

/**
 * Multiplies by normal numbers of mean 1 and variance `rate / (1 - rate)` in training (Srivastava et al. 2014), which spreads as
 * much as {@link dropout} of that rate; else the identity. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the rate is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { gaussianDropout } from '@adjoint/nn';
 *
 * const layer = gaussianDropout({ rate: 0.2 });
 * layer.apply(layer.init(key(0), [3]), ones([2, 3])).output.toArray(); // [[1, 1, 1], [1, 1, 1]]
 * ```
 */
export function gaussianDropout(given: DropoutLayerOptions): Layer {
  given = ownOptions('gaussianDropout', given, dropoutLayerOptionNames);
  const { rate } = given;
  requireFraction('gaussianDropout', 'rate', rate);
  const standardDeviation = Math.sqrt(rate / (1 - rate));
  return noisy('gaussianDropout', given, { rate }, (input, key) =>
    mul(input, like(input, (dtype) => normal(key, input.shape, { mean: 1, standardDeviation, dtype }))));
}

/** A layer that adds noise. */
export interface GaussianNoiseOptions extends LayerOptions {
  /** Of the noise. */
  readonly standardDeviation: number;
}

const gaussianNoiseOptionNames: OptionNames<GaussianNoiseOptions> = { standardDeviation: true, name: true, trainable: true };

/**
 * Adds normal numbers of mean 0 in training; else the identity. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the standard deviation is no finite number from 0.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { gaussianNoise } from '@adjoint/nn';
 *
 * const layer = gaussianNoise({ standardDeviation: 0.1 });
 * layer.apply(layer.init(key(0), [3]), ones([2, 3])).output.toArray(); // [[1, 1, 1], [1, 1, 1]]
 * ```
 */
export function gaussianNoise(given: GaussianNoiseOptions): Layer {
  given = ownOptions('gaussianNoise', given, gaussianNoiseOptionNames);
  const { standardDeviation } = given;
  requireNumber('gaussianNoise', 'standardDeviation', standardDeviation, 0);
  return noisy('gaussianNoise', given, { standardDeviation }, (input, key) =>
    add(input, like(input, (dtype) => normal(key, input.shape, { standardDeviation, dtype }))));
}
