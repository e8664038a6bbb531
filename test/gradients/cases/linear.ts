import * as fc from 'fast-check';
import { tensors, type GradientCase } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { type Case } from '../generators.js';

const side = fc.nat({ max: 4 });
const matmulCase = fc
  .tuple(side, side, side, fc.constantFrom([], [2], [2, 2]), fc.constantFrom([], [2], [1, 2]))
  .chain(([m, k, n, left, right]) => fc.tuple(tensors([...left, m, k]), tensors([...right, k, n])))
  .map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (a, b) => ops.matmul(a, b) }));
const vectorCase = fc
  .tuple(side, side, fc.boolean())
  .chain(([k, n, first]) => fc.tuple(tensors(first ? [k] : [n, k]), tensors(first ? [k, n] : [k])))
  .map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (a, b) => ops.matmul(a, b) }));

/** Random calls of each operation of this family. */
export const linear: Record<string, Case> = { matmul: matmulCase, 'matmul (vectors)': vectorCase };
