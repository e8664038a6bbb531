import { zeros, type Tensor } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const losses: Record<string, () => unknown> = {
  softmax: () => ops.softmax(zeros([])),
  logSoftmax: () => ops.logSoftmax(zeros([2]), { axis: 1 }),
  softmaxCrossEntropy: () => ops.softmaxCrossEntropy(zeros([2, 3]), zeros([2])),
  'meanSquaredError (an array as weights)': () => ops.meanSquaredError(zeros([2]), zeros([2]), { weights: [1, 2] as unknown as Tensor }),
  meanSquaredError: () => ops.meanSquaredError(zeros([2]), zeros([2, 1])),
  'meanSquaredError (weights)': () => ops.meanSquaredError(zeros([2]), zeros([2]), { weights: zeros([2, 2]) }),
  'meanSquaredError (reduction)': () => ops.meanSquaredError(zeros([2]), zeros([2]), { reduction: 'median' as 'mean' }),
  meanAbsoluteError: () => ops.meanAbsoluteError(zeros([2]), zeros([3])),
  huber: () => ops.huber(zeros([2]), zeros([3])),
  'huber (delta)': () => ops.huber(zeros([2]), zeros([2]), { delta: 0 }),
  binaryCrossEntropyWithLogits: () => ops.binaryCrossEntropyWithLogits(zeros([2]), zeros([1])),
  'binaryCrossEntropyWithLogits (smoothing)': () => ops.binaryCrossEntropyWithLogits(zeros([2]), zeros([2]), { labelSmoothing: 2 }),
  klDivergence: () => ops.klDivergence(zeros([2]), zeros([3])),
  'klDivergence (scalar)': () => ops.klDivergence(zeros([]), zeros([])),
  'klDivergence (axis)': () => ops.klDivergence(zeros([2]), zeros([2]), { axis: 1 }),
  cosineSimilarity: () => ops.cosineSimilarity(zeros([2]), zeros([3])),
  'cosineSimilarity (axis)': () => ops.cosineSimilarity(zeros([2]), zeros([2]), { axis: 1 }),
  'cosineSimilarity (epsilon)': () => ops.cosineSimilarity(zeros([2]), zeros([2]), { epsilon: 0 }),
  'softmaxCrossEntropy (smoothing)': () => ops.softmaxCrossEntropy(zeros([2, 3]), zeros([2, 3]), { labelSmoothing: -1 }),
  'softmaxCrossEntropy (class weights)': () => ops.softmaxCrossEntropy(zeros([2, 3]), zeros([2, 3]), { classWeights: zeros([2]) }),
  'softmaxCrossEntropy (an array as class weights)': () => ops.softmaxCrossEntropy(zeros([2, 3]), zeros([2, 3]), { classWeights: [1, 1, 1] as unknown as Tensor }),
  'softmaxCrossEntropy (weights)': () => ops.softmaxCrossEntropy(zeros([2, 3]), zeros([2, 3]), { weights: zeros([3]) }),
};
