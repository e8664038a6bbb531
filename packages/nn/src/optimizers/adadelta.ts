import type { OptionNames } from '@adjoint/core';
import { div, hypot, mul } from '@adjoint/ops';
import { ownOptions, requireFraction, requireNumber } from '../options.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import { runningRoot } from './means.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** The direction of Adadelta. */
export interface ScaleByAdadeltaOptions {
  /** The decay of both means of squares. Default: 0.9. */
  readonly decay?: number;
  /** Added to both below the root. Default: 1e-6. */
  readonly epsilon?: number;
}

/** Adadelta. */
export interface AdadeltaOptions extends ScaleByAdadeltaOptions {
  /** Default: 1. */
  readonly learningRate?: LearningRate;
}

/** The options with their defaults, checked. */
function adadeltaOf(operation: string, { decay = 0.9, epsilon = 1e-6 }: ScaleByAdadeltaOptions): Required<ScaleByAdadeltaOptions> {
  requireFraction(operation, 'decay', decay);
  requireNumber(operation, 'epsilon', epsilon, 0);
  return { decay, epsilon };
}

function adadeltaDirection({ decay, epsilon }: Required<ScaleByAdadeltaOptions>): UpdateRule {
  const least = Math.sqrt(epsilon);
  return {
    moments: { root: 0, change: 0 },
    coefficients: () => (_, gradient, [before, change]) => {
      const root = runningRoot(decay, before!, gradient);
      const direction = mul(div(hypot(change!, least), hypot(root, least)), gradient);
      return [direction, root, runningRoot(decay, change!, direction)];
    },
  };
}

const scaleByAdadeltaOptionNames: OptionNames<ScaleByAdadeltaOptions> = { decay: true, epsilon: true };

/**
 * A link that gives the direction of {@link adadelta}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, scaleByAdadelta, scaleByLearningRate } from '@adjoint/nn';
 *
 * const optimizer = chain(scaleByAdadelta({ decay: 0, epsilon: 1 }), scaleByLearningRate(2));
 * optimizer.update(tensor(0.75), optimizer.init(tensor(1)), tensor(1)).params.item().toFixed(4); // '-0.2000'
 * ```
 */
export function scaleByAdadelta(options: ScaleByAdadeltaOptions = {}): GradientTransformation {
  options = ownOptions('scaleByAdadelta', options, scaleByAdadeltaOptionNames);
  const all = adadeltaOf('scaleByAdadelta', options);
  return linkOf('scaleByAdadelta', all, adadeltaDirection(all));
}

const adadeltaOptionNames: OptionNames<AdadeltaOptions> = { learningRate: true, decay: true, epsilon: true };

/**
 * Adadelta (Zeiler 2012): the step is as large as former steps were, relative to the gradients: with running means `v` of
 * the squared gradient and `d` of the squared direction, the direction is `sqrt(d + epsilon) / sqrt(v + epsilon) * g`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adadelta } from '@adjoint/nn';
 *
 * const optimizer = adadelta({ decay: 0, epsilon: 1 });
 * optimizer.update(tensor(0.75), optimizer.init(tensor(1)), tensor(1)).params.item().toFixed(4); // '0.4000'
 * ```
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  options = ownOptions('adadelta', options, adadeltaOptionNames);
  const { learningRate = 1 } = options;
  const all = adadeltaOf('adadelta', options);
  return optimizerOf('adadelta', { learningRate, ...all }, adadeltaDirection(all));
}
