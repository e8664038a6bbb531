import { mul } from '@adjoint/ops';
import { linkOf, type GradientTransformation } from './chain.js';
import { learningRateAt, type LearningRate } from './optimizer.js';

/**
 * A link that multiplies by the learning rate: how far the chain goes against the direction so far.
 *
 * @throws `ArgumentError` when the learning rate is no finite number from 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, exponentialDecay, scaleByLearningRate } from '@adjoint/nn';
 *
 * const optimizer = chain(scaleByLearningRate(exponentialDecay({ initial: 0.5, factor: 0.5 })));
 * const first = optimizer.update(tensor(1), optimizer.init(tensor(1)), tensor(1));
 * first.params.item(); // 0.5
 * optimizer.update(tensor(1), first.state, first.params).params.item(); // 0.25
 * ```
 */
export function scaleByLearningRate(learningRate: LearningRate): GradientTransformation {
  learningRateAt('scaleByLearningRate', learningRate, 0);
  return linkOf('scaleByLearningRate', { learningRate }, {
    learningRate,
    coefficients: (_, rate) => (_parameter, gradient) => [mul(rate, gradient)],
  });
}
