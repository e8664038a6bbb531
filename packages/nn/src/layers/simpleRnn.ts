import type { OptionNames } from '@adjoint/core';
import { add, relu, tanh } from '@adjoint/ops';
import type { Layer } from '../layer.js';
import { ownOptions, requireChoice } from '../options.js';
import { recurrentLayer, type RecurrentOptions } from './recurrent.js';

/** A simple recurrent layer. */
export interface SimpleRnnOptions extends RecurrentOptions {
  /** Default: `tanh`. */
  readonly activation?: 'tanh' | 'relu';
}

const activations = { tanh, relu };

const simpleRnnOptionNames: OptionNames<SimpleRnnOptions> = {
  activation: true, units: true, returnSequences: true, backwards: true, stateful: true, recurrentDropout: true, useBias: true,
  kernelInitializer: true, recurrentInitializer: true, biasInitializer: true, name: true, trainable: true,
};

/**
 * A simple recurrent layer (Elman 1990) over sequences `[n, steps, features]`: from zeros, at each step
 * `hidden = activation(x @ kernel + bias + hidden @ recurrentKernel)`. Gives the last hidden state `[n, units]`, or with
 * `returnSequences` those of all steps `[n, steps, units]`.
 *
 * Where the call's `mask` is false the state stays as it is, and the output repeats.
 *
 * The parameters are `kernel` `[features, units]`, `recurrentKernel` `[units, units]` and `bias` `[units]`: of PyTorch's `nn.RNN`
 * the transposes of `weight_ih_l0` and `weight_hh_l0`, and the sum of `bias_ih_l0` and `bias_hh_l0`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { simpleRnn } from '@adjoint/nn';
 *
 * const layer = simpleRnn({ units: 4, returnSequences: true });
 * layer.apply(layer.init(key(0), [7, 3]), ones([2, 7, 3])).output.shape; // [2, 7, 4]
 * ```
 */
export function simpleRnn(given: SimpleRnnOptions): Layer {
  given = ownOptions('simpleRnn', given, simpleRnnOptionNames);
  const { activation = 'tanh', ...options } = given;
  requireChoice('simpleRnn', 'activation', activation, Object.keys(activations));
  const activate = activations[activation];
  return recurrentLayer({
    type: 'simpleRnn',
    gates: 1,
    states: ['hidden'],
    config: { activation },
    step: (projected, recurrent) => [activate(add(projected, recurrent))],
  }, options);
}
