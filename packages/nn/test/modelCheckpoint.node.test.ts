import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ArgumentError, flattenTree, key, tensor, type Tensor } from '@adjoint/core';
import { createTrainingState, dense, fit, meanSquaredError, r2Score, sgd, type Callback, type Params } from '@adjoint/nn';
import { mean } from '@adjoint/ops';
import { loadModel, modelCheckpoint } from '@adjoint/nn/node';

let folder: string;
beforeEach(async () => { folder = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'model'); });
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const values = (params: Params): number[] => flattenTree(params).flatMap(([, leaf]) => [...leaf.data()]);

/** Trains with a rate that is too large from the third epoch on, and gives the parameters after each epoch. */
async function train(checkpoint: Callback): Promise<number[][]> {
  const after: number[][] = [];
  const model = dense({ units: 1 });
  const optimizer = sgd({ learningRate: (step) => (step < 2 ? 0.05 : 2) });
  await fit({
    model, optimizer, loss: meanSquaredError, epochs: 4,
    state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
    data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
    validation: [{ inputs: tensor([[3]]), targets: tensor([[6]]) }],
    callbacks: [{ onEpoch: (_, { state }) => { after.push(values(state.params)); } }, checkpoint],
  });
  return after;
}

test('the best epoch is kept', async () => {
  const after = await train(modelCheckpoint(folder, { model: dense({ units: 1 }) }));
  expect(values((await loadModel(folder)).params)).toEqual(after[1]);
});

test('the highest number is the best one, if the mode says so', async () => {
  const after = await train(modelCheckpoint(folder, { model: dense({ units: 1 }), mode: 'max' }));
  expect(values((await loadModel(folder)).params)).toEqual(after[3]);
});

test('or every epoch, in the place of the one before', async () => {
  const after = await train(modelCheckpoint(folder, { model: dense({ units: 1 }), onlyBest: false, monitor: 'of no matter' }));
  expect(values((await loadModel(folder)).params)).toEqual(after[3]);
});

test('a number that no epoch has is refused, and nothing is written', async () => {
  await expect(train(modelCheckpoint(folder, { model: dense({ units: 1 }), monitor: 'f1' }))).rejects.toThrow(ArgumentError);
  await expect(train(modelCheckpoint(folder, { model: dense({ units: 1 }), monitor: 'f1' }))).rejects.toThrow(/modelCheckpoint: monitor 'f1' is no number in epoch 1/);
  await expect(stat(folder)).rejects.toThrow('ENOENT');
});

test('options out of range are refused', () => {
  const options = { model: dense({ units: 1 }) };
  expect(() => modelCheckpoint(folder, { ...options, mode: 'best' as 'max' })).toThrow(new ArgumentError(`modelCheckpoint: mode is "best"; expected one of 'min', 'max'`));
  expect(() => modelCheckpoint(folder, { ...options, onlyBest: 1 as unknown as boolean })).toThrow(new ArgumentError('modelCheckpoint: onlyBest is 1; expected true or false'));
});

test('the direction is that of the metric, and is refused where it is not known', async () => {
  const model = dense({ units: 1 });
  const optimizer = sgd({ learningRate: 0.05 });
  const after: number[][] = [];
  const options = {
    model, optimizer, loss: meanSquaredError, epochs: 3,
    state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
    data: { inputs: tensor([[1], [2], [3]]), targets: tensor([[2], [4], [6]]) },
    metrics: { r2: r2Score(), own: (outputs: Tensor) => mean(outputs) },
  };
  // The rate is small, so that each epoch is better than the one before: R2 rises.
  await fit({ ...options, callbacks: [{ onEpoch: (_, { state }) => { after.push(values(state.params)); } }, modelCheckpoint(folder, { model, monitor: 'metrics.r2' })] });
  expect(values((await loadModel(folder)).params)).toEqual(after[2]);
  await expect(fit({ ...options, callbacks: [modelCheckpoint(folder, { model, monitor: 'metrics.own' })] })).rejects.toThrow(/modelCheckpoint: monitor 'metrics\.own' has no known direction; expected mode/);
  expect(() => modelCheckpoint(folder, { model, monitor: ({ loss }) => loss })).toThrow(/modelCheckpoint: monitor is a function and there is no mode/);
});
