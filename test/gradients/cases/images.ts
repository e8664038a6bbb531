import * as fc from 'fast-check';
import type { Tensor } from '@adjoint/core';
import { tensors, type GradientCase, type TensorConstraints, type TensorSample } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, type Case } from '../generators.js';

const one = fc.integer({ min: 1, max: 2 });
const pair = fc.tuple(one, one);
const sides = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }));
const padding = fc.oneof(fc.constantFrom('valid' as const, 'same' as const), fc.tuple(sides, sides));

/** Options with which the window fits into the image. */
function fits(image: readonly number[], window: readonly number[], dilation: readonly number[], pads: ops.Padding2d): boolean {
  return window.every((size, axis) => {
    const around = typeof pads === 'object' ? pads[axis]![0] + pads[axis]![1] : 0;
    return pads === 'same' || image[axis]! + around >= (size - 1) * dilation[axis]! + 1;
  });
}

const conv2dCase = fc
  .record({
    n: fc.nat({ max: 2 }), image: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    taps: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), c: one, filters: one, strides: pair, dilation: pair, padding,
  })
  .filter(({ image, taps, dilation, padding: pads }) => fits(image, taps, dilation, pads))
  .chain(({ n, image, taps, c, filters, ...options }) =>
    fc
      .tuple(tensors([n, ...image, c]), tensors([...taps, c, filters]))
      .map(([x, kernel]): GradientCase => ({ inputs: [x, kernel], fn: (a, b) => ops.conv2d(a, b, options) })),
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
  conv2d: conv2dCase,
  maxPool2d: poolCase(ops.maxPool2d, { distinct: true }),
  avgPool2d: poolCase(ops.avgPool2d, {}),
};
