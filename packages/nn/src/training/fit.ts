import { dispose, observeReductions, requireOptions, type OptionNames } from '@adjoint/core';
import { Map } from 'immutable';
import type { Metrics } from '../metrics/metric.js';
import { requireChoice, requireCount, requireSignal } from '../options.js';
import { whileListening, type AbortSignalLike } from './abortSignal.js';
import { batchesOfEpoch, batchSizeOf, requireBatches, type AsyncBatches, type Batch, type Batches, type Examples, type TrainingData } from './batches.js';
import { decisionOf, fitResult, requireCallbacks, requireHooks, type BatchReport, type Callback, type EpochReport, type FitResult, type Outcome } from './callback.js';
import { divergenceAtEnd, divergenceOf } from './divergence.js';
import { measureAll } from './evaluate.js';
import { Failures } from './failures.js';
import { EpochRecord, showHistory, type History } from './history.js';
import { monitorsOf } from './monitor.js';
import { shareOfLoss } from './lossShare.js';
import { makePause } from './pause.js';
import { EpochProgress, Meter } from './progress.js';
import { walkSource } from './source.js';
import { requireTrainingState, type TrainingState } from './trainingState.js';
import { trainingKeys, trainingStepOf, type TrainingStep, type TrainingStepOptions } from './trainingStep.js';

/** What {@link fit} trains, on what, and whom it tells. It is a {@link Callback} itself, the last one. */
export interface FitOptions extends TrainingStepOptions, Callback {
  /** Where to go on from; stays valid. */
  readonly state: TrainingState;
  readonly data: TrainingData;
  /** How many epochs to train; one that the state has begun counts. */
  readonly epochs: number;
  /** Examples in a step, where the data is tensors or a dataset. Default: 32. */
  readonly batchSize?: number;
  /** Evaluated after every epoch. */
  readonly validation?: Examples;
  /** What to measure beside loss and accuracy, in training and validation. */
  readonly metrics?: Metrics;
  /** What goes along: early stopping, logs. */
  readonly callbacks?: readonly Callback[];
  /**
   * What to do about a loss that is NaN or infinite, and about such parameters after the last step: `throw` an error that says which
   * layer it began in (default), or `ignore` it.
   */
  readonly divergence?: 'throw' | 'ignore';
  /** Ends the training after the step that runs, or the wait for the next batch. */
  readonly signal?: AbortSignalLike;
}

const fitOptionNames: OptionNames<FitOptions> = {
  state: true, data: true, epochs: true, batchSize: true, validation: true, metrics: true, callbacks: true, divergence: true, signal: true,
  model: true, optimizer: true, loss: true, onStart: true, onBatch: true, onEpoch: true, onFinish: true, onEnd: true,
};

/**
 * Trains a model for some epochs. Between steps it lets the event loop run, so that timers, signals and a page stay
 * alive. The same state and data give the same result. A training that was ended early, within an epoch too, goes on from its
 * state as if it had never stopped.
 *
 * The states between the given one and the result are released, and so is what the data's iterator makes for a batch. A training that
 * fails releases all that it made.
 *
 * An iterator of the data that is left before its end is closed by its `return`. After the signal has fired, `fit` waits for that a
 * second at most, and hardly at all for an iterator that still owes a batch.
 *
 * The first error is the one that is thrown. What then fails as well, in a generator's `finally` or in the `onEnd` of callbacks, is in
 * that error's property `suppressed`, a list.
 *
 * @throws `ArgumentError` when an option is out of range, the state is none, or the data has no batch.
 * @throws `TransformError` if the first step's loss does not depend on any parameter that learns.
 * @throws {@link DivergenceError} if the loss is not finite, or the last step leaves parameters that are not finite.
 * @throws what the data, the loss or a callback throws.
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
 *   model, optimizer, data: exclusiveOr, epochs: 200,
 *   state: createTrainingState({ model, optimizer, key: key(1), inputShape: [2] }),
 * });
 * history.last()?.accuracy; // 1
 * ```
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  requireOptions('fit', options, fitOptionNames);
  requireCount('fit', 'epochs', options.epochs);
  return train(options);
}

/** What {@link fit} does. With 0 epochs it brings a training to its end that stands after its last one. */
export async function train(options: FitOptions): Promise<FitResult> {
  requireTrainingState('fit', options.state);
  requireChoice('fit', 'divergence', options.divergence ?? 'throw', ['throw', 'ignore']);
  requireCallbacks('fit', options.callbacks ?? []);
  requireHooks('fit: ', options);
  requireSignal('fit', options.signal);
  return whileListening(options.signal, () => trainToEnd(options));
}

