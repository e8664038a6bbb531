import type { OptionNames } from '@adjoint/core';
import { add, mul, sigmoid, split, sub, tanh } from '@adjoint/ops';
import type { Tensor } from '@adjoint/core';
import type { Layer } from '../layer.js';
import { recurrentLayer, type Cell, type RecurrentOptions } from './recurrent.js';
import { ownOptions } from '../options.js';

/** A gated recurrent unit. */
export interface GruOptions extends RecurrentOptions {}

const cell: Cell = {
  type: 'gru',
  gates: 3,
  states: ['hidden'],
  recurrentBias: true,
  step: (projected, recurrent, [hidden]) => {
    const [inputGates, inputCandidate] = gatesAndCandidate(projected);
    const [stateGates, stateCandidate] = gatesAndCandidate(recurrent);
    const [reset, update] = split(sigmoid(add(inputGates, stateGates)), 2, -1);
    const candidate = tanh(add(inputCandidate, mul(reset, stateCandidate)));
    return [add(candidate, mul(update, sub(hidden!, candidate)))];
  },
};

function gatesAndCandidate(all: Tensor): [gates: Tensor, candidate: Tensor] {
  return split(all, [(all.shape[1]! / 3) * 2], -1);
}

const gruOptionNames: OptionNames<GruOptions> = {
  units: true, returnSequences: true, backwards: true, stateful: true, recurrentDropout: true, useBias: true, kernelInitializer: true,
  recurrentInitializer: true, biasInitializer: true, name: true, trainable: true,
};

/**
 * A gated recurrent unit (Cho et al. 2014) over sequences `[n, steps, features]`. With the gates `r` (reset), `z` (update) and
 * the candidate `c`, each from its columns of the kernels and biases, at each step
 *
 * ```text
 * r = sigmoid(x @ kernel + bias + hidden @ recurrentKernel + recurrentBias)    z likewise
 * c = tanh(x @ kernel + bias + r * (hidden @ recurrentKernel + recurrentBias))
 * hidden = z * hidden + (1 - z) * c
 * ```
 *
 * The reset gate is applied after the product, as PyTorch and Keras do by default (`reset_after`). Gives the last hidden state
 * `[n, units]`, or with `returnSequences` those of all steps `[n, steps, units]`. Where the call's `mask` is false the state
 * stays as it is, and the output repeats.
 *
 * The parameters are `kernel` `[features, 3 * units]`, `recurrentKernel` `[units, 3 * units]`, `bias` and `recurrentBias`
 * `[3 * units]`, in the order r, z, c: of PyTorch's `nn.GRU` the transposes of `weight_ih_l0` and `weight_hh_l0`, `bias_ih_l0` and
 * `bias_hh_l0`. (Keras's order is z, r, c.)
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { gru } from '@adjoint/nn';
 *
 * const layer = gru({ units: 4 });
 * layer.apply(layer.init(key(0), [7, 3]), ones([2, 7, 3])).output.shape; // [2, 4]
 *
 * // Step by step: the state of one call is where the next one begins.
 * const stepwise = gru({ units: 4, stateful: true });
 * let { params, state } = stepwise.init(key(0), [1, 3]);
 * for (let step = 0; step < 7; step++) ({ state } = stepwise.apply({ params, state }, ones([2, 1, 3])));
 * [...state.keys()]; // ['hidden']
 * ```
 */
export function gru(options: GruOptions): Layer {
  options = ownOptions('gru', options, gruOptionNames);
  return recurrentLayer(cell, options);
}
