import fc from 'fast-check';
import { describe, it } from 'vitest';
import { reference, sizeOf, type DType } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, expectSame, roundoff, run, type Case } from './kernels.js';
import { anyElement, mapElements, moderate, shapes, views, type View } from './views.js';

/** A tensor, the indices along an axis of it, and a tensor of the shape of the slices that they take. */
interface Taking {
  readonly whole: View;
  readonly axis: number;
  readonly indices: View;
  readonly slices: View;
}

function takings(dtype: DType, element: fc.Arbitrary<number>): fc.Arbitrary<Taking> {
  const place = shapes({ minRank: 1, maxRank: 3 }).chain((shape) =>
    fc.record({ shape: fc.constant(shape), axis: fc.nat({ max: shape.length - 1 }), taken: shapes({ maxRank: 2 }) }),
  );
  // Nothing can be taken from an axis without elements but nothing.
  const possible = place.filter(({ shape, axis, taken }) => shape[axis]! > 0 || sizeOf(taken) === 0);
  return possible.chain(({ shape, axis, taken }) =>
    fc.record({
      whole: views(dtype, shape, element),
      axis: fc.constant(axis),
      indices: views('int32', taken, fc.nat({ max: Math.max(shape[axis]! - 1, 0) })),
      slices: views(dtype, [...shape.slice(0, axis), ...taken, ...shape.slice(axis + 1)], element),
    }),
  );
}

describe.each(candidates)('gather and scatterAdd of $name', ({ create }) => {
  const backend = create();

  it.each(['bool', 'int32', 'float32', 'float64'] as const)('gather of %s', (dtype) => {
    fc.assert(fc.property(takings(dtype, anyElement(dtype)), ({ whole, axis, indices, slices }) => {
      const call: Case['call'] = (on, out, x, i) => on.gather(x, i, out, axis);
      expectSame(backend, { inputs: [whole, indices], out: { dtype, shape: slices.shape }, call });
    }));
  });

  it.each(['int32', 'float32', 'float64'] as const)('scatterAdd of %s', (dtype) => {
    const element = dtype === 'int32' ? anyElement(dtype) : moderate(dtype);
    fc.assert(fc.property(takings(dtype, element), ({ whole, axis, indices, slices }) => {
      const call: Case['call'] = (on, out, x, i) => on.scatterAdd(x, i, out, axis);
      const test: Case = { inputs: [slices, indices], out: { dtype, shape: whole.shape }, call };
      // Each addition rounds once, as does the reference's result. The indices have no magnitudes to take.
      const sums = run(reference, { ...test, inputs: [mapElements(slices, Math.abs), indices] });
      const relative = dtype === 'int32' ? 0 : (sizeOf(indices.shape) + 1) * roundoff(dtype);
      expectNear(backend, test, (_, index) => relative * sums[index]!);
    }));
  });
});
