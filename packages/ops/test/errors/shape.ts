import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const shape: Record<string, () => unknown> = {
  reshape: () => ops.reshape(zeros([2]), [3]),
  flatten: () => ops.flatten(zeros([2]), 1),
  expandDims: () => ops.expandDims(zeros([2]), 3),
  squeeze: () => ops.squeeze(zeros([2]), 0),
  transpose: () => ops.transpose(zeros([2, 2]), [0, 0]),
  swapAxes: () => ops.swapAxes(zeros([2, 2]), 0, 2),
  flip: () => ops.flip(zeros([2]), 1),
  slice: () => ops.slice(zeros([2]), [[0, 1, 0]]),
  pad: () => ops.pad(zeros([2]), [[-1, 0]]),
  concat: () => ops.concat([zeros([2]), zeros([2, 2])]),
  stack: () => ops.stack([zeros([2]), zeros([3])]),
  'stack (axis)': () => ops.stack([zeros([2]), zeros([2])], 5),
  'stack (nothing)': () => ops.stack([]),
};
