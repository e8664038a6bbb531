import { tensor, zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const indexing: Record<string, () => unknown> = {
  gather: () => ops.gather(zeros([2]), tensor([2], { dtype: 'int32' })),
  oneHot: () => ops.oneHot(zeros([2]), 3),
};
