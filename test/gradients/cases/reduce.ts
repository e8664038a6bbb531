import * as fc from 'fast-check';
import { tensor, type Tensor } from '@adjoint/core';
import { axesOf, shapes, tensors, type TensorSample } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { reduction, type Case } from '../generators.js';

/** Magnitudes whose products of a few dozen neither vanish nor explode. */
const factors = { min: -1.5, max: 1.5 };

/** What makes some of the elements 0 when it is taken from them, none to all. */
const zeroing = (x: TensorSample): fc.Arbitrary<() => Tensor> =>
  fc.array(fc.boolean(), { minLength: x.values.length, maxLength: x.values.length }).map((isZero) => () =>
    tensor(x.values.map((value, index) => (isZero[index] ? value : 0)), { shape: x.shape, dtype: 'float64' }));

/** A product over axes, in which elements are 0. */
const productWithZeros: Case = shapes({ maxRank: 3, maxLength: 3 })
  .chain((shape) => tensors(shape, factors))
  .chain((x) => fc.tuple(fc.constant(x), zeroing(x), axesOf(x.shape.length)))
  .map(([x, zeros, axes]) => ({ inputs: [x], fn: (input) => ops.prod(ops.sub(input, zeros()), { axes }) }));

/** A cumulative function along one axis or all, in every order. */
const cumulative = (fn: (x: Tensor, options: ops.CumulativeOptions) => Tensor): Case =>
  shapes({ minRank: 1, maxRank: 2, maxLength: 6 })
    .chain((shape) => tensors(shape, factors))
    .chain((x) => fc.tuple(fc.constant(x), zeroing(x), fc.record({
      axis: fc.option(fc.integer({ min: -x.shape.length, max: x.shape.length - 1 }), { nil: undefined }), reverse: fc.boolean(), exclusive: fc.boolean(),
    })))
    .map(([x, zeros, { axis, ...order }]) => ({
      inputs: [x], fn: (input) => fn(ops.sub(input, zeros()), axis === undefined ? order : { axis, ...order }),
    }));

const norm = (order: number) => (x: Tensor, options: ops.ReduceOptions) => ops.norm(x, { ...options, order });

/** Random calls of each operation of this family. */
export const reductions: Record<string, Case> = {
  sum: reduction(ops.sum),
  'sum of squares': reduction((x, options) => ops.sum(ops.square(x), options)),
  mean: reduction(ops.mean, { minLength: 1 }),
  prod: reduction(ops.prod, factors),
  'prod with zeros': productWithZeros,
  cumSum: cumulative((x, options) => ops.cumSum(ops.square(x), options)),
  cumProd: cumulative(ops.cumProd),
  variance: reduction((x, options) => ops.variance(x, { ...options, correction: 0.5 }), { minLength: 1 }),
  standardDeviation: reduction(ops.standardDeviation, { distinct: true, minLength: 1 }),
  logSumExp: reduction(ops.logSumExp, { minLength: 1 }),
  norm: reduction(ops.norm, { awayFromZero: 0.3 }),
  ...Object.fromEntries([1, 0.5, 3, -1.5].map((order) => [`norm of order ${order}`, reduction(norm(order), { awayFromZero: 0.3, minLength: order < 0 ? 1 : 0 })])),
  ...Object.fromEntries([Infinity, -Infinity].map((order) => [`norm of order ${order}`, reduction(norm(order), { distinct: true, min: 0.5, minLength: 1 })])),
  max: reduction(ops.max, { distinct: true, minLength: 1 }),
  min: reduction(ops.min, { distinct: true, minLength: 1 }),
};