async function trainToEnd(options: FitOptions): Promise<FitResult> {
  const callbacks = [...(options.callbacks ?? []), options];
  const failures = new Failures();
  const training = await failures.guard(() => new Training(options, callbacks));
  const result = training === null ? null : await failures.guard(() => training.run());
  for (const callback of callbacks) await failures.guard(() => callback.onEnd?.(result));
  if (failures.any) training?.release();
  failures.raise();
  return result!;
}

/** A training under way: the state, which each step replaces. */
class Training {
  /** Without history and progress, which stand beside it: what a step makes is searched for tensors, and they would be too. */
  private state: TrainingState;
  private history: History;
  /** What the epoch that runs has come to; null between epochs. */
  private meter: Meter | null;
  private stopped: string | null = null;
  /** The loss of the last step; null before the first. */
  private lastLoss: number | null = null;
  private readonly step: TrainingStep;
  private readonly pause = makePause();
  private readonly monitors: EpochReport['monitors'];
  /** How many epochs there are to be in all. */
  private readonly epochs: number;

  constructor(private readonly options: FitOptions, private readonly callbacks: readonly Callback[]) {
    const { state, epochs } = options;
    this.epochs = state.epoch + epochs;
    const { model, optimizer, loss } = options;
    this.step = trainingStepOf('fit', { model, optimizer, ...(loss !== undefined && { loss }) });
    this.monitors = monitorsOf(options);
    this.state = state.remove('history').remove('progress');
    this.history = state.history;
    this.meter = state.progress.batches === 0 ? null : this.meterFrom(state.progress);
  }

  async run(): Promise<FitResult> {
    const { data, state: { key, history }, batchSize = 32 } = this.options;
    const { epochs, monitors } = this;
    await this.consult('onStart', (callback, outcome, position) => callback.onStart?.({ ...outcome, epochs, monitors, position }));
    while (!this.isOver() && this.state.epoch < epochs) {
      await this.runEpoch(batchesOfEpoch('fit', data, this.state.epoch + 1, trainingKeys(key).epochs, batchSize));
    }
    this.requireFinite();
    const { stopped } = this;
    const aborted = stopped === null && this.state.epoch < epochs;
    await this.consult('onFinish', (callback, outcome, position) => callback.onFinish?.({ ...outcome, epochs, monitors, position, aborted }));
    if (!aborted) this.state = this.state.set('startEpoch', this.state.epoch);
    return fitResult({ state: this.wholeState(), history: this.history.skip(history.size), stopped, aborted });
  }

  /** Gives back all that was made. */
  release(): void {
    dispose(this.state, this.options.state);
  }

  private isOver(): boolean {
    return this.stopped !== null || this.options.signal?.aborted === true;
  }

  private meterFrom(progress: EpochProgress): Meter {
    return new Meter(this.options.metrics ?? {}, progress);
  }

  private wholeState(): TrainingState {
    return this.state.merge({ history: this.history, progress: this.meter?.progress() ?? new EpochProgress() });
  }

  /** Goes on from another state, and gives the memory of the present one back. */
  private moveTo(next: TrainingState): void {
    dispose(this.state, [next, this.options.state]);
    this.state = next;
  }

  /** Tells callbacks of the state, one after the other, each with the state that those before it left, and does what they ask for. */
  private async consult(hook: keyof Callback, tell: (callback: Callback, outcome: Outcome, position: number) => unknown): Promise<void> {
    const before = this.wholeState();
    const replaced: TrainingState[] = [];
    let { stopped } = this;
    let state = before;
    try {
      for (const [position, callback] of this.callbacks.entries()) {
        const place = callback === this.options ? `fit: ${hook}` : `fit: callbacks[${position}].${hook}`;
        const decision = decisionOf(place, await tell(callback, { state, stopped }, position));
        if (decision === null) continue;
        stopped ??= decision.stop ?? null;
        if (decision.state === undefined || decision.state === state) continue;
        replaced.push(state);
        ({ state } = decision);
      }
    } finally {
      // In the end alone, since a callback may go back to the state that one before it replaced. After an error too, so that all is released.
      if (state !== before) {
        dispose(replaced, [state, this.options.state]);
        this.history = state.history;
        this.state = state.remove('history').remove('progress');
      }
      this.stopped = stopped;
    }
  }

