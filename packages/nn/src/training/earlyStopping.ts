import { flattenTree, sameShape, type OptionNames } from '@adjoint/core';
import { OrderedMap } from 'immutable';
import type { Direction } from '../metrics/direction.js';
import { ownOptions, requireCount, requireFlag, requireNumber } from '../options.js';
import { emptyTree, type TensorTree } from '../tensorTree.js';
import type { Callback, EpochReport } from './callback.js';
import { WatchedNumber, type Monitor } from './monitor.js';
import { epochsOfTraining, type TrainingState } from './trainingState.js';

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
  /** Whether the training ends with the parameters and the layers' state of the best epoch, however it ends. Default: true. */
  readonly restoreBest?: boolean;
}

const earlyStoppingOptionNames: OptionNames<EarlyStoppingOptions> = {
  monitor: true, mode: true, patience: true, minimumChange: true, restoreBest: true,
};

/**
 * A callback that ends the training when a number has not become better for some epochs. The best parameters so far are kept in
 * the training state. They are put in place when the training ends: after the last epoch, when this or another callback stops it, and
 * when the signal aborts it. An error ends it without a result.
 *
 * A training that was aborted and is resumed goes on from the latest parameters and with the same count. After any other end, the next
 * `fit` begins a new training from the best parameters, which counts its own epochs alone. Of several such callbacks in a list, the
 * last one's best parameters stay.
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
  options = ownOptions('earlyStopping', options, earlyStoppingOptionNames);
  const { monitor = 'validationLoss', mode, patience = 5, minimumChange = 0, restoreBest = true } = options;
  requireCount('earlyStopping', 'patience', patience);
  requireNumber('earlyStopping', 'minimumChange', minimumChange, 0);
  requireFlag('earlyStopping', 'restoreBest', restoreBest);
  const watched = new WatchedNumber('earlyStopping', monitor, mode);
  // Names of functions, and names without their direction, don't tell two callbacks apart.
  const slotIn = (report: EpochReport) => `${report.position} ${watched.directionIn(report)} ${watched.name}`;
  return {
    ...watched.batchListener,
    onStart: (report) => {
      const records = epochsOfTraining(report.state);
      watched.check(report, records);
      return { state: records.isEmpty() ? report.state.deleteIn(['kept', keptName]) : withLatest(report.state) };
    },
    onEpoch: (_, report) => {
      const { state } = report;
      const since = watched.epochsSinceBest(epochsOfTraining(state), report, minimumChange);
      return {
        ...(restoreBest && since === 0 && { state: withKept(state, slotIn(report)) }),
        ...(since >= patience && { stop: `${watched.name} has not become better for ${patience} ${patience === 1 ? 'epoch' : 'epochs'}` }),
      };
    },
    ...(restoreBest && { onFinish: (report) => ({ state: withBest(report.state, slotIn(report), report.aborted) }) }),
  };
}

/** The part of `kept`: of each such callback the best variables, and where those are in place, the latest beside them. */
const keptName = 'earlyStopping';
const latestName = 'latest';

type KeptVariables = OrderedMap<string, TensorTree>;

function keptOf(state: TrainingState): KeptVariables {
  return (state.kept.get(keptName) ?? emptyTree) as KeptVariables;
}

function withKept(state: TrainingState, name: string, variables = variablesOf(state)): TrainingState {
  return state.setIn(['kept', keptName], keptOf(state).set(name, variables));
}

function variablesOf({ params, state }: TrainingState): KeptVariables {
  return OrderedMap<string, TensorTree>([['params', params], ['state', state]]);
}

function withVariables(state: TrainingState, variables: TensorTree): TrainingState {
  const tree = (name: string) => (variables.get(name) ?? emptyTree) as TensorTree;
  return state.merge({ params: tree('params'), state: tree('state') });
}

/** With the best variables in place. A training that may go on keeps the latest for that. */
function withBest(state: TrainingState, name: string, goesOn: boolean): TrainingState {
  const kept = keptOf(state);
  const best = kept.get(name);
  const next = best === undefined ? state : withVariables(state, best);
  if (!goesOn) {
    const others = kept.delete(name).delete(latestName);
    return others.isEmpty() ? next.deleteIn(['kept', keptName]) : next.setIn(['kept', keptName], others);
  }
  return best === undefined || kept.has(latestName) ? next : withKept(next, latestName, variablesOf(state));
}

/** Undoes {@link withBest}, unless somebody has put other variables in place since. */
function withLatest(state: TrainingState): TrainingState {
  const kept = keptOf(state);
  const latest = kept.get(latestName);
  if (latest === undefined) return state;
  const present = variablesOf(state);
  const isUntouched = kept.delete(latestName).some((best) => haveEqualTensors(best, present));
  return (isUntouched ? withVariables(state, latest) : state).deleteIn(['kept', keptName, latestName]);
}

/** Whether two trees have the same numbers: those of a file are other tensors than those that were saved. */
function haveEqualTensors(left: TensorTree, right: TensorTree): boolean {
  const [all, others] = [flattenTree(left), flattenTree(right)];
  return all.length === others.length && all.every(([path, leaf], index) => {
    const [otherPath, other] = others[index]!;
    return path === otherPath && (leaf === other || (sameShape(leaf.shape, other.shape) && haveEqualNumbers(leaf.data(), other.data())));
  });
}

function haveEqualNumbers(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  for (let index = 0; index < left.length; index++) if (!Object.is(left[index], right[index])) return false;
  return true;
}
