import * as fc from 'fast-check';
import { accumulate } from '@adjoint/core';
import { broadcastableTensors, shapes, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { binary, binaryApart, binaryTied, cube, toHalves, unary, type Case } from '../generators.js';

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
  // Whole quotients stay away, where the remainder jumps.
  mod: broadcastableTensors(2, { min: -0.4, max: 0.4 }).chain(([x, y]) =>
    fc.tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-2, 2)).map(([quotient, divisor]) => ({
      inputs: [x!, y!],
      fn: (a, b) => ops.mod(ops.add(ops.mul(quotient + 0.5, ops.add(ops.mul(0.1, b), divisor)), a), ops.add(ops.mul(0.1, b), divisor)),
    })),
  ),
  hypot: binary(ops.hypot, { awayFromZero: 0.3 }),
  atan2: binary(ops.atan2, { awayFromZero: 0.3 }),
  'clip (below a bound)': binaryApart((x, y) => ops.clip(x, y, null)),
  'clip (above a bound)': binaryApart((x, y) => ops.clip(x, null, y)),
  'clip (between numbers)': unary((x) => cube(ops.clip(x, -0.05, 9)), { awayFromZero: 0.1 }),
  maximum: binaryApart(ops.maximum),
  'maximum (ties)': binaryTied(ops.maximum),
  'minimum (ties)': binaryTied(ops.minimum),
  minimum: binaryApart(ops.minimum),
  neg: unary(ops.neg),
  abs: unary(ops.abs, { awayFromZero: 0.1 }),
  square: unary(ops.square),
  sqrt: unary(ops.sqrt, { min: 0.3 }),
  rsqrt: unary(ops.rsqrt, { min: 0.3 }),
  reciprocal: unary(ops.reciprocal, { awayFromZero: 0.5 }),
  exp: unary(ops.exp),
  expm1: unary(ops.expm1),
  log: unary(ops.log, { min: 0.3 }),
  log1p: unary(ops.log1p, { min: -0.7 }),
  log2: unary(ops.log2, { min: 0.3 }),
  sin: unary(ops.sin),
  cos: unary(ops.cos),
  tan: unary(ops.tan, { min: -1.2, max: 1.2 }),
  asin: unary(ops.asin, { min: -0.8, max: 0.8 }),
  acos: unary(ops.acos, { min: -0.8, max: 0.8 }),
  atan: unary(ops.atan),
  sinh: unary(ops.sinh),
  cosh: unary(ops.cosh),
  tanh: unary(ops.tanh),
  asinh: unary(ops.asinh),
  acosh: unary(ops.acosh, { min: 1.3 }),
  atanh: unary(ops.atanh, { min: -0.8, max: 0.8 }),
  erf: unary(ops.erf),
  sigmoid: unary(ops.sigmoid),
  relu: unary(ops.relu, { awayFromZero: 0.1 }),
  leakyRelu: unary((x) => ops.leakyRelu(x, 0.3), { awayFromZero: 0.1 }),
  relu6: unary((x) => ops.relu6(ops.mul(4, x)), { awayFromZero: 0.1, max: 1.4 }),
  'relu6 (above 6)': unary((x) => ops.relu6(ops.add(x, 10))),
  softplus: unary(ops.softplus),
  logSigmoid: unary(ops.logSigmoid),
  elu: unary((x) => ops.elu(x, 0.7), { awayFromZero: 0.1 }),
  selu: unary(ops.selu, { awayFromZero: 0.1 }),
  silu: unary(ops.silu),
  hardSwish: unary(ops.hardSwish, { min: -2.9, max: 2.9 }),
  'hardSwish (beyond 3)': unary((x) => ops.hardSwish(ops.mul(10, x)), { awayFromZero: 0.4 }),
  'gelu (exact)': unary((x) => ops.gelu(x, { approximate: false })),
  'gelu (approximate)': unary((x) => ops.gelu(x)),
  cast: unary((x) => ops.square(ops.cast(x, 'float64')), { dtype: 'float32' }),
  where: fc
    .tuple(broadcastableTensors(3), fc.boolean())
    .map(([[c, x, y]]) => ({ inputs: [x!, y!], fn: (a, b) => ops.where(ops.greater(c!.make(), 0), a, b) })),
  accumulate: unary((x) => accumulate(x, ops.mul(x, x))),
};
