import { describe, expect, test } from 'vitest';
import { dispose, flattenTree, key, normal, scope, tensor, type Key } from '@adjoint/core';
import { cast, greater, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living } from '../../../test/living.js';

const model = nn.sequential(nn.dense({ units: 8 }), nn.relu(), nn.dropout({ rate: 0.2 }), nn.dense({ units: 2 }));
const optimizer = nn.adam({ learningRate: 0.05 });
const startFrom = (seed: number) => nn.createTrainingState({ model, optimizer, key: key(seed), inputShape: [3] });
const weights = (state: nn.TrainingState) => flattenTree(state.params).map(([, leaf]) => [...leaf.data()]);

function makeBatch(seed: number, size = 8): nn.Batch {
  const inputs = normal(key(seed), [size, 3]);
  return { inputs, targets: cast(greater(sum(inputs, { axes: 1 }), 0), 'int32') };
}

/** As a file would give them: each some time after it was asked for. */
async function* slowly(count: number, from = 0): AsyncGenerator<nn.Batch> {
  for (let index = 0; index < count; index++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    yield scope(() => makeBatch(from + index));
  }
}

function* atOnce(count: number, from = 0): Generator<nn.Batch> {
  for (let index = 0; index < count; index++) yield makeBatch(from + index);
}

const whole = makeBatch(0, 20);
const dataset: nn.Dataset = {
  batches: ({ batchSize, key: shuffleKey }) => atOnce(3, batchSize + ((shuffleKey?.low ?? 0) % 1000)),
};

describe('data that has to be waited for', () => {
  test('gives the same training as data at hand', async () => {
    const train = (data: nn.TrainingData) => nn.fit({ model, optimizer, state: startFrom(1), data, epochs: 2, validation: whole });
    const waited = await train((epoch) => slowly(4, 10 * epoch));
    const atHand = await train((epoch) => atOnce(4, 10 * epoch));
    expect(weights(waited.state)).toEqual(weights(atHand.state));
    expect(waited.history.last()!.validationLoss).toBe(atHand.history.last()!.validationLoss);
  });

  test.each<[string, () => nn.TrainingData]>([
    ['an asynchronous iterable', () => () => slowly(30)],
    ['tensors', () => whole],
  ])('leaves memory where it was: %s', async (_, data) => {
    const state = startFrom(1);
    const seen: number[] = [];
    const { state: last } = await nn.fit({
      model, optimizer, state, data: data(), batchSize: 2, epochs: 3, validation: { [Symbol.asyncIterator]: () => slowly(3) },
      onBatch: ({ batch }) => { if (batch > 3) seen.push(living().bytes); },
    });
    // What an earlier test left may be collected meanwhile, so that there is less.
    expect(Math.max(...seen)).toBe(seen[0]);
    dispose(last, state);
  });

  test('is closed when training ends early, and an error in it ends the training', async () => {
    const controller = new AbortController();
    let closed = false;
    async function* endless(): AsyncGenerator<nn.Batch> {
      try {
        for (;;) yield makeBatch(1);
      } finally {
        closed = true;
      }
    }
    const options = { model, optimizer, state: startFrom(1), epochs: 1 };
    await nn.fit({ ...options, data: () => endless(), signal: controller.signal, onBatch: ({ batch }) => { if (batch === 3) controller.abort(); } });
    expect(closed).toBe(true);
    async function* broken(): AsyncGenerator<nn.Batch> {
      yield makeBatch(1);
      throw new Error('the disk is gone');
    }
    await expect(nn.fit({ ...options, data: () => broken() })).rejects.toThrow('the disk is gone');
  });

  test('is evaluated and predicted batch by batch', async () => {
    const state = startFrom(3);
    const metrics = { f1: nn.f1Score(), loss: nn.crossEntropy };
    const waited = await nn.evaluate(model, state, slowly(5), { metrics });
    expect(waited).toEqual(await nn.evaluate(model, state, [...atOnce(5)], { metrics }));
    expect(waited.metrics.loss).toBe(waited.loss);
    const rows: number[][] = [];
    const before = living().bytes;
    for await (const output of nn.predictBatches(model, state, slowly(2))) {
      rows.push(...(output.toArray() as number[][]));
      dispose(output);
      // What an earlier test left may be collected meanwhile, so that there is less.
      expect(living().bytes).toBeLessThanOrEqual(before);
    }
    const inputs = [...atOnce(2)].map((batch) => batch.inputs);
    expect(rows).toEqual(inputs.flatMap((input) => nn.predict(model, state, input).toArray()));
    for await (const output of nn.predictBatches(model, state, inputs)) expect(output.shape).toEqual([8, 2]);
    expect(inputs.every(({ isReleased }) => !isReleased)).toBe(true);
  });
});

describe('tensors and datasets', () => {
  test('tensors are cut into batches, in another order in each epoch', async () => {
    const seen: number[][] = [];
    const rows = tensor(Array.from({ length: 10 }, (_, index) => [index]));
    const watching = new nn.Layer({
      type: 'watching',
      forward: ({ state }, input, { training }) => {
        if (training) seen.push([...input.data()]);
        return { output: input, state };
      },
    });
    const data = { inputs: rows, targets: rows };
    const line = nn.sequential(watching, nn.dense({ units: 1 }));
    const state = nn.createTrainingState({ model: line, optimizer, key: key(0), inputShape: [1] });
    await nn.fit({ model: line, optimizer, loss: nn.meanSquaredError, state, data, batchSize: 4, epochs: 2 });
    expect(seen.map(({ length }) => length)).toEqual([4, 4, 2, 4, 4, 2]);
    const [first, second] = [seen.slice(0, 3).flat(), seen.slice(3).flat()];
    expect(first).not.toEqual(second);
    for (const epoch of [first, second]) expect(epoch.sort((a, b) => a - b)).toEqual([...rows.data()]);
  });

  test('evaluate gives the same for tensors in batches and at once', async () => {
    const state = startFrom(1);
    const metrics = { auc: nn.rocAuc() };
    const inBatches = await nn.evaluate(model, state, whole, { batchSize: 7, metrics });
    const atOnce = await nn.evaluate(model, state, [whole], { metrics });
    expect(inBatches.loss).toBeCloseTo(atOnce.loss, 6);
    expect(inBatches).toMatchObject({ accuracy: atOnce.accuracy, metrics: atOnce.metrics });
  });

  test('a dataset is asked for its batches with a key an epoch', async () => {
    const asked: (Key | undefined)[] = [];
    const watched: nn.Dataset = { batches: (options) => { asked.push(options.key); return dataset.batches(options); } };
    await nn.fit({ model, optimizer, state: startFrom(1), data: watched, validation: watched, epochs: 2 });
    expect(asked.map((own) => own === undefined)).toEqual([false, true, false, true]);
    expect(asked[0]!.low).not.toBe(asked[2]!.low);
  });

  test('what is no data is refused', async () => {
    await expect(nn.evaluate(model, startFrom(1), {} as nn.Batch)).rejects.toThrow(/evaluate: the data is no \{ inputs, targets \}/);
    await expect(nn.evaluate(model, startFrom(1), whole, { batchSize: 0 })).rejects.toThrow(/evaluate: batchSize is 0/);
  });
});
