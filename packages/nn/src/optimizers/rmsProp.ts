import type { OptionNames, Tensor } from '@adjoint/core';
import { abs, add, div, maximum, mul, sqrt, sub } from '@adjoint/ops';
import { ownOptions, requireFlag, requireFraction, requireNumber } from '../options.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import { runningMean, runningRoot } from './means.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** The direction of RMSProp. */
export interface ScaleByRmsOptions {
  /** The decay of the mean of the squares. Default: 0.99. */
  readonly decay?: number;
  /** Added to the root. Default: 1e-8. */
  readonly epsilon?: number;
  /** Take the square of the mean gradient off the mean square: divide by a standard deviation. Default: false. */
  readonly centered?: boolean;
  /** How much of the last step's velocity stays, from 0 to below 1. Default: 0. */
  readonly momentum?: number;
}

/** RMSProp. */
export interface RmsPropOptions extends ScaleByRmsOptions {
  /** Default: 0.01. */
  readonly learningRate?: LearningRate;
}

/** The options with their defaults, checked. */
function rmsOf(operation: string, { decay = 0.99, epsilon = 1e-8, centered = false, momentum = 0 }: ScaleByRmsOptions): Required<ScaleByRmsOptions> {
  requireFraction(operation, 'decay', decay);
  requireNumber(operation, 'epsilon', epsilon, 0);
  requireFlag(operation, 'centered', centered);
  requireFraction(operation, 'momentum', momentum);
  return { decay, epsilon, centered, momentum };
}

function rmsDirection({ decay, epsilon, centered, momentum }: Required<ScaleByRmsOptions>): UpdateRule {
  return {
    moments: { root: 0, ...(centered ? { first: 0 } : {}), ...(momentum > 0 ? { velocity: 0 } : {}) },
    coefficients: () => (_, gradient, [before, ...others]) => {
      const root = runningRoot(decay, before!, gradient);
      const mean = centered ? [runningMean(decay, others[0]!, gradient)] : [];
      const scaled = div(gradient, add(mean.length === 0 ? root : deviation(root, mean[0]!), epsilon));
      const velocity = momentum > 0 ? [add(mul(momentum, others.at(-1)!), scaled)] : [];
      return [velocity[0] ?? scaled, root, ...mean, ...velocity];
    },
  };
}

/** `sqrt(root ** 2 - mean ** 2)`, without the squares. Rounding may bring a variance of 0 below it. */
function deviation(root: Tensor, mean: Tensor): Tensor {
  const size = abs(mean);
  return mul(sqrt(maximum(0, sub(root, size))), sqrt(add(root, size)));
}

const scaleByRmsOptionNames: OptionNames<ScaleByRmsOptions> = { decay: true, epsilon: true, centered: true, momentum: true };

/**
 * A link that gives the direction of {@link rmsProp}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, scaleByLearningRate, scaleByRms } from '@adjoint/nn';
 *
 * const optimizer = chain(scaleByRms({ decay: 0.75, epsilon: 0 }), scaleByLearningRate(0.1));
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.8, 2.2]
 * ```
 */
export function scaleByRms(options: ScaleByRmsOptions = {}): GradientTransformation {
  options = ownOptions('scaleByRms', options, scaleByRmsOptionNames);
  const all = rmsOf('scaleByRms', options);
  return linkOf('scaleByRms', all, rmsDirection(all));
}

const rmsPropOptionNames: OptionNames<RmsPropOptions> = { learningRate: true, decay: true, epsilon: true, centered: true, momentum: true };

/**
 * RMSProp (Tieleman and Hinton 2012): `v` is a running mean of the squared gradient, and
 * `p = p - learningRate * g / (sqrt(v) + epsilon)`. With a momentum, a velocity `u = momentum * u + g / (sqrt(v) + epsilon)`
 * takes the fraction's place; centred (Graves 2013), `v - mean(g)²` takes that of `v`. As in PyTorch, the epsilon stands
 * beside the root; Optax has it below.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { rmsProp } from '@adjoint/nn';
 *
 * const optimizer = rmsProp({ learningRate: 0.1, decay: 0.75, epsilon: 0 });
 * optimizer.update(tensor([3, -4]), optimizer.init(tensor([1, 2])), tensor([1, 2])).params.toArray(); // [0.8, 2.2]
 * ```
 */
export function rmsProp(options: RmsPropOptions = {}): Optimizer {
  options = ownOptions('rmsProp', options, rmsPropOptionNames);
  const { learningRate = 0.01 } = options;
  const all = rmsOf('rmsProp', options);
  return optimizerOf('rmsProp', { learningRate, ...all }, rmsDirection(all));
}
