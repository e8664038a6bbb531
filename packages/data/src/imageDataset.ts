import { ArgumentError, formatFields, permutationIndices, refuseArgument, requireKey, requireOptions, ShapeError, showAs, type Key, type OptionNames } from '@adjoint/core';
import { makeBatches, type BatchOptions, type Batches } from './batches.js';
import type { LabelledImages } from './labelledImages.js';

/**
 * Grey images with a class each.
 *
 * A dataset never changes: the methods give new ones, which share the bytes where they can. The arrays it is made of
 * are not copied, so leave them as they are.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { ImageDataset } from '@adjoint/data';
 *
 * const dataset = new ImageDataset({
 *   images: new Uint8Array([0, 255, 51, 102]), labels: new Uint8Array([1, 0]), height: 1, width: 2, classes: 2,
 * });
 * dataset.count; // 2
 * dataset.take(1).labels; // Uint8Array [1]
 * for (const { inputs, targets } of dataset.batches({ batchSize: 2 })) {
 *   inputs.shape; // [2, 1, 2, 1]
 *   targets.toArray(); // [1, 0]
 * }
 * ```
 */
export class ImageDataset implements LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** How many images there are. */
  readonly count: number;

  /**
   * @throws `ShapeError` when the number of pixels is not that of `labels.length` images.
   * @throws `ArgumentError` when a size is not an integer >= 1, or a label no class.
   */
  constructor(fields: LabelledImages) {
    checkFields(fields);
    const { images, labels, height, width, classes } = fields;
    this.images = images;
    this.labels = labels;
    this.height = height;
    this.width = width;
    this.classes = classes;
    this.count = labels.length;
    Object.freeze(this);
  }

  /**
   * The pixels of one image, row after row.
   *
   * @throws `ArgumentError` when there is no such image.
   */
  image(index: number): Uint8Array {
    checkWhole('image', 'index', index, 0, this.count - 1);
    const size = this.height * this.width;
    return this.images.subarray(index * size, (index + 1) * size);
  }

  /**
   * The first `count` examples.
   *
   * @throws `ArgumentError` when there are fewer.
   */
  take(count: number): ImageDataset {
    checkWhole('take', 'count', count, 0, this.count);
    return this.slice(0, count);
  }

  /**
   * The examples from `start` up to `end`, which is not among them.
   *
   * @throws `ArgumentError` when the two are not in order, or beyond the dataset.
   */
  slice(start: number, end: number = this.count): ImageDataset {
    checkWhole('slice', 'end', end, 0, this.count);
    checkWhole('slice', 'start', start, 0, end);
    const size = this.height * this.width;
    return this.with(this.images.subarray(start * size, end * size), this.labels.subarray(start, end));
  }

  /**
   * The first `count` examples, and the rest.
   *
   * @throws `ArgumentError` when there are fewer.
   */
  split(count: number): [first: ImageDataset, rest: ImageDataset] {
    checkWhole('split', 'count', count, 0, this.count);
    return [this.slice(0, count), this.slice(count)];
  }

  /** The examples in random order, copied; the same key gives the same order. */
  shuffle(key: Key): ImageDataset {
    requireKey('shuffle', key);
    const images = new Uint8Array(this.images.length);
    const labels = new Uint8Array(this.count);
    const size = this.height * this.width;
    permutationIndices(key, this.count).forEach((from, to) => {
      images.set(this.image(from), to * size);
      labels[to] = this.labels[from]!;
    });
    return this.with(images, labels);
  }

  /**
   * The examples in batches, shuffled when there is a key.
   *
   * A batch's tensors are made when the loop asks for it, on the default backend and in the scope that is open then.
   *
   * @throws `ArgumentError` when `batchSize` is not an integer >= 1, or the augmentation has no key or is out of range.
   *
   * @example
   * ```ts
   * import { key } from '@adjoint/core';
   * import { ImageDataset } from '@adjoint/data';
   *
   * const dataset = new ImageDataset({ images: new Uint8Array(5 * 4), labels: new Uint8Array(5), height: 2, width: 2, classes: 10 });
   * const epoch = dataset.batches({ batchSize: 2, key: key(1) });
   * epoch.length; // 3
   * [...epoch].map(({ inputs }) => inputs.shape); // [[2, 2, 2, 1], [2, 2, 2, 1], [1, 2, 2, 1]]
   * ```
   */
  batches(options: BatchOptions): Batches {
    return makeBatches(this, options);
  }

  private with(images: Uint8Array, labels: Uint8Array): ImageDataset {
    const { height, width, classes } = this;
    return new ImageDataset({ images, labels, height, width, classes });
  }
}

showAs(ImageDataset.prototype, ({ count, height, width, classes }) => formatFields('ImageDataset', { count, height, width, classes }));

const fieldNames: OptionNames<LabelledImages> = { images: true, labels: true, height: true, width: true, classes: true };

function checkFields(fields: LabelledImages): void {
  // A dataset's own fields make another one.
  if (!(fields instanceof ImageDataset)) requireOptions('ImageDataset', fields, fieldNames);
  const { images, labels, height, width, classes } = fields;
  for (const [name, bytes] of Object.entries<unknown>({ images, labels })) {
    if (!(bytes instanceof Uint8Array)) refuseArgument('ImageDataset', name, bytes, 'a Uint8Array');
  }
  checkWhole('ImageDataset', 'height', height, 1, Infinity);
  checkWhole('ImageDataset', 'width', width, 1, Infinity);
  checkWhole('ImageDataset', 'classes', classes, 1, 256);
  const expected = labels.length * height * width;
  if (images.length !== expected) {
    throw new ShapeError(
      `ImageDataset: images holds ${images.length} pixels; expected ${expected} for ${labels.length} labels and ${height} by ${width} pixels an image`,
    );
  }
  const index = labels.findIndex((label) => label >= classes);
  if (index >= 0) {
    throw new ArgumentError(`ImageDataset: label ${labels[index]} at index ${index} is no class; expected 0 to ${classes - 1}`);
  }
}

function checkWhole(operation: string, argument: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  const range = high === Infinity ? `from ${low}` : `from ${low} to ${high}`;
  refuseArgument(operation, argument, value, `a whole number ${range}`);
}
