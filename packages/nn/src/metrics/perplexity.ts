import type { OptionNames } from '@adjoint/core';
import { crossEntropy, type Loss } from '../losses.js';
import { meanOf, resultOf, type Metric } from './metric.js';
import { ownOptions } from '../options.js';

/** What {@link perplexity} is the exponential of. */
export interface PerplexityOptions {
  /** Default: {@link crossEntropy}. */
  readonly loss?: Loss;
}

const perplexityOptionNames: OptionNames<PerplexityOptions> = { loss: true };

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
export function perplexity(options: PerplexityOptions = {}): Metric<number> {
  options = ownOptions('perplexity', options, perplexityOptionNames);
  const { loss = crossEntropy } = options;
  return resultOf('perplexity', meanOf(loss, { direction: 'min' }), Math.exp);
}
