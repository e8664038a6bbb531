import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { BinaryOperation, UnaryOperation } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectSame, expectWithinUnits, type Case } from './kernels.js';
import { binaryOperations, dtypes, resultOf, unaryOperations } from './operations.js';
import { anyElement, near, shapes, shapesThatBroadcastTo, views } from './views.js';

/**
 * What IEEE 754 fixes to the last bit, the sign of a zero included: one operation, correctly rounded. A backend that
 * is compared in `float32` with a reference that rounds from `float64` gives the same, as `float64` has more than
 * twice the digits (Figueroa, "When is double rounding innocuous?", 1995).
 */
const exactly = 'exactly';

/** What is exact but for the sign of a zero, on which NumPy makes no promise. */
const exactButForZeros = 0;

/**
 * What the functions of no closed form may be off by. The reference's are within one unit or so (its erf within 6),
 * single-precision polynomials within 2 or 3.
 */
const fewUnits = 4;
const unitsOfErf = 12;
/** A quotient of two polynomials, each of several roundings. */
const unitsOfTanh = 6;

type Accuracy = typeof exactly | number;

const unaryAccuracy: Record<UnaryOperation, Accuracy> = {
  negate: exactly, abs: exactly, sign: exactButForZeros, reciprocal: exactly, square: exactly, sqrt: exactly,
  // Two roundings.
  rsqrt: 2,
  exp: fewUnits, expm1: fewUnits, log: fewUnits, log1p: fewUnits, log2: fewUnits,
  sin: fewUnits, cos: fewUnits, tan: fewUnits, asin: fewUnits, acos: fewUnits, atan: fewUnits,
  sinh: fewUnits, cosh: fewUnits, tanh: unitsOfTanh, asinh: fewUnits, acosh: fewUnits, atanh: fewUnits,
  sigmoid: fewUnits, relu: exactButForZeros, erf: unitsOfErf,
  floor: exactly, ceil: exactly, round: exactly,
  isNaN: exactly, isFinite: exactly, not: exactly,
};

const binaryAccuracy: Record<BinaryOperation, Accuracy> = {
  add: exactly, subtract: exactly, multiply: exactly, divide: exactly, power: fewUnits, remainder: exactly,
  minimum: exactButForZeros, maximum: exactButForZeros, atan2: fewUnits, hypot: fewUnits, reluGradient: exactly,
  tanhGradient: fewUnits, sigmoidGradient: fewUnits,
  equal: exactly, notEqual: exactly, less: exactly, lessEqual: exactly, greater: exactly, greaterEqual: exactly,
  and: exactly, or: exactly,
};

/** Those whose right operand is the output of a function that lies between -1 and 1. */
const readsOutput: readonly BinaryOperation[] = ['tanhGradient', 'sigmoidGradient'];

describe.each(candidates)('elementwise operations of $name', ({ create }) => {
  const backend = create();

  function expectAsAccurate(test: Case, accuracy: Accuracy): void {
    if (accuracy === exactly) expectSame(backend, test);
    else expectWithinUnits(backend, test, accuracy);
  }

  it.each(unaryOperations)('%s of %s', (operation, dtype) => {
    // Around zero most functions bend; beyond it, each has its own limits.
    const element = fc.oneof(anyElement(dtype), dtype.startsWith('float') ? near(dtype, 8) : anyElement(dtype));
    fc.assert(fc.property(shapes().chain((shape) => views(dtype, shape, element)), (input) => {
      const out = { dtype: resultOf(operation, dtype), shape: input.shape };
      const call: Case['call'] = (on, y, x) => on.unary(operation, x, y);
      expectAsAccurate({ inputs: [input], out, call }, unaryAccuracy[operation]);
    }));
  });

  // Where one way to reduce an angle ends and the next begins.
  it.each(['sin', 'cos', 'tan'] as const)('%s of large angles', (operation) => {
    const angle = fc.tuple(fc.double({ min: 1.6e6, max: 4.3e6, noNaN: true }), fc.constantFrom(1, -1)).map(([size, sign]) => sign * size);
    fc.assert(fc.property(views('float64', [37], angle), (input) => {
      expectWithinUnits(backend, { inputs: [input], out: input, call: (on, y, x) => on.unary(operation, x, y) }, fewUnits);
    }));
  });

  it.each(binaryOperations)('%s of two %s', (operation, dtype) => {
    const operands = shapes().chain((shape) => {
      const own = fc.oneof(fc.constant(shape), shapesThatBroadcastTo(shape));
      const right = readsOutput.includes(operation) ? near(dtype, 1) : anyElement(dtype);
      return fc.tuple(fc.constant(shape), own.chain((part) => views(dtype, part)), own.chain((part) => views(dtype, part, right)));
    });
    fc.assert(fc.property(operands, ([shape, left, right]) => {
      const out = { dtype: resultOf(operation, dtype), shape };
      const call: Case['call'] = (on, z, x, y) => on.binary(operation, x, y, z);
      expectAsAccurate({ inputs: [left, right], out, call }, binaryAccuracy[operation]);
    }));
  });

  it.each(dtypes)('select of %s', (dtype) => {
    const operands = shapes().chain((shape) => {
      const own = fc.oneof(fc.constant(shape), shapesThatBroadcastTo(shape));
      const value = own.chain((part) => views(dtype, part));
      return fc.tuple(fc.constant(shape), own.chain((part) => views('bool', part)), value, value);
    });
    fc.assert(fc.property(operands, ([shape, ...inputs]) => {
      expectSame(backend, { inputs, out: { dtype, shape }, call: (on, out, c, x, y) => on.select(c, x, y, out) });
    }));
  });

  it('reads one tensor as both operands', () => {
    fc.assert(fc.property(shapes().chain((shape) => views('float32', shape)), (input) => {
      expectSame(backend, { inputs: [input], out: input, call: (on, out, x) => on.binary('multiply', x, x, out) });
    }));
  });
});
