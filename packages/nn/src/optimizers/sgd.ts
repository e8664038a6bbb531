import { ArgumentError, type OptionNames } from '@adjoint/core';
import { add, mul } from '@adjoint/ops';
import { ownOptions, requireFlag, requireFraction } from '../options.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { optimizerOf } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** A velocity that gradients push. */
export interface MomentumOptions {
  /** How much of the last step's velocity stays, from 0 to below 1. Default: 0. */
  readonly momentum?: number;
  /** Look ahead along the velocity. Needs a momentum. Default: false. */
  readonly nesterov?: boolean;
  /** The share of each gradient but the first that does not go into the velocity. Default: 0. */
  readonly dampening?: number;
}

/** Stochastic gradient descent. */
export interface SgdOptions extends MomentumOptions {
  readonly learningRate: LearningRate;
}

/** The options with their defaults, checked. */
function momentumOf(operation: string, { momentum = 0, nesterov = false, dampening = 0 }: MomentumOptions): Required<MomentumOptions> {
  requireFraction(operation, 'momentum', momentum);
  requireFlag(operation, 'nesterov', nesterov);
  requireFraction(operation, 'dampening', dampening);
  if (nesterov && (momentum === 0 || dampening > 0)) {
    const lacking = momentum === 0 ? 'needs a momentum above 0' : `takes no dampening, got ${dampening}`;
    const rate = operation === 'sgd' ? 'learningRate: 0.1, ' : '';
    throw new ArgumentError(`${operation}: nesterov ${lacking}; as in ${operation}({ ${rate}momentum: 0.9, nesterov: true })`);
  }
  return { momentum, nesterov, dampening };
}

/** The velocity, or what lies ahead of it. */
function momentumDirection({ momentum, nesterov, dampening }: Required<MomentumOptions>): UpdateRule {
  if (momentum === 0) return { coefficients: () => (_, gradient) => [gradient] };
  return {
    moments: { velocity: 0 },
    coefficients: (step) => (_, gradient, [velocity]) => {
      // As in PyTorch, the first gradient is the velocity.
      const push = step === 0 || dampening === 0 ? gradient : mul(1 - dampening, gradient);
      const next = add(mul(momentum, velocity!), push);
      return [nesterov ? add(gradient, mul(momentum, next)) : next, next];
    },
  };
}

const momentumOptionNames: OptionNames<MomentumOptions> = { momentum: true, nesterov: true, dampening: true };

/**
 * A link that gives a velocity: `v = momentum * v + (1 - dampening) * g`, or with Nesterov `g + momentum * v`. Optax calls
 * it `trace`. See {@link sgd}.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, scaleByLearningRate, scaleByMomentum } from '@adjoint/nn';
 *
 * const optimizer = chain(scaleByMomentum({ momentum: 0.5 }), scaleByLearningRate(0.1));
 * const first = optimizer.update(tensor(1), optimizer.init(tensor(1)), tensor(1));
 * first.params.item(); // 0.9
 * optimizer.update(tensor(1), first.state, first.params).params.item(); // 0.75
 * ```
 */
export function scaleByMomentum(options: MomentumOptions): GradientTransformation {
  options = ownOptions('scaleByMomentum', options, momentumOptionNames);
  const momentum = momentumOf('scaleByMomentum', options);
  return linkOf('scaleByMomentum', momentum, momentumDirection(momentum));
}

const sgdOptionNames: OptionNames<SgdOptions> = { learningRate: true, momentum: true, nesterov: true, dampening: true };

/**
 * Stochastic gradient descent, with momentum as in Sutskever et al. (2013) in the form that PyTorch and Optax use:
 * `v = momentum * v + (1 - dampening) * g`, then `p = p - learningRate * v`, or with Nesterov
 * `p = p - learningRate * (g + momentum * v)`. As in PyTorch, dampening spares the first gradient.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sgd } from '@adjoint/nn';
 *
 * const optimizer = sgd({ learningRate: 0.5, momentum: 0.9 });
 * const params = { w: tensor([1, 2]) };
 * optimizer.update({ w: tensor([1, 1]) }, optimizer.init(params), params).params.w.toArray(); // [0.5, 1.5]
 * ```
 */
export function sgd(options: SgdOptions): Optimizer {
  options = ownOptions('sgd', options, sgdOptionNames);
  const { learningRate } = options;
  const momentum = momentumOf('sgd', options);
  return optimizerOf('sgd', { learningRate, ...momentum }, momentumDirection(momentum));
}
