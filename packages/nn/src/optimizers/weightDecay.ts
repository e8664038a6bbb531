import type { OptionNames } from '@adjoint/core';
import { add, mul } from '@adjoint/ops';
import { ownOptions, requireNumber } from '../options.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { parameterMatcher, type ParameterFilter } from './parameterFilter.js';

/** Which weights decay. */
export interface AddDecayedWeightsOptions {
  /** Which parameters decay. Default: all, `**`. */
  readonly mask?: ParameterFilter;
}

const addDecayedWeightsOptionNames: OptionNames<AddDecayedWeightsOptions> = { mask: true };

/**
 * A link that adds a share of the parameters to their gradients: `g + weightDecay * p`. Before an optimizer it is an L2
 * penalty, as PyTorch's `weight_decay` of SGD and Adam; between a direction and {@link scaleByLearningRate} it is the
 * decoupled decay of AdamW (Loshchilov and Hutter 2019).
 *
 * @throws `ArgumentError` when `weightDecay` is no finite number from 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { addDecayedWeights, chain, sgd } from '@adjoint/nn';
 *
 * const optimizer = chain(addDecayedWeights(0.1, { mask: '**.kernel' }), sgd({ learningRate: 1 }));
 * const params = { dense: { kernel: tensor([10]), bias: tensor([10]) } };
 * const gradients = { dense: { kernel: tensor([0]), bias: tensor([0]) } };
 * const after = optimizer.update(gradients, optimizer.init(params), params).params.dense;
 * [after.kernel.toArray(), after.bias.toArray()]; // [[9], [10]]
 * ```
 */
export function addDecayedWeights(weightDecay: number, options: AddDecayedWeightsOptions = {}): GradientTransformation {
  options = ownOptions('addDecayedWeights', options, addDecayedWeightsOptionNames);
  const { mask = '**' } = options;
  requireNumber('addDecayedWeights', 'weightDecay', weightDecay, 0);
  const decays = parameterMatcher('addDecayedWeights', 'mask', mask);
  return linkOf('addDecayedWeights', { weightDecay, mask }, {
    filters: { mask },
    coefficients: () => (parameter, gradient, _, path) => [decays(path, parameter) ? add(gradient, mul(weightDecay, parameter)) : gradient],
  });
}
