import { describe, expect, test } from 'vitest';
import { grad, scope, tensor, zeros, type Tensor } from '@adjoint/core';
import { binaryCrossEntropyWithLogits, huber, klDivergence, meanAbsoluteError, meanSquaredError, scaledDotProductAttention, softmaxCrossEntropy } from '@adjoint/ops';
import { living } from '../../../test/living.js';

describe('the gradient of a label', () => {
  test.each([['float32', 1e20], ['float64', 1e20], ['float64', 1e200]] as const)('reads a %s logit of %d, though a label is 0 or 1', (dtype, size) => {
    const logits = tensor([size, -size], { dtype });
    const gradient = grad((labels: Tensor) => binaryCrossEntropyWithLogits(logits, labels))(tensor([1, 0], { dtype }));
    const [first, second] = gradient.data() as Float64Array;
    expect(first! / size).toBeCloseTo(-0.5, 6);
    expect(second! / size).toBeCloseTo(0.5, 6);
  });

  test('of probabilities reads the logits, also where it is 0', () => {
    const gradient = grad((labels: Tensor) => softmaxCrossEntropy(tensor([[1e20, 0]]), labels));
    expect(gradient(tensor([[0, 0]])).data()[1]! / 1e20).toBeCloseTo(1, 6);
    expect(gradient(tensor([[1, 0]])).data()[1]! / 1e20).toBeCloseTo(1, 6);
  });

  test('leaves infinite logits out', () => {
    expect(binaryCrossEntropyWithLogits(tensor([Infinity, -Infinity]), tensor([1, 0])).item()).toBe(0);
    expect(softmaxCrossEntropy(tensor([[0, -Infinity]]), tensor([[1, 0]])).item()).toBe(0);
    expect(grad((x: Tensor) => softmaxCrossEntropy(x, tensor([[1, 0]])))(tensor([[0, -Infinity]])).toArray()).toEqual([[0, 0]]);
  });
});

test('the mean of no losses is NaN, with weights and without', () => {
  const [none, weights] = [zeros([0]), zeros([0])];
  for (const loss of [meanSquaredError, meanAbsoluteError, huber, binaryCrossEntropyWithLogits]) {
    expect([loss(none, none).item(), loss(none, none, { weights }).item()]).toEqual([NaN, NaN]);
  }
  const rows = zeros([0, 3]);
  expect([klDivergence(rows, rows).item(), klDivergence(rows, rows, { weights }).item()]).toEqual([NaN, NaN]);
  for (const labels of [rows, zeros([0], { dtype: 'int32' })]) {
    for (const options of [{}, { weights }, { classWeights: tensor([1, 2, 3]) }]) expect(softmaxCrossEntropy(rows, labels, options).item()).toBe(NaN);
  }
});

test('attention leaves no temporary tensors in the scope of its caller when a value is NaN', () => {
  const made = (value: number): number => scope(() => {
    const [query, values] = [zeros([1, 3, 2]), tensor([[[1, 2], [3, 4], [value, 5]]])];
    const before = living().tensors;
    scaledDotProductAttention(query, query, values, { causal: true });
    return living().tensors - before;
  });
  expect(made(NaN)).toBe(made(1));
});