  /** Trains to the end of an epoch, and measures it, unless it is ended before. */
  private async runEpoch(batches: Batches | AsyncBatches): Promise<void> {
    const meter = this.meter ?? this.meterFrom(new EpochProgress());
    this.meter = meter;
    if (!(await this.trainOn(batches, meter))) return;
    requireBatches('fit', meter.batches);
    if (this.state.epoch + 1 >= this.epochs) this.requireFinite();
    const seconds = meter.seconds();
    const validated = await this.validate();
    if (validated === 'aborted') return;
    const { epochs, monitors } = this;
    const epoch = this.state.epoch + 1;
    const { loss: validationLoss = null, accuracy: validationAccuracy = null } = validated?.means() ?? {};
    const record = new EpochRecord({
      epoch, ...meter.means(), metrics: meter.values(), seconds, samplesPerSecond: meter.samples / seconds,
      validationLoss, validationAccuracy, validationMetrics: validated?.values() ?? Map(),
      learningRate: this.state.optimizerState.learningRate,
    });
    this.meter = null;
    this.history = showHistory(this.history.push(record));
    this.state = this.state.set('epoch', epoch);
    await this.consult('onEpoch', (callback, outcome, position) => callback.onEpoch?.(record, { ...outcome, epochs, monitors, position }));
  }

  /** Trains on the batches that are left; false when it was ended before the last. */
  private async trainOn(batches: Batches | AsyncBatches, meter: Meter): Promise<boolean> {
    const isListening = this.callbacks.some(({ onBatch }) => onBatch !== undefined);
    return walkSource<Batch, boolean>(batches, { skipped: meter.batches, signal: this.options.signal }, async (source) => {
      while (!this.isOver()) {
        const trained = await source.next((batch) => this.trainOnBatch(batch, meter), 'a step of fit');
        if (trained === null) return !this.isOver();
        this.moveTo(trained.state);
        if (isListening) {
          const report = this.reportOf(meter, batches.length ?? null, trained.batchLoss);
          await this.consult('onBatch', (callback, outcome) => callback.onBatch?.(report(outcome)));
        }
        await this.pause();
      }
      return false;
    });
  }

  private trainOnBatch(batch: Batch, meter: Meter): { readonly state: TrainingState; readonly batchLoss: number } {
    const samples = batchSizeOf('fit', batch);
    const { result: { state, loss, output }, reductions } = observeReductions(() => this.step(this.state, batch));
    const batchLoss = loss.item();
    if (!Number.isFinite(batchLoss) && this.options.divergence !== 'ignore') throw divergenceOf(this.options, this.state, batch, batchLoss);
    meter.add(shareOfLoss(loss, reductions, samples), output, batch.targets, samples);
    this.lastLoss = batchLoss;
    return { state, batchLoss };
  }

  /** Refuses what the last step made, where no step follows whose loss would show it. */
  private requireFinite(): void {
    if (this.lastLoss === null || this.options.divergence === 'ignore') return;
    const error = divergenceAtEnd(this.options.state, this.state, this.lastLoss);
    if (error !== null) throw error;
  }

  private reportOf(meter: Meter, batches: number | null, batchLoss: number): (outcome: Outcome) => BatchReport {
    const { epochs } = this;
    return ({ state, stopped }) => ({
      ...meter.means(), epoch: state.epoch + 1, epochs, batch: meter.batches, batches, step: state.step, batchLoss,
      get metrics() { return meter.values(); },
      samplesPerSecond: meter.samples / meter.seconds(), stopped, state,
    });
  }

  /** The measures after an epoch; null without validation data. */
  private async validate(): Promise<Meter | 'aborted' | null> {
    const { model, loss, metrics, validation, signal } = this.options;
    if (validation === undefined) return null;
    const options = { ...(loss !== undefined && { loss }), ...(metrics !== undefined && { metrics }), ...(signal !== undefined && { signal }) };
    return await measureAll(model, this.state, validation, options) ?? 'aborted';
  }
}
