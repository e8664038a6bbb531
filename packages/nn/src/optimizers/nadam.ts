import type { OptionNames } from '@adjoint/core';
import { add, div, mul } from '@adjoint/ops';
import { ownOptions, requireNumber } from '../options.js';
import { momentsOf, type MomentOptions } from './adam.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import { runningMean, runningRoot } from './means.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** The direction of Nadam. */
export interface ScaleByNadamOptions extends MomentOptions {
  /** How fast the momentum rises from half of `beta1` to `beta1`. Default: 0.004. */
  readonly momentumDecay?: number;
}

/** Nadam. */
export interface NadamOptions extends ScaleByNadamOptions {
  /** Default: 0.002. */
  readonly learningRate?: LearningRate;
}

/** The options with their defaults, checked. */
function nadamOf(operation: string, { momentumDecay = 0.004, ...options }: ScaleByNadamOptions): Required<ScaleByNadamOptions> {
  requireNumber(operation, 'momentumDecay', momentumDecay, 0);
  return { ...momentsOf(operation, options), momentumDecay };
}

function nadamDirection({ beta1, beta2, epsilon, momentumDecay }: Required<ScaleByNadamOptions>): UpdateRule {
  const momentum = (count: number) => beta1 * (1 - 0.5 * 0.96 ** (count * momentumDecay));
  const product = runningProduct(momentum);
  return {
    moments: { first: 0, root: 0 },
    coefficients: (step) => {
      const [now, next] = [momentum(step + 1), momentum(step + 2)];
      const soFar = product(step + 1);
      const gradientShare = (1 - now) / (1 - soFar);
      const meanShare = next / (1 - soFar * next);
      const correction = Math.sqrt(1 - beta2 ** (step + 1));
      return (_, gradient, [first, before]) => {
        const mean = runningMean(beta1, first!, gradient);
        const root = runningRoot(beta2, before!, gradient);
        const ahead = add(mul(gradientShare, gradient), mul(meanShare, mean));
        return [div(ahead, add(div(root, correction), epsilon)), mean, root];
      };
    },
  };
}

/** The product of the factors 1 to `count`. It goes on from the last one asked for, so that a step costs one factor. */
function runningProduct(factor: (count: number) => number): (count: number) => number {
  let last = { count: 0, product: 1 };
  return (count) => {
    let { count: reached, product } = last.count <= count ? last : { count: 0, product: 1 };
    while (reached < count) product *= factor(++reached);
    last = { count, product };
    return product;
  };
}

const scaleByNadamOptionNames: OptionNames<ScaleByNadamOptions> = { momentumDecay: true, beta1: true, beta2: true, epsilon: true };

/**
 * A link that gives the direction of {@link nadam}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, nadam, scaleByLearningRate, scaleByNadam } from '@adjoint/nn';
 *
 * const updated = [nadam({ learningRate: 0.5 }), chain(scaleByNadam(), scaleByLearningRate(0.5))]
 *   .map((optimizer) => optimizer.update(tensor(3), optimizer.init(tensor(1)), tensor(1)).params.item());
 * updated[0] === updated[1]; // true
 * ```
 */
export function scaleByNadam(options: ScaleByNadamOptions = {}): GradientTransformation {
  options = ownOptions('scaleByNadam', options, scaleByNadamOptionNames);
  const all = nadamOf('scaleByNadam', options);
  return linkOf('scaleByNadam', all, nadamDirection(all));
}

const nadamOptionNames: OptionNames<NadamOptions> = { learningRate: true, momentumDecay: true, beta1: true, beta2: true, epsilon: true };

/**
 * Nadam (Dozat 2016): {@link adam} with Nesterov's momentum. With `u(t) = beta1 * (1 - 0.96 ** (t * momentumDecay) / 2)`
 * and `U(t)` their product so far, the direction is
 * `((1 - u(t)) * g / (1 - U(t)) + u(t + 1) * m / (1 - U(t + 1))) / (sqrt(v / (1 - beta2 ** t)) + epsilon)`. That is
 * PyTorch's and Keras's; Optax's has a constant momentum.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { nadam } from '@adjoint/nn';
 *
 * const optimizer = nadam({ learningRate: 0.5, beta1: 0, epsilon: 0 });
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.5, 2.5]
 * ```
 */
export function nadam(options: NadamOptions = {}): Optimizer {
  options = ownOptions('nadam', options, nadamOptionNames);
  const { learningRate = 0.002 } = options;
  const all = nadamOf('nadam', options);
  return optimizerOf('nadam', { learningRate, ...all }, nadamDirection(all));
}
