import * as fc from 'fast-check';
import { accumulate } from '@adjoint/core';
import { broadcastableTensors, shapes, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { binary, binaryApart, toHalves, unary, type Case } from '../generators.js';

/** Random calls of each operation of this family. */
export const elementwise: Record<string, Case> = {
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div, { awayFromZero: 0.5 }),
  'pow (positive base)': binary((x, y) => ops.pow(ops.add(ops.square(x), 0.5), y)),
  'pow (whole exponents)': broadcastableTensors(2, { awayFromZero: 0.3 }).chain(([x]) =>
    fc.constantFrom(-2, -1, 0, 1, 2, 3).map((exponent) => ({ inputs: [x!], fn: (a) => ops.pow(a, exponent) })),
  ),
  'pow (base 0)': shapes({ maxRank: 2 }).chain((shape) => fc.tuple(tensors(shape), fc.constantFrom(0, 2, 3))).map(([x, exponent]) => ({
    inputs: [x], fn: (a) => ops.pow(ops.add(a, toHalves(x)), exponent),
  })),
  maximum: binaryApart(ops.maximum),
  minimum: binaryApart(ops.minimum),
  neg: unary(ops.neg),
  abs: unary(ops.abs, { awayFromZero: 0.1 }),
  square: unary(ops.square),
  sqrt: unary(ops.sqrt, { min: 0.3 }),
  exp: unary(ops.exp),
  log: unary(ops.log, { min: 0.3 }),
  tanh: unary(ops.tanh),
  sigmoid: unary(ops.sigmoid),
  relu: unary(ops.relu, { awayFromZero: 0.1 }),
  leakyRelu: unary(ops.leakyRelu, { awayFromZero: 0.1 }),
  softplus: unary(ops.softplus, { awayFromZero: 0.1 }),
  elu: unary(ops.elu, { awayFromZero: 0.1 }),
  silu: unary(ops.silu),
  gelu: unary(ops.gelu),
  cast: unary((x) => ops.square(ops.cast(x, 'float64')), { dtype: 'float32' }),
  where: fc
    .tuple(broadcastableTensors(3), fc.boolean())
    .map(([[c, x, y]]) => ({ inputs: [x!, y!], fn: (a, b) => ops.where(ops.greater(c!.make(), 0), a, b) })),
  accumulate: unary((x) => accumulate(x, ops.mul(x, x))),
};
