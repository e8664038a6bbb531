import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dispose, key, normal, reference, scope, setDefaultBackend, tensor, type Tensor } from '@adjoint/core';
import { decodeNpy, decodeNpz, decodeSafetensors, encodeNpy, encodeNpz, encodeSafetensors, ImageDataset } from '@adjoint/data';
import { openRecords, readSafetensors, recordDataset, writeAtomically, writeSafetensors, type RecordBatch, type RecordFile } from '@adjoint/data/node';
import { expectNothingLeft, FaultyBackend } from '../../../test/faults.js';
import { living } from '../../../test/living.js';

// A file of its own, so that the collector finds nothing of other tests to release meanwhile.

const faulty = new FaultyBackend(reference);
setDefaultBackend(faulty.backend);

const [inputs, targets] = [normal(key(0), [10, 3]), tensor([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], { dtype: 'int32' })];
const tensors = { inputs, targets, more: inputs };
const [safetensors, npy, npz] = [encodeSafetensors(tensors), encodeNpy(inputs), encodeNpz(tensors)];
/** The same numbers column by column, as Fortran has them. */
const fortran = edited(npy, 'False', 'True ');
const images = new ImageDataset({ images: new Uint8Array(6 * 4).fill(7), labels: new Uint8Array(6), height: 2, width: 2, classes: 2 });
const augmentation = { shift: 1, rotate: 10, zoom: 0.1, flip: 0.5, noise: 0.1, cutout: 1 };

/** Bytes with other text in the place of some. */
function edited(bytes: Uint8Array, text: string, by: string): Uint8Array {
  return Uint8Array.from(new TextDecoder('latin1').decode(bytes).replace(text, by), (letter) => letter.charCodeAt(0));
}

let folder = '';
let [inputFile, targetFile]: RecordFile[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-failures-'));
  await writeSafetensors(join(folder, 'all.safetensors'), tensors);
  await writeAtomically(join(folder, 'inputs.npy'), [npy]);
  await writeAtomically(join(folder, 'targets.npy'), [encodeNpy(targets)]);
  [inputFile, targetFile] = [await openRecords(join(folder, 'inputs.npy')), await openRecords(join(folder, 'targets.npy'))];
});
afterAll(async () => {
  await Promise.all([inputFile?.close(), targetFile?.close()]);
  await rm(folder, { recursive: true });
});

const records = (transform?: (batch: RecordBatch) => RecordBatch) => recordDataset({ inputs: inputFile!, targets: targetFile!, ...(transform && { transform }) });
/** Walks over batches as a careful caller does. */
async function walk(batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>): Promise<void> {
  for await (const batch of batches) dispose(batch);
}

describe('a call of the backend that fails leaves nothing in', () => {
  test.each<[string, number, () => unknown]>([
    ['decodeSafetensors', 6, () => decodeSafetensors(safetensors).tensors],
    ['decodeNpy', 2, () => decodeNpy(npy)],
    ['decodeNpy, of an array in the order of Fortran', 2, () => decodeNpy(fortran)],
    ['decodeNpz', 6, () => decodeNpz(npz)],
    ['encodeSafetensors', 3, () => { encodeSafetensors(tensors); }],
    ['readSafetensors', 6, async () => (await readSafetensors(join(folder, 'all.safetensors'))).tensors],
    ['SafetensorsFile.read and RecordFile.read', 2, () => inputFile!.read([0, 5])],
    ['batches of images', 30, () => walk(images.batches({ batchSize: 4, key: key(0), augmentation }))],
    ['batches of records', 12, () => walk(records().batches({ batchSize: 4, key: key(0) }))],
    ['batches of records that a function changes', 18, () => walk(records((batch) => ({ ...batch, inputs: normal(key(0), batch.inputs.shape) })).batches({ batchSize: 4 }))],
  ])('%s', async (_, least, run) => {
    expect(await expectNothingLeft(faulty, run, tensors)).toBeGreaterThanOrEqual(least);
  });
});

test('a damaged tensor leaves nothing of those before it', async () => {
  const last = tensor([1, 2, 3, 4], { dtype: 'int32' });
  const bytes = encodeSafetensors({ first: inputs, last });
  // No dtype holds such integers.
  const damaged = edited(edited(bytes, '"I32"', '"I64"'), '"shape":[4]', '"shape":[2]').fill(0x7f, -16);
  const before = living();
  expect(() => decodeSafetensors(damaged)).toThrow(/To read the others/);
  await writeAtomically(join(folder, 'damaged.safetensors'), [damaged]);
  await expect(readSafetensors(join(folder, 'damaged.safetensors'))).rejects.toThrow(/To read the others/);
  expect(living()).toEqual(before);
});

test('a transform of records that throws, and a walk that is left early, leave nothing', async () => {
  const before = living();
  let calls = 0;
  const failing = records(({ inputs: rows, targets: labels }) => {
    if (++calls === 2) throw new Error('no');
    return { inputs: scope((): Tensor => rows), targets: labels };
  });
  await expect(walk(failing.batches({ batchSize: 4 }))).rejects.toThrow('no');
  expect(living()).toEqual(before);
  for await (const batch of records().batches({ batchSize: 4 })) {
    dispose(batch);
    break;
  }
  expect(living()).toEqual(before);
  const unfinished = records().batches({ batchSize: 4 })[Symbol.asyncIterator]();
  dispose((await unfinished.next()).value);
  const unfinishedImages = images.batches({ batchSize: 4, key: key(0), augmentation })[Symbol.iterator]();
  dispose(unfinishedImages.next().value);
  expect(living()).toEqual(before);
});
