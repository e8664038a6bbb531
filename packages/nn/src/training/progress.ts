import { formatFields, showAs, showCollection, type Tensor } from '@adjoint/core';
import { Map, Record } from 'immutable';
import { shareRight } from '../metrics/classAccuracy.js';
import { singleClasses } from '../metrics/classes.js';
import { metricsOf, type Metric, type Metrics, type MetricState, type MetricValue } from '../metrics/metric.js';
import { telling } from '../printing.js';
import { lossOfShares, type LossShare } from './lossShare.js';

/** How well a model does on data. */
export interface Evaluation {
  /** The mean loss of the examples, or of their weights; the sum where the loss is one. */
  readonly loss: number;
  /**
   * The share of the examples that are classified right; null when the targets are not classes, as in a regression or with several
   * labels per example.
   */
  readonly accuracy: number | null;
}

interface EpochProgressFields {
  /** Batches done. */
  batches: number;
  /** Their examples. */
  samples: number;
  /** The sum of the losses, by their weights. */
  lossSum: number;
  /** The total of these weights, which are 1 per example unless the loss has others; 0 where the loss is a sum. */
  lossWeight: number;
  /** How many examples were classified right; null when the targets are no classes. */
  rightSum: number | null;
  /** The states of the metrics, by their names. */
  metrics: Map<string, MetricState>;
  /** How long the batches took. */
  seconds: number;
}

/** How far an epoch has come: all that its means go on from. */
export class EpochProgress extends Record<EpochProgressFields>({
  batches: 0,
  samples: 0,
  lossSum: 0,
  lossWeight: 0,
  rightSum: 0,
  metrics: Map<string, MetricState>(),
  seconds: 0,
}) {}

showAs(EpochProgress.prototype, (progress) => formatFields('EpochProgress', telling(progress.toObject())));

interface MeteredMetric {
  readonly name: string;
  readonly metric: Metric;
  state: MetricState;
}

/** Adds batches up, each example counting the same. It is what a loop writes to; {@link Meter.progress} is the value of it. */
export class Meter {
  batches: number;
  samples: number;
  private lossSum: number;
  private lossWeight: number;
  private rightSum: number | null;
  private readonly metrics: readonly MeteredMetric[];
  private readonly began: number;

  constructor(metrics: Metrics, from: EpochProgress = new EpochProgress()) {
    ({ batches: this.batches, samples: this.samples, lossSum: this.lossSum, lossWeight: this.lossWeight, rightSum: this.rightSum } = from);
    this.metrics = metricsOf(metrics).map(([name, metric]) => ({ name, metric, state: from.metrics.get(name) ?? metric.initial }));
    this.began = performance.now() - 1000 * from.seconds;
  }

  /** A batch more, from its tensors. */
  add(loss: LossShare, outputs: Tensor, targets: Tensor, samples: number): void {
    this.batches++;
    this.samples += samples;
    this.lossSum += loss.sum;
    this.lossWeight += loss.weight;
    const classes = this.rightSum === null ? null : singleClasses(outputs, targets);
    this.rightSum = this.rightSum === null || classes === null ? null : this.rightSum + shareRight(outputs, classes).item() * samples;
    for (const seen of this.metrics) seen.state = seen.metric.update(seen.state, outputs, targets);
  }

  /** NaN before the first example. */
  means(): Evaluation {
    return { loss: lossOfShares({ sum: this.lossSum, weight: this.lossWeight }, this.samples), accuracy: this.rightSum === null ? null : this.rightSum / this.samples };
  }

  /** What the metrics come to. */
  values(): Map<string, MetricValue> {
    return showCollection(Map(this.metrics.map(({ name, metric, state }): [string, MetricValue] => [name, metric.result(state)])));
  }

  seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  progress(): EpochProgress {
    return new EpochProgress({
      batches: this.batches, samples: this.samples, lossSum: this.lossSum, lossWeight: this.lossWeight, rightSum: this.rightSum, seconds: this.seconds(),
      metrics: Map(this.metrics.map(({ name, state }): [string, MetricState] => [name, state])),
    });
  }
}
