import { setImmediate as nextTask } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { key, normal, scope, tensor, vjp, type Tensor } from '@adjoint/core';
import { add, mul, softmaxCrossEntropy } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living } from '../../../test/living.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Waits until the collector has found all that was made since there was this much. */
async function expectCollected(before: ReturnType<typeof living>): Promise<void> {
  for (let attempt = 0; attempt < 100 && living().bytes > before.bytes; attempt++) {
    collect();
    await nextTask();
  }
  expect(living().bytes).toBe(before.bytes);
}

const model = nn.sequential(nn.dense({ units: 3 }), nn.relu(), nn.dense({ units: 2 }));
const optimizer = nn.adam();
const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [3] });
const data: nn.Batch = { inputs: normal(key(0), [6, 3]), targets: tensor([0, 1, 0, 1, 0, 1], { dtype: 'int32' }) };
const { inputs, targets } = data;
const fit = (options: Partial<nn.FitOptions> = {}) => nn.fit({ model, optimizer, state, data, epochs: 2, batchSize: 3, ...options });
const freshBatch = (): nn.Batch => scope(() => ({ inputs: normal(key(1), [3, 3]), targets: tensor([0, 1, 0], { dtype: 'int32' }) }));
const never = () => new Promise<never>(() => undefined);
const fail = (): never => { throw new Error('no'); };
async function* awaited(): AsyncGenerator<nn.Batch> {
  // Made after an await, so that no scope is open.
  await Promise.resolve();
  const ahead = [freshBatch(), freshBatch(), freshBatch()];
  for (const batch of ahead) yield batch;
}

describe('the collector frees what is abandoned', () => {
  test.each<[string, () => unknown]>([
    ['the outputs of a walk that is never finished', async () => {
      const outputs = nn.predictBatches(model, state, [inputs, inputs, inputs]);
      await outputs.next();
      await outputs.next();
    }],
    ['a walk over an asynchronous generator that is never finished', async () => { await nn.predictBatches(model, state, awaited()).next(); }],
    ['a walk over a generator that has made the next batches', async () => {
      const batches = function* () { const ahead = scope(() => [freshBatch(), freshBatch()]); yield* ahead; };
      await nn.predictBatches(model, state, batches()).next();
    }],
    ['a training whose data never comes', async () => {
      await new Promise<void>((resolve) => {
        void fit({ data: async function* () { yield freshBatch(); yield freshBatch(); resolve(); yield await never(); } });
      });
    }],
    ['a training whose callback never ends', async () => {
      await new Promise<void>((resolve) => { void fit({ onBatch: async ({ batch }) => { if (batch === 2) { resolve(); await never(); } } }); });
    }],
    ['what a callback that rejects has made', async () => {
      await expect(fit({ onBatch: async ({ state: given }) => {
        const grown = [...given.params.values()].map((layer) => (layer as nn.Params).map((leaf) => add(leaf as Tensor, 1)));
        await Promise.resolve(grown);
        fail();
      } })).rejects.toThrow('no');
    }],
    ['what a generator has made ahead, when the training fails', async () => {
      await expect(fit({ data: awaited, onBatch: ({ batch }) => { if (batch === 2) fail(); } })).rejects.toThrow('no');
    }],
    ['what an asynchronous generator has made before it fails', async () => {
      await expect(fit({ data: async function* () { await Promise.resolve(); const made = freshBatch(); yield made; mul(inputs, 2); fail(); } })).rejects.toThrow('no');
    }],
    ['a pullback that is never called', () => { vjp((x: Tensor) => mul(x, add(x, 1)), inputs); }],
    ['the temporaries of an operation that fails', () => { expect(() => softmaxCrossEntropy(add(inputs, 1), mul(targets, 9))).toThrow(); }],
    ['states that a loop replaces', () => {
      const step = nn.makeTrainingStep({ model, optimizer });
      for (let count = 0, current = state; count < 20; count++) ({ state: current } = step(current, data));
    }],
  ])('%s', async (_, abandon) => {
    await abandon();
    await expectCollected({ ...baseline });
    expect(inputs.isReleased).toBe(false);
  });
  const baseline = living();
});
