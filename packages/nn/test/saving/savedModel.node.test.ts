import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, DataFormatError, flattenTree, full, key, normal, type Tensor } from '@adjoint/core';
import { FileError } from '@adjoint/data/node';
import { conv2d, dense, flatten, Layer, maxPool2d, relu, sequential, type Variables } from '@adjoint/nn';
import { loadModel, loadVariables, saveModel, saveVariables } from '@adjoint/nn/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'adjoint-model-')), 'model');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(join(folder, '..'), { recursive: true, force: true });
});

const model = sequential(conv2d({ filters: 2, kernelSize: 3 }), relu(), maxPool2d({ poolSize: 2 }), flatten(), dense({ units: 3, trainable: false })).set('name', 'net');
const variables = model.init(key(1), [6, 6, 1]);
const image = normal(key(2), [2, 6, 6, 1]);
const outputOf = (layer: Layer, of: Variables, input: Tensor = image) => layer.apply(of, input).output.data();
const leaves = ({ params, state }: Variables) => [...flattenTree(params), ...flattenTree(state)].map(([path, leaf]) => [path, leaf.data()]);

describe('saveModel and loadModel', () => {
  test('give the same model with the same variables', async () => {
    await saveModel(folder, { model, ...variables });
    const loaded = await loadModel(folder);
    expect(outputOf(loaded.model, loaded)).toEqual(outputOf(model, variables));
    expect(leaves(loaded)).toEqual(leaves(variables));
    expect(loaded.model.name).toBe('net');
    expect(loaded.model.isTrainable('dense.kernel')).toBe(false);
  });

  test('write the same files for the same model, and remove those of the model before', async () => {
    await saveModel(folder, { model, ...variables });
    const first = await readdir(folder);
    const definition = await readFile(join(folder, 'model.json'));
    await saveModel(folder, { model, ...model.init(key(9), [6, 6, 1]) });
    const second = await readdir(folder);
    expect(second).toHaveLength(2);
    expect(second).not.toEqual(first);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await saveModel(folder, { model, ...variables });
    expect(await readdir(folder)).toEqual([...first, 'notes.txt'].sort());
    expect(await readFile(join(folder, 'model.json'))).toEqual(definition);
  });

  test('remove what a process that was killed left of them, and nothing else', async () => {
    await saveModel(folder, { model, ...variables });
    const files = await readdir(folder);
    const foreign = ['notes.adjoint-0123abcd.partial', 'model.json.0123abcd.partial', 'model.json.partial'];
    for (const name of [...files.map((file) => `${file}.adjoint-0123abcd.partial`), ...foreign]) await writeFile(join(folder, name), '');
    await saveModel(folder, { model, ...variables });
    expect(await readdir(folder)).toEqual([...files, ...foreign].sort());
  });

  test('keep the model before when the definition cannot be written', async () => {
    await saveModel(folder, { model, ...variables });
    const handle = await open(join(folder, 'model.json'));
    await handle.close();
    const appending = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'appendFile');
    let writes = 0;
    appending.mockImplementation(async function (this: typeof handle, data) {
      writes += 1;
      if (writes > 1) throw Object.assign(new Error('write'), { code: 'ENOSPC' });
      await this.writeFile(data);
    });
    await expect(saveModel(folder, { model, ...model.init(key(9), [6, 6, 1]) })).rejects.toThrow(FileError);
    expect(writes).toBe(2);
    vi.restoreAllMocks();
    const loaded = await loadModel(folder);
    expect(outputOf(loaded.model, loaded)).toEqual(outputOf(model, variables));
    await saveModel(folder, { model, ...variables });
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('write nothing of a model that has no definition', async () => {
    const own = sequential(new Layer({ type: 'mine' }), dense({ units: 1, biasInitializer: () => full([1], 1) }));
    await expect(saveModel(folder, { model: own, ...own.init(key(0), [2]) })).rejects.toThrow(ArgumentError);
    await expect(readdir(folder)).rejects.toThrow();
  });

  test('say what is missing', async () => {
    await expect(loadModel(folder)).rejects.toThrow(FileError);
    await expect(loadModel(folder)).rejects.toThrow(`${join(folder, 'model.json')}: it cannot be opened (ENOENT`);
    await saveModel(folder, { model, ...variables });
    const weights = (await readdir(folder)).find((name) => name.endsWith('.safetensors'))!;
    await rm(join(folder, weights));
    await expect(loadModel(folder)).rejects.toThrow(`${join(folder, weights)}: it cannot be opened (ENOENT`);
    await writeFile(join(folder, '..', 'file'), '');
    await expect(saveModel(join(folder, '..', 'file', 'below'), { model, ...variables })).rejects.toThrow(/the folder cannot be made \(ENOTDIR/);
    await expect(saveModel(join(folder, '..', 'file'), { model, ...variables })).rejects.toThrow(/the folder cannot be made \(EEXIST: there is a file of this name/);
  });

  test('refuse a single changed bit of the weights', async () => {
    await saveModel(folder, { model, ...variables });
    const weights = join(folder, (await readdir(folder)).find((name) => name.endsWith('.safetensors'))!);
    const bytes = await readFile(weights);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(weights, bytes);
    await expect(loadModel(folder)).rejects.toThrow(DataFormatError);
    await expect(loadModel(folder)).rejects.toThrow(/its SHA-256 is [0-9a-f]{64}; expected "?[0-9a-f]{64}"?, as model\.json says\. The file is damaged/);
  });

  test.each<[string, (text: string) => string, RegExp]>([
    ['half a definition', (text) => text.slice(0, -10), /model\.json is no JSON: /],
    ['a list', () => '[]', /model\.json is \[\]; expected an object/],
    ['another format', (text) => text.replace('adjoint', 'keras'), /format "keras", version 1; expected adjoint, version 1/],
    ['a later version', (text) => text.replace('"version": 1', '"version": 2'), /version 2; expected adjoint, version 1/],
    ['no weights', (text) => text.replace('"weights"', '"weight"'), /weights is undefined; expected an object/],
    ['weights elsewhere', (text) => text.replace(/"weights-/, '"../weights-'), /weights\.file is "\.\.\/weights-.*"; expected weights-HASH\.safetensors in this folder/],
    ['an unknown layer', (text) => text.replace('"dense"', '"tense"'), /there is no layer of type "tense"/],
    ['an impossible option', (text) => text.replace('"units": 3', '"units": -3'), /units is -3/],
    ['another number', (text) => text.replace('"kernelSize": 3', '"kernelSize": 2'), /the SHA-256 of its model is [0-9a-f]{64}; expected "[0-9a-f]{64}", its modelSha256.*on purpose, take modelSha256 out/],
    ['a nesting that no stack takes', (text) => text.replace('"adjoint"', '['.repeat(100_000) + ']'.repeat(100_000)), /model\.json nests deeper than 1000; expected what was saved/],
    ['a text of any length', (text) => text.replace('"adjoint"', `"${'a'.repeat(1e6)}"`), /format "a+\.\.\.", version 1; expected adjoint/],
    ['no model', (text) => text.replace('"model"', '"models"'), /the definition is undefined; expected an object/],
  ])('refuse %s', async (_, change, message) => {
    await saveModel(folder, { model, ...variables });
    const file = join(folder, 'model.json');
    await writeFile(file, change(await readFile(file, 'utf8')));
    await expect(loadModel(folder)).rejects.toThrow(DataFormatError);
    await expect(loadModel(folder)).rejects.toThrow(message);
  });
});

describe('files that are something else', () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';

  test('are named by loadModel, and left alone by saveModel', async () => {
    await saveModel(folder, { model, ...variables });
    const weights = join(folder, (await readdir(folder)).find((name) => name.endsWith('.safetensors'))!);
    const bytes = await readFile(weights);
    await writeFile(weights, pointer);
    await expect(loadModel(folder)).rejects.toThrow(`${weights}: this is a Git LFS pointer, not the file itself; expected the variables of the model; download the file itself with git lfs pull`);
    await writeFile(weights, bytes);
    const definition = join(folder, 'model.json');
    for (const [content, message] of [[pointer, /model\.json: this is a Git LFS pointer/], ['<!doctype html><p>', /model\.json: this is an HTML page/], ['\ufeff{}', /format undefined/]] as const) {
      await writeFile(definition, content);
      await expect(loadModel(folder)).rejects.toThrow(message);
      await expect(saveModel(folder, { model, ...variables })).rejects.toThrow(/model\.json: it is not a model that saveModel wrote, and would be replaced; move it away/);
      expect(await readFile(definition, 'utf8')).toBe(content);
    }
    await expect(loadModel(definition)).rejects.toThrow(`${definition}: it is a file; expected the folder that saveModel wrote`);
    await rm(definition);
    await expect(loadModel(folder)).rejects.toThrow(/model\.json: it cannot be opened \(ENOENT.*The folder is not one that saveModel wrote; of variables that saveVariables wrote, loadVariables reads/);
  });

  test('are named by loadVariables', async () => {
    await writeFile(`${folder}.safetensors`, '<html><body>');
    await expect(loadVariables(`${folder}.safetensors`, model, [6, 6, 1])).rejects.toThrow(/model\.safetensors: at byte 0: this is an HTML page; expected a safetensors file/);
  });
});

test('loadModel takes a definition that was changed on purpose', async () => {
  await saveModel(folder, { model, ...variables });
  const file = join(folder, 'model.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"trainable": false', '"trainable": true').replace(/ *"modelSha256": .*\n/, ''));
  expect((await loadModel(folder)).model.isTrainable('dense.kernel')).toBe(true);
});

test('saveVariables and loadVariables go by the model that is given', async () => {
  const file = `${folder}.safetensors`;
  await saveVariables(file, variables);
  expect(leaves(await loadVariables(file, model, [6, 6, 1]))).toEqual(leaves(variables));
  await expect(loadVariables(file, dense({ units: 1 }), [4])).rejects.toThrow(`${file}: the variables are not those of dense: missing [params.kernel, params.bias]; superfluous [params.conv2d.kernel`);
  await expect(loadVariables(`${file}x`, model, [6, 6, 1])).rejects.toThrow(FileError);
});
