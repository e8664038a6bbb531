import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { reference, type Backend, type UnaryOperation } from '@adjoint/core';
import { createWasmBackend, wasm } from '../src/index.js';
import { dense, run } from './operands.js';

const builds = [...new Set(['baseline' as const, wasm.simd])];

/** How far apart neighbouring float32 are near `x`. */
function unitInTheLastPlace(x: number): number {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(x), 2 ** -126)));
  return 2 ** (Math.max(exponent, -126) - 23);
}

function evaluate(backend: Backend, operation: UnaryOperation, inputs: Float32Array | Float64Array): Float32Array | Float64Array {
  const dtype = inputs instanceof Float32Array ? 'float32' : 'float64';
  const view = dense(dtype, [inputs.length], inputs);
  return run(backend, [view], dtype, [inputs.length], ([x], out) => backend.unary(operation, x!, out)) as Float32Array;
}

/**
 * That of `tan` is of a quotient: sine and cosine are off by 1.5 units at most, and where both are near to 0.7, one of theirs is
 * 1.4 of the quotient's, which loses another half.
 */
const bounds: Partial<Record<UnaryOperation, number>> = {
  exp: 2, expm1: 3, log: 2, log1p: 3, tanh: 6, sigmoid: 3, sin: 2, cos: 2, erf: 4,
  log2: 3, tan: 5, asin: 3, acos: 3, atan: 3, sinh: 3, cosh: 3, asinh: 4, acosh: 4, atanh: 4, sqrt: 0.51, rsqrt: 2,
};

const specials = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-45, -1e-45, 1e-39, 3.4e38, -3.4e38, 88.72, 88.73, -87.4, -103.9, -104.1];

describe.each(builds)('accuracy of float32 functions, %s build', (simd) => {
  const backend = createWasmBackend({ simd });

  it.each(Object.entries(bounds) as [UnaryOperation, number][])('%s is within %d units in the last place', (operation, bound) => {
    const anywhere = fc.oneof(
      { weight: 3, arbitrary: fc.float({ noDefaultInfinity: true, noNaN: true }) },
      { weight: 3, arbitrary: fc.float({ min: -8, max: 8, noNaN: true }) },
      { weight: 2, arbitrary: fc.float({ min: -110, max: 110, noNaN: true }) },
      { weight: 1, arbitrary: fc.constantFrom(...specials) },
    );
    fc.assert(fc.property(fc.array(anywhere, { minLength: 64, maxLength: 256 }), (list) => {
      const inputs = Float32Array.from(list);
      const exact = evaluate(reference, operation, Float64Array.from(inputs));
      const actual = evaluate(backend, operation, inputs);
      inputs.forEach((x, index) => {
        const expected = Math.fround(exact[index]!);
        if (Object.is(actual[index], expected) || actual[index] === expected) return;
        const error = Math.abs(actual[index]! - exact[index]!) / unitInTheLastPlace(exact[index]!);
        if (!(error <= bound)) expect(`${operation}(${x}) = ${actual[index]}, ${error} ulp off`).toBe(`${expected}`);
      });
    }), { numRuns: 100 });
  });
});
