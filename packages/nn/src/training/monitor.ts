import { ArgumentError, formatValue } from '@adjoint/core';
import { OrderedMap, type Map } from 'immutable';
import type { Loss } from '../losses.js';
import type { Direction } from '../metrics/direction.js';
import { metricsOf, type Metric, type Metrics, type MetricValue } from '../metrics/metric.js';
import { requireChoice } from '../options.js';
import type { Callback, EpochReport } from './callback.js';
import type { EpochRecord, History } from './history.js';

/**
 * Which number of an epoch is watched: `loss`, `accuracy`, `validationLoss`, `validationAccuracy`; a metric by its name, as
 * `metrics.f1` or `validationMetrics.f1`; or a function of the record, which needs a `mode` with it.
 */
export type Monitor = string | ((record: EpochRecord) => number);

/** The numbers that epochs will have, by the names that a {@link Monitor} takes, in the order of the record's fields. */
export function monitorsOf(
  { loss, metrics = {}, validation }: { readonly loss?: Loss; readonly metrics?: Metrics; readonly validation?: unknown },
): OrderedMap<string, Direction | null> {
  const numbers = metricsOf(metrics).filter(([, metric]) => isNumeric(metric)).map(([name, metric]): [string, Direction | null] =>
    [name, metric.direction ?? (loss !== undefined && metrics[name] === loss ? 'min' : null)]);
  const below = (field: string) => numbers.map(([name, direction]): [string, Direction | null] => [`${field}.${name}`, direction]);
  return OrderedMap<string, Direction | null>([
    ['epoch', null], ['loss', 'min'], ['accuracy', 'max'], ...below('metrics'),
    ...(validation === undefined ? [] : [['validationLoss', 'min'], ['validationAccuracy', 'max'], ...below('validationMetrics')] as [string, Direction][]),
    ['learningRate', null], ['seconds', null], ['samplesPerSecond', null],
  ]);
}

/** Whether a metric comes to a number, and not to a list or a matrix. One that needs examples to tell is taken for a number. */
function isNumeric({ result, initial }: Metric): boolean {
  try {
    return typeof result(initial) === 'number';
  } catch {
    return true;
  }
}

/** The number that a callback watches, and whether lower or higher is better. It is the same for all trainings; what differs is in the reports. */
export class WatchedNumber {
  /** What messages call it. */
  readonly name: string;

  /**
   * @param operation - the callback.
   * @param mode - the direction, where the caller said which.
   * @throws `ArgumentError` if `mode` is not a direction, or is missing for a function.
   */
  constructor(private readonly operation: string, private readonly monitor: Monitor, private readonly mode: Direction | undefined) {
    if (mode !== undefined) requireMode(operation, mode);
    if (typeof monitor !== 'string' && typeof monitor !== 'function') {
      throw new ArgumentError(`${operation}: monitor is ${formatValue(monitor)}; expected the name of a number, as 'validationLoss', or a function of the epoch's record`);
    }
    if (typeof monitor === 'function' && mode === undefined) {
      throw new ArgumentError(`${operation}: monitor is a function and there is no mode; expected mode: 'min' if lower numbers are better, or mode: 'max' if higher ones are`);
    }
    this.name = typeof monitor === 'string' ? monitor : 'what is monitored';
  }

  /**
   * Checks, before the first step, that epochs will have the number and that its direction is known.
   *
   * @throws `ArgumentError` otherwise.
   */
  check(report: EpochReport, records: History): void {
    if (typeof this.monitor === 'string' && !report.monitors.has(this.monitor)) this.refuse(undefined, report.state.epoch + 1, [...report.monitors.keys()]);
    this.directionIn(report);
    records.forEach((record) => { this.valueOf(record); });
  }

  /** A listener that checks after each step that there is an accuracy: whether targets are classes, the first batch tells. */
  get batchListener(): Pick<Callback, 'onBatch'> {
    if (this.monitor !== 'accuracy') return {};
    return {
      onBatch: ({ epoch, accuracy, metrics }) => {
        if (accuracy === null) this.refuse(accuracy, epoch, ['loss', ...numericNames('metrics', metrics)]);
      },
    };
  }

  /**
   * Which direction is better.
   *
   * @throws `ArgumentError` if nobody says.
   */
  directionIn({ monitors }: EpochReport): Direction {
    const direction = this.mode ?? (typeof this.monitor === 'string' ? monitors.get(this.monitor) : undefined);
    if (direction !== undefined && direction !== null) return direction;
    const orMetric = this.name.includes('.') ? ". Or give the metric a direction, as in meanOf(fn, { direction: 'max' })" : '';
    throw new ArgumentError(
      `${this.operation}: monitor '${this.name}' has no known direction; expected mode: 'min' if lower numbers are better, or mode: 'max' if higher ones are${orMetric}`,
    );
  }

  /**
   * The number of an epoch.
   *
   * @throws `ArgumentError` when the record has none of that name.
   */
  valueOf(record: EpochRecord): number {
    const value: unknown = typeof this.monitor === 'function' ? this.monitor(record) : record.getIn(splitAtDot(this.monitor));
    if (typeof value === 'number') return value;
    const names = [...record.toSeq()].flatMap(([name, entry]) =>
      typeof entry === 'number' ? [name] : entry === null ? [] : numericNames(name, entry));
    return this.refuse(value, record.epoch, names);
  }

  /**
   * How many epochs have passed since the best one; an epoch is better when its number is by more than `minimumChange`. The history
   * says it, so that nothing else need be remembered.
   *
   * @throws as {@link WatchedNumber.valueOf} does.
   */
  epochsSinceBest(records: History, report: EpochReport, minimumChange: number): number {
    const sign = this.directionIn(report) === 'min' ? 1 : -1;
    let [best, since] = [Infinity, 0];
    for (const record of records) {
      const value = sign * this.valueOf(record);
      if (value < best - minimumChange) [best, since] = [value, 0];
      else since++;
    }
    return since;
  }

  private refuse(value: unknown, epoch: number, names: readonly string[]): never {
    throw new ArgumentError(
      `${this.operation}: monitor ${typeof this.monitor === 'function' ? 'gave' : `'${this.monitor}' is`} ${value === null || value === undefined ? 'no number' : typeof value} ` +
        `in epoch ${epoch}; expected one of ${names.join(', ')}. What begins with validation needs validation data`,
    );
  }
}

function numericNames(field: string, metrics: Map<string, MetricValue>): string[] {
  return [...metrics].flatMap(([name, value]) => (typeof value === 'number' ? [`${field}.${name}`] : []));
}

/** The parts of a name before and after its first dot; a metric's own name may have more of them. */
function splitAtDot(name: string): readonly string[] {
  const dot = name.indexOf('.');
  return dot === -1 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
}

/**
 * Checks an option that is a mode.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireMode(operation: string, mode: unknown): void {
  requireChoice(operation, 'mode', mode, ['min', 'max'] satisfies Direction[]);
}
