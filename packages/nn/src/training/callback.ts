import { ArgumentError, formatFields, formatValue, showAs } from '@adjoint/core';
import type { Map, OrderedMap } from 'immutable';
import type { Direction } from '../metrics/direction.js';
import type { MetricValue } from '../metrics/metric.js';
import { formatSize, text } from '../printing.js';
import { formatHistoryLine, showHistory, type EpochRecord, type History } from './history.js';
import type { Evaluation } from './progress.js';
import { isLiteral } from '../options.js';
import { requireTrainingState, TrainingState } from './trainingState.js';

/** How far an epoch has come. */
export interface BatchReport extends Evaluation {
  /** The epoch, counted from 1. */
  readonly epoch: number;
  /** How many epochs there are to be, those before this training included. */
  readonly epochs: number;
  /** The batch within the epoch, counted from 1. */
  readonly batch: number;
  /** How many batches the epoch has; null when the data has no `length`. */
  readonly batches: number | null;
  /** Steps done, in all epochs. */
  readonly step: number;
  /** The loss of this batch alone, before its update. */
  readonly batchLoss: number;
  /** What the metrics came to since the epoch began; worked out when it is read. */
  readonly metrics: Map<string, MetricValue>;
  /** Since the epoch began. */
  readonly samplesPerSecond: number;
  /** Why a callback before this one ended the training; null when none did. */
  readonly stopped: string | null;
  /** The state after the step. Its tensors live until the next step. */
  readonly state: TrainingState;
}

/** Where a training stands after an epoch. */
export interface EpochReport {
  /** The state after the epoch. Its tensors live until the next step. */
  readonly state: TrainingState;
  /**
   * The numbers that the record of an epoch has, by the names that a `monitor` takes (`validationLoss`, `metrics.f1`), and whether
   * lower or higher is better; null where nobody says.
   */
  readonly monitors: OrderedMap<string, Direction | null>;
  /** How many epochs there are to be, those before this training included. */
  readonly epochs: number;
  /** Why a callback before this one ended the training; null when none did. */
  readonly stopped: string | null;
  /** The place among the training's callbacks of the one that gets this report, from 0. */
  readonly position: number;
}

/** Where a training stands when no step follows. */
export interface FinishReport extends EpochReport {
  /** Whether the signal ended the training early, so that it may go on from its state. */
  readonly aborted: boolean;
}

/** What {@link fit} reached. */
export interface FitResult {
  readonly state: TrainingState;
  /** The completed epochs of this call. */
  readonly history: History;
  /** Whether the signal ended it early, after the last whole step. `fit` can go on from `state`. */
  readonly aborted: boolean;
  /** Why a callback ended it early; null when none did. */
  readonly stopped: string | null;
}

/** Makes a result print as what training came to. */
export function fitResult(result: FitResult): FitResult {
  showHistory(result.history);
  return showAs({ ...result }, ({ state, history, aborted, stopped }) => formatFields('FitResult', {
    history: text(formatHistoryLine(history)),
    state: text(`TrainingState at epoch ${state.epoch}, step ${state.step}, with params: ${formatSize(state.params)}`),
    aborted,
    stopped,
  }));
}

/** What a callback may ask for. */
export interface Decision {
  /** To go on from this state instead. */
  readonly state?: TrainingState;
  /** To end the training, and why. */
  readonly stop?: string;
}

/**
 * A function of a callback. It may return a {@link Decision} or a promise of one, which training waits for. Text, true, false and
 * objects that are not decisions are refused; anything else, such as the number of `list.push`, is ignored.
 */
export type Listener<Arguments extends readonly unknown[]> =
  | ((...reports: Arguments) => Decision | undefined | Promise<Decision | undefined>)
  | ((...reports: Arguments) => void);

/**
 * Something that goes along with a training: a plain object of functions, each of which may be left out. Callbacks are called in
 * the order of their list, and the state that one asks for is the one that the next sees.
 *
 * They hold nothing that training goes on from; that stands in the state. So a training that is resumed has its callbacks as they
 * were. What they count begins anew with each training, which is the epochs after `state.startEpoch`.
 *
 * What a callback throws, or rejects with, ends the training.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, fit, meanSquaredError, sgd, type Callback } from '@adjoint/nn';
 *
 * const untilGood: Callback = {
 *   onEpoch: ({ epoch, loss }) => (loss < 0.01 ? { stop: `good after ${epoch} epochs` } : undefined),
 * };
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * const { stopped } = await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 1000, callbacks: [untilGood],
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 * });
 * stopped?.startsWith('good after'); // true
 * ```
 */
