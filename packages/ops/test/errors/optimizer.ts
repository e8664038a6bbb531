import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const optimizer: Record<string, () => unknown> = {
  adamUpdate: () => ops.adamUpdate(zeros([2]), zeros([3]), zeros([2]), zeros([2]), { stepSize: 0.1, beta1: 0, beta2: 0, epsilon: 0 }),
  'adamUpdate (integers)': () => {
    const x = zeros([2], { dtype: 'int32' });
    return ops.adamUpdate(x, x, x, x, { stepSize: 0.1, beta1: 0, beta2: 0, epsilon: 0 });
  },
};
