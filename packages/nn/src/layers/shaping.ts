import { ArgumentError, AxisError, formatValue, ShapeError, sizeOf, type OptionNames, type Shape } from '@adjoint/core';
import { reshape as reshapeTo, transpose } from '@adjoint/ops';
import { formatBatch } from '../formatBatch.js';
import { layerFields, Layer, layerOptionNames, statelessLayer, type LayerOptions } from '../layer.js';
import { ownOptions, requireAxes, requireShape } from '../options.js';
import { LayerSpecification } from '../specification.js';

/**
 * The layer that gives its input, as a branch beside others.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { identity } from '@adjoint/nn';
 *
 * const layer = identity();
 * layer.apply(layer.init(key(0), [2]), tensor([[1, 2]])).output.toArray(); // [[1, 2]]
 * ```
 */
export function identity(options: LayerOptions = {}): Layer {
  options = ownOptions('identity', options, layerOptionNames);
  return new Layer(layerFields('identity', options));
}

/**
 * Makes one axis of all but the batch: `[n, height, width, channels]` becomes `[n, height * width * channels]`.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { flatten } from '@adjoint/nn';
 *
 * flatten().init(key(0), [13, 13, 32]).outputShape; // [5408]
 * ```
 */
export function flatten(options: LayerOptions = {}): Layer {
  options = ownOptions('flatten', options, layerOptionNames);
  return statelessLayer({
    ...layerFields('flatten', options),
    specify: (inputShape) => new LayerSpecification({ outputShape: [sizeOf(inputShape)] }),
    forward: (_, input) => reshapeTo(input, [input.shape[0]!, sizeOf(input.shape, 1)]),
  });
}

/** A layer that gives another shape. */
export interface ReshapeOptions extends LayerOptions {
  /** Without the batch axis. One length may be -1: what the others leave. */
  readonly targetShape: Shape;
}

const reshapeOptionNames: OptionNames<ReshapeOptions> = { targetShape: true, name: true, trainable: true };

/**
 * The elements of each example in row-major order under another shape.
 *
 * @throws `ArgumentError` when the shape is no list of whole numbers from 0, or has -1 more than once.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { reshape } from '@adjoint/nn';
 *
 * reshape({ targetShape: [7, 7, -1] }).init(key(0), [784]).outputShape; // [7, 7, 16]
 * ```
 */
export function reshape(given: ReshapeOptions): Layer {
  given = ownOptions('reshape', given, reshapeOptionNames);
  const { targetShape } = given;
  requireShape('reshape', 'targetShape', targetShape);
  const resolve = (inputShape: Shape): Shape => {
    const others = targetShape.reduce((product, length) => (length === -1 ? product : product * length), 1);
    return targetShape.map((length) => (length === -1 ? Math.floor(sizeOf(inputShape) / Math.max(1, others)) : length));
  };
  return statelessLayer({
    ...layerFields('reshape', given, { targetShape }),
    specify: (inputShape, path) => {
      const outputShape = resolve(inputShape);
      if (sizeOf(outputShape) === sizeOf(inputShape)) return new LayerSpecification({ outputShape });
      throw new ShapeError(`${path}: the input is ${formatBatch(inputShape)}, ${sizeOf(inputShape)} elements an example; targetShape [${targetShape.join(', ')}] holds another number`);
    },
    forward: (_, input) => reshapeTo(input, [input.shape[0]!, ...resolve(input.shape.slice(1))]),
  });
}

/** A layer that moves axes. */
export interface PermuteOptions extends LayerOptions {
  /** The order in which the axes stand, counted from 1: axis 0 is the batch, and stays. */
  readonly axes: readonly number[];
}

const permuteOptionNames: OptionNames<PermuteOptions> = { axes: true, name: true, trainable: true };

/**
 * The axes of each example in another order: output axis `i + 1` is input axis `axes[i]`. As in Keras the first axis of an example
 * is 1.
 *
 * @throws `ArgumentError` when the axes are no list of whole numbers.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { permute } from '@adjoint/nn';
 *
 * permute({ axes: [3, 1, 2] }).init(key(0), [28, 14, 3]).outputShape; // [3, 28, 14]
 * ```
 */
export function permute(given: PermuteOptions): Layer {
  given = ownOptions('permute', given, permuteOptionNames);
  const { axes } = given;
  const list: unknown = axes;
  if (!Array.isArray(list)) throw new ArgumentError(`permute: axes is ${formatValue(list)}; expected a list of whole numbers`);
  requireAxes('permute', 'axes', axes);
  return statelessLayer({
    ...layerFields('permute', given, { axes }),
    specify: (inputShape, path) => {
      if ([...axes].sort((a, b) => a - b).join() !== inputShape.map((_, axis) => axis + 1).join()) {
        throw new AxisError(`${path}: axes is [${axes.join(', ')}], the input ${formatBatch(inputShape)}; expected each of the axes 1 to ${inputShape.length} once`);
      }
      return new LayerSpecification({ outputShape: axes.map((axis) => inputShape[axis - 1]!) });
    },
    forward: (_, input) => transpose(input, [0, ...axes]),
  });
}
