import { flattenTree, mapTree, zerosLike, type OptionNames } from '@adjoint/core';
import { add, div } from '@adjoint/ops';
import { Map } from 'immutable';
import { configOf, ownOptions, requireCount } from '../options.js';
import { gradientsOf, momentOf, placeLeaves } from './leaves.js';
import { Optimizer, requireOptimizer } from './optimizer.js';
import { advance, OptimizerState, partOf } from './optimizerState.js';

/** How many batches make an update. */
export interface AccumulateGradientsOptions {
  readonly steps: number;
}

/** Sums of the gradients of no batches. */
function noSums(params: unknown): unknown {
  return mapTree(params, (leaf) => zerosLike(leaf));
}

const accumulateGradientsOptionNames: OptionNames<AccumulateGradientsOptions> = { steps: true };

/**
 * An optimizer that updates once every `steps` calls, with the mean of their gradients: for batches of one size and a loss
 * that is a mean, what one batch `steps` times as large would do. In between, the parameters stay the tensors that they are.
 * Schedules count the updates, not the calls. Optax calls it `MultiSteps`.
 *
 * The state's `sum` is of the gradients since the last update, and its part `optimizer` the optimizer's.
 *
 * @throws `ArgumentError` when `steps` is not an integer >= 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { accumulateGradients, sgd } from '@adjoint/nn';
 *
 * const optimizer = accumulateGradients(sgd({ learningRate: 1 }), { steps: 2 });
 * const first = optimizer.update(tensor(1), optimizer.init(tensor(5)), tensor(5));
 * first.params.item(); // 5
 * optimizer.update(tensor(3), first.state, first.params).params.item(); // 3
 * ```
 */
export function accumulateGradients(optimizer: Optimizer, options: AccumulateGradientsOptions): Optimizer {
  options = ownOptions('accumulateGradients', options, accumulateGradientsOptionNames);
  const { steps } = options;
  const type = 'accumulateGradients';
  requireOptimizer(type, optimizer);
  requireCount(type, 'steps', steps);
  return new Optimizer(type, configOf(type, { steps, optimizer: { type: optimizer.type, config: optimizer.config } }), {
    init: (params, whole) => new OptimizerState({ moments: Map({ sum: noSums(params) }), parts: Map({ optimizer: optimizer.init(params, whole) }) }),
    update: (gradients, state, params) => {
      const leaves = flattenTree(params);
      const sums = momentOf(type, 'sum', state, leaves);
      const sum = placeLeaves(params, gradientsOf(type, gradients, leaves).map((gradient, index) => add(sums[index]!, gradient)));
      if ((state.step + 1) % steps !== 0) return [params, advance(state, state.parts, Map({ sum }))];
      const updated = optimizer.update(mapTree(sum, (leaf) => div(leaf, steps)), partOf(type, state, 'optimizer'), params);
      return [updated.params, advance(state, Map({ optimizer: updated.state }), Map({ sum: noSums(params) }))];
    },
  });
}
