import type { OptionNames } from '@adjoint/core';
import { add, div, mul } from '@adjoint/ops';
import { momentOptionNames, momentsOf, type MomentOptions } from './adam.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import { runningMean, runningRoot } from './means.js';
import type { LearningRate, Optimizer } from './optimizer.js';
import { ownOptions } from '../options.js';

/** RAdam. */
export interface RadamOptions extends MomentOptions {
  /** Default: 0.001. */
  readonly learningRate?: LearningRate;
}

function radamDirection({ beta1, beta2, epsilon }: Required<MomentOptions>): UpdateRule {
  return {
    moments: { first: 0, root: 0 },
    coefficients: (step) => {
      const count = step + 1;
      const correction1 = 1 - beta1 ** count;
      const root2 = Math.sqrt(1 - beta2 ** count);
      const factor = rectification(beta2, count);
      return (_, gradient, [first, before]) => {
        const mean = runningMean(beta1, first!, gradient);
        const root = runningRoot(beta2, before!, gradient);
        const unscaled = div(mean, correction1);
        const direction = factor === null ? unscaled : mul(factor * root2, div(unscaled, add(root, epsilon)));
        return [direction, mean, root];
      };
    },
  };
}

/** The factor that makes the variance of the step what it is in the end; null while the mean of squares is of too few. */
function rectification(beta2: number, count: number): number | null {
  const longest = 2 / (1 - beta2) - 1;
  const length = longest - (2 * count * beta2 ** count) / (1 - beta2 ** count);
  if (length <= 5) return null;
  return Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
}

/**
 * A link that gives the direction of {@link radam}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, radam, scaleByLearningRate, scaleByRadam } from '@adjoint/nn';
 *
 * const updated = [radam({ learningRate: 0.5 }), chain(scaleByRadam(), scaleByLearningRate(0.5))]
 *   .map((optimizer) => optimizer.update(tensor(3), optimizer.init(tensor(1)), tensor(1)).params.item());
 * updated[0] === updated[1]; // true
 * ```
 */
export function scaleByRadam(options: MomentOptions = {}): GradientTransformation {
  options = ownOptions('scaleByRadam', options, momentOptionNames);
  const moments = momentsOf('scaleByRadam', options);
  return linkOf('scaleByRadam', moments, radamDirection(moments));
}

const radamOptionNames: OptionNames<RadamOptions> = { learningRate: true, beta1: true, beta2: true, epsilon: true };

/**
 * Rectified Adam (Liu et al. 2020): {@link adam} whose step grows with what the mean of squares can be trusted. While it is
 * of too few gradients (the first five or so), the direction is the mean of the gradients alone. The epsilon is added to
 * the root of the uncorrected mean, as in PyTorch.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { radam } from '@adjoint/nn';
 *
 * const optimizer = radam({ learningRate: 0.5 });
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [-0.5, 4]
 * ```
 */
export function radam(options: RadamOptions = {}): Optimizer {
  options = ownOptions('radam', options, radamOptionNames);
  const { learningRate = 0.001 } = options;
  const moments = momentsOf('radam', options);
  return optimizerOf('radam', { learningRate, ...moments }, radamDirection(moments));
}
