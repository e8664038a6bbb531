import type { OptionNames } from '@adjoint/core';
import { add, div, hypot } from '@adjoint/ops';
import { ownOptions, requireNumber } from '../options.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** The direction of Adagrad. */
export interface ScaleByAdagradOptions {
  /** What the sums of squares begin with. Default: 0. */
  readonly initialAccumulator?: number;
  /** Added to the root. Default: 1e-10. */
  readonly epsilon?: number;
}

/** Adagrad. */
export interface AdagradOptions extends ScaleByAdagradOptions {
  /** Default: 0.01. */
  readonly learningRate?: LearningRate;
}

/** The options with their defaults, checked. */
function adagradOf(operation: string, { initialAccumulator = 0, epsilon = 1e-10 }: ScaleByAdagradOptions): Required<ScaleByAdagradOptions> {
  requireNumber(operation, 'initialAccumulator', initialAccumulator, 0);
  requireNumber(operation, 'epsilon', epsilon, 0);
  return { initialAccumulator, epsilon };
}

function adagradDirection({ initialAccumulator, epsilon }: Required<ScaleByAdagradOptions>): UpdateRule {
  return {
    moments: { root: Math.sqrt(initialAccumulator) },
    coefficients: () => (_, gradient, [before]) => {
      const root = hypot(before!, gradient);
      return [div(gradient, add(root, epsilon)), root];
    },
  };
}

const scaleByAdagradOptionNames: OptionNames<ScaleByAdagradOptions> = { initialAccumulator: true, epsilon: true };

/**
 * A link that gives the direction of {@link adagrad}. Optax calls it `scale_by_rss`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, scaleByAdagrad, scaleByLearningRate } from '@adjoint/nn';
 *
 * const optimizer = chain(scaleByAdagrad(), scaleByLearningRate(0.5));
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.5, 2.5]
 * ```
 */
export function scaleByAdagrad(options: ScaleByAdagradOptions = {}): GradientTransformation {
  options = ownOptions('scaleByAdagrad', options, scaleByAdagradOptionNames);
  const all = adagradOf('scaleByAdagrad', options);
  return linkOf('scaleByAdagrad', all, adagradDirection(all));
}

const adagradOptionNames: OptionNames<AdagradOptions> = { learningRate: true, initialAccumulator: true, epsilon: true };

/**
 * Adagrad (Duchi, Hazan and Singer 2011): `s` is the sum of all squared gradients so far, and
 * `p = p - learningRate * g / (sqrt(s) + epsilon)`. PyTorch's `lr_decay` is the schedule {@link inverseTimeDecay}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adagrad } from '@adjoint/nn';
 *
 * const optimizer = adagrad({ learningRate: 0.5, initialAccumulator: 16 });
 * optimizer.update(tensor([3, -3]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.7, 2.3]
 * ```
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  options = ownOptions('adagrad', options, adagradOptionNames);
  const { learningRate = 0.01 } = options;
  const all = adagradOf('adagrad', options);
  return optimizerOf('adagrad', { learningRate, ...all }, adagradDirection(all));
}
