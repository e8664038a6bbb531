import {
  ArgumentError, foldIn, formatFields, fromTypedArray, permutationIndices, refuseArgument, requireCount, requireFlag, requireKey, requireOptions, scope, showAs, type Key, type OptionNames, type Tensor,
} from '@adjoint/core';
import { augmentImages, checkAugmentation, type Augmentation } from './augmentation.js';
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
  /** Changes each image at random, by the key, which it needs. Default: images stay as they are. */
  readonly augmentation?: Augmentation;
  /** Whether to leave out a last batch that is smaller than the others. Default: false. */
  readonly dropRemainder?: boolean;
}

/** The batches of one epoch. Each walk over them makes the same batches anew, one at a time. */
export interface Batches extends Iterable<Batch> {
  /** How many batches there are. */
  readonly length: number;
  /** The same batches without the first ones, which are not made. */
  skip(count: number): Batches;
}

const batchOptionNames: OptionNames<BatchOptions> = { batchSize: true, key: true, augmentation: true, dropRemainder: true };

/** The batches of `ImageDataset.batches`, which documents them. */
export function makeBatches(dataset: LabelledImages, options: BatchOptions): Batches {
  requireOptions('batches', options, batchOptionNames);
  const { batchSize, key, augmentation, dropRemainder = false } = options;
  requireCount('batches', 'batchSize', batchSize);
  requireFlag('batches', 'dropRemainder', dropRemainder);
  if (key !== undefined) requireKey('batches', key);
  if (augmentation !== undefined) {
    if (key === undefined) throw new ArgumentError('batches: augmentation needs a key; pass a fresh one for each epoch');
    checkAugmentation('batches', augmentation);
  }
  // Copies, which stay as they were checked.
  return batchesFrom(dataset, { ...options, ...(augmentation === undefined ? {} : { augmentation: { ...augmentation } }) }, 0);
}

/** The batches from the one after the first `skipped` on. */
function batchesFrom(dataset: LabelledImages, options: BatchOptions, skipped: number): Batches {
  const { batchSize, key, augmentation, dropRemainder = false } = options;
  const count = dataset.labels.length;
  const used = dropRemainder ? count - (count % batchSize) : count;
  const length = Math.max(0, Math.ceil(used / batchSize) - skipped);
  return showAs({
    length,
    skip: (batches) => batchesFrom(dataset, options, skipped + requireSkip(batches)),
    *[Symbol.iterator]() {
      const order = key === undefined ? undefined : permutationIndices(key, count);
      const size = Math.min(batchSize, used);
      const pixels = new Float32Array(size * dataset.height * dataset.width);
      const labels = new Int32Array(size);
      const changed = augmentation === undefined ? pixels : new Float32Array(pixels.length);
      for (let start = skipped * batchSize; start < used; start += batchSize) {
        const batch = Math.min(batchSize, used - start);
        fillBatch(dataset, order, start, batch, pixels, labels);
        if (augmentation !== undefined) {
          augmentImages(pixels, changed, batch, dataset.height, dataset.width, augmentation, foldIn(key!, start));
        }
        yield makeBatch(dataset, batch, changed, labels);
      }
    },
  }, () => formatFields('Batches', { length, batchSize }));
}

/** How many batches to skip, checked. */
export function requireSkip(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) refuseArgument('skip', 'count', count, 'an integer >= 0');
  return count;
}

/** Fills the two arrays, which every batch of a walk uses again. */
function fillBatch(
  { images, labels, height, width }: LabelledImages,
  order: Int32Array | undefined,
  start: number,
  count: number,
  intoPixels: Float32Array,
  intoLabels: Int32Array,
): void {
  const imageSize = height * width;
  for (let row = 0; row < count; row++) {
    const example = order === undefined ? start + row : order[start + row]!;
    const from = example * imageSize;
    const to = row * imageSize;
    for (let pixel = 0; pixel < imageSize; pixel++) intoPixels[to + pixel] = images[from + pixel]! * (1 / 255);
    intoLabels[row] = labels[example]!;
  }
}

/** Copies the first `count` examples of the arrays into tensors. */
function makeBatch({ height, width }: LabelledImages, count: number, pixels: Float32Array, labels: Int32Array): Batch {
  return scope(() => ({
    inputs: fromTypedArray(pixels.subarray(0, count * height * width), [count, height, width, 1], 'float32'),
    targets: fromTypedArray(labels.subarray(0, count), [count], 'int32'),
  }));
}
