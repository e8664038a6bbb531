import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad, scope, tensor, withBackend, type Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import { backends } from '../backends.js';

const functions = {
  abs: ops.abs, acos: ops.acos, acosh: ops.acosh, asin: ops.asin, asinh: ops.asinh, atan: ops.atan, atanh: ops.atanh, cos: ops.cos, cosh: ops.cosh,
  elu: ops.elu, erf: ops.erf, exp: ops.exp, expm1: ops.expm1, gelu: ops.gelu, hardSwish: ops.hardSwish, leakyRelu: ops.leakyRelu, log: ops.log, log1p: ops.log1p,
  log2: ops.log2, mish: (x: Tensor) => ops.mul(x, ops.tanh(ops.softplus(x))), power: (x: Tensor) => ops.pow(x, 2.5), reciprocal: ops.reciprocal,
  relu: ops.relu, remainder: (x: Tensor) => ops.mod(x, 0.7), rsqrt: ops.rsqrt, sigmoid: ops.sigmoid, silu: ops.silu, sin: ops.sin, sinh: ops.sinh,
  softplus: ops.softplus, sqrt: ops.sqrt, square: ops.square, tan: ops.tan, tanh: ops.tanh,
} satisfies Record<string, (x: Tensor) => Tensor>;

const gradient = (fn: (x: Tensor) => Tensor) => grad((x: Tensor) => ops.sum(fn(x)));

/** A function, its gradient and that gradient's gradient, element by element. */
function evaluate(fn: (x: Tensor) => Tensor, values: readonly number[]): number[][] {
  return scope(() => {
    const x = tensor(values);
    return [fn(x), gradient(fn)(x), gradient(gradient(fn))(x)].map((result) => Array.from(result.data()));
  });
}

const element = fc.oneof(
  fc.float({ noNaN: true }), fc.float({ min: -8, max: 8, noNaN: true }), fc.float({ min: -1000, max: 1000, noNaN: true }),
  fc.float({ min: 1e5, max: 3e6, noNaN: true }), fc.constantFrom(NaN, Infinity, 0),
);

describe.each(backends)('on $name a value and its derivatives depend on their own element alone', ({ backend }) => {
  it.each(Object.entries(functions))('of %s', (_, fn) => {
    fc.assert(fc.property(fc.array(element, { minLength: 2, maxLength: 11 }), (values) => {
      withBackend(backend, () => {
        const together = evaluate(fn, values);
        values.forEach((value, index) => {
          expect(evaluate(fn, [value]).map(([result]) => result)).toEqual(together.map((results) => results[index]));
        });
      });
    }), { numRuns: 20 });
  });

  it('whatever lies in freed memory', () => {
    const v = 6.69376802444458;
    withBackend(backend, () => {
      for (const fn of [ops.sin, ops.cos, ops.tan]) {
        const [expected] = evaluate(fn, [v, v, v, v]).map(([result]) => result);
        for (const garbage of [0, 1e6, NaN, Infinity]) {
          scope(() => tensor(new Float32Array(16).fill(garbage)));
          expect(scope(() => fn(tensor([v])).item())).toBe(expected);
          expect(scope(() => fn(tensor([v, garbage, v, v])).data()[0])).toBe(expected);
        }
      }
    });
  });
});
