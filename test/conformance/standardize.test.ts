import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, roundoff, spacing, type Case } from './kernels.js';
import { mapElements, shapes, views, type View } from './views.js';

/**
 * Elements near to 1, and an epsilon that keeps the scale near to 1: what a mean and a mean square lose is then a few
 * roundoffs for each step of their sums.
 */
const epsilon = 0.5;

describe.each(candidates)('standardize of $name', ({ create }) => {
  const backend = create();
  const element = fc.double({ min: -2, max: 2, noNaN: true });

  describe.each(['float32', 'float64'] as const)('of %s', (dtype: DType) => {
    it.each([true, false])('centred: %s', (centred) => {
      fc.assert(fc.property(shapes({ minRank: 1 }).chain((shape) => views(dtype, shape, element.map(Math.fround))), (input) => {
        const test: Case = { inputs: [input], out: input, call: (on, out, x) => on.standardize(x, out, { centred, epsilon }) };
        expectNear(backend, test, () => 40 * (input.shape.at(-1)! + 4) * roundoff(dtype));
      }));
    });

    it.each([true, false])("the input's gradient, centred: %s", (centred) => {
      const pairs = shapes({ minRank: 1 }).chain((shape) => fc.tuple(views(dtype, shape, element.map(Math.fround)), views(dtype, shape, element.map(Math.fround))));
      fc.assert(fc.property(pairs, ([cotangent, input]) => {
        const test: Case = {
          inputs: [cotangent, input], out: input,
          call: (on, out, g, x) => on.standardizeGradient(g, x, out, { centred, epsilon }),
        };
        expectNear(backend, test, () => 160 * (input.shape.at(-1)! + 4) * roundoff(dtype));
      }));
    });

    // Uncentred with an epsilon of 0, away from 0; centred with one of the size of the squares.
    const positive = fc.double({ min: 0.5, max: 2, noNaN: true }).map(Math.fround);
    const exponents = (centred: boolean) => {
      if (dtype === 'float32') return fc.integer({ min: -120, max: 125 });
      return centred ? fc.integer({ min: -500, max: 505 }) : fc.integer({ min: -1000, max: 1020 });
    };
    const scaled = (view: View, exponent: number): View => mapElements(view, (x) => x * 2 ** exponent);
    const sizedEpsilon = (centred: boolean, exponent: number): number => (centred ? epsilon * 2 ** (2 * exponent) : 0);

    it.each([true, false])('elements of any size, centred: %s', (centred) => {
      const rows = fc.tuple(shapes({ minRank: 1 }).chain((shape) => views(dtype, shape, positive)), exponents(centred));
      fc.assert(fc.property(rows, ([given, exponent]) => {
        const options = { centred, epsilon: sizedEpsilon(centred, exponent) };
        const test: Case = { inputs: [scaled(given, exponent)], out: given, call: (on, out, x) => on.standardize(x, out, options) };
        expectNear(backend, test, () => 40 * (given.shape.at(-1)! + 4) * roundoff(dtype));
      }));
    });

    it.each([true, false])("the input's gradient of elements of any size, centred: %s", (centred) => {
      const pairs = shapes({ minRank: 1 }).chain((shape) => fc.tuple(views(dtype, shape, positive), views(dtype, shape, positive)));
      fc.assert(fc.property(pairs, exponents(false), exponents(centred), ([cotangent, input], incoming, exponent) => {
        const difference = incoming - exponent;
        fc.pre(difference < (dtype === 'float32' ? 120 : 1015));
        const options = { centred, epsilon: sizedEpsilon(centred, exponent) };
        const test: Case = {
          inputs: [scaled(cotangent, incoming), scaled(input, exponent)], out: input,
          call: (on, out, g, x) => on.standardizeGradient(g, x, out, options),
        };
        expectNear(backend, test, () => 160 * (input.shape.at(-1)! + 4) * roundoff(dtype) * 2 ** difference + 4 * spacing(0, dtype));
      }));
    });
  });
});
