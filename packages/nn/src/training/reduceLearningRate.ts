import type { OptionNames } from '@adjoint/core';
import type { Direction } from '../metrics/direction.js';
import { withLearningRateScale } from '../optimizers/optimizerState.js';
import { ownOptions } from '../options.js';
import { reduceOnPlateau, type ReduceOnPlateauOptions } from '../schedules/reduceOnPlateau.js';
import type { Callback } from './callback.js';
import type { History } from './history.js';
import { WatchedNumber, type Monitor } from './monitor.js';
import { epochsOfTraining } from './trainingState.js';

/** When {@link reduceLearningRate} acts, and on what. */
export interface ReduceLearningRateOptions extends ReduceOnPlateauOptions {
  /** Default: `validationLoss`. */
  readonly monitor?: Monitor;
  /** Whether lower (`min`) or higher (`max`) is better. Default: the direction of the loss or metric; required where it has none, and for a function. */
  readonly mode?: Direction;
}

const reduceLearningRateOptionNames: OptionNames<ReduceLearningRateOptions> = {
  monitor: true, factor: true, patience: true, mode: true, threshold: true, thresholdMode: true, cooldown: true, minFactor: true,
};

/**
 * A callback that makes the learning rate smaller when a number of the epochs has not become better for some time: it hands each
 * epoch's number to {@link reduceOnPlateau}, and its factor to the optimizer, whatever schedule that has. Each training counts its own
 * epochs, and begins at the rate that the one before ended with.
 *
 * @throws as {@link earlyStopping} does.
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
 *   callbacks: [reduceLearningRate({ monitor: () => 1, mode: 'min', factor: 0.5, patience: 0 })],
 * });
 * history.map(({ learningRate }) => learningRate).toArray(); // [0.1, 0.1, 0.05, 0.025]
 * ```
 */
export function reduceLearningRate(given: ReduceLearningRateOptions = {}): Callback {
  given = ownOptions('reduceLearningRate', given, reduceLearningRateOptionNames);
  const { monitor = 'validationLoss', ...options } = given;
  const watched = new WatchedNumber('reduceLearningRate', monitor, options.mode);
  reduceOnPlateau(options);
  return {
    ...watched.batchListener,
    onStart: (report) => watched.check(report, epochsOfTraining(report.state)),
    onEpoch: (_, report) => {
      const { state } = report;
      const plateau = reduceOnPlateau({ ...options, mode: watched.directionIn(report) });
      // From the history, so that a training that is resumed has the same factor.
      const reach = (records: History) => records.reduce((before, record) => plateau.next(before, watched.valueOf(record)).state, plateau.init()).factor;
      const records = epochsOfTraining(state);
      const [before, after] = [reach(records.butLast()), reach(records)];
      if (before === after) return undefined;
      const { optimizerState } = state;
      // The scale may have begun below 1: that of an earlier training stays.
      return { state: state.set('optimizerState', withLearningRateScale(optimizerState, (optimizerState.learningRateScale / before) * after)) };
    },
  };
}
