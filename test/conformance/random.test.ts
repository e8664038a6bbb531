import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateArray, reference, type KeyWords } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectSame, expectWithinUnits, run, type Case } from './kernels.js';
import { anyElement, shapes, views } from './views.js';

const floats = ['float32', 'float64'] as const;
const word = fc.oneof(fc.nat({ max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1));
const keys: fc.Arbitrary<KeyWords> = fc.record({ high: word, low: word });
const rates = fc.oneof(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.constantFrom(0, 0.25, 0.5));

/** The quotient by `1 - rate` may be a product with its reciprocal. */
const unitsOfScaling = 2;

describe.each(candidates)('random numbers of $name', ({ create }) => {
  const backend = create();

  it('are those of Threefry-2x32-20', () => {
    const test: Case = {
      inputs: [], out: { dtype: 'int32', shape: [2] }, call: (on, out) => on.randomBits({ high: 0, low: 0 }, out),
    };
    // The first of Random123's known answers.
    expect(run(backend, test)).toEqual(Int32Array.of(0x6b200159, 0x99ba4efe));
  });

  it('are the same bits on every backend', () => {
    fc.assert(fc.property(keys, shapes(), (key, shape) => {
      expectSame(backend, { inputs: [], out: { dtype: 'int32', shape }, call: (on, out) => on.randomBits(key, out) });
    }));
  });

  it.each(floats)('are the same uniforms of %s', (dtype) => {
    fc.assert(fc.property(keys, shapes(), (key, shape) => {
      expectSame(backend, { inputs: [], out: { dtype, shape }, call: (on, out) => on.randomUniform(key, out) });
    }));
  });

  it.each(floats)('drop the same elements of %s', (dtype) => {
    const inputs = shapes().chain((shape) => views(dtype, shape, fc.constant(1)));
    fc.assert(fc.property(inputs, keys, rates, (input, key, rate) => {
      const test: Case = { inputs: [input], out: input, call: (on, out, x) => on.dropout(x, out, key, rate) };
      expect(run(backend, test).map(Math.sign)).toEqual(run(reference, test).map(Math.sign));
    }));
  });

  it.each(floats)('drop an element of %s whose uniform is below the rate by less than float32 can tell', (dtype) => {
    fc.assert(fc.property(keys, fc.nat({ max: 20 }), (key, index) => {
      const uniforms = run(reference, {
        inputs: [], out: { dtype: 'float32', shape: [21] }, call: (on, out) => on.randomUniform(key, out),
      });
      const rate = uniforms[index]! + 2 ** -40;
      const input = { dtype, memory: allocateArray(dtype, 21).fill(1), shape: [21], strides: [1], offset: 0 };
      const call: Case['call'] = (on, out, x) => on.dropout(x, out, key, rate);
      const dropped = run(backend, { inputs: [input], out: input, call });
      expect(dropped[index]).toBe(0);
    }));
  });

  it.each(floats)('leave the others of %s scaled', (dtype) => {
    // A number near the limits may overflow in one of two ways to scale it.
    const element = anyElement(dtype).map((x) => (Number.isFinite(x) ? x / 2 ** 10 : x));
    const inputs = shapes().chain((shape) => views(dtype, shape, element));
    fc.assert(fc.property(inputs, keys, rates, (input, key, rate) => {
      const test: Case = { inputs: [input], out: input, call: (on, out, x) => on.dropout(x, out, key, rate) };
      expectWithinUnits(backend, test, unitsOfScaling);
    }));
  });
});
