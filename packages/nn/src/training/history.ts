import { Map, Record, type List } from 'immutable';
import type { MetricValue } from '../metrics/metric.js';

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

/** The epochs of a training, in order. */
export type History = List<EpochRecord>;
