import * as ops from '@adjoint/ops';
import { reduction, type Case } from '../generators.js';

/** Random calls of each operation of this family. */
export const reductions: Record<string, Case> = {
  sum: reduction(ops.sum),
  'sum of squares': reduction((x, options) => ops.sum(ops.square(x), options)),
  mean: reduction(ops.mean, { minLength: 1 }),
  max: reduction(ops.max, { distinct: true, minLength: 1 }),
  min: reduction(ops.min, { distinct: true, minLength: 1 }),
};
