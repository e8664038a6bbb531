import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataFormatError } from '@adjoint/core';
import { encodeIdx, loadMnist, type IdxArray, type MnistFiles } from '../src/index.js';
import { readMnistFolder, readMnistPackage } from '../src/node.js';

const images = (count: number, side = 28): IdxArray => ({
  type: 'ubyte', shape: [count, side, side], data: Uint8Array.from({ length: count * side * side }, (_, index) => index % 251),
});
const labels = (values: readonly number[]): IdxArray => ({ type: 'ubyte', shape: [values.length], data: Uint8Array.from(values) });

async function files(changes: Partial<Record<keyof MnistFiles, IdxArray | Uint8Array>> = {}): Promise<MnistFiles> {
  const arrays = { trainImages: images(3), trainLabels: labels([1, 2, 3]), testImages: images(2), testLabels: labels([4, 5]), ...changes };
  const named = async (name: keyof MnistFiles) => {
    const array = arrays[name];
    return { name, bytes: array instanceof Uint8Array ? array : await encodeIdx(array, { gzip: false }) };
  };
  return {
    trainImages: await named('trainImages'), trainLabels: await named('trainLabels'),
    testImages: await named('testImages'), testLabels: await named('testLabels'),
  };
}

describe('loadMnist', () => {
  test('gives the images and labels of both parts', async () => {
    const { train, test: held } = await loadMnist(await files());
    expect([train.count, held.count, train.height, train.width, train.classes]).toEqual([3, 2, 28, 28, 10]);
    expect(train.image(1)).toEqual(images(3).data.subarray(784, 1568));
    expect([...held.labels]).toEqual([4, 5]);
  });

  test.each([
    ['images of another size', { trainImages: images(3, 27) }, /^trainImages: at byte 8: images of 27 by 27 pixels; expected 28 by 28$/],
    ['a label missing', { trainLabels: labels([1, 2]) }, /^trainLabels: at byte 4: 2 labels; expected 3, one for each image in trainImages$/],
    ['a label that is no digit', { testLabels: labels([4, 10]) }, /^testLabels: at byte 9: label 10 at index 1; expected a digit from 0 to 9$/],
    ['labels in place of images', { testImages: labels([1]) }, /^testImages: at byte 3: 1 axes; expected 3 axes/],
    ['images in place of labels', { trainLabels: images(1) }, /^trainLabels: at byte 3: 3 axes; expected 1 axis of labels$/],
    ['elements of another type', { trainLabels: { type: 'int', shape: [1], data: new Int32Array(1) } as const }, /^trainLabels: at byte 2: elements of type int; expected ubyte$/],
    ['no IDX file', { trainImages: new TextEncoder().encode('<html>not found</html>') }, /^trainImages: at byte 0: /],
    ['an empty file', { trainLabels: new Uint8Array(0) }, /^trainLabels: at byte 0: /],
  ])('refuses %s', async (_, changes, message) => {
    const failure = await loadMnist(await files(changes)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataFormatError);
    expect((failure as Error).message).toMatch(message);
  });

  test('refuses every truncation of a file', async () => {
    const whole = await encodeIdx(labels([1, 2, 3]), { gzip: false });
    for (let length = 0; length < whole.length; length++) {
      await expect(loadMnist(await files({ trainLabels: whole.subarray(0, length) }))).rejects.toThrow(DataFormatError);
    }
  });
});

describe('readMnistFolder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adjoint-mnist-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = async (gzip: readonly boolean[]): Promise<void> => {
    const arrays = [images(3), labels([1, 2, 3]), images(2), labels([4, 5])];
    const names = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];
    for (const [index, name] of names.entries()) {
      const packed = gzip[index]!;
      await writeFile(join(folder, packed ? `${name}.gz` : name), await encodeIdx(arrays[index]!, { gzip: packed }));
    }
  };

  test.each([[[true, true, true, true]], [[false, false, false, false]], [[true, false, false, true]]])('reads files, compressed or not: %j', async (gzip) => {
    await put(gzip);
    const { train, test: held } = await readMnistFolder(folder);
    expect([...train.labels, ...held.labels]).toEqual([1, 2, 3, 4, 5]);
    expect(held.images).toEqual(images(2).data);
  });

  test('names what is missing', async () => {
    await put([true, true, true, true]);
    await rm(join(folder, 't10k-labels-idx1-ubyte.gz'));
    await expect(readMnistFolder(folder)).rejects.toThrow(
      `${folder}: there is neither t10k-labels-idx1-ubyte.gz nor t10k-labels-idx1-ubyte; expected the four IDX files of MNIST`,
    );
  });

  test('names the damaged file', async () => {
    await put([true, false, true, true]);
    const file = join(folder, 'train-images-idx3-ubyte.gz');
    const bytes = await encodeIdx(images(3));
    await writeFile(file, bytes.subarray(0, bytes.length - 12));
    const failure = await readMnistFolder(folder).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataFormatError);
    expect((failure as Error).message.startsWith(file)).toBe(true);
  });
});

test('readMnistPackage holds 2,000 digits out, always the same, of all ten kinds', async () => {
  const { train, test: held } = await readMnistPackage();
  expect([train.count, held.count]).toEqual([8000, 2000]);
  expect([...new Set(held.labels)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const again = await readMnistPackage();
  expect(again.test.labels).toEqual(held.labels);
  expect(again.test.images).toEqual(held.images);
  const seen = new Set(Array.from({ length: held.count }, (_, index) => String(held.image(index))));
  const shared = Array.from({ length: train.count }, (_, index) => String(train.image(index))).filter((image) => seen.has(image));
  expect(shared).toEqual([]);
});
