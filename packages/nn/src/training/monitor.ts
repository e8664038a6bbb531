import { ArgumentError } from '@adjoint/core';
import type { EpochRecord } from './history.js';

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
