import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const reduce: Record<string, () => unknown> = {
  sum: () => ops.sum(zeros([2]), { axes: 1 }),
  mean: () => ops.mean(zeros([2]), { axes: 1 }),
  max: () => ops.max(zeros([2]), { axes: -2 }),
  min: () => ops.min(zeros([0])),
  argMax: () => ops.argMax(zeros([2]), { axis: 1 }),
  argMin: () => ops.argMin(zeros([0])),
  broadcastTo: () => ops.broadcastTo(zeros([2]), [3]),
};
