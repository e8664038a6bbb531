import { OrderedMap } from 'immutable';
import type { Direction } from '../metrics/direction.js';
import { requireCount, requireFlag, requireKnown, requireNumber } from '../options.js';
import { emptyTree, type TensorTree } from '../tensorTree.js';
import type { Callback } from './callback.js';
import { WatchedNumber, type Monitor } from './monitor.js';
import type { TrainingState } from './trainingState.js';

/** When {@link earlyStopping} ends a training. */
export interface EarlyStoppingOptions {
  /** Default: `validationLoss`. */
  readonly monitor?: Monitor;
  /** Whether lower (`min`) or higher (`max`) is better. Default: the direction of the loss or metric; required where it has none, and for a function. */
  readonly mode?: Direction;
  /** After how many epochs without a better number. Default: 5. */
  readonly patience?: number;
  /** By how much a number must be better to count. Default: 0. */
  readonly minimumChange?: number;
  /** Whether the training ends with the parameters and the layers' state of the best epoch. Default: true. */
  readonly restoreBest?: boolean;
}

/**
 * A callback that ends the training when a number has not become better for some epochs. The best parameters so far are kept in
 * the training state, and put in their place when the training stops or its last epoch is done.
 *
 * @throws `ArgumentError` when an option is out of range, or `monitor` is a function without a `mode`; before the first step, when
 * epochs will have no such number, or which direction is better is not known; and in training, when an epoch has no such number.
 *
 * @example
 * ```ts
 * import { key, normal, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, earlyStopping, fit, meanSquaredError, sgd } from '@adjoint/nn';
 *
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * const { history, stopped } = await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 1000,
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 *   callbacks: [earlyStopping({ monitor: 'loss', minimumChange: 1e-3, patience: 3 })],
 * });
 * history.size < 100; // true
 * stopped; // 'loss has not become better for 3 epochs'
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { monitor = 'validationLoss', mode, patience = 5, minimumChange = 0, restoreBest = true } = options;
  requireKnown('earlyStopping', options, { monitor, mode, patience, minimumChange, restoreBest });
  requireCount('earlyStopping', 'patience', patience);
  requireNumber('earlyStopping', 'minimumChange', minimumChange, 0);
  requireFlag('earlyStopping', 'restoreBest', restoreBest);
  const watched = new WatchedNumber('earlyStopping', monitor, mode);
  return {
    ...watched.batchListener,
    onStart: (report) => watched.check(report, report.state.history),
    onEpoch: (_, report) => {
      const { state, epochs } = report;
      const since = watched.epochsSinceBest(state.history, report, minimumChange);
      const over = since >= patience;
      const current = restoreBest && since === 0 ? keepBest(state) : state;
      const next = restoreBest && (over || state.epoch >= epochs) ? withBest(current) : current;
      return { state: next, ...(over && { stop: `${watched.name} has not become better for ${patience} epochs` }) };
    },
  };
}

const keptName = 'earlyStopping';

function keepBest(state: TrainingState): TrainingState {
  return state.setIn(['kept', keptName], OrderedMap([['params', state.params], ['state', state.state]]));
}

function withBest(state: TrainingState): TrainingState {
  const best = state.kept.get(keptName);
  if (best === undefined) return state;
  const tree = (name: string) => (best.get(name) ?? emptyTree) as TensorTree;
  return state.merge({ params: tree('params'), state: tree('state') });
}
