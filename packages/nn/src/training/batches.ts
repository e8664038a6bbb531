import { ArgumentError, foldIn, formatValue, permutationIndices, Tensor, tensor, type Key } from '@adjoint/core';
import { gather, slice } from '@adjoint/ops';
import { formatAwaited, isLiteral, isPromise, requireCount, requireMembers } from '../options.js';

/** Examples that a model takes at once. */
export interface Batch {
  /** `[n, ...inputShape]`. */
  readonly inputs: Tensor;
  /** What the loss compares the outputs with. */
  readonly targets: Tensor;
}

/** The batches of one epoch. */
export interface Batches extends Iterable<Batch> {
  /** How many there are; with it, progress can be told as a share. */
  readonly length?: number;
  /** The same batches without the first ones, where that is cheaper than to make them: for training that goes on within an epoch. */
  readonly skip?: (count: number) => Batches;
}

/**
 * The batches of one epoch, where each has to be waited for: from a file, or from the network. The tensors of a batch are
 * given away with it, and released after its step.
 */
export interface AsyncBatches extends AsyncIterable<Batch> {
  /** As that of {@link Batches}. */
  readonly length?: number;
  /** As that of {@link Batches}. */
  readonly skip?: (count: number) => AsyncBatches;
}

/** What makes batches, as an `ImageDataset` of `@adjoint/data` does. */
export interface Dataset {
  batches(options: { readonly batchSize: number; readonly key?: Key }): Batches | AsyncBatches;
}

/** Examples to go through once: tensors of all of them, which are cut into batches, or a dataset, or batches. */
export type Examples = Batch | Dataset | Batches | AsyncBatches;

/**
 * What to train on: tensors or a dataset, which are shuffled anew in each epoch; batches, which are taken as they come; or a
 * function that gives those of an epoch (counted from 1), shuffled by the key for instance.
 */
export type TrainingData = Examples | ((epoch: number, key: Key) => Batches | AsyncBatches);

/** How tensors and datasets are cut into batches. */
interface Cutting {
  readonly batchSize: number;
  /** Shuffles. */
  readonly key?: Key;
}

/** The batches of an epoch. */
export function batchesOfEpoch(operation: string, data: TrainingData, epoch: number, key: Key, batchSize: number): Batches | AsyncBatches {
  const epochKey = foldIn(key, epoch);
  return typeof data === 'function' ? requireIterable(`${operation}: data(${epoch}, key)`, data(epoch, epochKey)) : batchesOf(operation, data, { batchSize, key: epochKey });
}

/**
 * The batches of examples.
 *
 * @throws `ArgumentError` when the examples are none of what `Examples` says.
 */
export function batchesOf(operation: string, data: Examples, cutting: Cutting): Batches | AsyncBatches {
  requireCount(operation, 'batchSize', cutting.batchSize);
  if (typeof data === 'object' && data !== null) {
    if ('batches' in data) return requireIterable(`${operation}: the dataset's batches()`, data.batches(cutting));
    if ('inputs' in data) return cut(operation, data, cutting);
    if (isIterable(data)) return data;
  }
  const given = isPromise(data) ? '. It is a Promise: await it' : '';
  throw new ArgumentError(`${operation}: the data is no { inputs, targets }, no dataset with batches(), and no iterable of batches${given}`);
}

/** Whether a value can be walked; a tensor has an iterator only to say that it can't. */
export function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Tensor) && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/**
 * Checks what a function of the caller gave as batches.
 *
 * @throws `ArgumentError` when it is not iterable.
 */
function requireIterable<T extends Batches | AsyncBatches>(what: string, batches: T): T {
  if (isIterable(batches)) return batches;
  throw new ArgumentError(`${what} returned ${formatValue(batches)}; expected an iterable of batches, such as an array or a generator (an async generator if batches have to be awaited)`);
}

/** Rows of tensors, some at a time. */
function cut(operation: string, all: Batch, cutting: Cutting, from = 0): Batches {
  const { batchSize, key } = cutting;
  const count = batchSizeOf(operation, all);
  return {
    length: Math.ceil(count / batchSize) - from,
    skip: (batches) => cut(operation, all, cutting, from + batches),
    *[Symbol.iterator]() {
      const order = key === undefined ? null : permutationIndices(key, count);
      for (let start = from * batchSize; start < count; start += batchSize) {
        const end = Math.min(start + batchSize, count);
        const rows = order === null ? null : tensor(order.subarray(start, end));
        const part = (whole: Tensor) => (rows === null ? slice(whole, [[start, end]]) : gather(whole, rows));
        yield { inputs: part(all.inputs), targets: part(all.targets) };
      }
    },
  };
}

/**
 * The number of examples of a batch.
 *
 * @throws `ArgumentError` when inputs and targets are no tensors, do not have the same number, or have none.
 */
export function batchSizeOf(operation: string, batch: Batch): number {
  requireBatch(operation, batch);
  const { inputs, targets } = Object(batch) as Batch;
  for (const [name, value] of Object.entries({ inputs, targets })) {
    if (value instanceof Tensor) continue;
    throw new ArgumentError(`${operation}: the ${name} of a batch are ${formatAwaited(value)}; expected a tensor, as a batch is { inputs: tensor(...), targets: tensor(...) }`);
  }
  const [size] = inputs.shape;
  if (size === 0 && targets.shape[0] === 0) throw new ArgumentError(`${operation}: a batch has inputs [${inputs.shape.join(',')}]; expected at least one example`);
  if (size !== undefined && size === targets.shape[0]) return size;
  throw new ArgumentError(`${operation}: a batch has inputs [${inputs.shape.join(',')}] and targets [${targets.shape.join(',')}]; expected the same number of examples along axis 0 of both`);
}

/**
 * Checks that a batch is not a promise and has no other parts: a training that ignores its weights would only seem to be weighted.
 *
 * @throws `ArgumentError` that says what to do.
 */
export function requireBatch(operation: string, batch: unknown): void {
  if (isPromise(batch)) throw new ArgumentError(`${operation}: a batch is ${formatValue(batch)}; await it, as an async generator (async function*) does with what it yields`);
  if (!isLiteral(batch)) return;
  requireMembers(`${operation}: a batch`, batch, ['inputs', 'targets'], '. Weights of examples, masks and the like go into the targets, from which a loss of your own takes them: concat([targets, weights], 1)');
}

/** Refuses data without a batch. */
export function requireBatches(operation: string, count: number): void {
  if (count > 0) return;
  throw new ArgumentError(
    `${operation}: the data gave no batch. A generator can be walked only once: pass a function that makes one, as in data: () => makeBatches()`,
  );
}
