import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArgumentError, DTypeError, grad, key, ones, tensor } from '@adjoint/core';
import * as nn from '@adjoint/nn';
import { mean, square, sum } from '@adjoint/ops';
import { describeLayers } from './properties.js';

const int32 = { dtype: 'int32' } as const;

describeLayers({
  embedding: {
    layer: fc.integer({ min: 1, max: 3 }).map((units) => nn.embedding({ vocabularySize: 4, units })),
    inputs: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 })),
    values: { ...int32, min: 0, max: 3 },
  },
});

test('embedding puts rows of the table in the place of ids, and a row that occurs twice gets both gradients', () => {
  const layer = nn.embedding({ vocabularySize: 3, units: 2 });
  const { state } = layer.init(key(0), [2]);
  const params = layer.init(key(0), [2]).params.set('embeddings', tensor([[1, 2], [3, 4], [5, 6]]));
  const ids = tensor([[2, 0], [2, 2]], int32);
  expect(layer.apply({ params, state }, ids).output.toArray()).toEqual([[[5, 6], [1, 2]], [[5, 6], [5, 6]]]);
  const gradient = grad((p: nn.Params) => sum(layer.apply({ params: p, state }, ids).output))(params);
  expect(nn.getAt(gradient, 'embeddings').toArray()).toEqual([[1, 1], [0, 0], [3, 3]]);
});

test('a vector\'s length is about 1 at first', () => {
  const { params } = nn.embedding({ vocabularySize: 500, units: 64 }).init(key(0), [1]);
  expect(64 * mean(square(nn.getAt(params, 'embeddings'))).item()).toBeCloseTo(1, 1);
});

test('embedding refuses ids that are no int32 or out of range, and options out of range', () => {
  const model = nn.sequential(nn.embedding({ vocabularySize: 3, units: 2, name: 'letters' }));
  const variables = model.init(key(0), [2]);
  expect(() => model.apply(variables, ones([1, 2]))).toThrow(DTypeError);
  expect(() => model.apply(variables, ones([1, 2]))).toThrow(/^sequential\/letters: the input is float32 \[1,2\]; expected ids of int32/);
  expect(() => model.apply(variables, tensor([[0, 3]], int32))).toThrow(ArgumentError);
  expect(() => model.apply(variables, tensor([[0, 3]], int32))).toThrow(/3/);
  expect(() => nn.embedding({ vocabularySize: 0, units: 2 })).toThrow(/embedding: vocabularySize is 0/);
  expect(() => nn.embedding({ vocabularySize: 2, units: -1 })).toThrow(/embedding: units is -1/);
});
