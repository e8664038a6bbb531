import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const linear: Record<string, () => unknown> = {
  matmul: () => ops.matmul(zeros([2, 3]), zeros([2, 3])),
};
