import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Map } from 'immutable';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArgumentError, DataFormatError, flattenTree, key, zeros } from '@adjoint/core';
import { FileError } from '@adjoint/data/node';
import * as nn from '@adjoint/nn';
import { add, mean, mul, sqrt } from '@adjoint/ops';
import { fitRun, interruption, readRun, type FitRunOptions } from '@adjoint/nn/node';
import { optionsOf } from './training.js';
import { living } from '../../../../test/living.js';

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'adjoint-run-')); });
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Everything in a state but the times that the epochs took. */
const contentOf = (state: nn.TrainingState) => ({
  tensors: flattenTree({ params: state.params, state: state.state, moments: state.optimizerState.moments, kept: state.kept }).map(([path, leaf]) => [path, leaf.dtype, ...leaf.data()]),
  numbers: [state.step, state.epoch, state.optimizerState.step, state.optimizerState.learningRateScale, state.key, state.progress.batches],
  history: numbersOf(state.history),
});
const numbersOf = (history: nn.History) => history.map((record) => record.merge({ seconds: 0, samplesPerSecond: 0 }).toJS()).toArray();
const epochsIn = async (file: string) => (await readFile(file, 'utf8')).trim().split('\n').map((line) => (JSON.parse(line) as { readonly epoch: number }).epoch);
const checkpointsIn = async (run: string) => (await readdir(run)).filter((name) => name.startsWith('checkpoint')).sort();

/** The options that `fit` has too. */
function forFit({ checkpointEvery: _, ...options }: FitRunOptions): nn.FitOptions {
  return options;
}

describe('a training state in a file', () => {
  test('is the same in every part', async () => {
    const { state } = await nn.fit({ ...forFit(optionsOf(join(folder, 'file'))), epochs: 2, onBatch: ({ step }) => (step === 17 ? { stop: 'here' } : undefined) });
    const again = nn.decodeTrainingState(nn.encodeTrainingState(state, 'here'));
    expect(again.stopped).toBe('here');
    expect(contentOf(again.state)).toEqual(contentOf(state));
    expect(again.state.progress.equals(state.progress)).toBe(true);
    expect([...again.state.params.keys()]).toEqual([...state.params.keys()]);
  });

  test('keeps numbers that JSON does not have', () => {
    const odd = new nn.TrainingState().update('progress', (progress) => progress.merge({ lossSum: -Infinity, seconds: Infinity })).update('history', (history) => history.push(new nn.EpochRecord({ loss: NaN })));
    const { state } = nn.decodeTrainingState(nn.encodeTrainingState(odd));
    expect([state.progress.lossSum, state.progress.seconds, state.history.first()!.loss]).toEqual([-Infinity, Infinity, NaN]);
  });

  test.each<[string, unknown]>([
    ['an unknown record', { record: 'Buffer', fields: {} }],
    ['a field of another kind', { record: 'TrainingState', fields: { step: 'two' } }],
    ['a field that there is not', { record: 'TrainingState', fields: { __proto: 1 } }],
    ['a tensor that is missing', { record: 'TrainingState', fields: { params: { orderedMap: [['w', { tensor: 'w' }]] } } }],
    ['a tensor in the place of a number', { record: 'TrainingState', fields: { step: { tensor: 'kept.empty' } } }],
    ['a list in the place of a map', { record: 'TrainingState', fields: { params: { list: [] } } }],
    ['a number that there is not', { record: 'TrainingState', fields: { history: { list: [{ number: 'constructor' }] } } }],
    ['something else', [1, 2]],
    ['a key that is none', { record: 'TrainingState', fields: { key: { key: [1, -1] } } }],
  ])('is refused with %s', (_, wrong) => {
    const bytes = rewritten(nn.encodeTrainingState(new nn.TrainingState().setIn(['kept', 'empty'], zeros([0]))), (training) => {
      const { record, fields } = wrong as { readonly record?: string; readonly fields?: object };
      const whole = training['state'] as { readonly fields: object };
      return { state: record === 'TrainingState' ? { record, fields: { ...whole.fields, ...fields } } : wrong, stopped: null };
    });
    expect(() => nn.decodeTrainingState(bytes, 'some file')).toThrow(DataFormatError);
  });

  test.each(['EpochProgress', 'EpochRecord', 'OptimizerState', 'TrainingState'])('is refused when a %s has other fields than this version writes', (record) => {
    const model = nn.dense({ units: 1 });
    const bytes = nn.encodeTrainingState(
      nn.createTrainingState({ model, optimizer: nn.adam(), key: key(0), inputShape: [2] }).update('history', (history) => history.push(new nn.EpochRecord())),
    );
    const fieldsIn = (value: unknown): Record<string, unknown>[] => {
      if (typeof value !== 'object' || value === null) return [];
      const { record: name, fields } = value as { readonly record?: string; readonly fields?: Record<string, unknown> };
      return name === record ? [fields!] : Object.values(value).flatMap(fieldsIn);
    };
    const changed = (change: (fields: Record<string, unknown>) => void) => rewritten(bytes, (training) => {
      change(fieldsIn(training)[0]!);
      return training;
    });
    const names: string[] = [];
    nn.decodeTrainingState(changed((fields) => names.push(...Object.keys(fields))));
    expect(names).not.toEqual([]);
    for (const name of names) {
      const without = changed((fields) => { Reflect.deleteProperty(fields, name); });
      expect(() => nn.decodeTrainingState(without, 'some file')).toThrow(DataFormatError);
      expect(() => nn.decodeTrainingState(without, 'some file')).toThrow(new RegExp(`^some file: .*${record} has no field ${name}; .*Another version of Adjoint wrote the file`));
    }
    expect(() => nn.decodeTrainingState(changed((fields) => { fields['former'] = 1; }), 'some file')).toThrow(new RegExp(`${record} has the field former, which is unknown; .*Another version`));
  });

  test('is refused when it does not say whether the training was stopped', () => {
    const bytes = rewritten(nn.encodeTrainingState(new nn.TrainingState()), ({ state }) => ({ state }));
    expect(() => nn.decodeTrainingState(bytes, 'some file')).toThrow(DataFormatError);
  });
});

