import { flattenTree, type Tensor } from '@adjoint/core';
import { all, isFinite, logicalAnd } from '@adjoint/ops';
import { Map } from 'immutable';
import { configOf } from '../options.js';
import { Optimizer, requireOptimizer } from './optimizer.js';
import { advance, OptimizerState, partOf } from './optimizerState.js';

/**
 * An optimizer that leaves an update out when a gradient has an infinity or NaN: parameters and the state's part
 * `optimizer` stay, and only `step` counts it. So `state.step - state.parts.get('optimizer').step` are those left out. It
 * reads one value back per update. Optax calls it `apply_if_finite`.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sgd, skipNonFinite } from '@adjoint/nn';
 *
 * const optimizer = skipNonFinite(sgd({ learningRate: 1 }));
 * const { params, state } = optimizer.update(tensor([NaN, 1]), optimizer.init(tensor([1, 2])), tensor([1, 2]));
 * params.toArray(); // [1, 2]
 * [state.step, state.parts.get('optimizer')?.step]; // [1, 0]
 * ```
 */
export function skipNonFinite(optimizer: Optimizer): Optimizer {
  requireOptimizer('skipNonFinite', optimizer);
  return new Optimizer('skipNonFinite', configOf('skipNonFinite', { optimizer: { type: optimizer.type, config: optimizer.config } }), {
    init: (params, whole) => new OptimizerState({ parts: Map({ optimizer: optimizer.init(params, whole) }) }),
    update: (gradients, state, params) => {
      if (!allFinite(flattenTree(gradients).map(([, gradient]) => gradient))) return [params, advance(state, state.parts)];
      const updated = optimizer.update(gradients, partOf('skipNonFinite', state, 'optimizer'), params);
      return [updated.params, advance(state, Map({ optimizer: updated.state }))];
    },
  });
}

function allFinite(gradients: readonly Tensor[]): boolean {
  if (gradients.length === 0) return true;
  return Boolean(gradients.map((gradient) => all(isFinite(gradient))).reduce((whole, part) => logicalAnd(whole, part)).item());
}
