import { ArgumentError, formatFields, formatValue, key as makeKey, markClass, requireOptions, scope, showAs, split, type FloatDType, type Key, type OptionNames, type Shape } from '@adjoint/core';
import { List, OrderedMap, Record } from 'immutable';
import { requireLayer, type Layer } from '../layer.js';
import { requireOptimizer, type Optimizer } from '../optimizers/optimizer.js';
import { OptimizerState } from '../optimizers/optimizerState.js';
import { emptyTree, filterTree, type LayerState, type Params, type TensorTree } from '../tensorTree.js';
import { formatSize, telling, text } from '../printing.js';
import { formatHistoryLine, showHistory, type EpochRecord, type History } from './history.js';
import { EpochProgress } from './progress.js';
import { ownCopy } from '../copy.js';

interface TrainingStateFields {
  params: Params;
  /** The layers' state. */
  state: LayerState;
  optimizerState: OptimizerState;
  /** Steps done. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /**
   * How many epochs were completed when the present training began. Callbacks judge those after it. A training lasts until all its
   * epochs are done or a callback stops it; one that a signal or the end of the process cut short goes on when it is resumed.
   */
  startEpoch: number;
  /** How far the epoch after the completed ones has come, where training stopped within it. */
  progress: EpochProgress;
  /** What the completed epochs came to. */
  history: History;
  /** Tensors that callbacks go on from, by their names, as the best parameters so far. */
  kept: OrderedMap<string, TensorTree>;
  /** The key that those of all steps and epochs come from, by their numbers. */
  key: Key;
}

/** All that training goes on from: the same state and data give the same next state. */
export class TrainingState extends Record<TrainingStateFields>({
  params: emptyTree,
  state: emptyTree,
  optimizerState: new OptimizerState(),
  step: 0,
  epoch: 0,
  startEpoch: 0,
  progress: new EpochProgress(),
  history: showHistory(List<EpochRecord>()),
  kept: OrderedMap<string, TensorTree>(),
  key: makeKey(0),
}) {}

markClass(ownCopy, TrainingState);
showAs(TrainingState.prototype, ({ epoch, step, startEpoch, params, state, optimizerState, history, progress, kept, key }) => formatFields('TrainingState', {
  epoch, step, ...(startEpoch === 0 ? {} : { startEpoch }), params,
  ...telling({
    state, optimizerState, history: history.isEmpty() ? null : text(formatHistoryLine(history)), progress: progress.batches === 0 ? null : progress,
    kept: kept.map((tree) => text(formatSize(tree))), key,
  }),
}));

/** Where training begins. */
export interface TrainingStateOptions {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  /** The seed of the parameters, of dropout and of shuffling. */
  readonly key: Key;
  /** The shape of one input, without the batch axis. */
  readonly inputShape: Shape;
  /** Default: `float32`. */
  readonly dtype?: FloatDType;
}

const trainingStateOptionNames: OptionNames<TrainingStateOptions> = { model: true, optimizer: true, key: true, inputShape: true, dtype: true };

/**
 * The state before the first step.
 *
 * @throws `ShapeError` when the model does not take this shape.
 * @throws `ArgumentError` when the model is no layer, or the optimizer is none.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { adam, createTrainingState, dense } from '@adjoint/nn';
 *
 * const state = createTrainingState({ model: dense({ units: 2 }), optimizer: adam(), key: key(42), inputShape: [3] });
 * state.step; // 0
 * ```
 */
export function createTrainingState(options: TrainingStateOptions): TrainingState {
  requireOptions('createTrainingState', options, trainingStateOptionNames);
  const { model, optimizer, key, inputShape, dtype = 'float32' } = options;
  requireLayer('createTrainingState', 'model', model);
  requireOptimizer('createTrainingState', optimizer);
  return scope(() => {
    const [initKey, trainingKey] = split(key, 2);
    const { params, state } = model.init(initKey, inputShape, { dtype });
    return new TrainingState({ params, state, optimizerState: optimizer.init(learningParams(model, params), params), key: trainingKey });
  }, 'createTrainingState');
}

/** The completed epochs of the present training. */
export function epochsOfTraining({ history, startEpoch }: TrainingState): History {
  return showHistory(history.filter(({ epoch }) => epoch > startEpoch));
}

/** The parameters that are not frozen: those that have gradients, and that the optimizer knows. */
export function learningParams(model: Layer, params: Params): Params {
  return filterTree(params, (path) => model.isTrainable(path));
}

/**
 * Checks an argument that is the state of a training.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireTrainingState(operation: string, state: unknown): void {
  if (state instanceof TrainingState) return;
  const { state: inside } = Object(state) as { readonly state?: unknown };
  const advice = inside instanceof TrainingState ? '. Pass its property state' : '';
  throw new ArgumentError(`${operation}: state is ${formatValue(state)}; expected a TrainingState: pass createTrainingState({ model, optimizer, key, inputShape }), or the state that fit gave${advice}`);
}
