import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ArgumentError, key, ShapeError, tensor } from '@adjoint/core';
import {
  makeFolder, onDisk, openRecords, openSafetensors, readBytes, readMnistFolder, readSafetensors, writeAtomically, writeSafetensors,
} from '@adjoint/data/node';
import { dense } from '../src/index.js';
import { csvLog, fitRun, jsonlLog, loadModel, loadVariables, modelCheckpoint, readRun, saveModel, saveVariables, tensorBoard } from '../src/node.js';

const model = dense({ units: 2 });
const variables = model.init(key(0), [3]);

/** Every function that takes a path, with other arguments that are right. */
const functions: Readonly<Record<string, readonly [argument: string, call: (path: never) => unknown]>> = {
  readBytes: ['path', readBytes],
  readMnistFolder: ['folder', readMnistFolder],
  makeFolder: ['path', makeFolder],
  onDisk: ['path', (path) => onDisk(path, 'it cannot be read', Promise.resolve(1))],
  openRecords: ['path', openRecords],
  openSafetensors: ['path', openSafetensors],
  readSafetensors: ['path', readSafetensors],
  writeSafetensors: ['path', (path) => writeSafetensors(path, { bias: tensor([1]) })],
  writeAtomically: ['file', (path) => writeAtomically(path, ['text'])],
  saveModel: ['folder', (path) => saveModel(path, { model, ...variables })],
  loadModel: ['folder', loadModel],
  saveVariables: ['file', (path) => saveVariables(path, variables)],
  loadVariables: ['file', (path) => loadVariables(path, model, [3])],
  readRun: ['folder', readRun],
  fitRun: ['folder', (path) => fitRun(path, {} as never)],
  modelCheckpoint: ['folder', (path) => modelCheckpoint(path, { model, monitor: 'loss' })],
  jsonlLog: ['file', jsonlLog],
  csvLog: ['file', csvLog],
  tensorBoard: ['folder', tensorBoard],
};

const former = process.cwd();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-paths-'));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(former);
  await rm(folder, { recursive: true, force: true });
});

const failureOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return expect.fail('nothing was thrown');
};

describe.each(Object.entries(functions))('%s refuses what is not a path, and writes nothing', (operation, [argument, call]) => {
  const deep = (): unknown => {
    let value: unknown = [];
    for (let depth = 0; depth < 10_000; depth++) value = [value];
    return value;
  };
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined; expected a path as a string'],
    ['a symbol', Symbol('s'), 'Symbol(s); expected a path as a string'],
    ['a number', 5, '5; expected a path as a string'],
    ['bytes', new Uint8Array(2), 'a Uint8Array of 2; expected a path as a string'],
    ['a tensor of several lines', tensor([[1, 2], [3, 4]]), 'Tensor(float32 [2,2]); expected a path as a string'],
    ['a deep list', deep(), '[[[[[...]]]]]; expected a path as a string'],
    ['the URL of a file', new URL('file:///tmp/x'), "a URL; expected a path as a string; convert the URL with fileURLToPath (of 'node:url')"],
    ['an empty text, which would stand for the current folder', '', '""; expected a path without null characters that is not empty'],
    ['a null character', 'a\0b', '"a\\u0000b"; expected a path without null characters that is not empty'],
  ])('%s', async (_, value, message) => {
    const error = await failureOf(() => call(value as never));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toBe(`${operation}: ${argument} is ${message}`);
    expect(await readdir(folder)).toEqual([]);
  });
});

test.each<[string, () => unknown, RegExp]>([
  ['saveModel without a model', () => saveModel('model', undefined as never), /^saveModel: model is undefined; expected a layer/],
  ['saveModel without variables', () => saveModel('model', { model } as never), /^saveModel: variables is an object \{"params":undefined,"state":undefined\}/],
  ['loadVariables without a model', () => loadVariables('file', undefined as never, [3]), /^loadVariables: model is undefined; expected a layer/],
  ['loadVariables of no shape', () => loadVariables('file', model, 3 as never), /^loadVariables: shape is 3; expected a list/],
  ['readSafetensors without names', () => readSafetensors('file', { name: 'bias' } as never), /^readSafetensors: unknown option 'name'; expected one of \[names\]$/],
  ['writeAtomically of a number', () => writeAtomically('file', 5 as never), /^writeAtomically: chunks is 5; expected a list of Uint8Arrays or strings/],
  ['writeAtomically of bytes', () => writeAtomically('file', new Uint8Array(1) as never), /^writeAtomically: a chunk is 0; expected a Uint8Array or a string; put the content into a list/],
  ['tensorBoard that writes never', () => tensorBoard('logs', { every: 0 }), /^tensorBoard: every is 0; expected an integer >= 1$/],
  ['modelCheckpoint without a model', () => modelCheckpoint('best', { model: 5 as never }), /^modelCheckpoint: model is 5; expected a layer/],
])('%s says what is wrong before it touches the disk', async (_, call, message) => {
  const error = await failureOf(call);
  expect(error instanceof ArgumentError || error instanceof ShapeError).toBe(true);
  expect((error as Error).message).toMatch(message);
  expect(await readdir(folder)).toEqual([]);
});
