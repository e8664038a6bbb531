import { formatType, ShapeError, type OptionNames } from '@adjoint/core';
import { add, slice } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { formatBatch } from '../formatBatch.js';
import type { Initializer } from '../initializers.js';
import { layerFields, parameter, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { ownOptions, requireCount, requireFunctions, requireNumber } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';
import { unitLength } from './embedding.js';
import { requireSteps } from './steps.js';
import { tableOf } from './tableOf.js';

/** Waves of the position. */
export interface SinusoidalPositionsOptions extends LayerOptions {
  /** The wavelength of the last feature, over 2 pi, nearly; that of the first is 1. Default: 10000. */
  readonly maxWavelength?: number;
}

const sinusoidalPositionsOptionNames: OptionNames<SinusoidalPositionsOptions> = { maxWavelength: true, name: true, trainable: true };

/**
 * Adds to each step of sequences `[n, steps, features]` waves of its position (Vaswani et al. 2017): the sine of
 * `step / maxWavelength ** (i / features)` to each even feature `i`, and the cosine of the same angle to the feature after it. For any
 * number of steps; without parameters.
 *
 * @throws `ArgumentError` when `maxWavelength` is no number from 1.
 *
 * @example
 * ```ts
 * import { key, zeros } from '@adjoint/core';
 * import { sinusoidalPositions } from '@adjoint/nn';
 *
 * const layer = sinusoidalPositions();
 * const { output } = layer.apply(layer.init(key(0), [3, 2]), zeros([1, 3, 2]));
 * [...output.data()].map((value) => value.toFixed(2)); // ['0.00', '1.00', '0.84', '0.54', '0.91', '-0.42']
 * ```
 */
export function sinusoidalPositions(options: SinusoidalPositionsOptions = {}): Layer {
  options = ownOptions('sinusoidalPositions', options, sinusoidalPositionsOptionNames);
  const { maxWavelength = 10000 } = options;
  requireNumber('sinusoidalPositions', 'maxWavelength', maxWavelength, 1);
  return statelessLayer({
    ...layerFields('sinusoidalPositions', options, { maxWavelength }),
    specify: (inputShape, path) => {
      requireSteps(inputShape, path);
      return new LayerSpecification({ outputShape: inputShape });
    },
    forward: (_, input, { path }) => {
      requireSteps(input.shape.slice(1), path);
      const [, steps, features] = input.shape as [number, number, number];
      const wavelengths = Array.from({ length: features }, (_length, feature) => maxWavelength ** ((feature - (feature % 2)) / features));
      return add(input, tableOf(input, [steps, features], (step, feature) => {
        const angle = step / wavelengths[feature]!;
        return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      }));
    },
  });
}

/** A vector for each position. */
export interface LearnedPositionsOptions extends LayerOptions {
  /** The most steps that a sequence may have. */
  readonly maxSteps: number;
  /** Of the table `[maxSteps, features]`. Default: normal, of variance `1 / features`. */
  readonly embeddingsInitializer?: Initializer;
}

const learnedPositionsOptionNames: OptionNames<LearnedPositionsOptions> = {
  maxSteps: true, embeddingsInitializer: true, name: true, trainable: true,
};

/**
 * Adds to each step of sequences `[n, steps, features]` a vector of its position that is learned.
 *
 * The parameter is `embeddings` `[maxSteps, features]`. `apply` takes sequences of any length up to `maxSteps`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, zeros } from '@adjoint/core';
 * import { learnedPositions } from '@adjoint/nn';
 *
 * const layer = learnedPositions({ maxSteps: 100 });
 * const variables = layer.init(key(0), [7, 4]);
 * layer.apply(variables, zeros([1, 12, 4])).output.shape; // [1, 12, 4]
 * ```
 */
export function learnedPositions(options: LearnedPositionsOptions): Layer {
  options = ownOptions('learnedPositions', options, learnedPositionsOptionNames);
  const { maxSteps, embeddingsInitializer = unitLength } = options;
  requireCount('learnedPositions', 'maxSteps', maxSteps);
  requireFunctions('learnedPositions', { embeddingsInitializer });
  return statelessLayer({
    ...layerFields('learnedPositions', options, { maxSteps, embeddingsInitializer }),
    specify: (inputShape, path) => {
      requireSteps(inputShape, path);
      requireFewerSteps(inputShape[0]!, maxSteps, formatBatch(inputShape), path);
      const embeddings = new VariableSpecification({ shape: [maxSteps, inputShape[1]!], initializer: embeddingsInitializer });
      return new LayerSpecification({ outputShape: inputShape, params: OrderedMap({ embeddings }) });
    },
    forward: (params, input, { path }) => {
      requireSteps(input.shape.slice(1), path);
      const steps = input.shape[1]!;
      requireFewerSteps(steps, maxSteps, formatType(input), path);
      return add(input, slice(parameter(params, 'embeddings', path), [[0, steps]]));
    },
  });
}

function requireFewerSteps(steps: number, maxSteps: number, input: string, path: string): void {
  if (steps <= maxSteps) return;
  throw new ShapeError(`${path}: the input is ${input}; expected at most ${maxSteps} steps, as maxSteps says`);
}
