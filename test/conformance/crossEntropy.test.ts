import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, expectNear, roundoff, spacing, type Case } from './kernels.js';
import { moderate, shapes, views, type View } from './views.js';

/** The exponential, the sum's last addition, the logarithm or the quotient, the last difference, and the reference's result. */
const ownRoundings = 12;

/** The losses of some logits. */
interface Losses {
  readonly logits: View;
  readonly labels: View;
  readonly cotangent: View;
}

function losses(dtype: DType): fc.Arbitrary<Losses> {
  const exception = fc.constantFrom(NaN, Infinity, -Infinity, 1e30, -1e30);
  const element = fc.oneof({ weight: 30, arbitrary: moderate(dtype) }, { weight: 10, arbitrary: fc.constantFrom(0, 1, -3) }, { weight: 1, arbitrary: exception });
  return shapes({ minRank: 1 }).filter((shape) => shape.at(-1)! > 0).chain((shape) => {
    const rows = shape.slice(0, -1);
    return fc.record({
      logits: views(dtype, shape, element),
      labels: views('int32', rows, fc.nat({ max: shape.at(-1)! - 1 })),
      cotangent: views(dtype, rows, moderate(dtype)),
    });
  });
}

/** How far a row's numbers lie apart at most: so many roundoffs may the exponentials' arguments be off. */
function spreads({ logits }: Losses): number[] {
  const elements = Array.from(elementsOf(logits));
  const length = logits.shape.at(-1)!;
  return Array.from({ length: elements.length / length }, (_, row) => {
    const values = elements.slice(row * length, (row + 1) * length);
    return Math.max(...values) - Math.min(...values);
  });
}

describe.each(candidates)('cross-entropy of $name', ({ create }) => {
  const backend = create();

  it.each(['float32', 'float64'] as const)('of %s', (dtype) => {
    fc.assert(fc.property(losses(dtype), (given) => {
      const { logits, labels } = given;
      const spread = spreads(given);
      const test: Case = {
        inputs: [logits, labels], out: { dtype, shape: labels.shape }, call: (on, out, x, classes) => on.crossEntropy(x, classes, out),
      };
      const terms = logits.shape.at(-1)!;
      expectNear(backend, test, (expected, index) => (spread[index]! + Math.abs(expected) + terms + ownRoundings) * roundoff(dtype));
    }), { numRuns: 200 });
  });

  it.each(['float32', 'float64'] as const)('the gradient of %s', (dtype) => {
    fc.assert(fc.property(losses(dtype), (given) => {
      const { logits, labels, cotangent } = given;
      const spread = spreads(given);
      const incoming = elementsOf(cotangent);
      const test: Case = {
        inputs: [cotangent, logits, labels], out: { dtype, shape: logits.shape },
        call: (on, out, g, x, classes) => on.crossEntropyGradient(g, x, classes, out),
      };
      const terms = logits.shape.at(-1)!;
      expectNear(backend, test, (_, index) => {
        const row = Math.floor(index / terms);
        return (spread[row]! + terms + ownRoundings) * roundoff(dtype) * Math.abs(incoming[row]!) + 2 * spacing(0, dtype);
      });
    }), { numRuns: 200 });
  });
});
