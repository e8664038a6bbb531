import { describe, expect, test } from 'vitest';
import { grad, tensor } from '@adjoint/core';
import * as nn from '../src/index.js';

/** Optimizers whose first step from a gradient has a size of its own. */
const optimizers: Record<string, () => nn.Optimizer> = {
  rmsProp: () => nn.rmsProp({ learningRate: 1 }),
  'rmsProp, centered': () => nn.rmsProp({ learningRate: 1, centered: true }),
  'rmsProp with momentum': () => nn.rmsProp({ learningRate: 1, momentum: 0.5 }),
  adam: () => nn.adam({ learningRate: 1 }),
  amsgrad: () => nn.adam({ learningRate: 1, amsgrad: true }),
  adamW: () => nn.adamW({ learningRate: 1, weightDecay: 0 }),
  scaleByAdam: () => nn.chain(nn.scaleByAdam(), nn.scaleByLearningRate(1)),
  adamax: () => nn.adamax({ learningRate: 1 }),
  nadam: () => nn.nadam({ learningRate: 1 }),
  adagrad: () => nn.adagrad({ learningRate: 1 }),
  lion: () => nn.lion({ learningRate: 1, weightDecay: 0 }),
  clipByNorm: () => nn.chain(nn.clipByNorm(1), nn.sgd({ learningRate: 1 })),
  clipByGlobalNorm: () => nn.chain(nn.clipByGlobalNorm(1), nn.sgd({ learningRate: 1 })),
};

/** The parameters after a few steps with gradients of a size. */
function trained(optimizer: nn.Optimizer, size: number): number[] {
  let [params, state] = [{ w: tensor([0, 0, 0, 0, 0]) }, optimizer.init({ w: tensor([0, 0, 0, 0, 0]) })];
  for (const factor of [1, -0.5, 2]) {
    ({ params, state } = optimizer.update({ w: tensor([1, -2, 0.5, 3, 0].map((value) => value * factor * size)) }, state, params));
  }
  return [...params.w.data()];
}

describe('gradients of any size make the same steps', () => {
  test.each(Object.entries(optimizers))('%s', (_, make) => {
    const expected = trained(make(), 1e5);
    expect(expected.slice(0, 4).every((value) => value !== 0)).toBe(true);
    for (const size of [1e12, 1e20, 1e30, 3e37]) {
      trained(make(), size).forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 4));
    }
  });

  test.each(['rmsProp', 'adam', 'nadam', 'adagrad'])('%s without an epsilon, and tiny ones', (name) => {
    const made = { rmsProp: nn.rmsProp, adam: nn.adam, nadam: nn.nadam, adagrad: nn.adagrad }[name]!({ learningRate: 1, epsilon: 0 });
    const expected = trained(made, 1);
    for (const size of [1e-20, 1e-30, 1e-36]) trained(made, size).slice(0, 4).forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 4));
  });

  test('radam and adadelta stay finite and move', () => {
    for (const optimizer of [nn.radam({ learningRate: 1e-30 }), nn.adadelta()]) {
      for (const value of trained(optimizer, 1e25).slice(0, 4)) expect(Number.isFinite(value) && value !== 0).toBe(true);
    }
  });
});

test('the global norm neither overflows nor has a gradient of NaN at 0', () => {
  expect(nn.globalNorm({ a: tensor([3e30]), b: tensor([4e30, 0]) }).item()).toBeCloseTo(5e30, -24);
  expect(nn.globalNorm([tensor([3e-30]), tensor([4e-30])]).item() / 1e-30).toBeCloseTo(5, 5);
  expect(nn.globalNorm({}).item()).toBe(0);
  expect(grad((x) => nn.globalNorm([x, x]))(tensor([0, 0])).toArray()).toEqual([0, 0]);
});
