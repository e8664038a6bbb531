import { crossEntropy, type Loss } from '../losses.js';
import { meanOf, resultOf, type Metric } from './metric.js';

/** What {@link perplexity} is the exponential of. */
export interface PerplexityOptions {
  /** Default: {@link crossEntropy}. */
  readonly loss?: Loss;
}

/**
 * The exponential of the mean loss: among how many equally likely classes a model is as undecided.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, perplexity } from '@adjoint/nn';
 *
 * measure(perplexity(), tensor([[1, 1, 1, 1]]), tensor([2], { dtype: 'int32' })).toFixed(4); // '4.0000'
 * ```
 */
export function perplexity({ loss = crossEntropy }: PerplexityOptions = {}): Metric<number> {
  return resultOf(meanOf(loss, { direction: 'min' }), Math.exp);
}
