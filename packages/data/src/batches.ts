import { ArgumentError, fromTypedArray, permutationIndices, type Key, type Tensor } from '@adjoint/core';
import type { LabelledImages } from './labelledImages.js';

/** Examples that a model takes at once. */
export interface Batch {
  /** `float32 [n, height, width, 1]`, black 0 and white 1. */
  readonly inputs: Tensor;
  /** The class of each example, `int32 [n]`. */
  readonly targets: Tensor;
}

/** How a dataset is cut into batches. */
export interface BatchOptions {
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Shuffles; use a fresh key for each epoch. Default: the order of the dataset. */
  readonly key?: Key;
  /** Whether to leave out a last batch that is smaller than the others. Default: false. */
  readonly dropRemainder?: boolean;
}

/** The batches of one epoch. Each walk over them makes the same batches anew, one at a time. */
export interface Batches extends Iterable<Batch> {
  /** How many batches there are. */
  readonly length: number;
}

/** The batches of `ImageDataset.batches`, which documents them. */
export function makeBatches(dataset: LabelledImages, options: BatchOptions): Batches {
  const { batchSize, key, dropRemainder = false } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ArgumentError(`batches: batchSize is ${batchSize}; expected a whole number from 1`);
  }
  const count = dataset.labels.length;
  const used = dropRemainder ? count - (count % batchSize) : count;
  return {
    length: Math.ceil(used / batchSize),
    *[Symbol.iterator]() {
      const order = key === undefined ? undefined : permutationIndices(key, count);
      const size = Math.min(batchSize, used);
      const pixels = new Float32Array(size * dataset.height * dataset.width);
      const labels = new Int32Array(size);
      for (let start = 0; start < used; start += batchSize) {
        yield makeBatch(dataset, order, start, Math.min(batchSize, used - start), pixels, labels);
      }
    },
  };
}

/** Fills the two arrays, which every batch of a walk uses again, and copies them into tensors. */
function makeBatch(
  { images, labels, height, width }: LabelledImages,
  order: Int32Array | undefined,
  start: number,
  count: number,
  intoPixels: Float32Array,
  intoLabels: Int32Array,
): Batch {
  const imageSize = height * width;
  for (let row = 0; row < count; row++) {
    const example = order === undefined ? start + row : order[start + row]!;
    const from = example * imageSize;
    const to = row * imageSize;
    for (let pixel = 0; pixel < imageSize; pixel++) intoPixels[to + pixel] = images[from + pixel]! * (1 / 255);
    intoLabels[row] = labels[example]!;
  }
  return {
    inputs: fromTypedArray(intoPixels.subarray(0, count * imageSize), [count, height, width, 1], 'float32'),
    targets: fromTypedArray(intoLabels.subarray(0, count), [count], 'int32'),
  };
}
