import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ones } from '@adjoint/core';
import { decodeNpz, decodeSafetensors, encodeNpy, encodeNpz, encodeSafetensors, ImageDataset } from '@adjoint/data';
import { openRecords, openSafetensors, recordDataset } from '@adjoint/data/node';
import { expect, it } from 'vitest';

/** What a value prints as, the same everywhere. */
function printed(value: object): string {
  const text = inspect(value);
  expect(String(value as unknown)).toBe(text);
  expect(inspect({ around: [value] }).replaceAll(/\n */g, '\n')).toContain(text.replaceAll(/\n */g, '\n'));
  return text;
}

it('prints datasets and their batches', () => {
  const dataset = new ImageDataset({ images: new Uint8Array(5000 * 4), labels: new Uint8Array(5000), height: 2, width: 2, classes: 10 });
  expect(printed(dataset)).toBe('ImageDataset { count: 5000, height: 2, width: 2, classes: 10 }');
  expect(inspect({ train: dataset.take(3) }, { breakLength: Infinity })).toBe('{ train: ImageDataset { count: 3, height: 2, width: 2, classes: 10 } }');
  const batches = dataset.batches({ batchSize: 32 });
  expect(printed(batches)).toBe('Batches { length: 157, batchSize: 32 }');
  expect(printed(batches.skip(7))).toBe('Batches { length: 150, batchSize: 32 }');
});

it('prints what files of tensors hold', async () => {
  const bytes = encodeSafetensors({ a: ones([100, 100]), b: ones([2]) }, { metadata: { by: 'me' } });
  const { tensors, metadata } = decodeSafetensors(bytes);
  expect(printed(tensors)).toBe('{ a: float32 [100,100], b: float32 [2] }');
  expect(printed(metadata)).toBe("{ by: 'me' }");
  expect(printed(decodeNpz(encodeNpz({ a: ones([2]) })))).toBe('{ a: float32 [2] }');
  const folder = await mkdtemp(join(tmpdir(), 'adjoint-'));
  const path = join(folder, 't.safetensors');
  await writeFile(path, bytes);
  await using file = await openSafetensors(path);
  expect(printed(file)).toMatch(/^SafetensorsFile \{\s+path: '.*',\s+tensors: 2,\s+metadata: \{ by: 'me' \}\s+\}$/);
  const records = join(folder, 'x.npy');
  await writeFile(records, encodeNpy(ones([3, 2])));
  await using inputs = await openRecords(records);
  expect(printed(inputs)).toMatch(/^RecordFile \{\s+path: '.*',\s+count: 3,\s+shape: \[2\]\s+\}$/);
  const dataset = recordDataset({ inputs, targets: inputs });
  expect(printed(dataset)).toMatch(/^RecordDataset \{\s+count: 3,/);
  expect(printed(dataset.batches({ batchSize: 2 }))).toBe('RecordBatches { length: 2, batchSize: 2 }');
});
