import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const reduce: Record<string, () => unknown> = {
  sum: () => ops.sum(zeros([2]), { axes: 1 }),
  'sum (axes)': () => ops.sum(zeros([2]), { axes: '0' as unknown as number }),
  'broadcastTo (no list)': () => ops.broadcastTo(zeros([2]), 2 as unknown as number[]),
  mean: () => ops.mean(zeros([2]), { axes: 1 }),
  max: () => ops.max(zeros([2]), { axes: -2 }),
  min: () => ops.min(zeros([0])),
  argMax: () => ops.argMax(zeros([2]), { axis: 1 }),
  argMin: () => ops.argMin(zeros([0])),
  prod: () => ops.prod(zeros([2]), { axes: [0, 0] }),
  cumSum: () => ops.cumSum(zeros([2]), { axis: 1 }),
  cumProd: () => ops.cumProd(zeros([]), { axis: 0 }),
  variance: () => ops.variance(zeros([2]), { axes: 1 }),
  'variance (correction)': () => ops.variance(zeros([2]), { correction: NaN }),
  standardDeviation: () => ops.standardDeviation(zeros([2]), { axes: 0.5 }),
  'standardDeviation (correction)': () => ops.standardDeviation(zeros([2]), { correction: Infinity }),
  logSumExp: () => ops.logSumExp(zeros([2]), { axes: -2 }),
  norm: () => ops.norm(zeros([2]), { axes: 1 }),
  'norm (of nothing)': () => ops.norm(zeros([2, 0]), { axes: 1, order: Infinity }),
  'norm (of a matrix)': () => ops.norm(zeros([2]), { order: 'fro' }),
  'norm (order)': () => ops.norm(zeros([2]), { order: NaN }),
  any: () => ops.any(zeros([2]), { axes: 1 }),
  all: () => ops.all(zeros([2, 2]), { axes: [1, -1] }),
  sumTo: () => ops.sumTo(zeros([2, 3]), [2]),
  'sumTo (more axes)': () => ops.sumTo(zeros([3]), [2, 3]),
  broadcastTo: () => ops.broadcastTo(zeros([2]), [3]),
};