export interface Callback {
  /** Before the first step, with the state that training goes on from. */
  readonly onStart?: Listener<[report: EpochReport]>;
  /** After every step, with the means since the epoch began. */
  readonly onBatch?: Listener<[report: BatchReport]>;
  /** After every epoch and its validation. */
  readonly onEpoch?: Listener<[record: EpochRecord, report: EpochReport]>;
  /**
   * When no step follows, because all epochs are done, a callback stopped the training, or the signal fired; not after an error.
   * Here a callback can replace the state that `fit` returns.
   */
  readonly onFinish?: Listener<[report: FinishReport]>;
  /**
   * At the end, in any case, and even if the `onEnd` of another callback throws: null when an error ended the training. The result
   * belongs to the caller of `fit`; if any `onEnd` throws, its tensors are released.
   */
  readonly onEnd?: ((result: FitResult | null) => Promise<void>) | ((result: FitResult | null) => void);
}

const hooks: readonly string[] = Object.keys({ onStart: true, onBatch: true, onEpoch: true, onFinish: true, onEnd: true } satisfies Record<keyof Callback, true>);

/** Whether there is anything to call. */
export function hasHook(callback: object): boolean {
  return hooks.some((hook) => (callback as Readonly<Record<string, unknown>>)[hook] !== undefined);
}

/**
 * Checks the callbacks of a training: a function, an object without hooks or a misspelled hook would silently do nothing.
 *
 * @throws `ArgumentError` that names the callback and the hooks there are.
 */
export function requireCallbacks(operation: string, callbacks: unknown): void {
  const expected = `expected an object with one or more of the functions ${hooks.join(', ')}`;
  if (!Array.isArray(callbacks)) throw new ArgumentError(`${operation}: callbacks is ${formatValue(callbacks)}; expected a list of callbacks`);
  for (const [index, callback] of (callbacks as readonly unknown[]).entries()) {
    const name = `callbacks[${index}]`;
    if (typeof callback === 'function') throw new ArgumentError(`${operation}: ${name} is a function; ${expected}, as in { onEpoch: (record) => ... }`);
    if (typeof callback !== 'object' || callback === null) throw new ArgumentError(`${operation}: ${name} is ${formatValue(callback)}; ${expected}`);
    const unknown = Object.keys(callback).find((key) => /^on[A-Z]/.test(key) && !hooks.includes(key));
    if (unknown !== undefined) throw new ArgumentError(`${operation}: ${name} has a function '${unknown}' that is never called; ${expected}`);
    if (!hasHook(callback)) throw new ArgumentError(`${operation}: ${name} has no function to call; ${expected}`);
    requireHooks(`${operation}: ${name}.`, callback);
  }
}

/**
 * Checks that the hooks of a callback are functions.
 *
 * @param prefix - begins the message, before the hook.
 * @throws `ArgumentError` that names the hook.
 */
export function requireHooks(prefix: string, callback: object): void {
  for (const hook of hooks) {
    const value = (callback as Readonly<Record<string, unknown>>)[hook];
    if (value !== undefined && typeof value !== 'function') throw new ArgumentError(`${prefix}${hook} is ${formatValue(value)}; expected a function`);
  }
}

/** What the callbacks so far came to: a state, and why to stop. */
export interface Outcome {
  readonly state: TrainingState;
  readonly stopped: string | null;
}

/**
 * What a callback asks for by what it returned; null for nothing, and for what an arrow function returns by the way, such as the number
 * of `list.push` or the report.
 *
 * @param place - begins the message: the operation and the hook.
 * @throws `ArgumentError` for text, true, false, or an object that is not a decision, which would quietly do nothing.
 */
export function decisionOf(place: string, returned: unknown): Decision | null {
  if (returned instanceof TrainingState || typeof returned === 'string' || typeof returned === 'boolean') refuseDecision(place, returned);
  if (!isLiteral(returned) || isReport(returned)) return null;
  const { state, stop, ...others } = returned;
  if (Object.keys(others).length > 0 || (stop !== undefined && stop !== null && typeof stop !== 'string')) refuseDecision(place, returned);
  if (state !== undefined) requireTrainingState(place, state);
  return returned;
}

function refuseDecision(place: string, returned: unknown): never {
  throw new ArgumentError(`${place} returned ${formatValue(returned)}; expected nothing, { stop: 'the reason' } to end the training, or { state } to go on from another state`);
}

/** All reports have it, and no decision. */
function isReport(value: object): boolean {
  return 'epochs' in value;
}
