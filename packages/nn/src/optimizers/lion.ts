import type { OptionNames } from '@adjoint/core';
import { sign } from '@adjoint/ops';
import { ownOptions, requireFraction } from '../options.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf, type DecoupledDecayOptions } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import { runningMean } from './means.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** The direction of Lion. */
export interface ScaleByLionOptions {
  /** The share of the mean in the direction. Default: 0.9. */
  readonly beta1?: number;
  /** The decay of the mean of the gradients. Default: 0.99. */
  readonly beta2?: number;
}

/** Lion. */
export interface LionOptions extends ScaleByLionOptions, DecoupledDecayOptions {
  /** Default: 0.0001. */
  readonly learningRate?: LearningRate;
  /** Each update takes the learning rate times this share off the weights. Default: 0.001. */
  readonly weightDecay?: number;
}

/** The options with their defaults, checked. */
function lionOf(operation: string, { beta1 = 0.9, beta2 = 0.99 }: ScaleByLionOptions): Required<ScaleByLionOptions> {
  requireFraction(operation, 'beta1', beta1);
  requireFraction(operation, 'beta2', beta2);
  return { beta1, beta2 };
}

function lionDirection({ beta1, beta2 }: Required<ScaleByLionOptions>): UpdateRule {
  return {
    moments: { mean: 0 },
    coefficients: () => (_, gradient, [mean]) => [sign(runningMean(beta1, mean!, gradient)), runningMean(beta2, mean!, gradient)],
  };
}

const scaleByLionOptionNames: OptionNames<ScaleByLionOptions> = { beta1: true, beta2: true };

/**
 * A link that gives the direction of {@link lion}: signs alone.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, scaleByLearningRate, scaleByLion } from '@adjoint/nn';
 *
 * const optimizer = chain(scaleByLion(), scaleByLearningRate(0.5));
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.5, 2.5]
 * ```
 */
export function scaleByLion(options: ScaleByLionOptions = {}): GradientTransformation {
  options = ownOptions('scaleByLion', options, scaleByLionOptionNames);
  const betas = lionOf('scaleByLion', options);
  return linkOf('scaleByLion', betas, lionDirection(betas));
}

const lionOptionNames: OptionNames<LionOptions> = { learningRate: true, weightDecay: true, beta1: true, beta2: true, mask: true };

/**
 * Lion (Chen et al. 2023): a step of one size in each element,
 * `p = (1 - learningRate * weightDecay) * p - learningRate * sign(beta1 * m + (1 - beta1) * g)`, then
 * `m = beta2 * m + (1 - beta2) * g`. It wants a learning rate three to ten times smaller than Adam's, and a decay as many
 * times larger.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { lion } from '@adjoint/nn';
 *
 * const optimizer = lion({ learningRate: 0.5, weightDecay: 0 });
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.5, 2.5]
 * ```
 */
export function lion(options: LionOptions = {}): Optimizer {
  options = ownOptions('lion', options, lionOptionNames);
  const { learningRate = 0.0001, weightDecay = 0.001, mask = '**' } = options;
  const betas = lionOf('lion', options);
  return optimizerOf('lion', { learningRate, ...betas, weightDecay, mask }, lionDirection(betas));
}
