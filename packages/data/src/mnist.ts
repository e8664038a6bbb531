import { ArgumentError, formatValue } from '@adjoint/core';
import { decodeIdx } from './compressedIdx.js';
import type { IdxArray } from './idx.js';
import { ImageDataset } from './imageDataset.js';
import { formatError, type NamedBytes } from './namedBytes.js';

/** The side of a digit's image, in pixels. */
export const mnistImageSize = 28;

/** How many digits there are. */
export const mnistClasses = 10;

/** The digits to learn from and those to test with. */
export interface MnistDataset {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

/** The four files of MNIST, compressed by gzip or not. */
export interface MnistFiles {
  readonly trainImages: NamedBytes;
  readonly trainLabels: NamedBytes;
  readonly testImages: NamedBytes;
  readonly testLabels: NamedBytes;
}

/**
 * Reads MNIST from the bytes of its four files, wherever they came from. In Node, `readMnistFolder` of
 * `@adjoint/data/node` reads them from a folder.
 *
 * @throws `DataFormatError` that names the file, the byte offset and the expectation, when a file is no IDX file,
 * has another type or shape than MNIST's, does not fit its partner, or has a label that is no digit.
 *
 * @example
 * ```ts
 * import { encodeIdx, loadMnist } from '@adjoint/data';
 *
 * const bytes = await encodeIdx({ type: 'ubyte', shape: [1, 28, 28], data: new Uint8Array(784) });
 * const images = { name: 'images.gz', bytes };
 * const labels = { name: 'labels', bytes: new Uint8Array([0, 0, 8, 1, 0, 0, 0, 1, 7]) };
 * const { train, test } = await loadMnist({ trainImages: images, trainLabels: labels, testImages: images, testLabels: labels });
 * train.count; // 1
 * test.labels; // Uint8Array [7]
 * ```
 */
export async function loadMnist(files: MnistFiles): Promise<MnistDataset> {
  for (const name of ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const) {
    const file: unknown = (Object(files) as Partial<MnistFiles>)[name];
    if (typeof file !== 'object' || file === null) throw new ArgumentError(`loadMnist: ${name} is ${formatValue(file)}; expected { name, bytes }`);
  }
  return {
    train: await loadPart(files.trainImages, files.trainLabels),
    test: await loadPart(files.testImages, files.testLabels),
  };
}

async function loadPart(imageFile: NamedBytes, labelFile: NamedBytes): Promise<ImageDataset> {
  const labels = bytesOfRank(await decodeIdx(labelFile.bytes, { name: labelFile.name }), 1, labelFile.name);
  const images = bytesOfRank(await decodeIdx(imageFile.bytes, { name: imageFile.name }), 3, imageFile.name);
  const [count, height, width] = images.shape;
  if (height !== mnistImageSize || width !== mnistImageSize) {
    throw formatError(imageFile.name, 8, `images of ${height} by ${width} pixels`, `${mnistImageSize} by ${mnistImageSize}`);
  }
  if (count !== labels.data.length) {
    throw formatError(labelFile.name, 4, `${labels.data.length} labels`, `${count}, one for each image in ${imageFile.name}`);
  }
  checkLabels(labels.data, labelFile.name);
  return new ImageDataset({ images: images.data, labels: labels.data, height, width, classes: mnistClasses });
}

function bytesOfRank(array: IdxArray, rank: number, name: string): { readonly shape: readonly number[]; readonly data: Uint8Array } {
  if (array.type !== 'ubyte') throw formatError(name, 2, `elements of type ${array.type}`, 'ubyte');
  if (array.shape.length !== rank) {
    throw formatError(name, 3, `${array.shape.length} axes`, rank === 1 ? '1 axis of labels' : `${rank} axes: images, rows, columns`);
  }
  return array;
}

function checkLabels(labels: Uint8Array, name: string): void {
  const index = labels.findIndex((label) => label >= mnistClasses);
  if (index < 0) return;
  const headerLength = 8;
  throw formatError(name, headerLength + index, `label ${labels[index]} at index ${index}`, `a digit from 0 to ${mnistClasses - 1}`);
}
