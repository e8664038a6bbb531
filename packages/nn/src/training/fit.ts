import { dispose, scope } from '@adjoint/core';
import { List } from 'immutable';
import { crossEntropy } from '../losses.js';
import { requireCount } from '../options.js';
import { batchesOf, batchSizeOf, requireBatches, type Batch, type Batches, type TrainingData } from './batches.js';
import { evaluate } from './evaluate.js';
import { EpochRecord, type History } from './history.js';
import { makePause } from './pause.js';
import { evaluateBatch, RunningMeans, type BatchEvaluation, type Evaluation } from './runningMeans.js';
import type { TrainingState } from './trainingState.js';
import { makeTrainingStep, trainingKeys, type TrainingStep, type TrainingStepOptions } from './trainingStep.js';

/** How far an epoch has come. */
export interface BatchReport extends Evaluation {
  /** The epoch, counted from 1. */
  readonly epoch: number;
  /** The batch within the epoch, counted from 1. */
  readonly batch: number;
  /** How many batches the epoch has; null when the data has no `length`. */
  readonly batches: number | null;
  /** Since the epoch began. */
  readonly samplesPerSecond: number;
}

/** What {@link fit} trains, on what, and whom it tells. */
export interface FitOptions extends TrainingStepOptions {
  /** Where to go on from; stays valid. */
  readonly state: TrainingState;
  readonly data: TrainingData;
  /** How many epochs to train. */
  readonly epochs: number;
  /** Evaluated after every epoch. */
  readonly validation?: Batches;
  /** Called after every step, with the means since the epoch began. */
  readonly onBatch?: (report: BatchReport) => void;
  /** Called after every epoch. */
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Ends the training after the step that runs. */
  readonly signal?: AbortSignal;
}

/** What {@link fit} reached. */
export interface FitResult {
  readonly state: TrainingState;
  /** The completed epochs of this call. */
  readonly history: History;
  /** Whether the signal ended it early; `state` is then that after the last whole step. */
  readonly aborted: boolean;
}

/**
 * Trains a model for some epochs. Between steps it lets the event loop run, so that timers, signals and a page stay
 * alive. The same state and data give the same result.
 *
 * The states between the given one and the result are released, and so is what the data's iterator makes for a batch.
 *
 * @throws `ArgumentError` when `epochs` is no whole number from 1, or the data has no batch.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { adam, createTrainingState, dense, fit, relu, sequential } from '@adjoint/nn';
 *
 * const model = sequential(dense({ units: 16 }), relu(), dense({ units: 2 }));
 * const optimizer = adam({ learningRate: 0.05 });
 * const exclusiveOr = {
 *   inputs: tensor([[0, 0], [0, 1], [1, 0], [1, 1]]),
 *   targets: tensor([0, 1, 1, 0], { dtype: 'int32' }),
 * };
 * const { history } = await fit({
 *   model, optimizer, data: [exclusiveOr], epochs: 200,
 *   state: createTrainingState({ model, optimizer, key: key(1), inputShape: [2] }),
 * });
 * history.last()?.accuracy; // 1
 * ```
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const { model, optimizer, loss = crossEntropy, data, epochs, validation, onEpoch, signal } = options;
  requireCount('fit', 'epochs', epochs);
  const step = makeTrainingStep({ model, optimizer, loss });
  const dataKey = trainingKeys(options.state.key).epochs;
  const pause = makePause();
  let { state } = options;
  let history: History = List();
  while (history.size < epochs) {
    const epoch = state.epoch + 1;
    const trained = await trainEpoch(step, state, batchesOf(data, epoch, dataKey), pause, options);
    state = trained.state;
    if (trained.record === null) break;
    const validated = validation === undefined ? null : await validate(options, validation, state);
    const record = trained.record.merge({ validationLoss: validated?.loss ?? null, validationAccuracy: validated?.accuracy ?? null });
    history = history.push(record);
    onEpoch?.(record);
    if (signal?.aborted === true) break;
  }
  return { state, history, aborted: history.size < epochs };
}

interface EpochResult {
  readonly state: TrainingState;
  /** Null when the signal ended the epoch early. */
  readonly record: EpochRecord | null;
}

async function trainEpoch(
  step: TrainingStep,
  first: TrainingState,
  batches: Batches,
  pause: () => Promise<void>,
  options: FitOptions,
): Promise<EpochResult> {
  const { onBatch, signal } = options;
  const epoch = first.epoch + 1;
  const means = new RunningMeans();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const iterator = batches[Symbol.iterator]();
  let state = first;
  try {
    while (signal?.aborted !== true) {
      const next = scope(() => trainOnNext(iterator, step, state), 'a step of fit');
      if (next === null) {
        requireBatches('fit', means.batches);
        const record = new EpochRecord({ epoch, ...means.means(), seconds: seconds(), samplesPerSecond: means.samples / seconds() });
        return { state: state.set('epoch', epoch), record };
      }
      dispose(state, [next.state, options.state]);
      state = next.state;
      means.add(next);
      onBatch?.({
        ...means.means(), epoch, batch: means.batches, batches: batches.length ?? null, samplesPerSecond: means.samples / seconds(),
      });
      await pause();
    }
    return { state, record: null };
  } finally {
    iterator.return?.();
  }
}

/** One step on the iterator's next batch, and its numbers; null at the end. */
function trainOnNext(iterator: Iterator<Batch>, step: TrainingStep, from: TrainingState): (BatchEvaluation & { readonly state: TrainingState }) | null {
  const next = iterator.next();
  if (next.done === true) return null;
  const { targets } = next.value;
  const samples = batchSizeOf('fit', next.value);
  const { state, loss, output } = step(from, next.value);
  return { state, ...evaluateBatch(loss, output, targets, samples) };
}

/** The evaluation after an epoch; null when the signal ended it early. */
async function validate({ model, loss = crossEntropy, signal }: FitOptions, data: Batches, state: TrainingState): Promise<Evaluation | null> {
  try {
    return await evaluate(model, state, data, signal === undefined ? { loss } : { loss, signal });
  } catch (error) {
    if (signal?.aborted === true) return null;
    throw error;
  }
}
