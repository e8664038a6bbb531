import { key, zeros, type Tensor } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const normalization: Record<string, () => unknown> = {
  layerNorm: () => ops.layerNorm(zeros([2, 3]), { axes: 2 }),
  'layerNorm (scale)': () => ops.layerNorm(zeros([2, 3]), { scale: zeros([2]) }),
  'layerNorm (epsilon)': () => ops.layerNorm(zeros([2, 3]), { epsilon: -1 }),
  'layerNorm (a number as scale)': () => ops.layerNorm(zeros([2, 3]), { scale: 2 as unknown as Tensor }),
  rmsNorm: () => ops.rmsNorm(zeros([2, 3]), { axes: [0, 0] }),
  'rmsNorm (scale)': () => ops.rmsNorm(zeros([2, 3]), { scale: zeros([]) }),
  groupNorm: () => ops.groupNorm(zeros([2, 3]), { groups: 2 }),
  'groupNorm (axes)': () => ops.groupNorm(zeros([4]), { groups: 2 }),
  'groupNorm (bias)': () => ops.groupNorm(zeros([2, 4]), { groups: 2, bias: zeros([2]) }),
  batchNorm: () => ops.batchNorm(zeros([2, 3]), { axis: 2 }),
  'batchNorm (mean)': () => ops.batchNorm(zeros([2, 3]), { mean: zeros([3]) }),
  'batchNorm (variance)': () => ops.batchNorm(zeros([2, 3]), { mean: zeros([3]), variance: zeros([2]) }),
  scaledDotProductAttention: () => ops.scaledDotProductAttention(zeros([2, 3]), zeros([2, 2]), zeros([2, 3])),
  'scaledDotProductAttention (values)': () => ops.scaledDotProductAttention(zeros([2, 3]), zeros([2, 3]), zeros([3, 3])),
  'scaledDotProductAttention (vectors)': () => ops.scaledDotProductAttention(zeros([2]), zeros([2, 3]), zeros([2, 3])),
  'scaledDotProductAttention (heads)': () => ops.scaledDotProductAttention(zeros([2, 2, 3]), zeros([3, 2, 3]), zeros([2, 3])),
  'scaledDotProductAttention (mask)': () => ops.scaledDotProductAttention(zeros([2, 3]), zeros([2, 3]), zeros([2, 3]), { mask: zeros([3, 2]) }),
  'scaledDotProductAttention (mask of integers)': () => ops.scaledDotProductAttention(zeros([2, 3]), zeros([2, 3]), zeros([2, 3]), { mask: zeros([2, 2], { dtype: 'int32' }) }),
  'scaledDotProductAttention (scale)': () => ops.scaledDotProductAttention(zeros([2, 3]), zeros([2, 3]), zeros([2, 3]), { scale: NaN }),
  'scaledDotProductAttention (dropout)': () => ops.scaledDotProductAttention(zeros([2, 3]), zeros([2, 3]), zeros([2, 3]), { dropout: { rate: 1, key: key(0) } }),
};
