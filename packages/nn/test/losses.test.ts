import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShapeError, tensor } from '@adjoint/core';
import { assertGradients, tensors } from '@adjoint/core/testing';
import { accuracy, crossEntropy, meanSquaredError } from '@adjoint/nn';

const labels = (values: number[]) => tensor(values, { dtype: 'int32' });

test('crossEntropy is the mean of -log(softmax), of classes and of probabilities', () => {
  const logits = tensor([[1, 2, 3], [0, 0, 0]], { dtype: 'float64' });
  const expected = (Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 2 + Math.log(3)) / 2;
  expect(crossEntropy(logits, labels([1, 2])).item()).toBeCloseTo(expected, 12);
  expect(crossEntropy(logits, tensor([[0, 1, 0], [0, 0, 1]], { dtype: 'float64' })).item()).toBeCloseTo(expected, 12);
});

test('meanSquaredError is the mean over all elements', () => {
  expect(meanSquaredError(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [0, 4]])).item()).toBe(13 / 4);
});

test('meanSquaredError has the gradient of central differences', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
  fc.assert(fc.property(shape.chain((drawn) => fc.tuple(tensors(drawn), tensors(drawn))), (inputs) =>
    assertGradients({ inputs, fn: (outputs, targets) => meanSquaredError(outputs, targets), options: { order: 2 } })), { numRuns: 25 });
});

test('meanSquaredError refuses shapes that would broadcast', () => {
  expect(() => meanSquaredError(tensor([[1], [2]]), tensor([1, 2]))).toThrow(ShapeError);
});

test('accuracy counts classes and one-hot rows', () => {
  const outputs = tensor([[1, 2, 0], [3, 0, 0], [0, 0, 1], [0, 1, 0]]);
  expect(accuracy(outputs, labels([1, 0, 2, 0])).item()).toBe(0.75);
  expect(accuracy(outputs, tensor([[0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])).item()).toBe(0.5);
});

test.each([
  [tensor([[1], [2]]), labels([0, 0])],
  [tensor([[1, 2]]), labels([0, 0])],
  [tensor([1, 2]), labels([0, 0])],
  [tensor([[1, 2]]), tensor([true])],
])('accuracy refuses what is no classification (%#)', (outputs, targets) => {
  expect(() => accuracy(outputs, targets)).toThrow(ShapeError);
});
