import { ArgumentError, foldIn, type Key, type Tensor } from '@adjoint/core';

/** Examples that a model takes at once. */
export interface Batch {
  /** `[n, ...inputShape]`. */
  readonly inputs: Tensor;
  /** What the loss compares the outputs with. */
  readonly targets: Tensor;
}

/** The batches of one epoch. With a `length`, progress can be told as a share. */
export interface Batches extends Iterable<Batch> {
  readonly length?: number;
}

/**
 * What to train on: batches, or a function that gives those of an epoch (counted from 1), shuffled by the key for
 * instance. Tensors that an iterator makes are released after their step.
 */
export type TrainingData = Batches | ((epoch: number, key: Key) => Batches);

/** The batches of an epoch. */
export function batchesOf(data: TrainingData, epoch: number, key: Key): Batches {
  return typeof data === 'function' ? data(epoch, foldIn(key, epoch)) : data;
}

/**
 * The number of examples of a batch.
 *
 * @throws `ArgumentError` when inputs and targets do not have the same number.
 */
export function batchSizeOf(operation: string, { inputs, targets }: Batch): number {
  const [size] = inputs.shape;
  if (size !== undefined && size === targets.shape[0]) return size;
  throw new ArgumentError(`${operation}: a batch has inputs [${inputs.shape.join(',')}] and targets [${targets.shape.join(',')}]; expected the same number of examples along axis 0 of both`);
}

/** Refuses data without a batch. */
export function requireBatches(operation: string, count: number): void {
  if (count > 0) return;
  throw new ArgumentError(
    `${operation}: the data gave no batch. A generator can be walked only once: pass a function that makes one, as in data: () => makeBatches()`,
  );
}
