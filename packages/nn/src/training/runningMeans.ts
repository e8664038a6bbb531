import type { Tensor } from '@adjoint/core';
import { accuracy, areClasses } from '../accuracy.js';

/** How well a model does on data. */
export interface Evaluation {
  /** The mean loss of the examples. */
  readonly loss: number;
  /** The share of the examples that are classified right; null when the targets are no classes. */
  readonly accuracy: number | null;
}

/** How well a model does on one batch. */
export interface BatchEvaluation extends Evaluation {
  readonly samples: number;
}

/** The numbers of a batch from its tensors. */
export function evaluateBatch(loss: Tensor, outputs: Tensor, targets: Tensor, samples: number): BatchEvaluation {
  return { loss: loss.item(), accuracy: areClasses(outputs, targets) ? accuracy(outputs, targets).item() : null, samples };
}

/** The means over the batches seen so far, each example counting the same. */
export class RunningMeans {
  /** Batches seen. */
  batches = 0;
  /** Examples seen. */
  samples = 0;
  private lossSum = 0;
  private accuracySum: number | null = 0;

  add({ loss, accuracy, samples }: BatchEvaluation): void {
    this.batches++;
    this.samples += samples;
    this.lossSum += loss * samples;
    this.accuracySum = accuracy === null || this.accuracySum === null ? null : this.accuracySum + accuracy * samples;
  }

  /** NaN before the first example. */
  means(): Evaluation {
    return {
      loss: this.lossSum / this.samples,
      accuracy: this.accuracySum === null ? null : this.accuracySum / this.samples,
    };
  }
}
