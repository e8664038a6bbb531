import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const images: Record<string, () => unknown> = {
  conv2d: () => ops.conv2d(zeros([1, 2, 2, 1]), zeros([3, 3, 1, 1])),
  maxPool2d: () => ops.maxPool2d(zeros([1, 2, 2, 1]), { poolSize: 3 }),
  avgPool2d: () => ops.avgPool2d(zeros([2, 2]), { poolSize: 1 }),
};
