import type { OptionNames } from '@adjoint/core';
import { add, concat, mul, sigmoid, split, tanh } from '@adjoint/ops';
import { ones, type Initializer } from '../initializers.js';
import type { Layer } from '../layer.js';
import { ownOptions, requireFlag } from '../options.js';
import { recurrentLayer, type RecurrentOptions } from './recurrent.js';

/** A long short-term memory. */
export interface LstmOptions extends RecurrentOptions {
  /** Whether the forget gate's bias begins at 1 (Jozefowicz et al. 2015), whatever `biasInitializer` is. Default: true. */
  readonly unitForgetBias?: boolean;
}

const lstmOptionNames: OptionNames<LstmOptions> = {
  unitForgetBias: true, units: true, returnSequences: true, backwards: true, stateful: true, recurrentDropout: true, useBias: true,
  kernelInitializer: true, recurrentInitializer: true, biasInitializer: true, name: true, trainable: true,
};

/**
 * A long short-term memory (Hochreiter and Schmidhuber 1997) over sequences `[n, steps, features]`. With the gates `i` (input),
 * `f` (forget), `o` (output) and the candidate `c`, each from its columns of the kernels and the bias, at each step
 *
 * ```text
 * i = sigmoid(x @ kernel + hidden @ recurrentKernel + bias)    f and o likewise, c with tanh
 * cell = f * cell + i * c
 * hidden = o * tanh(cell)
 * ```
 *
 * Gives the last hidden state `[n, units]`, or with `returnSequences` those of all steps `[n, steps, units]`. Where the call's
 * `mask` is false the state stays as it is, and the output repeats.
 *
 * The parameters are `kernel` `[features, 4 * units]`, `recurrentKernel` `[units, 4 * units]` and `bias` `[4 * units]`, in the order
 * i, f, c, o, which is Keras's too: of PyTorch's `nn.LSTM` the transposes of `weight_ih_l0` and `weight_hh_l0`, and the sum of
 * `bias_ih_l0` and `bias_hh_l0`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dense, lstm, sequential } from '@adjoint/nn';
 *
 * const model = sequential(lstm({ units: 8, returnSequences: true }), lstm({ units: 8 }), dense({ units: 2 }));
 * model.apply(model.init(key(0), [7, 3]), ones([5, 7, 3])).output.shape; // [5, 2]
 * ```
 */
export function lstm(given: LstmOptions): Layer {
  given = ownOptions('lstm', given, lstmOptionNames);
  const { unitForgetBias = true, ...options } = given;
  requireFlag('lstm', 'unitForgetBias', unitForgetBias);
  return recurrentLayer({
    type: 'lstm',
    gates: 4,
    states: ['hidden', 'cell'],
    config: { unitForgetBias },
    firstBias: unitForgetBias ? forgetNothing : undefined,
    step: (projected, recurrent, [, cell]) => {
      const [input, forget, candidate, output] = split(add(projected, recurrent), 4, -1);
      const next = add(mul(sigmoid(forget), cell!), mul(sigmoid(input), tanh(candidate)));
      return [mul(sigmoid(output), tanh(next)), next];
    },
  }, options);
}

/** The initializer of the bias with ones for the forget gate. */
function forgetNothing(initializer: Initializer): Initializer {
  return (key, shape, options) => {
    const [input, , ...others] = split(initializer(key, shape, options), 4);
    return concat([input, ones(key, input.shape, options), ...others]);
  };
}
