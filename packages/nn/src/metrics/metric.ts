import { ArgumentError, formatFields, formatValue, observeReductions, refuseArgument, requireFunction, requireOptions, requireTensor, scope, showAs, type OptionNames, type Tensor } from '@adjoint/core';
import { List } from 'immutable';
import type { Loss } from '../losses.js';
import { requireChoice } from '../options.js';
import { requireMeasure } from '../requireLoss.js';
import { directionOf, type Direction } from './direction.js';
import { lossOfShares, shareOfLoss } from '../training/lossShare.js';

/** What a metric has seen so far: numbers, so that it can be stored with a checkpoint. */
export type MetricState = List<number>;

/** What a metric comes to: a number, a number a class, or a matrix. */
export type MetricValue = number | readonly number[] | readonly (readonly number[])[];

/**
 * A measure of outputs against targets over batches of any sizes, as if they were one. It is a value: `update` gives a new
 * state, and leaves the old one as it was.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { confusionMatrix } from '@adjoint/nn';
 *
 * const metric = confusionMatrix();
 * const labels = (classes: number[]) => tensor(classes, { dtype: 'int32' });
 * const first = metric.update(metric.initial, tensor([[3, 1], [0, 2]]), labels([0, 0]));
 * const both = metric.update(first, tensor([[0, 1]]), labels([1]));
 * metric.result(first); // [[1, 1], [0, 0]]
 * metric.result(both); // [[1, 1], [0, 1]]
 * ```
 */
export interface Metric<Value extends MetricValue = MetricValue> {
  /**
   * Whether higher (`max`) or lower (`min`) results are better, for callbacks that monitor the metric. `null` if there is no
   * better or worse, as for a matrix; to monitor such a metric, a callback must be given its `mode`.
   */
  readonly direction: Direction | null;
  /** Before the first example. */
  readonly initial: MetricState;
  /** The state with a batch more. Throws where outputs and targets are not what the metric takes. */
  readonly update: (state: MetricState, outputs: Tensor, targets: Tensor) => MetricState;
  /** What the examples so far come to; NaN where there are too few. */
  readonly result: (state: MetricState) => Value;
}

/** Metrics by the names of their results. A function of outputs and targets, such as a loss, stands for its mean over the examples. */
export interface Metrics {
  readonly [name: string]: Metric | Loss;
}

/** The results of {@link Metrics}, by their names. */
export type MetricValues<M extends Metrics> = { readonly [Name in keyof M]: M[Name] extends Metric<infer Value> ? Value : number };

/**
 * The value of a metric for one batch.
 *
 * @throws as the metric's `update` does.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, rocAuc } from '@adjoint/nn';
 *
 * measure(rocAuc(), tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1])); // 0.75
 * ```
 */
export function measure<Value extends MetricValue>(metric: Metric<Value>, outputs: Tensor, targets: Tensor): Value {
  const { update, result } = Object(metric) as Partial<Metric>;
  if (typeof update !== 'function' || typeof result !== 'function') {
    throw new ArgumentError(`measure: metric is ${formatValue(metric)}; expected a metric, as f1Score(); of a function of outputs and targets, meanOf(fn) makes one`);
  }
  requireTensor('measure', 'outputs', outputs);
  requireTensor('measure', 'targets', targets);
  return metric.result(metric.update(metric.initial, outputs, targets));
}

/**
 * A metric that checks what it is given, and that nobody can change.
 *
 * @param name - begins its error messages.
 */
export function metricOf<Value extends MetricValue>(name: string, { direction, initial, update, result }: Metric<Value>): Metric<Value> {
  return Object.freeze(showAs({
    direction,
    initial,
    update: (state: MetricState, outputs: Tensor, targets: Tensor) => {
      requireMetricState(name, state, initial);
      requireTensor(name, 'outputs', outputs);
      requireTensor(name, 'targets', targets);
      let next = state;
      // Not as the scope's result, which is searched for tensors: the state may hold millions of numbers.
      scope(() => { next = update(state, outputs, targets); }, name);
      return next;
    },
    result: (state: MetricState) => {
      requireMetricState(name, state, initial);
      return result(state);
    },
  }, () => formatFields(name, { direction })));
}

/** The state of a metric that has seen a batch is at least as long as the initial one; its elements aren't looked at, as there may be millions. */
function requireMetricState(name: string, state: unknown, initial: MetricState): void {
  if (List.isList(state) && state.size >= initial.size) return;
  refuseArgument(name, 'state', state, 'the initial state of the metric, or one that update returned');
}

