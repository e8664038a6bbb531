import { expect, test } from 'vitest';
import { dispose, grad, key, normal, scope, type Key, type Tensor } from '@adjoint/core';
import { cast, greater, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living, type Living } from '../../../test/living.js';

// A file of its own: the loops below let timers run, and with them the garbage collector's release of what other tests
// left, which would show in the figures.

const optimizer = nn.adam({ learningRate: 0.05 });
const model = nn.sequential(
  nn.conv2d({ filters: 2, kernelSize: 3 }), nn.relu(), nn.maxPool2d({ poolSize: 2 }), nn.dropout({ rate: 0.2 }),
  nn.flatten(), nn.dense({ units: 2 }),
);

/** Noise images, class 1 where their sum is positive; made as the loop asks for them. */
function* batches(from: Key, count: number): Generator<nn.Batch> {
  for (let index = 0; index < count; index++) {
    const inputs = normal(key(from.low + index), [8, 6, 6, 1]);
    yield { inputs, targets: cast(greater(sum(inputs, { axes: [1, 2, 3] }), 0), 'int32') };
  }
}

test('fit keeps memory flat: as much after step 1,000 as after step 10', async () => {
  const before = living();
  const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [6, 6, 1] });
  const stats = new Map<number, Living>();
  const result = await nn.fit({
    model, optimizer, state, epochs: 4, data: (_, from) => batches(from, 250),
    onBatch: ({ epoch, batch }) => stats.set((epoch - 1) * 250 + batch, living()),
  });
  expect(stats.get(1000)).toEqual(stats.get(10));
  dispose([result.state, state]);
  expect(living()).toEqual(before);
});

test('evaluate leaves nothing behind', async () => {
  const variables = model.init(key(0), [6, 6, 1]);
  const data = scope(() => [...batches(key(1), 3)]);
  const before = living();
  await nn.evaluate(model, variables, data);
  expect(living()).toEqual(before);
  dispose([variables, data]);
});

test('sequential runs thousands of layers, with one activation at a time where no gradient needs them', () => {
  const seen: number[] = [];
  const probe = nn.layer({ type: 'probe', apply: (x) => { seen.push(living().bytes); return x; } });
  const deep = nn.sequential(nn.relu(), probe, ...Array.from({ length: 6000 }, () => nn.relu()), probe, nn.dense({ units: 1 }));
  const variables = deep.init(key(0), [4]);
  const input = normal(key(1), [8, 4]);
  seen.length = 0;
  const before = living();
  dispose(deep.apply(variables, input).output);
  expect(seen[1]).toBe(seen[0]);
  expect(living()).toEqual(before);
  const gradient = grad((x: Tensor) => sum(deep.apply(variables, x).output))(input);
  expect(gradient.shape).toEqual([8, 4]);
  dispose(gradient);
  expect(living()).toEqual(before);
});
