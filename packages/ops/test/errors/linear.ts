import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const linear: Record<string, () => unknown> = {
  matmul: () => ops.matmul(zeros([2, 3]), zeros([2, 3])),
  'matmul (a scalar)': () => ops.matmul(zeros([]), zeros([2, 3])),
  'matmul (batches)': () => ops.matmul(zeros([2, 1, 3]), zeros([3, 3, 1])),
  einsum: () => ops.einsum('ij,jk', zeros([2, 3]), zeros([2, 3])),
  'einsum (subscripts)': () => ops.einsum('i->j', zeros([2])),
  'einsum (labels)': () => ops.einsum('ij', zeros([2])),
  tensordot: () => ops.tensordot(zeros([2, 3]), zeros([2, 3]), { axes: 1 }),
  'tensordot (an axis)': () => ops.tensordot(zeros([2]), zeros([2]), { axes: [[1], [0]] }),
  'tensordot (too many axes)': () => ops.tensordot(zeros([2]), zeros([2])),
  dot: () => ops.dot(zeros([2]), zeros([3])),
  inner: () => ops.inner(zeros([2]), zeros([3])),
  vdot: () => ops.vdot(zeros([2]), zeros([3])),
  trace: () => ops.trace(zeros([2])),
  'trace (an axis)': () => ops.trace(zeros([2, 2]), { axes: [0, 2] }),
};
