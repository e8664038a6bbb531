import { ArgumentError } from '@adjoint/core';
import { add, mul, sub } from '@adjoint/ops';
import { configOf, requireFraction } from '../options.js';
import { learningRateAt, Optimizer, type LearningRate } from './optimizer.js';

/** Stochastic gradient descent. */
export interface SgdOptions {
  readonly learningRate: LearningRate;
  /** How much of the last step's velocity stays, from 0 to below 1. Default: 0. */
  readonly momentum?: number;
  /** Look ahead along the velocity. Needs a momentum. Default: false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent, with momentum as in Sutskever et al. (2013) in the form that PyTorch and Optax use:
 * `v = momentum * v + g`, then `p = p - learningRate * v`, or with Nesterov `p = p - learningRate * (g + momentum * v)`.
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
  const { learningRate, momentum = 0, nesterov = false } = options;
  requireFraction('sgd', 'momentum', momentum);
  if (nesterov && momentum === 0) throw new ArgumentError('sgd: nesterov needs a momentum above 0, as in sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })');
  learningRateAt('sgd', learningRate, 0);
  return new Optimizer('sgd', configOf({ learningRate, momentum, nesterov }), {
    moments: momentum === 0 ? [] : ['velocity'],
    coefficients: (step) => {
      const rate = learningRateAt('sgd', learningRate, step);
      return (parameter, gradient, [velocity]) => {
        if (velocity === undefined) return [sub(parameter, mul(rate, gradient))];
        const next = add(mul(momentum, velocity), gradient);
        const direction = nesterov ? add(gradient, mul(momentum, next)) : next;
        return [sub(parameter, mul(rate, direction)), next];
      };
    },
  });
}
