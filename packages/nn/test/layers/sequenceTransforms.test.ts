import { describe, expect, test } from 'vitest';
import { checkpoint, grad, hvp, jvp, key, normal, tensor, vmap, type Tensor } from '@adjoint/core';
import * as nn from '@adjoint/nn';
import { add, div, index, mul, reshape, square, sub, sum } from '@adjoint/ops';
import { expectNear } from './waves.js';

const float64 = { dtype: 'float64' } as const;
const memory = normal(key(9), [1, 3, 4], float64);

const layers: Record<string, [nn.Layer, nn.ApplyOptions?]> = {
  simpleRnn: [nn.simpleRnn({ units: 3 }), { mask: tensor([[true, true, false, true, false]]) }],
  lstm: [nn.lstm({ units: 3, returnSequences: true }), { mask: tensor([[true, true, false, true, false]]) }],
  gru: [nn.gru({ units: 3, backwards: true })],
  bidirectional: [nn.bidirectional(nn.gru({ units: 2, returnSequences: true }))],
  multiHeadAttention: [nn.multiHeadAttention({ heads: 2, rotary: true }), { mask: tensor([[true, true, false, true, false]]) }],
  transformerEncoderBlock: [nn.transformerEncoderBlock({ heads: 2, hiddenUnits: 3, activation: 'gelu', causal: true })],
  transformerDecoderBlock: [nn.transformerDecoderBlock({ heads: 2, hiddenUnits: 3, activation: 'gelu', normFirst: true }), { memory }],
  positions: [nn.sequential(nn.sinusoidalPositions(), nn.learnedPositions({ maxSteps: 6 }))],
};

describe.each(Object.entries(layers))('%s inside of transforms', (_, [layer, options]) => {
  const { params, state } = layer.init(key(0), [5, 4], float64);
  const input = normal(key(1), [1, 5, 4], float64);
  const tangent = normal(key(2), [1, 5, 4], float64);
  const apply = (x: Tensor, p: nn.Params = params) => layer.apply({ params: p, state }, x, options).output;
  const loss = (x: Tensor) => sum(square(apply(x)));
  const along = (fn: (x: Tensor) => Tensor) => div(sub(fn(add(input, mul(tangent, 1e-5))), fn(sub(input, mul(tangent, 1e-5)))), 2e-5);
  const expectClose = (actual: Tensor, expected: Tensor) => {
    expect(actual.shape).toEqual(expected.shape);
    const wanted = expected.data();
    actual.data().forEach((value, position) => expect(Math.abs(value - wanted[position]!)).toBeLessThan(1e-6 * (1 + Math.abs(wanted[position]!))));
  };

  test('jvp and hvp are central differences of values and of gradients', () => {
    expectClose(jvp((x: Tensor) => apply(x), [input], [tangent]).tangent, along((x) => apply(x)));
    expectClose(hvp(loss)(input, tangent), along(grad(loss)));
  });

  test('vmap over examples is a batch, and over gradients each example\'s own', () => {
    const many = normal(key(3), [3, 1, 5, 4], float64);
    const batched = vmap((x: Tensor) => apply(x))(many);
    const gradients = vmap(grad(loss))(many);
    for (const example of [0, 1, 2]) {
      expectNear(index(batched, example), [...apply(index(many, example)).data()]);
      expectNear(index(gradients, example), [...grad(loss)(index(many, example)).data()]);
    }
  });

  test('checkpoint changes no gradient', () => {
    expectNear(grad((x: Tensor) => sum(square(checkpoint((y: Tensor) => apply(y))(x))))(input), [...grad(loss)(input).data()]);
  });
});

test('vmap over ids gives an embedding a batch', () => {
  const layer = nn.embedding({ vocabularySize: 5, units: 2 });
  const variables = layer.init(key(0), [3]);
  const ids = tensor([[[0, 1, 4]], [[2, 2, 3]]], { dtype: 'int32' });
  const batched = vmap((x: Tensor) => layer.apply(variables, x).output)(ids);
  expect([...batched.data()]).toEqual([...layer.apply(variables, reshape(ids, [2, 3])).output.data()]);
  expect(batched.shape).toEqual([2, 1, 3, 2]);
});
