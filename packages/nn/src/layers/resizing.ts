import { isListOf, ArgumentError, formatValue, ShapeError, type OptionNames, type Shape } from '@adjoint/core';
import { pad, resize as resizeTo, slice, type Pair, type ResizeOptions, type Sides, type Triple } from '@adjoint/ops';
import { formatBatch } from '../formatBatch.js';
import { layerFields, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { ownOptions, requireChoice, requireFlag } from '../options.js';
import { LayerSpecification } from '../specification.js';
import { isSides, lengthsOf, requireSpatial, type Lengths, type SpatialRank } from './spatial.js';

/** How values between pixels are found. */
export type ResizeMethod = NonNullable<ResizeOptions['method']>;

const methods: readonly ResizeMethod[] = ['nearest', 'linear', 'bilinear'];

/** A layer that gives images in one size. */
export interface ResizeLayerOptions extends LayerOptions {
  /** One number, or height and width. */
  readonly size: Pair;
  /** The nearest pixel, or linear between the two nearest along each axis. Default: `bilinear`. */
  readonly method?: ResizeMethod;
  /** Whether the centres of the first and of the last pixels fall together, not the edges. For linear methods alone. Default: false. */
  readonly alignCorners?: boolean;
}

const resizeLayerOptionNames: OptionNames<ResizeLayerOptions> = { size: true, method: true, alignCorners: true, name: true, trainable: true };

/**
 * Images `[n, height, width, channels]` in another size. See {@link @adjoint/ops!resize}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { resize } from '@adjoint/nn';
 *
 * resize({ size: [64, 48] }).init(key(0), [28, 28, 3]).outputShape; // [64, 48, 3]
 * ```
 */
export function resize(given: ResizeLayerOptions): Layer {
  given = ownOptions('resize', given, resizeLayerOptionNames);
  const { size, method = 'bilinear', alignCorners = false } = given;
  const lengths = lengthsOf('resize', 'size', size, 2);
  requireChoice('resize', 'method', method, methods);
  requireFlag('resize', 'alignCorners', alignCorners);
  if (alignCorners && method === 'nearest') throw new ArgumentError("resize: alignCorners goes with the linear methods; with method 'nearest' leave it out");
  return statelessLayer({
    ...layerFields('resize', given, { size, method, alignCorners }),
    specify: (inputShape, path) => specifyLengths(2, inputShape, path, () => lengths),
    forward: (_, input) => resizeTo(input, lengths, { method, alignCorners }),
  });
}

/** The specification of a layer that changes the spatial lengths, and refuses those that are not from 1. */
function specifyLengths(rank: SpatialRank, inputShape: Shape, path: string, change: (lengths: Shape) => Shape): LayerSpecification {
  requireSpatial(rank, inputShape, path);
  const lengths = change(inputShape.slice(0, -1));
  if (inputShape.slice(0, -1).every((length) => length >= 1) && lengths.every((length) => length >= 1)) {
    return new LayerSpecification({ outputShape: [...lengths, inputShape.at(-1)!] });
  }
  throw new ShapeError(`${path}: the input is ${formatBatch(inputShape)}; the result would have the lengths [${lengths.join(', ')}], which are not all from 1`);
}

/** A layer that repeats or interpolates. `Size` is one number for all axes or one for each. */
export interface UpSamplingOptions<Size> extends LayerOptions {
  /** How many times as long each axis becomes. Default: 2. */
  readonly size?: Size;
  /** The nearest element, which repeats each; or linear between the two nearest along each axis. Default: `nearest`. */
  readonly interpolation?: ResizeMethod;
}

function upSampling<Size extends Lengths>(type: string, rank: SpatialRank, options: UpSamplingOptions<Size>): Layer {
  const { size = 2 as Size, interpolation = 'nearest' } = options;
  const factors = lengthsOf(type, 'size', size, rank);
  requireChoice(type, 'interpolation', interpolation, methods);
  const larger = (lengths: Shape): number[] => lengths.map((length, axis) => length * factors[axis]!);
  return statelessLayer({
    ...layerFields(type, options, { size, interpolation }),
    specify: (inputShape, path) => specifyLengths(rank, inputShape, path, larger),
    forward: (_, input) => resizeTo(input, larger(input.shape.slice(1, -1)), { method: interpolation }),
  });
}

/** A pair for each axis. */
function sidesOf(operation: string, argument: string, value: unknown, rank: SpatialRank): readonly Sides[] {
  const both = Number.isSafeInteger(value) ? Array.from({ length: rank }, () => value) : rank === 1 && isSides(value) ? [value] : value;
  const sides: unknown = Array.isArray(both) ? both.map((each: unknown) => (Number.isSafeInteger(each) ? [each, each] : each)) : both;
  if (isListOf<Sides>(sides, isSides) && sides.length === rank) return sides;
  const pairs = rank === 1 ? '[before, after]' : `${rank} of them, or ${rank} of [before, after]`;
  throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected an integer >= 0, ${pairs}`);
}

/** A layer that adds zeros. */
export interface ZeroPaddingOptions<Around> extends LayerOptions {
  /** How many zeros: one number for all sides, one for each axis, or `[before, after]` for each axis. Default: 1. */
  readonly padding?: Around;
}

/** What goes around a sequence: one number for both sides, or `[before, after]`. */
export type Around1d = number | Sides;

/** What goes around an image: one number, one for each axis, or `[[top, bottom], [left, right]]`. */
export type Around2d = Pair | readonly [Sides, Sides];

/** What goes around a volume: one number, one for each axis, or three pairs. */
export type Around3d = Triple | readonly [Sides, Sides, Sides];

function zeroPadding<Around>(type: string, rank: SpatialRank, options: ZeroPaddingOptions<Around>): Layer {
  const { padding = 1 as Around } = options;
  const sides = sidesOf(type, 'padding', padding, rank);
  return statelessLayer({
    ...layerFields(type, options, { padding }),
    specify: (inputShape, path) =>
      specifyLengths(rank, inputShape, path, (lengths) => lengths.map((length, axis) => length + sides[axis]![0] + sides[axis]![1])),
    forward: (_, input) => pad(input, [[0, 0], ...sides, [0, 0]]),
  });
}

/** A layer that takes the borders away. */
export interface CroppingOptions<Around> extends LayerOptions {
  /** How much: one number for all sides, one for each axis, or `[before, after]` for each axis. Default: 1. */
  readonly cropping?: Around;
}

function croppingLayer<Around>(type: string, rank: SpatialRank, options: CroppingOptions<Around>): Layer {
  const { cropping = 1 as Around } = options;
  const sides = sidesOf(type, 'cropping', cropping, rank);
  return statelessLayer({
    ...layerFields(type, options, { cropping }),
    specify: (inputShape, path) =>
      specifyLengths(rank, inputShape, path, (lengths) => lengths.map((length, axis) => length - sides[axis]![0] - sides[axis]![1])),
    forward: (_, input) => slice(input, [null, ...sides.map(([before, after], axis) => [before, input.shape[axis + 1]! - after] as const)]),
  });
}

const upSampling1dOptionNames: OptionNames<UpSamplingOptions<number>> = { size: true, interpolation: true, name: true, trainable: true };

/**
 * Sequences `[n, length, channels]` stretched: every axis between batch and channels so many times as long.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { upSampling1d } from '@adjoint/nn';
 *
 * upSampling1d().init(key(0), [10, 4]).outputShape; // [20, 4]
 * ```
 */
export function upSampling1d(options: UpSamplingOptions<number> = {}): Layer {
  options = ownOptions('upSampling1d', options, upSampling1dOptionNames);
  return upSampling('upSampling1d', 1, options);
}

const upSampling2dOptionNames: OptionNames<UpSamplingOptions<Pair>> = { size: true, interpolation: true, name: true, trainable: true };

/**
 * Images `[n, height, width, channels]` stretched: every axis between batch and channels so many times as long.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { upSampling2d } from '@adjoint/nn';
 *
 * upSampling2d().init(key(0), [8, 6, 4]).outputShape; // [16, 12, 4]
 * ```
 */
export function upSampling2d(options: UpSamplingOptions<Pair> = {}): Layer {
  options = ownOptions('upSampling2d', options, upSampling2dOptionNames);
  return upSampling('upSampling2d', 2, options);
}

const upSampling3dOptionNames: OptionNames<UpSamplingOptions<Triple>> = { size: true, interpolation: true, name: true, trainable: true };

/**
 * Volumes `[n, depth, height, width, channels]` stretched: every axis between batch and channels so many times as long.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { upSampling3d } from '@adjoint/nn';
 *
 * upSampling3d().init(key(0), [4, 8, 6, 4]).outputShape; // [8, 16, 12, 4]
 * ```
 */
export function upSampling3d(options: UpSamplingOptions<Triple> = {}): Layer {
  options = ownOptions('upSampling3d', options, upSampling3dOptionNames);
  return upSampling('upSampling3d', 3, options);
}

const zeroPadding1dOptionNames: OptionNames<ZeroPaddingOptions<Around1d>> = { padding: true, name: true, trainable: true };

/**
 * Sequences `[n, length, channels]` with zeros around them.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { zeroPadding1d } from '@adjoint/nn';
 *
 * zeroPadding1d({ padding: [2, 0] }).init(key(0), [10, 4]).outputShape; // [12, 4]
 * ```
 */
export function zeroPadding1d(options: ZeroPaddingOptions<Around1d> = {}): Layer {
  options = ownOptions('zeroPadding1d', options, zeroPadding1dOptionNames);
  return zeroPadding('zeroPadding1d', 1, options);
}

const zeroPadding2dOptionNames: OptionNames<ZeroPaddingOptions<Around2d>> = { padding: true, name: true, trainable: true };

/**
 * Images `[n, height, width, channels]` with zeros around them.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { zeroPadding2d } from '@adjoint/nn';
 *
 * zeroPadding2d({ padding: [[1, 0], [2, 1]] }).init(key(0), [8, 6, 4]).outputShape; // [9, 9, 4]
 * ```
 */
export function zeroPadding2d(options: ZeroPaddingOptions<Around2d> = {}): Layer {
  options = ownOptions('zeroPadding2d', options, zeroPadding2dOptionNames);
  return zeroPadding('zeroPadding2d', 2, options);
}

const zeroPadding3dOptionNames: OptionNames<ZeroPaddingOptions<Around3d>> = { padding: true, name: true, trainable: true };

/**
 * Volumes `[n, depth, height, width, channels]` with zeros around them.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { zeroPadding3d } from '@adjoint/nn';
 *
 * zeroPadding3d({ padding: [1, 2, 0] }).init(key(0), [4, 8, 6, 4]).outputShape; // [6, 12, 6, 4]
 * ```
 */
export function zeroPadding3d(options: ZeroPaddingOptions<Around3d> = {}): Layer {
  options = ownOptions('zeroPadding3d', options, zeroPadding3dOptionNames);
  return zeroPadding('zeroPadding3d', 3, options);
}

const cropping1dOptionNames: OptionNames<CroppingOptions<Around1d>> = { cropping: true, name: true, trainable: true };

/**
 * Sequences `[n, length, channels]` without their borders.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { cropping1d } from '@adjoint/nn';
 *
 * cropping1d({ cropping: [2, 0] }).init(key(0), [10, 4]).outputShape; // [8, 4]
 * ```
 */
export function cropping1d(options: CroppingOptions<Around1d> = {}): Layer {
  options = ownOptions('cropping1d', options, cropping1dOptionNames);
  return croppingLayer('cropping1d', 1, options);
}

const cropping2dOptionNames: OptionNames<CroppingOptions<Around2d>> = { cropping: true, name: true, trainable: true };

/**
 * Images `[n, height, width, channels]` without their borders.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { cropping2d } from '@adjoint/nn';
 *
 * cropping2d({ cropping: [[1, 0], [2, 1]] }).init(key(0), [8, 6, 4]).outputShape; // [7, 3, 4]
 * ```
 */
export function cropping2d(options: CroppingOptions<Around2d> = {}): Layer {
  options = ownOptions('cropping2d', options, cropping2dOptionNames);
  return croppingLayer('cropping2d', 2, options);
}

const cropping3dOptionNames: OptionNames<CroppingOptions<Around3d>> = { cropping: true, name: true, trainable: true };

/**
 * Volumes `[n, depth, height, width, channels]` without their borders.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { cropping3d } from '@adjoint/nn';
 *
 * cropping3d({ cropping: [1, 2, 0] }).init(key(0), [4, 8, 6, 4]).outputShape; // [2, 4, 6, 4]
 * ```
 */
export function cropping3d(options: CroppingOptions<Around3d> = {}): Layer {
  options = ownOptions('cropping3d', options, cropping3dOptionNames);
  return croppingLayer('cropping3d', 3, options);
}
