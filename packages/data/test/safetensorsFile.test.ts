import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, DataFormatError, ones, tensor } from '@adjoint/core';
import { encodeSafetensors } from '@adjoint/data';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileError, openSafetensors, readSafetensors, writeSafetensors } from '../src/node.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-safetensors-'));
  path = join(folder, 'model.safetensors');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const tree = { layer: { kernel: tensor([[1, 2], [3, 4]]), mask: tensor([true, false]) }, step: tensor(7, { dtype: 'int32' }) };

test('writeSafetensors writes what encodeSafetensors gives', async () => {
  await writeSafetensors(path, tree, { metadata: { epoch: '3' } });
  expect(Uint8Array.from(await readFile(path))).toEqual(encodeSafetensors(tree, { metadata: { epoch: '3' } }));
  expect(await readdir(folder)).toEqual(['model.safetensors']);
});

test('readSafetensors reads all tensors', async () => {
  await writeSafetensors(path, tree, { metadata: { epoch: '3' } });
  const { tensors, metadata } = await readSafetensors(path);
  expect(tensors.map((leaf) => leaf.toArray()).toObject()).toEqual({ 'layer.kernel': [[1, 2], [3, 4]], 'layer.mask': [true, false], step: 7 });
  expect(metadata.toObject()).toEqual({ epoch: '3' });
});

describe('openSafetensors', () => {
  test('tells types and reads single tensors, in any order and at the same time', async () => {
    await writeSafetensors(path, tree);
    await using file = await openSafetensors(path);
    expect([...file.entries.keys()]).toEqual(['layer.kernel', 'step', 'layer.mask']);
    expect(file.entries.get('layer.mask')).toMatchObject({ dtype: 'BOOL', shape: [2] });
    const [mask, kernel] = await Promise.all([file.read('layer.mask'), file.read('layer.kernel')]);
    expect(mask.toArray()).toEqual([true, false]);
    expect(kernel.toArray()).toEqual([[1, 2], [3, 4]]);
    await expect(file.read('kernel')).rejects.toThrow(new ArgumentError(`read: ${path} has no tensor 'kernel'; expected one of [layer.kernel, step, layer.mask]`));
  });

  test('reads a tensor of a file that is larger than what it reads', async () => {
    // A file of a tebibyte that takes no room on disk, but for its header and its last tensor.
    const huge = 2 ** 40;
    const header = `{"a":{"dtype":"U8","shape":[${huge}],"data_offsets":[0,${huge}]},"b":{"dtype":"F32","shape":[2],"data_offsets":[${huge},${huge + 8}]}}`;
    await writeFile(path, Uint8Array.from([header.length, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(header)]));
    await truncate(path, 8 + header.length + huge + 8);
    await using file = await openSafetensors(path);
    expect((await file.read('b')).toArray()).toEqual([0, 0]);
  });

  test('says what is wrong with the path', async () => {
    await expect(openSafetensors(path)).rejects.toThrow(FileError);
    await expect(openSafetensors(path)).rejects.toThrow(`${path}: it cannot be opened (ENOENT: there is no such file or folder`);
    await expect(openSafetensors(folder)).rejects.toThrow(FileError);
  });

  test('gives a DataFormatError that names the file when it is cut anywhere, also after it was opened', async () => {
    const bytes = encodeSafetensors({ x: ones([3]) });
    for (let length = 0; length < bytes.length; length += 3) {
      await writeFile(path, bytes.subarray(0, length));
      const error: unknown = await openSafetensors(path).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataFormatError);
      expect((error as Error).message).toMatch(path);
    }
    await writeFile(path, bytes);
    await using file = await openSafetensors(path);
    await truncate(path, bytes.length - 4);
    await expect(file.read('x')).rejects.toThrow(/the file ends; expected 4 bytes more/);
  });
});