/** What {@link meanOf} can't know of a function. */
export interface MeanOfOptions {
  /** Whether higher (`max`) or lower (`min`) means are better. Default: known for the library's losses and `accuracy`, otherwise `null`. */
  readonly direction?: Direction | null;
}

const meanOfOptionNames: OptionNames<MeanOfOptions> = { direction: true };

/**
 * The mean over the examples of a function that gives the mean of a batch, as losses do; a weighted loss of `@adjoint/ops` counts by
 * the total weight of each batch, and its sums are added up. `Metrics` take such a function as it is;
 * this is for where a {@link Metric} is asked for, and to say which direction is better, so that callbacks can monitor it.
 *
 * @throws `ArgumentError` if `direction` is none of `'min'`, `'max'` and null.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { meanOf } from '@adjoint/nn';
 * import { meanAbsoluteError } from '@adjoint/ops';
 *
 * const { initial, update, result } = meanOf(meanAbsoluteError);
 * const three = update(initial, tensor([1, 2, 3]), tensor([1, 2, 3]));
 * result(update(three, tensor([5]), tensor([1]))); // 1
 * meanOf(meanAbsoluteError).direction; // 'min'
 * ```
 */
export function meanOf(measureOf: Loss, options: MeanOfOptions = {}): Metric<number> {
  requireFunction('meanOf', 'measureOf', measureOf);
  requireOptions('meanOf', options, meanOfOptionNames);
  const { direction = directionOf(measureOf) } = options;
  requireDirection('meanOf', 'direction', direction);
  return meanAs('meanOf', 'meanOf: measureOf', measureOf, direction);
}

/** What {@link meanOf} does, with names for its messages: of the metric, and of the function. */
function meanAs(name: string, place: string, measureOf: Loss, direction: Direction | null): Metric<number> {
  return metricOf(name, {
    direction,
    // The sum of losses, their weight, and the number of examples.
    initial: List([0, 0, 0]),
    update: (state, outputs, targets) => {
      const samples = outputs.shape[0] ?? 1;
      if (samples === 0) return state;
      const share = scope(() => {
        const { result, reductions } = observeReductions(() => requireMeasure(place, measureOf, measuring(place, measureOf, () => measureOf(outputs, targets))));
        return shareOfLoss(result, reductions, samples);
      });
      return List([state.get(0)! + share.sum, state.get(1)! + share.weight, state.get(2)! + samples]);
    },
    result: (state) => lossOfShares({ sum: state.get(0)!, weight: state.get(1)! }, state.get(2)!),
  });
}

/** Runs a function that measures. One that takes options, and not outputs and targets, should have been called to make a metric. */
function measuring<T>(place: string, measureOf: Loss, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ArgumentError) || measureOf.length > 0) throw error;
    throw new ArgumentError(`${place} fails: ${error.message}. If ${measureOf.name} makes a metric, call it: ${measureOf.name}()`, { cause: error });
  }
}

/** A metric whose result is a function of another's. */
export function resultOf(name: string, metric: Metric<number>, fn: (value: number) => number): Metric<number> {
  const { direction } = metric;
  return Object.freeze(showAs({ ...metric, result: (state: MetricState) => fn(metric.result(state)) }, () => formatFields(name, { direction })));
}

function requireDirection(operation: string, argument: string, direction: unknown): void {
  if (direction !== null) requireChoice(operation, argument, direction, ['min', 'max'] satisfies Direction[]);
}

/**
 * The metrics of a set, with functions as the means that they stand for.
 *
 * @throws `ArgumentError` that names what is not a metric.
 */
export function metricsOf(metrics: Metrics): readonly (readonly [name: string, metric: Metric])[] {
  const expected = 'expected a metric, as { f1: f1Score() }, or a function of outputs and targets';
  if (typeof metrics !== 'object' || (metrics as unknown) === null) throw new ArgumentError(`metrics is ${formatValue(metrics)}; ${expected}`);
  const named = Object.entries(metrics).map(([name, metric]): readonly [string, Metric] => {
    if (typeof metric === 'function') return [name, meanAs(`metrics.${name}`, `metrics.${name}`, metric, directionOf(metric))];
    const { update, result, direction = null } = Object(metric) as Partial<Metric>;
    if (typeof update === 'function' && typeof result === 'function') {
      requireDirection('metrics', `${name}.direction`, direction);
      return [name, metric];
    }
    throw new ArgumentError(`metrics: ${name} is ${formatValue(metric)}; ${expected}`);
  });
  if (Array.isArray(metrics)) throw new ArgumentError('metrics is a list; expected an object, whose names the results get: { f1: f1Score() }');
  return named;
}
