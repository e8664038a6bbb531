import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ArgumentError, DataFormatError, flattenTree, key, normal, tensor, uniform } from '@adjoint/core';
import { encodeNpy, writeIdx } from '@adjoint/data';
import { openRecords, recordDataset, type RecordFile } from '@adjoint/data/node';
import { cast, mul } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living } from '../../../test/living.js';

let folder: string;
let images: RecordFile;
let classes: RecordFile;
const count = 2000;
const pixels = Uint8Array.from({ length: count * 16 }, (_, index) => (index * 7919) % 251);
const labels = Uint8Array.from({ length: count }, (_, index) => (pixels[16 * index]! > 125 ? 1 : 0));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-records-'));
  await writeFile(join(folder, 'images'), writeIdx({ type: 'ubyte', shape: [count, 4, 4], data: pixels }));
  await writeFile(join(folder, 'labels'), writeIdx({ type: 'ubyte', shape: [count], data: labels }));
  [images, classes] = [await openRecords(join(folder, 'images')), await openRecords(join(folder, 'labels'))];
});
afterAll(async () => {
  await images.close();
  await classes.close();
  await rm(folder, { recursive: true, force: true });
});

const scaled = () => recordDataset({
  inputs: images, targets: classes, transform: ({ inputs, targets }) => ({ inputs: mul(cast(inputs, 'float32'), 1 / 255), targets }),
});

test('records are read from their places, in any order', async () => {
  expect([images.count, images.shape]).toEqual([count, [4, 4]]);
  const read = await images.read([1999, 3, 4, 5, 0]);
  expect(read.shape).toEqual([5, 4, 4]);
  expect([...read.data()]).toEqual([1999, 3, 4, 5, 0].flatMap((row) => [...pixels.subarray(16 * row, 16 * row + 16)]));
  expect((await images.read([])).shape).toEqual([0, 4, 4]);
  for (const rows of [[count], [-1], [0.5], [1998, 1999, 2000]]) await expect(images.read(rows)).rejects.toThrow(ArgumentError);
});

test.each(['float32', 'float64', 'int32'] as const)('a .npy file of %s is read', async (dtype) => {
  const path = join(folder, `${dtype}.npy`);
  const whole = cast(mul(normal(key(1), [7, 3]), 100), dtype);
  await writeFile(path, encodeNpy(whole));
  await using file = await openRecords(path);
  expect((await file.read([2, 3, 6])).toArray()).toEqual([2, 3, 6].map((row) => (whole.toArray() as number[][])[row]));
});

test('a training streams files and leaves memory where it was, to the result of tensors in memory', async () => {
  const model = nn.sequential(nn.flatten(), nn.dense({ units: 2 }));
  const optimizer = nn.adam();
  const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [4, 4] });
  const bytes: number[] = [];
  const options = { model, optimizer, state, batchSize: 50, epochs: 2 };
  const streamed = await nn.fit({ ...options, data: scaled(), validation: scaled(), onBatch: ({ step }) => { if (step > 2) bytes.push(living().bytes); } });
  // What an earlier test left may be collected meanwhile, so that there is less.
  expect(Math.max(...bytes)).toBe(bytes[0]);
  const inputs = mul(tensor(pixels, { shape: [count, 4, 4], dtype: 'float32' }), 1 / 255);
  const held = await nn.fit({ ...options, data: { inputs, targets: tensor(labels, { dtype: 'int32' }) } });
  const weights = (result: nn.FitResult) => flattenTree(result.state.params).map(([, leaf]) => [...leaf.data()]);
  expect(weights(streamed)).toEqual(weights(held));
  const stopped = await nn.fit({ ...options, data: scaled(), onBatch: ({ step }) => (step === 55 ? { stop: 'here' } : undefined) });
  const rest = await nn.fit({ ...options, state: stopped.state, epochs: 1, data: scaled() });
  expect(weights(rest)).toEqual(weights(held));
});

test('a transform at random is the same for the same key, and for batches that are skipped to', async () => {
  const noisy = recordDataset({
    inputs: images, targets: classes,
    transform: ({ inputs, targets }, own) => ({ inputs: own === undefined ? inputs : mul(cast(inputs, 'float32'), uniform(own, inputs.shape)), targets }),
  });
  const walk = async (batches: ReturnType<typeof noisy.batches>) => {
    const sums: string[] = [];
    for await (const { inputs } of batches) sums.push(inputs.data().join());
    return sums;
  };
  const epoch = () => noisy.batches({ batchSize: 600, key: key(5) });
  const all = await walk(epoch());
  expect([all.length, epoch().length, epoch().skip(1).skip(2).length]).toEqual([4, 4, 1]);
  expect(await walk(epoch().skip(1))).toEqual(all.slice(1));
  expect(await walk(epoch().skip(9))).toEqual([]);
});

test('what is no array of records, or no longer what it was, is refused', async () => {
  const file = async (name: string, content: Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const npy = encodeNpy(tensor([[1, 2], [3, 4]]));
  for (const path of [
    await file('short', new Uint8Array([0, 0, 8])), await file('cut.npy', npy.subarray(0, -1)), await file('text', new TextEncoder().encode('words')),
    await file('empty', new Uint8Array()), await file('scalar.npy', encodeNpy(tensor(1))), await file('long', new Uint8Array([0, 0, 8, 1, 0, 0, 0, 1, 7, 7])),
  ]) {
    const error: unknown = await openRecords(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataFormatError);
    expect(String(error)).toContain(path);
  }
  await expect(openRecords(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: it cannot be opened/);
  await using cut = await openRecords(await file('later.npy', npy));
  await truncate(cut.path, npy.length - 4);
  await expect(cut.read([0, 1])).rejects.toThrow(DataFormatError);
  await using few = await openRecords(await file('few.npy', npy));
  expect(() => recordDataset({ inputs: images, targets: few })).toThrow(/has 2000 records, .*few\.npy 2; expected a target for each input/);
  expect(() => scaled().batches({ batchSize: 0 })).toThrow(/batches: batchSize is 0/);
});
