import * as fc from 'fast-check';
import { tensor } from '@adjoint/core';
import { tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { withAxis, type Case } from '../generators.js';

const labelled = fc
  .tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 4 }))
  .chain(([n, classes]) => fc.tuple(tensors([n, classes]), fc.array(fc.nat({ max: classes - 1 }), { minLength: n, maxLength: n })));

/** Random calls of each operation of this family. */
export const losses: Record<string, Case> = {
  softmax: withAxis(ops.softmax),
  logSoftmax: withAxis(ops.logSoftmax),
  'softmaxCrossEntropy (classes)': labelled
    .filter(([logits]) => logits.shape[0]! > 0)
    .map(([logits, labels]) => ({ inputs: [logits], fn: (x) => ops.softmaxCrossEntropy(x, tensor(labels, { dtype: 'int32' })) })),
  'softmaxCrossEntropy (probabilities)': labelled.map(([logits]) => ({
    inputs: [logits],
    fn: (x) => ops.softmaxCrossEntropy(x, ops.softmax(logits.make()), { reduction: 'none' }),
  })),
};
