import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const shape: Record<string, () => unknown> = {
  reshape: () => ops.reshape(zeros([2]), [3]),
  flatten: () => ops.flatten(zeros([2]), 1),
  expandDims: () => ops.expandDims(zeros([2]), 3),
  'expandDims (twice)': () => ops.expandDims(zeros([2]), [0, -3]),
  squeeze: () => ops.squeeze(zeros([2]), 0),
  transpose: () => ops.transpose(zeros([2, 2]), [0, 0]),
  swapAxes: () => ops.swapAxes(zeros([2, 2]), 0, 2),
  moveAxis: () => ops.moveAxis(zeros([2, 2]), [0, 1], 0),
  'moveAxis (axis)': () => ops.moveAxis(zeros([2, 2]), 2, 0),
  'moveAxis (twice)': () => ops.moveAxis(zeros([2, 2]), [0, 0], [0, 1]),
  diagonal: () => ops.diagonal(zeros([2])),
  'diagonal (one axis)': () => ops.diagonal(zeros([2, 2]), { axes: [1, -1] }),
  'diagonal (offset)': () => ops.diagonal(zeros([2, 2]), { offset: 0.5 }),
  diagonalMatrix: () => ops.diagonalMatrix(zeros([])),
  'diagonalMatrix (offset)': () => ops.diagonalMatrix(zeros([2]), { offset: Infinity }),
  tril: () => ops.tril(zeros([2])),
  triu: () => ops.triu(zeros([2])),
  'triu (offset)': () => ops.triu(zeros([2, 2]), { offset: NaN }),
  flip: () => ops.flip(zeros([2]), 1),
  slice: () => ops.slice(zeros([2]), [[0, 1, 0]]),
  pad: () => ops.pad(zeros([2]), [[-1, 0]]),
  concat: () => ops.concat([zeros([2]), zeros([2, 2])]),
  stack: () => ops.stack([zeros([2]), zeros([3])]),
  'stack (axis)': () => ops.stack([zeros([2]), zeros([2])], 5),
  'stack (nothing)': () => ops.stack([]),
};
