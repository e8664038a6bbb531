import { ArgumentError, flattenTree, mapTree, view, type OptionNames } from '@adjoint/core';
import { add, mul, sub } from '@adjoint/ops';
import { Map } from 'immutable';
import { configOf, ownOptions, requireFlag, requireFraction } from '../options.js';
import { momentOf, placeLeaves } from './leaves.js';
import { Optimizer, requireOptimizer } from './optimizer.js';
import { advance, OptimizerState, partOf, requireOptimizerState } from './optimizerState.js';

/** How the average forgets. */
export interface AverageWeightsOptions {
  /** The share of the former average. Default: 0.999. */
  readonly decay?: number;
  /**
   * Average the weights after the updates alone, each by its share: what a mean that began at 0 is, divided by
   * `1 - decay ** t`. Without it, the weights before the first update count as if they had always been. Default: false.
   */
  readonly biasCorrection?: boolean;
}

const averageWeightsOptionNames: OptionNames<AverageWeightsOptions> = { decay: true, biasCorrection: true };

/**
 * An optimizer that keeps an exponential moving average of the weights (Polyak and Juditsky 1992) beside them:
 * `a = decay * a + (1 - decay) * p` after each update. {@link averagedWeights} takes it out of the state, for evaluation.
 *
 * The state's `average` is the average, already corrected, and its part `optimizer` the optimizer's. Around
 * {@link accumulateGradients}, calls that update nothing count too; put it inside of that to count updates.
 *
 * @throws `ArgumentError` when `decay` is not from 0 to below 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { averagedWeights, averageWeights, sgd } from '@adjoint/nn';
 *
 * const optimizer = averageWeights(sgd({ learningRate: 1 }), { decay: 0.75 });
 * const { params, state } = optimizer.update(tensor(4), optimizer.init(tensor(8)), tensor(8));
 * params.item(); // 4
 * averagedWeights(state, params).item(); // 7
 * ```
 */
export function averageWeights(optimizer: Optimizer, options: AverageWeightsOptions = {}): Optimizer {
  options = ownOptions('averageWeights', options, averageWeightsOptionNames);
  const { decay = 0.999, biasCorrection = false } = options;
  const type = 'averageWeights';
  requireOptimizer(type, optimizer);
  requireFraction(type, 'decay', decay);
  requireFlag(type, 'biasCorrection', biasCorrection);
  return new Optimizer(type, configOf(type, { decay, biasCorrection, optimizer: { type: optimizer.type, config: optimizer.config } }), {
    init: (params, whole) => new OptimizerState({
      // Views, so that to dispose of the parameters does not take them along.
      moments: Map({ average: mapTree(params, (leaf) => view(leaf, leaf.shape, leaf.strides, leaf.offset)) }),
      parts: Map({ optimizer: optimizer.init(params, whole) }),
    }),
    update: (gradients, state, params) => {
      const updated = optimizer.update(gradients, partOf(type, state, 'optimizer'), params);
      const leaves = flattenTree(updated.params);
      const averages = momentOf(type, 'average', state, leaves);
      // A whole share is the weights themselves, without the rounding of a sum.
      const share = (1 - decay) / (biasCorrection ? 1 - decay ** (state.step + 1) : 1);
      const average = placeLeaves(updated.params, leaves.map(([, leaf], index) => {
        const former = averages[index]!;
        return share === 1 ? mul(1, leaf) : add(former, mul(share, sub(leaf, former)));
      }));
      return [updated.params, advance(state, Map({ optimizer: updated.state }), Map({ average }))];
    },
  });
}

/**
 * The averaged weights of a state that comes of {@link averageWeights}, also where that is inside of others:
 * `evaluate(model, { params: averagedWeights(optimizerState, params), state }, data)`.
 *
 * @param params - a tree of the structure to give the weights in.
 * @throws `ArgumentError` when the state has no average, or one of other parameters.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { averagedWeights, averageWeights, chain, clipByValue, sgd } from '@adjoint/nn';
 *
 * const optimizer = chain(clipByValue(1), averageWeights(sgd({ learningRate: 1 }), { decay: 0.5 }));
 * const { params, state } = optimizer.update(tensor([4]), optimizer.init(tensor([8])), tensor([8]));
 * averagedWeights(state, params).toArray(); // [7.5]
 * ```
 */
export function averagedWeights<P>(state: OptimizerState, params: P): P {
  requireOptimizerState('averagedWeights', state);
  const owner = ownerOfAverage(state);
  if (owner !== undefined) return placeLeaves(params, momentOf('averagedWeights', 'average', owner, flattenTree(params)));
  throw new ArgumentError('averagedWeights: the state has no average; expected one of averageWeights(optimizer)');
}

function ownerOfAverage(state: OptimizerState): OptimizerState | undefined {
  if (state.moments.has('average')) return state;
  return state.parts.valueSeq().map(ownerOfAverage).find((part) => part !== undefined);
}
