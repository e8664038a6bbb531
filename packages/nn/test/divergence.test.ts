import { expect, test } from 'vitest';
import { key, normal, tensor, type Tensor } from '@adjoint/core';
import { add, div, exp, log, minimum, mul, neg, sqrt, sub, sum, where } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living } from '../../../test/living.js';

const optimizer = nn.sgd({ learningRate: 0.1 });
const data: nn.Batch = { inputs: normal(key(0), [4, 3]), targets: normal(key(1), [4, 1]) };
const layerOf = (type: string, fn: (input: Tensor) => Tensor) => new nn.Layer({ type, forward: ({ state }, input) => ({ output: fn(input), state }) });

/** Trains with a layer between two dense ones; gives what ended it. */
async function diverge(layer: nn.Layer, options: Partial<nn.FitOptions> = {}): Promise<nn.DivergenceError> {
  const model = nn.sequential(nn.dense({ units: 3 }), layer, nn.dense({ units: 1 }));
  const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [3] });
  const error: unknown = await nn.fit({ model, optimizer, loss: nn.meanSquaredError, state, data, epochs: 3, ...options }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(nn.DivergenceError);
  return error as nn.DivergenceError;
}

test('NaN is traced to the layer and the operation that made it', async () => {
  const error = await diverge(layerOf('badLog', (x) => log(neg(mul(x, x)))));
  expect(error).toMatchObject({ step: 0, loss: NaN, origin: { module: 'sequential/badLog', operation: 'log' } });
  expect(error.message).toBe('fit: the loss is NaN in step 1: the first NaN came of log in sequential/badLog. Try a smaller learning rate, or clip the gradient');
});

test('an infinite number that NaN comes of is named before it', async () => {
  const error = await diverge(layerOf('overflow', (x) => {
    const large = exp(add(mul(x, 0), 1e3));
    return sub(large, large);
  }));
  expect(error.message).toMatch(/the first infinite number came of exp in sequential\/overflow, and the first NaN came of sub in sequential\/overflow/);
  expect(error.origin).toEqual({ module: 'sequential/overflow', operation: 'exp' });
});

test('of several infinite numbers the first is named', async () => {
  const error = await diverge(nn.sequential(
    layerOf('first', (x) => exp(add(mul(x, 0), 1e3))),
    layerOf('second', (x) => div(minimum(x, 1), 0)),
    layerOf('noNumber', (x) => sub(x, x)),
  ));
  expect(error.origin).toEqual({ module: 'sequential/sequential/first', operation: 'exp' });
});

test('an infinite number that a mask brings is not where it began', async () => {
  const error = await diverge(nn.sequential(layerOf('mask', (x) => exp(where(tensor([[true, false, true]]), x, -Infinity))), layerOf('badRoot', (x) => sqrt(sub(x, 1e3)))));
  expect(error.origin).toEqual({ module: 'sequential/sequential/badRoot', operation: 'sqrt' });
});

test('the loss itself is named', async () => {
  const error = await diverge(layerOf('identity', (x) => x), { loss: (outputs) => sum(log(sub(mul(outputs, 0), 1))) });
  expect(error.origin).toEqual({ module: '', operation: 'log' });
  expect(error.message).toContain('log in the loss');
});

test('a gradient that is not finite shows in the parameters of the layer that it was first so at', async () => {
  // The root of 0 has an infinite gradient, and 0 times that is NaN.
  const error = await diverge(layerOf('root', (x) => sqrt(mul(x, 0))));
  expect(error).toMatchObject({ step: 1, origin: null });
  expect(error.message).toMatch(/the loss is NaN in step 2: an update before made parameters that are not finite; the gradient first was so at dense\.bias \(and from there at dense\.kernel\)/);
});

test('data that is not finite is named', async () => {
  const inputs = tensor([[1, NaN, 2]]);
  const error = await diverge(layerOf('identity', (x) => x), { data: [{ inputs, targets: tensor([[1]]) }] });
  expect(error.message).toContain('the inputs of the batch are not all finite numbers');
});

test('it can be ignored, and leaves no tensors behind', async () => {
  const before = living().tensors;
  await diverge(layerOf('badLog', (x) => log(sub(mul(x, 0), 1))));
  const model = nn.sequential(nn.dense({ units: 1 }), layerOf('badLog', (x) => log(sub(mul(x, 0), 1))));
  const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [3] });
  const { history } = await nn.fit({ model, optimizer, loss: nn.meanSquaredError, state, data, epochs: 2, divergence: 'ignore' });
  expect(history.map(({ loss }) => loss).toArray()).toEqual([NaN, NaN]);
  // Two first states, and one that was reached.
  expect(living().tensors - before).toBeLessThanOrEqual(4 + 2 + 2);
});
