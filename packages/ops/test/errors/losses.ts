import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const losses: Record<string, () => unknown> = {
  softmax: () => ops.softmax(zeros([])),
  logSoftmax: () => ops.logSoftmax(zeros([2]), { axis: 1 }),
  softmaxCrossEntropy: () => ops.softmaxCrossEntropy(zeros([2, 3]), zeros([2])),
};