/** The file with another description of the training. */
function rewritten(bytes: Uint8Array, change: (training: Record<string, unknown>) => unknown): Uint8Array {
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as { __metadata__: Record<string, string> };
  header.__metadata__['training'] = JSON.stringify(change(JSON.parse(header.__metadata__['training']!) as Record<string, unknown>));
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return new Uint8Array([...length, ...json, ...bytes.subarray(8 + headerLength)]);
}

describe('fitRun', () => {
  test('is ended and resumed within epochs, in validation and between, to the same bits', async () => {
    const whole = await nn.fit(forFit(optionsOf(join(folder, 'whole'))));
    const run = join(folder, 'resumed');
    let result: nn.FitResult | null = null;
    for (let calls = 0; result === null || result.aborted; calls++) {
      const controller = new AbortController();
      const first = (await readRun(run).catch(() => null))?.step ?? 0;
      result = await fitRun(run, { ...optionsOf(run), signal: controller.signal, onBatch: ({ step }) => { if (step === first + 11) controller.abort(); } });
      expect(calls).toBeLessThan(10);
    }
    expect(contentOf(result.state)).toEqual(contentOf(whole.state));
    expect(numbersOf(result.history)).toEqual(numbersOf(whole.history));
    const epochs = whole.history.map(({ epoch }) => epoch).toArray();
    expect([await epochsIn(join(run, 'history.jsonl')), await epochsIn(`${run}.jsonl`)]).toEqual([epochs, epochs]);
    expect(await checkpointsIn(run)).toHaveLength(2);
  });

  test('does not train again what is done, or what a callback ended', async () => {
    const run = join(folder, 'done');
    const options = { ...optionsOf(run), callbacks: [], epochs: 2 };
    const { state } = await fitRun(run, options);
    let steps = 0;
    const counted = { ...options, onBatch: () => { steps++; } };
    expect(contentOf((await fitRun(run, counted)).state)).toEqual(contentOf(state));
    expect(steps).toBe(0);
    const ended = await fitRun(run, { ...counted, epochs: 9, onEpoch: () => ({ stop: 'enough' }) });
    expect([ended.stopped, ended.state.epoch, steps]).toEqual(['enough', 3, 12]);
    expect((await fitRun(run, { ...counted, epochs: 9 })).stopped).toBe('enough');
    expect(steps).toBe(12);
  });

  test('refuses a damaged checkpoint, says what to do, and goes on to the same result when that is done', async () => {
    const run = join(folder, 'damaged');
    const { state } = await fitRun(run, { ...optionsOf(run), epochs: 2 });
    const [former, last] = await checkpointsIn(run);
    const path = join(run, last!);
    const bytes = await readFile(path);
    for (const damage of [() => truncate(path, bytes.length - 5), () => writeFile(path, bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1)), () => writeFile(path, '')]) {
      await damage();
      const error = await fitRun(run, optionsOf(run)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataFormatError);
      expect(String(error)).toContain(`${path}: its SHA-256 begins with`);
      expect(String(error)).toContain(`delete it, and the run goes on from ${former}, to the same result`);
    }
    await rm(path);
    expect(contentOf((await fitRun(run, { ...optionsOf(run), epochs: 2 })).state)).toEqual(contentOf(state));
  });

  test('refuses the run of another model or optimizer', async () => {
    const run = join(folder, 'other');
    await fitRun(run, { ...optionsOf(run), epochs: 1 });
    const other = nn.dense({ units: 2 });
    const begun = (optimizer: nn.Optimizer, model: nn.Layer) => ({ ...optionsOf(run), model, optimizer, state: nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [64] }) });
    await expect(fitRun(run, begun(nn.adam(), other))).rejects.toThrow(/fitRun: the run in .*other has no tensor at params\.kernel; .*Train another model in another folder/);
    await expect(fitRun(run, begun(nn.sgd({ learningRate: 1 }), optionsOf(run).model))).rejects.toThrow(ArgumentError);
    await expect(fitRun(run, begun(nn.rmsProp(), optionsOf(run).model))).rejects.toThrow(
      /fitRun: the run in .*other has .* at optimizerState\.moments\.\S+; .*Another optimizer or another version of Adjoint wrote it: continue with that one, or start over in another folder/,
    );
    const { state } = nn.decodeTrainingState(nn.encodeTrainingState((await readRun(run))!));
    const renamed = state.updateIn(['optimizerState', 'moments'], (moments) => (moments as Map<string, unknown>).mapKeys((name) => `former ${name}`));
    await expect(nn.fit({ ...forFit(optionsOf(run)), state: renamed })).rejects.toThrow(/^adam: the state has no \S+, only \[former .*this version of Adjoint/);
    await expect(fitRun(run, { ...optionsOf(run), epochs: 0 })).rejects.toThrow(/fitRun: epochs is 0/);
    await expect(fitRun(run, { ...optionsOf(run), checkpointEvery: 0.5 })).rejects.toThrow(/fitRun: checkpointEvery is 0\.5/);
  });

  test('refuses a folder in which another process trains, and goes on there when that was killed', { timeout: 30_000 }, async () => {
    const run = join(folder, 'two processes');
    const child = startTraining(run, 'SIGSTOP', 'rename', 3);
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    const error: unknown = await fitRun(run, optionsOf(run)).catch((reason: unknown) => reason);
    child.kill('SIGKILL');
    await ended;
    expect(error).toBeInstanceOf(FileError);
    expect(String(error)).toContain(`${run}: process ${child.pid} trains there already; wait until it ends, or train in another folder`);
    expect((await readdir(run)).filter((name) => name.endsWith('.lock'))).toEqual(['training.lock']);
    expect((await fitRun(run, { ...optionsOf(run), epochs: 1 })).aborted).toBe(false);
    expect((await readdir(run)).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  test('refuses a folder in which this process trains, by another path too, until that ends', async () => {
    const run = join(folder, 'twice');
    const options = { ...optionsOf(run), epochs: 1 };
    const first = fitRun(run, options);
    await expect(fitRun(`${run}/../twice/`, options)).rejects.toThrow(/twice.*: this process trains there already/);
    await first;
    expect((await fitRun(run, options)).state.epoch).toBe(1);
  });

  test('has the best parameters in its checkpoint however it ends, and goes on from the latest', async () => {
    const run = join(folder, 'best');
    // The second epoch is best.
    const numbers = [2, 1, 3, 4, 5];
    const early = nn.earlyStopping({ monitor: ({ epoch }) => numbers[epoch - 1]!, mode: 'min', patience: 9 });
    const options = { ...optionsOf(run), callbacks: [early] };
    const after: unknown[] = [];
    const weights = (state: nn.TrainingState) => flattenTree(state.params).map(([, leaf]) => [...leaf.data()]);
    const whole = await nn.fit({ ...forFit(options), onEpoch: (_, { state }) => { after.push(weights(state)); } });
    const controller = new AbortController();
    await fitRun(run, { ...options, signal: controller.signal, onBatch: ({ epoch, batch }) => { if (epoch === 4 && batch === 3) controller.abort(); } });
    expect(weights((await readRun(run))!)).toEqual(after[1]);
    // The end fails once: the run does its last steps again.
    await expect(fitRun(run, { ...options, onFinish: () => { throw new Error('no'); } })).rejects.toThrow('no');
    expect(weights((await readRun(run))!)).not.toEqual(after[1]);
    const { state } = await fitRun(run, options);
    expect(contentOf(state)).toEqual(contentOf(whole.state));
    expect(contentOf((await readRun(run))!)).toEqual(contentOf(whole.state));
    expect(contentOf((await fitRun(run, options)).state)).toEqual(contentOf(whole.state));
  });

  test('that is to have fewer epochs than it has already ends as it should', async () => {
    const run = join(folder, 'fewer');
    const early = nn.earlyStopping({ monitor: ({ epoch }) => epoch, mode: 'min', patience: 9 });
    const options = { ...optionsOf(run), callbacks: [early], checkpointEvery: undefined as never };
    const after: unknown[] = [];
    await expect(fitRun(run, { ...options, onEpoch: ({ epoch }, { state }) => { after.push(contentOf(state).tensors.slice(0, 4)); if (epoch === 3) throw new Error('no'); } })).rejects.toThrow('no');
    const { state, aborted } = await fitRun(run, { ...options, epochs: 1 });
    expect([state.epoch, state.startEpoch, aborted, contentOf(state).tensors.slice(0, 4)]).toEqual([2, 2, false, after[0]]);
  });

  test('writes no checkpoint of parameters that are NaN, and goes on from before', async () => {
    const run = join(folder, 'diverged');
    const options = { ...optionsOf(run), callbacks: [] };
    // The loss is finite, its gradient is not.
    let broken = true;
    const loss: nn.Loss = (outputs, targets) => (broken ? add(nn.crossEntropy(outputs, targets), mean(sqrt(mul(outputs, 0)))) : nn.crossEntropy(outputs, targets));
    const breaking: Partial<typeof options> = { loss, onStart: () => { broken = false; }, onBatch: ({ step }) => { broken = step === 13; } };
    await expect(fitRun(run, { ...options, ...breaking })).rejects.toThrow(nn.DivergenceError);
    expect((await readRun(run))!.step).toBe(12);
    expect(contentOf((await fitRun(run, options)).state)).toEqual(contentOf((await nn.fit(forFit(options))).state));
  });

  test('keeps no memory where it fails', async () => {
    const run = join(folder, 'memory');
    const options = { ...optionsOf(run), epochs: 3, onEpoch: ({ epoch }: nn.EpochRecord) => { if (epoch === 2) throw new Error('no'); } };
    await expect(fitRun(run, options)).rejects.toThrow('no');
    const before = living();
    await expect(fitRun(run, options)).rejects.toThrow('no');
    await expect(fitRun(run, { ...options, state: new nn.TrainingState() })).rejects.toThrow(/Train another model/);
    expect(living()).toEqual(before);
  });

  test('saves when it is interrupted', async () => {
    const run = join(folder, 'interrupted');
    const signal = interruption();
    const result = await fitRun(run, { ...optionsOf(run), checkpointEvery: 1000, signal, onBatch: ({ step }) => { if (step === 5) process.emit('SIGINT'); } });
    expect([result.aborted, result.state.step, (await readRun(run))!.step]).toEqual([true, 5, 5]);
    expect([process.listenerCount('SIGTERM')]).toEqual([0]);
  });

  test('leaves Ctrl-C to others once the training has ended', async () => {
    const listeners = (): number[] => [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
    const before = listeners();
    const signal = interruption();
    expect(listeners()).toEqual(before.map((count) => count + 1));
    for (const run of ['ended', 'ended again']) {
      const during: number[][] = [];
      const options = { ...optionsOf(join(folder, run)), signal, onBatch: () => { during.push(listeners()); } };
      await fitRun(join(folder, run), options);
      expect(during.length).toBeGreaterThan(0);
      expect(during.every((counts) => counts.every((count, index) => count === before[index]! + 1))).toBe(true);
      expect(listeners()).toEqual(before);
    }
    await expect(fitRun(join(folder, 'failed'), { ...optionsOf(join(folder, 'failed')), signal, onBatch: () => { throw new Error('inside'); } })).rejects.toThrow('inside');
    expect(listeners()).toEqual(before);
    expect(signal.aborted).toBe(false);
  });
});

/** Runs the training in a process of its own; at the `count`-th call of a function of `node:fs/promises` it sends itself a signal. */
function startTraining(run: string, ...at: [] | [signal: 'SIGKILL' | 'SIGSTOP', name: 'open' | 'rename' | 'rm', count: number]) {
  const program = fileURLToPath(new URL('training.ts', import.meta.url));
  return spawn(process.execPath, ['--conditions=@adjoint/source', '--import', 'tsx', program, run, ...at.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('a run that is killed at any moment, also while it writes a checkpoint, ends with the same bits', { timeout: 120_000 }, async () => {
  const run = join(folder, 'killed');
  const partial = async () => (await readdir(run)).filter((name) => name.endsWith('.partial')).length;
  // Each process first writes its two logs. To write is to open the file and at last its folder; to read is to open the file.
  for (const [name, count, left] of [['rename', 3, 1], ['rename', 5, 1], ['open', 8, 0], ['rm', 2, 0]] as const) {
    expect(await once(startTraining(run, 'SIGKILL', name, count), 'close')).toEqual([null, 'SIGKILL']);
    expect([name, count, await partial()]).toEqual([name, count, left]);
  }
  expect(await once(startTraining(run), 'close')).toEqual([0, null]);
  const whole = await nn.fit(forFit(optionsOf(join(folder, 'undisturbed'))));
  expect(contentOf((await readRun(run))!)).toEqual(contentOf(whole.state));
  const epochs = whole.history.map(({ epoch }) => epoch).toArray();
  expect([await epochsIn(join(run, 'history.jsonl')), await epochsIn(`${run}.jsonl`)]).toEqual([epochs, epochs]);
  expect(await partial()).toBe(0);
});
