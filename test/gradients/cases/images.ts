import * as fc from 'fast-check';
import type { Tensor } from '@adjoint/core';
import { convolutions, tensors, type GradientCase, type TensorConstraints, type TensorSample } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, type Case } from '../generators.js';

const one = fc.integer({ min: 1, max: 2 });
const pair = fc.tuple(one, one);

/** Options with which the window fits into the image. */
function fits(image: readonly number[], window: readonly number[], dilation: readonly number[], pads: ops.Padding2d): boolean {
  return window.every((size, axis) => {
    const around = typeof pads === 'object' ? pads[axis]![0] + pads[axis]![1] : 0;
    return pads === 'same' || image[axis]! + around >= (size - 1) * dilation[axis]! + 1;
  });
}

const conv2dCase = convolutions().chain(({ input, kernel, options }) =>
  fc.tuple(tensors(input), tensors(kernel)).map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (a, b) => ops.conv2d(a, b, options) })));

const depthwiseCase = fc.record({ c: fc.integer({ min: 1, max: 5 }), multiplier: one, strides: pair, dilation: pair }).chain(({ c, multiplier, ...options }) =>
  fc
    .tuple(tensors([1, 4, 3, c]), tensors([2, 3, c, multiplier]))
    .map(([x, kernel]): GradientCase => ({ inputs: [x, kernel], fn: (a, b) => ops.depthwiseConv2d(a, b, { ...options, padding: 'same' }) })),
);

/** A convolution along any number of axes; the last axes of its kernel are channels and filters, or of a transposed one the other way round. */
const convolutionCase = (
  convolve: (x: Tensor, kernel: Tensor, options: { strides: number; dilation: number; padding: number; groups: number }) => Tensor,
  spatial: readonly number[], taps: readonly number[], channelsFirst: boolean,
) =>
  fc.record({ n: fc.nat({ max: 2 }), c: one, filters: one, groups: one, strides: one, dilation: one, padding: fc.nat({ max: 1 }) }).chain(({ n, c, filters, ...options }) => {
    const { groups } = options;
    return fc
      .tuple(tensors([n, ...spatial, groups * c]), tensors([...taps, ...(channelsFirst ? [c, groups * filters] : [filters, groups * c])]))
      .map(([x, kernel]): GradientCase => ({ inputs: [x, kernel], fn: (a, b) => convolve(a, b, options) }));
  });

/** A pooling along another number of axes. */
const poolAlongCase = (pool: (x: Tensor, options: { poolSize: number; strides: number; padding: number }) => Tensor, spatial: readonly number[], constraints: TensorConstraints) =>
  fc.record({ poolSize: fc.integer({ min: 2, max: 3 }), strides: one, padding: fc.nat({ max: 1 }) }).chain((options) =>
    tensors([2, ...spatial, 2], constraints).map((x): GradientCase => ({ inputs: [x], fn: (a) => cube(pool(a, options)) })),
  );

const resizeCase = fc
  .record({ image: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })), size: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), method: fc.constantFrom('nearest' as const, 'bilinear' as const), aligned: fc.boolean() })
  .chain(({ image, size, method, aligned }) =>
    tensors([2, ...image, 2]).map((x): GradientCase => ({ inputs: [x], fn: (a) => cube(ops.resize(a, size, { method, alignCorners: aligned && method !== 'nearest' })) })),
  );

/** To the third order, since the rule of the second derivative has a primitive of its own. */
const poolCase = (pool: (x: Tensor, options: ops.Pool2dOptions) => Tensor, constraints: TensorConstraints) =>
  fc
    .record({
      n: fc.nat({ max: 2 }), image: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), c: fc.integer({ min: 1, max: 5 }),
      poolSize: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), strides: pair, padding: fc.constantFrom('valid' as const, 'same' as const),
    })
    .filter(({ image, poolSize, padding: pads }) => fits(image, poolSize, [1, 1], pads))
    .chain(({ n, image, c, ...options }) =>
      tensors([n, ...image, c], constraints).map((x: TensorSample): GradientCase => ({ inputs: [x], fn: (a) => cube(pool(a, options)), options: { order: 3 } })),
    );

/** Random calls of each operation of this family. */
export const images: Record<string, Case> = {
  conv1d: convolutionCase(ops.conv1d, [4], [2], true),
  conv2d: conv2dCase,
  conv3d: convolutionCase(ops.conv3d, [3, 3, 4], [2, 1, 2], true),
  depthwiseConv2d: depthwiseCase,
  conv1dTranspose: convolutionCase(ops.conv1dTranspose, [4], [2], false),
  conv2dTranspose: convolutionCase(ops.conv2dTranspose, [3, 2], [3, 2], false),
  conv3dTranspose: convolutionCase(ops.conv3dTranspose, [2, 2, 3], [3, 2, 2], false),
  maxPool1d: poolAlongCase(ops.maxPool1d, [5], { distinct: true }),
  avgPool1d: poolAlongCase(ops.avgPool1d, [5], {}),
  maxPool3d: poolAlongCase(ops.maxPool3d, [4, 3, 3], { distinct: true }),
  avgPool3d: poolAlongCase(ops.avgPool3d, [4, 3, 3], {}),
  globalMaxPool: tensors([2, 3, 2, 2], { distinct: true }).map((x): GradientCase => ({ inputs: [x], fn: (a) => cube(ops.globalMaxPool(a)) })),
  globalAvgPool: tensors([2, 3, 2, 2]).map((x): GradientCase => ({ inputs: [x], fn: (a) => cube(ops.globalAvgPool(a, { keepDims: true })) })),
  resize: resizeCase,
  maxPool2d: poolCase(ops.maxPool2d, { distinct: true }),
  avgPool2d: poolCase(ops.avgPool2d, {}),
};
