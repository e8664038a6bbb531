import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Activation } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, expectNear, roundoff, spacing, type Bound, type Case } from './kernels.js';
import { activations } from './operations.js';
import { anyElement, near, shapes, views } from './views.js';

/**
 * How many roundoffs of the input's and the result's size a value may be off by. Most are much nearer; that of `gelu` far below
 * 0 has lost its digits to a 1, and `geluTanh` cubes its input.
 */
const valueUnits = 32;
/**
 * The derivatives are of the size of 1 or of the constants, and each is a sum of two terms at most. Where a sigmoid comes near to 1,
 * its distance from 1 has lost 1.5 roundoffs, one of the denominator and a half of the quotient. `silu` multiplies that by x, at
 * most 37 before the sigmoid is 1 in float64; `geluTanh` by x and the slope of its bend, at most 89.
 */
const derivativeUnits = 144;

const constants = fc.tuple(fc.float({ min: -2, max: 2, noNaN: true }), fc.float({ min: 0.5, max: 2, noNaN: true }));

describe.each(candidates)('activations of $name', ({ create }) => {
  const backend = create();

  describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
    const element = fc.oneof(anyElement(dtype), near(dtype, 12), fc.constantFrom(-6, -3, 0, 3, 6));

    it.each(activations)('%s', (name) => {
      fc.assert(fc.property(shapes().chain((shape) => views(dtype, shape, element)), constants, (input, own) => {
        const activation: Activation = { name, constants: own };
        const test: Case = { inputs: [input], out: input, call: (on, y, x) => on.activation(activation, x, y) };
        const values = elementsOf(input);
        const bound: Bound = (expected, index) => {
          const size = Math.max(Math.abs(expected), Math.abs(values[index]!));
          return valueUnits * (Number.isFinite(size) ? roundoff(dtype) * size : 0) + 4 * spacing(0, dtype);
        };
        expectNear(backend, test, bound);
      }));
    });

    it.each(activations)('the gradient of %s', (name) => {
      const pairs = shapes().chain((shape) => fc.tuple(views(dtype, shape, near(dtype, 4)), views(dtype, shape, element)));
      fc.assert(fc.property(pairs, constants, ([cotangent, input], own) => {
        const activation: Activation = { name, constants: own };
        const call: Case['call'] = (on, y, c, x) => on.activationGradient(activation, c, x, y);
        const cotangents = elementsOf(cotangent);
        // A derivative below the least normal number loses digits before the cotangent, at most 4, and the constants multiply it.
        const bound: Bound = (_, index) => derivativeUnits * roundoff(dtype) * Math.abs(cotangents[index]!) + 64 * spacing(0, dtype);
        expectNear(backend, { inputs: [cotangent, input], out: input, call }, bound);
      }));
    });
  });
});
