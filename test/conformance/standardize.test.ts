import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, roundoff, type Case } from './kernels.js';
import { shapes, views } from './views.js';

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
  });
});
