import type { Tensor } from '@adjoint/core';
import { mul, sub } from '@adjoint/ops';
import { configOf, requireNumber } from '../options.js';
import { leafwise, type UpdateRule } from './leafwise.js';
import { learningRateAt, Optimizer, type LearningRate } from './optimizer.js';
import { parameterMatcher, type ParameterFilter } from './parameterFilter.js';

/** The decay of weights that has nothing to do with the gradient (Loshchilov and Hutter 2019). */
export interface DecoupledDecayOptions {
  /** Each update takes the learning rate times this share off the weights. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all, `**`. */
  readonly mask?: ParameterFilter;
}

/** What is left of a parameter at a learning rate. */
export function decayOf(type: string, { weightDecay = 0, mask = '**' }: DecoupledDecayOptions): (path: string, parameter: Tensor, rate: number) => Tensor {
  const decays = parameterMatcher(type, 'mask', mask);
  return (path, parameter, rate) => (weightDecay !== 0 && decays(path, parameter) ? mul(1 - rate * weightDecay, parameter) : parameter);
}

/** What an optimizer that goes against a direction is made of, beside that. */
export interface DescentOptions extends DecoupledDecayOptions {
  readonly learningRate: LearningRate;
}

/** Against a direction: `p = (1 - rate * weightDecay) * p - rate * direction`. */
export function descend(type: string, direction: UpdateRule, { learningRate, ...decay }: DescentOptions): UpdateRule {
  const decayed = decayOf(type, decay);
  return {
    ...direction,
    learningRate,
    coefficients: (step, rate) => {
      const directionOf = direction.coefficients(step, 1);
      return (parameter, gradient, moments, path) => {
        const [towards, ...next] = directionOf(parameter, gradient, moments, path);
        return [sub(decayed(path, parameter, rate), mul(rate, towards)), ...next];
      };
    },
  };
}

/**
 * An optimizer that goes against a direction.
 *
 * @param options - all the options, with their defaults.
 * @param rule - the descent, where it is made in another way than {@link descend} does.
 * @throws `ArgumentError` when the learning rate or the decay is out of range.
 */
export function optimizerOf(type: string, options: DescentOptions, direction: UpdateRule, rule = descend(type, direction, options)): Optimizer {
  learningRateAt(type, options.learningRate, 0);
  requireNumber(type, 'weightDecay', options.weightDecay ?? 0, 0);
  return new Optimizer(type, configOf(type, options), leafwise(type, { ...rule, filters: { mask: options.mask ?? '**' } }));
}
