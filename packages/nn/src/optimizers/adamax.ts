import type { OptionNames } from '@adjoint/core';
import { abs, add, div, maximum, mul } from '@adjoint/ops';
import { momentOptionNames, momentsOf, type MomentOptions } from './adam.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import { runningMean } from './means.js';
import type { LearningRate, Optimizer } from './optimizer.js';
import { ownOptions } from '../options.js';

/** Adamax. */
export interface AdamaxOptions extends MomentOptions {
  /** Default: 0.002. */
  readonly learningRate?: LearningRate;
}

function adamaxDirection({ beta1, beta2, epsilon }: Required<MomentOptions>): UpdateRule {
  return {
    moments: { first: 0, largest: 0 },
    coefficients: (step) => (_, gradient, [first, largest]) => {
      const mean = runningMean(beta1, first!, gradient);
      const size = maximum(mul(beta2, largest!), add(abs(gradient), epsilon));
      return [div(mean, mul(1 - beta1 ** (step + 1), size)), mean, size];
    },
  };
}

/**
 * A link that gives the direction of {@link adamax}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adamax, chain, scaleByAdamax, scaleByLearningRate } from '@adjoint/nn';
 *
 * const updated = [adamax({ learningRate: 0.5 }), chain(scaleByAdamax(), scaleByLearningRate(0.5))]
 *   .map((optimizer) => optimizer.update(tensor(3), optimizer.init(tensor(1)), tensor(1)).params.item());
 * updated[0] === updated[1]; // true
 * ```
 */
export function scaleByAdamax(options: MomentOptions = {}): GradientTransformation {
  options = ownOptions('scaleByAdamax', options, momentOptionNames);
  const moments = momentsOf('scaleByAdamax', options);
  return linkOf('scaleByAdamax', moments, adamaxDirection(moments));
}

const adamaxOptionNames: OptionNames<AdamaxOptions> = { learningRate: true, beta1: true, beta2: true, epsilon: true };

/**
 * Adamax (Kingma and Ba 2015, section 7.1): {@link adam} with the largest gradient, which fades, in place of the root of
 * the mean square: `u = max(beta2 * u, |g| + epsilon)` and `p = p - learningRate * m / ((1 - beta1 ** t) * u)`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adamax } from '@adjoint/nn';
 *
 * const optimizer = adamax({ learningRate: 0.5 });
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.5, 2.5]
 * ```
 */
export function adamax(options: AdamaxOptions = {}): Optimizer {
  options = ownOptions('adamax', options, adamaxOptionNames);
  const { learningRate = 0.002 } = options;
  const moments = momentsOf('adamax', options);
  return optimizerOf('adamax', { learningRate, ...moments }, adamaxDirection(moments));
}
