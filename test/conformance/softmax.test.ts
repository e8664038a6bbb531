import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, expectNear, roundoff, spacing, type Case } from './kernels.js';
import { moderate, shapes, views, type View } from './views.js';

/** The exponential, the sum's last addition, the quotient or the logarithm, and the reference's result. */
const ownRoundings = 12;

/** How far each element is below its row's maximum: so many roundoffs may the exponential's argument be off. */
function distancesBelowMaximum(input: View): number[] {
  const length = input.shape.at(-1)!;
  const elements = Array.from(elementsOf(input));
  return elements.map((value, index) => {
    const start = index - (index % length);
    return Math.max(...elements.slice(start, start + length)) - value;
  });
}

const inputs = (dtype: DType): fc.Arbitrary<View> => {
  const exception = fc.constantFrom(NaN, Infinity, -Infinity, 1e30, -1e30);
  const element = fc.oneof(
    { weight: 30, arbitrary: moderate(dtype) }, { weight: 10, arbitrary: fc.constantFrom(0, 1, -3) }, exception,
  );
  return shapes({ minRank: 1 }).chain((shape) => views(dtype, shape, element));
};

describe.each(candidates)('softmax of $name', ({ create }) => {
  const backend = create();

  it.each(['float32', 'float64'] as const)('of %s', (dtype) => {
    fc.assert(fc.property(inputs(dtype), (input) => {
      const distances = distancesBelowMaximum(input);
      const out = { dtype, shape: input.shape };
      const test: Case = { inputs: [input], out, call: (on, y, x) => on.softmax(x, y) };
      const terms = input.shape.at(-1)!;
      expectNear(backend, test, (expected, index) =>
        (distances[index]! + terms + ownRoundings) * roundoff(dtype) * expected + 2 * spacing(0, dtype));
    }), { numRuns: 200 });
  });

  it.each(['float32', 'float64'] as const)('logarithm, of %s', (dtype) => {
    fc.assert(fc.property(inputs(dtype), (input) => {
      const distances = distancesBelowMaximum(input);
      const out = { dtype, shape: input.shape };
      const test: Case = { inputs: [input], out, call: (on, y, x) => on.logSoftmax(x, y) };
      const terms = input.shape.at(-1)!;
      expectNear(backend, test, (expected, index) =>
        (distances[index]! + Math.abs(expected) + terms + ownRoundings) * roundoff(dtype));
    }), { numRuns: 200 });
  });
});
