import { ArgumentError } from '@adjoint/core';
import { requireChoice } from '../options.js';
import type { EpochRecord, History } from './history.js';

/**
 * Which number of an epoch is watched: `loss`, `accuracy`, `validationLoss`, `validationAccuracy`; a metric by its name, as
 * `metrics.f1` or `validationMetrics.f1`; or a function of the record.
 */
export type Monitor = string | ((record: EpochRecord) => number);

/** Whether lower or higher is better. */
export type MonitorMode = 'min' | 'max';

/** By default lower is better, but for accuracies. */
export function defaultMode(monitor: Monitor): MonitorMode {
  return monitor === 'accuracy' || monitor === 'validationAccuracy' ? 'max' : 'min';
}

/**
 * Checks an option that is a mode.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireMode(operation: string, mode: unknown): void {
  requireChoice(operation, 'mode', mode, ['min', 'max']);
}

/**
 * The number that is watched.
 *
 * @throws `ArgumentError` when the record has none of that name.
 */
export function monitored(operation: string, monitor: Monitor, record: EpochRecord): number {
  const value: unknown = typeof monitor === 'function' ? monitor(record) : record.getIn(monitor.split('.'));
  if (typeof value === 'number') return value;
  const names = [...record.toSeq()].flatMap(([name, entry]) =>
    typeof entry === 'number' ? [name] : entry === null ? [] : [...entry.keys()].map((metric) => `${name}.${metric}`));
  throw new ArgumentError(
    `${operation}: monitor ${typeof monitor === 'function' ? 'gave' : `'${monitor}' is`} ${value === null || value === undefined ? 'no number' : typeof value} ` +
      `in epoch ${record.epoch}; expected one of ${names.join(', ')}. What begins with validation needs validation data`,
  );
}

/**
 * How many epochs have passed since the best one; an epoch is better when its number is by more than `minimumChange`. The history
 * says it, so that nothing else need be remembered.
 *
 * @throws as {@link monitored} does.
 */
export function epochsSinceBest(operation: string, history: History, monitor: Monitor, mode: MonitorMode, minimumChange: number): number {
  const sign = mode === 'min' ? 1 : -1;
  let [best, since] = [Infinity, 0];
  for (const record of history) {
    const value = sign * monitored(operation, monitor, record);
    if (value < best - minimumChange) [best, since] = [value, 0];
    else since++;
  }
  return since;
}
