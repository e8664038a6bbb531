import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const images: Record<string, () => unknown> = {
  conv1d: () => ops.conv1d(zeros([1, 2, 1]), zeros([3, 1, 1])),
  'conv1d (axes)': () => ops.conv1d(zeros([1, 2, 2, 1]), zeros([1, 1, 1])),
  conv2d: () => ops.conv2d(zeros([1, 2, 2, 1]), zeros([3, 3, 1, 1])),
  'conv2d (groups)': () => ops.conv2d(zeros([1, 2, 2, 4]), zeros([1, 1, 2, 3]), { groups: 2 }),
  conv3d: () => ops.conv3d(zeros([1, 2, 2, 2, 1]), zeros([3, 3, 3, 1, 1])),
  depthwiseConv2d: () => ops.depthwiseConv2d(zeros([1, 2, 2, 3]), zeros([1, 1, 1, 3])),
  conv1dTranspose: () => ops.conv1dTranspose(zeros([1, 2, 2]), zeros([3, 1, 1])),
  conv2dTranspose: () => ops.conv2dTranspose(zeros([1, 2, 2, 1]), zeros([3, 3, 1, 1]), { outputPadding: 1 }),
  conv3dTranspose: () => ops.conv3dTranspose(zeros([1, 1, 1, 1, 1]), zeros([1, 1, 1, 1, 1]), { padding: 1 }),
  maxPool1d: () => ops.maxPool1d(zeros([1, 2, 1]), { poolSize: 3 }),
  avgPool1d: () => ops.avgPool1d(zeros([1, 2]), { poolSize: 1 }),
  maxPool2d: () => ops.maxPool2d(zeros([1, 2, 2, 1]), { poolSize: 3 }),
  avgPool2d: () => ops.avgPool2d(zeros([2, 2]), { poolSize: 1 }),
  maxPool3d: () => ops.maxPool3d(zeros([1, 2, 2, 2, 1]), { poolSize: [3, 1, 1] }),
  avgPool3d: () => ops.avgPool3d(zeros([1, 2, 2, 1]), { poolSize: 1 }),
  globalMaxPool: () => ops.globalMaxPool(zeros([2, 2])),
  globalAvgPool: () => ops.globalAvgPool(zeros([2])),
  resize: () => ops.resize(zeros([1, 2, 2, 1]), [2]),
  'resize (no pixels)': () => ops.resize(zeros([1, 0, 2, 1]), [2, 2]),
};
