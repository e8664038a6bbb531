import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dispose, key, normal, reference, setDefaultBackend, tensor, type Tree } from '@adjoint/core';
import * as nn from '@adjoint/nn';
import { fitRun, loadModel, loadVariables, modelCheckpoint, readRun, saveModel, saveVariables } from '@adjoint/nn/node';
import { expectNothingLeft, FaultyBackend } from '../../../test/faults.js';
import { living } from '../../../test/living.js';

// A file of its own, so that the collector finds nothing of other tests to release meanwhile.

const faulty = new FaultyBackend(reference);
setDefaultBackend(faulty.backend);

const model = nn.sequential(nn.dense({ units: 3 }), nn.dropout({ rate: 0.2 }), nn.dense({ units: 2 }));
const optimizer = nn.sgd({ learningRate: 0.1, momentum: 0.9 });
const state = nn.createTrainingState({ model, optimizer, key: key(1), inputShape: [3] });
const data: nn.Batch = { inputs: normal(key(0), [6, 3]), targets: tensor([0, 1, 0, 1, 0, 1], { dtype: 'int32' }) };
const mine = [state.params, state.state, [...state.optimizerState.moments.values()] as Tree[], { ...data }];
const options = { model, optimizer, state, data, epochs: 2, batchSize: 6 };

let folder = '';
let runs = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-failures-'));
  await saveModel(join(folder, 'model'), { model, params: state.params, state: state.state });
  await saveVariables(join(folder, 'variables.safetensors'), state);
  dispose(await fitRun(join(folder, 'half'), { ...options, epochs: 1 }), mine);
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains in a copy of a run that is half done, or in a new folder. */
async function train(isResumed: boolean, more: Partial<nn.FitOptions> = {}): Promise<nn.FitResult> {
  const run = join(folder, `run${runs++}`);
  if (isResumed) await cp(join(folder, 'half'), run, { recursive: true });
  try {
    return await fitRun(run, { ...options, checkpointEvery: 1, ...more });
  } finally {
    await rm(run, { recursive: true, force: true });
  }
}

describe('a call of the backend that fails leaves nothing in', () => {
  test.each<[string, number, () => unknown]>([
    ['fitRun', 100, () => train(false, { epochs: 1 })],
    ['fitRun, resumed', 100, () => train(true)],
    ['readRun', 10, () => readRun(join(folder, 'half'))],
    ['loadModel', 8, async () => { const { params, state: layers } = await loadModel(join(folder, 'model')); return { params, layers }; }],
    ['loadVariables', 8, () => loadVariables(join(folder, 'variables.safetensors'), model, [3])],
    ['saveModel', 4, () => saveModel(join(folder, 'again'), { model, params: state.params, state: state.state })],
    ['fit with modelCheckpoint', 50, () => nn.fit({ ...options, epochs: 1, callbacks: [modelCheckpoint(join(folder, 'best'), { model, monitor: 'loss' })] })],
  ])('%s', async (_, least, run) => {
    expect(await expectNothingLeft(faulty, run, mine)).toBeGreaterThanOrEqual(least);
  });
});

test('variables of another model leave nothing', async () => {
  const before = living();
  await expect(loadVariables(join(folder, 'variables.safetensors'), nn.dense({ units: 7 }), [3])).rejects.toThrow(/not those of dense/);
  expect(living()).toEqual(before);
});

test.each(['onStart', 'onBatch', 'onEpoch', 'onFinish', 'onEnd'] as const)('a run whose %s rejects leaves nothing', async (hook) => {
  const before = living();
  for (const isResumed of [false, true]) {
    await expect(train(isResumed, { [hook]: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
    expect(living()).toEqual(before);
  }
});
