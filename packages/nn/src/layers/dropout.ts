import { dropout as drop } from '@adjoint/ops';
import { commonFields, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { configOf, requireFraction } from '../options.js';
import { trainingKey } from './trainingKey.js';

/** A dropout layer. */
export interface DropoutLayerOptions extends LayerOptions {
  /** The probability with which an element becomes 0, from 0 to below 1. */
  readonly rate: number;
}

/**
 * Sets elements to 0 at random in training and divides the others by `1 - rate` (Srivastava et al. 2014); else the
 * identity. Takes inputs of any shape. In training it needs the `key` of `apply`.
 *
 * @throws `ArgumentError` when the rate is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dropout } from '@adjoint/nn';
 *
 * const layer = dropout({ rate: 0.5 });
 * const variables = layer.init(key(0), [2]);
 * layer.apply(variables, ones([1, 2])).output.toArray(); // [[1, 1]]
 * layer.apply(variables, ones([1, 2]), { training: true, key: key(1) }).output.shape; // [1, 2]
 * ```
 */
export function dropout({ rate, ...options }: DropoutLayerOptions): Layer {
  requireFraction('dropout', 'rate', rate);
  return statelessLayer({
    type: 'dropout',
    ...commonFields('dropout', options),
    config: configOf({ rate }),
    forward: (_, input, context) => (context.training && rate > 0 ? drop(input, { rate, key: trainingKey(context) }) : input),
  });
}
