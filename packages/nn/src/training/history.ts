import { formatFields, formatValue, showAs } from '@adjoint/core';
import { Map, Record, type List } from 'immutable';
import type { MetricValue } from '../metrics/metric.js';
import { telling, type Fields } from '../printing.js';

interface EpochRecordFields {
  /** Counted from 1. */
  epoch: number;
  /** The mean loss of the epoch's examples, each before the update that it led to. */
  loss: number;
  /** The share of them that was classified right; null when the targets are no classes. */
  accuracy: number | null;
  /** What the metrics of `fit` came to, by their names; of each example before the update that it led to. */
  metrics: Map<string, MetricValue>;
  /** As `loss`, of the validation data after the epoch; null without. */
  validationLoss: number | null;
  /** As `accuracy`, of the validation data after the epoch; null without. */
  validationAccuracy: number | null;
  /** As `metrics`, of the validation data after the epoch. */
  validationMetrics: Map<string, MetricValue>;
  /** The learning rate of the epoch's last update; null where the optimizer has none. */
  learningRate: number | null;
  /** How long the training of the epoch took. */
  seconds: number;
  samplesPerSecond: number;
}

/** What one epoch came to. */
export class EpochRecord extends Record<EpochRecordFields>({
  epoch: 0,
  loss: NaN,
  accuracy: null,
  metrics: Map<string, MetricValue>(),
  validationLoss: null,
  validationAccuracy: null,
  validationMetrics: Map<string, MetricValue>(),
  learningRate: null,
  seconds: 0,
  samplesPerSecond: 0,
}) {}

showAs(EpochRecord.prototype, (record) => formatFields('EpochRecord', telling(record.toObject())));

/** The epochs of a training, in order. */
export type History = List<EpochRecord>;

/** Of longer histories only the first and last epochs are printed. */
const mostRows = 12;
const [firstRows, lastRows] = [2, 8];

/** Makes a history print as a table with one row per epoch. */
export function showHistory(history: History): History {
  return showAs(history, formatHistory);
}

function formatHistory(history: History): string {
  if (history.isEmpty()) return 'no epochs';
  const records = history.toArray();
  const names = [...new Set(records.flatMap((record) => Object.keys(columnsOf(record))))];
  const rowOf = (record: EpochRecord): string[] => {
    const columns = columnsOf(record);
    return names.map((name) => formatCell(columns[name]));
  };
  const isLong = records.length > mostRows;
  const [first, last] = isLong ? [records.slice(0, firstRows), records.slice(-lastRows)] : [records, []];
  const rows = [names, ...first.map(rowOf), ...last.map(rowOf)];
  const widths = names.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  '));
  if (isLong) lines.splice(1 + firstRows, 0, `${'...'.padStart(widths[0]!)}  (${records.length - firstRows - lastRows} more epochs)`);
  return lines.join('\n');
}

/** A history on one line. */
export function formatHistoryLine(history: History): string {
  const last = history.last();
  if (last === undefined) return 'no epochs';
  const { epoch: _, seconds: __, learningRate: ___, ...columns } = columnsOf(last);
  const measures = Object.entries(columns).map(([name, value]) => `${name} ${formatCell(value)}`).join(', ');
  return `${history.size} epoch${history.size === 1 ? '' : 's'}, the last with ${measures}`;
}

/** What a record has, by the names that monitors have too. */
function columnsOf({ epoch, loss, accuracy, metrics, validationLoss, validationAccuracy, validationMetrics, learningRate, seconds }: EpochRecord): Fields {
  return telling({
    epoch, loss, accuracy, ...metrics.mapKeys((name) => `metrics.${name}`).toObject(),
    validationLoss, validationAccuracy, ...validationMetrics.mapKeys((name) => `validationMetrics.${name}`).toObject(),
    learningRate, seconds,
  });
}

/** Four digits are enough to compare epochs. Of several numbers only how many there are. */
function formatCell(value: unknown): string {
  if (value === undefined) return '-';
  if (Array.isArray(value)) return `[${value.length}${Array.isArray(value[0]) ? ` x ${value[0].length}` : ''}]`;
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : formatValue(value);
}
