import { beforeEach, describe, expect, test } from 'vitest';
import { grad, setDefaultBackend, tensor, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import {
  binaryCrossEntropyWithLogits, cosineSimilarity, flip, huber, klDivergence, logSoftmax, meanAbsoluteError, meanSquaredError, softmax, softmaxCrossEntropy, type Reduction,
} from '../src/index.js';
import { expectClose } from './expectClose.js';

const float64 = { dtype: 'float64' } as const;
const none = { reduction: 'none' } as const;

/** Expected values are PyTorch 1.13's. */
describe.each(backends)('losses on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const predictions = (): Tensor => tensor([0.5, -2, 3], float64);
  const targets = (): Tensor => tensor([1, 0, 1], float64);
  const matrix = (): Tensor => tensor([[0.5, -1, 2], [3, 0.25, -2]], float64);

  test('of regressions', () => {
    expect(meanSquaredError(predictions(), targets(), none).toArray()).toEqual([0.25, 4, 4]);
    expect(meanAbsoluteError(predictions(), targets(), none).toArray()).toEqual([0.5, 2, 2]);
    expectClose(huber(predictions(), targets(), { ...none, delta: 0.7 }), [0.125, 1.155, 1.155]);
    expect(grad((x: Tensor) => meanAbsoluteError(x, targets()))(targets()).toArray()).toEqual([0, 0, 0]);
  });

  test('binaryCrossEntropyWithLogits', () => {
    expectClose(binaryCrossEntropyWithLogits(predictions(), targets(), none), [0.4740769841801067, 0.1269280110429726, 0.048587351573741965]);
    expectClose(binaryCrossEntropyWithLogits(predictions(), targets(), { ...none, positiveWeight: 3 }), [1.42223095254032, 0.1269280110429727, 0.1457620547212259]);
    expectClose(binaryCrossEntropyWithLogits(predictions(), targets(), { ...none, labelSmoothing: 1 }), [...binaryCrossEntropyWithLogits(predictions(), tensor([0.5, 0.5, 0.5], float64), none).data()]);
    const gradient = grad((x: Tensor) => binaryCrossEntropyWithLogits(x, tensor([1, 0]), { reduction: 'sum' }));
    expect(gradient(tensor([-1000, 1000])).toArray()).toEqual([-1, 1]);
    expect((gradient(tensor([1000, -1000])).toArray() as number[]).map(Math.abs)).toEqual([0, 0]);
  });

  test('softmaxCrossEntropy with smoothed labels and weights of the classes', () => {
    const labels = tensor([2, 1], { dtype: 'int32' });
    const probabilities = tensor([[0.2, 0.3, 0.5], [1, 0, 0]], float64);
    const classWeights = tensor([1, 2, 4], float64);
    const smoothed = { labelSmoothing: 0.3 };
    expectClose(softmaxCrossEntropy(matrix(), labels, smoothed), [1.7297960011364615]);
    expectClose(softmaxCrossEntropy(matrix(), labels, { classWeights }), [1.1003010996433602]);
    expectClose(softmaxCrossEntropy(matrix(), labels, { ...smoothed, classWeights }), [1.356329836682193]);
    expectClose(softmaxCrossEntropy(matrix(), labels, { ...smoothed, classWeights, ...none }), [1.5945895383000495, 6.543389481793109]);
    expectClose(softmaxCrossEntropy(matrix(), probabilities, { ...smoothed, ...none }), [1.5313112966571572, 0.8432807056157662]);
    expectClose(softmaxCrossEntropy(matrix(), probabilities, { ...smoothed, classWeights, ...none }), [2.8618880491080376, 2.6455929878620728]);
    // Weights of the examples go on top.
    const weights = tensor([3, 0], float64);
    expectClose(softmaxCrossEntropy(matrix(), labels, { classWeights, weights }), [0.24131129665715703]);
  });

  test('klDivergence', () => {
    const [logPredictions, expected] = [logSoftmax(matrix()), softmax(flip(matrix(), 1))];
    expectClose(klDivergence(logPredictions, expected), [2.7769925504843056]);
    expect(klDivergence(logPredictions, expected, none).shape).toEqual([2]);
    expectClose(klDivergence(logPredictions, softmax(matrix())), [0]);
    // What cannot be counts nothing, in the value and in the gradient.
    const impossible = grad((x: Tensor) => klDivergence(x, tensor([0, 1])))(tensor([-Infinity, 0]));
    expect((impossible.toArray() as number[]).map((value) => value + 0)).toEqual([0, -1]);
  });

  test('cosineSimilarity', () => {
    expectClose(cosineSimilarity(matrix(), flip(matrix(), 1)), [0.5714285714285715, -0.9138755980861244]);
    expect(cosineSimilarity(tensor([0, 0]), tensor([1, 1])).item()).toBe(0);
    expect([...grad((x: Tensor) => cosineSimilarity(x, tensor([1, 1])))(tensor([0, 0])).data()].every(Number.isFinite)).toBe(true);
  });

  test('reductions and weights', () => {
    const weights = tensor([1, 0, 3], float64);
    const loss = (reduction: Reduction, weighted = true): Tensor => meanSquaredError(predictions(), targets(), { reduction, ...(weighted ? { weights } : {}) });
    expect(loss('none').toArray()).toEqual([0.25, 0, 12]);
    expect(loss('sum').item()).toBe(12.25);
    expect(loss('mean').item()).toBe(12.25 / 4);
    expect(loss('mean', false).item()).toBe(8.25 / 3);
    // Weights that are broadcast count as often as they are used.
    expect(meanSquaredError(predictions(), targets(), { weights: tensor([2], float64) }).item()).toBe(8.25 / 3);
  });
});
