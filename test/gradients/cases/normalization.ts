import * as fc from 'fast-check';
import type { Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import type { Case } from '../generators.js';

/** The variance is well above 0 with it, so that a central difference is near the derivative. */
const epsilon = 0.5;

/** A normalization of a tensor with a scale and a bias, to the third order: the gradient has a primitive of its own. */
function rescaled(
  arbitrary: fc.Arbitrary<{ readonly shape: number[]; readonly vector: number[]; readonly normalize: (x: Tensor, scale: Tensor, bias: Tensor) => Tensor }>,
): Case {
  return arbitrary
    .chain(({ shape, vector, normalize }) => fc.tuple(tensors(shape), tensors(vector), tensors(vector), fc.constant(normalize)))
    .map(([x, scale, bias, normalize]) => ({ inputs: [x, scale, bias], fn: normalize, options: { order: 3 } }));
}

const withAxes = shapes({ minRank: 1, maxRank: 3, maxLength: 3 }).chain((shape) =>
  fc.subarray(shape.map((_, axis) => axis)).map((axes) => ({ shape, axes, vector: axes.map((axis) => shape[axis]!) })),
);

const channelled = shapes({ minRank: 2, maxRank: 4, maxLength: 3 });

/** Random calls of each operation of this family. */
export const normalization: Record<string, Case> = {
  layerNorm: rescaled(withAxes.map(({ axes, ...rest }) => ({ ...rest, normalize: (x, scale, bias) => ops.layerNorm(x, { axes, scale, bias, epsilon }) }))),
  rmsNorm: rescaled(withAxes.map(({ axes, ...rest }) => ({ ...rest, normalize: (x, scale) => ops.rmsNorm(x, { axes, scale, epsilon }) }))),
  groupNorm: rescaled(
    fc.tuple(channelled, fc.constantFrom(1, 2)).map(([[n, ...rest], groups]) => {
      const shape = [n!, ...rest.slice(0, -1), groups * rest.at(-1)!];
      return { shape, vector: [shape.at(-1)!], normalize: (x, scale, bias) => ops.groupNorm(x, { groups, scale, bias, epsilon }) };
    }),
  ),
  batchNorm: rescaled(
    shapes({ minRank: 1, maxRank: 3, maxLength: 3 }).chain((shape) => fc.nat({ max: shape.length - 1 }).map((axis) => ({
      shape, vector: [shape[axis]!], normalize: (x, scale, bias) => ops.batchNorm(x, { axis, scale, bias, epsilon }),
    }))),
  ),
  'batchNorm (given statistics)': rescaled(channelled.map((shape) => ({
    shape, vector: [shape.at(-1)!], normalize: (x, mean, variance) => ops.batchNorm(x, { mean, variance: ops.square(variance), epsilon }),
  }))),
};
