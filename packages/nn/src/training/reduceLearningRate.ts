import { withLearningRateScale } from '../optimizers/optimizerState.js';
import { reduceOnPlateau, type ReduceOnPlateauOptions } from '../schedules/reduceOnPlateau.js';
import type { Callback } from './callback.js';
import { defaultMode, monitored, type Monitor } from './monitor.js';

/** When {@link reduceLearningRate} acts, and on what. */
export interface ReduceLearningRateOptions extends ReduceOnPlateauOptions {
  /** Default: `validationLoss`. */
  readonly monitor?: Monitor;
}

/**
 * A callback that makes the learning rate smaller when a number of the epochs has not become better for some time: it hands each
 * epoch's number to {@link reduceOnPlateau}, and its factor to the optimiser, whatever schedule that has.
 *
 * @throws `ArgumentError` when an option is out of range; and in training, when an epoch has no such number.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, fit, meanSquaredError, reduceLearningRate, sgd } from '@adjoint/nn';
 *
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * const { history } = await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 4,
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 *   callbacks: [reduceLearningRate({ monitor: () => 1, factor: 0.5, patience: 0 })],
 * });
 * history.map(({ learningRate }) => learningRate).toArray(); // [0.1, 0.1, 0.05, 0.025]
 * ```
 */
export function reduceLearningRate({ monitor = 'validationLoss', ...options }: ReduceLearningRateOptions = {}): Callback {
  const plateau = reduceOnPlateau({ mode: defaultMode(monitor), ...options });
  return {
    onEpoch: (_, { state }) => {
      // From the history, so that a training that is resumed has the same factor.
      const reached = state.history.reduce((before, record) => plateau.next(before, monitored('reduceLearningRate', monitor, record)).state, plateau.init());
      return { state: state.update('optimizerState', (optimizerState) => withLearningRateScale(optimizerState, reached.factor)) };
    },
  };
}
