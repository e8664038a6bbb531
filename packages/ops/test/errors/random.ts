import { key, zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const random: Record<string, () => unknown> = {
  dropout: () => ops.dropout(zeros([2]), { rate: 1, key: key(0) }),
};
