import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, sumBound, type Case } from './kernels.js';
import { anyElement, moderate, views, type View } from './views.js';

const numbers = ['int32', 'float32', 'float64'] as const;

/** The lengths `m`, `k` and `n` of a product of matrices. */
type Lengths = readonly [number, number, number];

function operands(
  dtype: DType, leading: fc.Arbitrary<number[]>, lengths: fc.Arbitrary<Lengths>,
): fc.Arbitrary<[View, View]> {
  // Products of the largest numbers would overflow in float32 where the reference's sum in float64 does not.
  const exception = fc.constantFrom(NaN, Infinity, -Infinity, -0);
  const element = dtype === 'int32'
    ? anyElement(dtype)
    : fc.oneof({ weight: 40, arbitrary: moderate(dtype) }, { weight: 1, arbitrary: exception });
  return fc.tuple(leading, lengths).chain(([outer, [m, k, n]]) =>
    fc.tuple(views(dtype, [...outer, m, k], element), views(dtype, [...outer, k, n], element)),
  );
}

describe.each(candidates)('matmul of $name', ({ create }) => {
  const backend = create();

  function expectProduct([left, right]: readonly [View, View]): void {
    const shape = [...left.shape.slice(0, -1), right.shape.at(-1)!];
    const call: Case['call'] = (on, out, x, y) => on.matmul(x, y, out);
    const test = { inputs: [left, right], out: { dtype: left.dtype, shape }, call };
    expectNear(backend, test, sumBound(test, 2 * left.shape.at(-1)!));
  }

  it.each(numbers)('of %s, every small size and layout, alone and in batches', (dtype) => {
    const length = fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 33 }));
    const leading = fc.array(fc.nat({ max: 3 }), { maxLength: 2 });
    fc.assert(fc.property(operands(dtype, leading, fc.tuple(length, length, length)), expectProduct), { numRuns: 300 });
  });

  it.each(numbers)('of %s, few rows or columns that are long or deep', (dtype) => {
    const few = fc.integer({ min: 1, max: 6 });
    const long = fc.integer({ min: 500, max: 1050 });
    const lengths = fc.oneof(fc.tuple(few, few, long), fc.tuple(few, long, few), fc.tuple(long, few, few));
    const leading = fc.array(fc.constant(2), { maxLength: 1 });
    fc.assert(fc.property(operands(dtype, leading, lengths), expectProduct), { numRuns: 40 });
  });

  it.each(numbers)('of %s, across the edges of blocks', (dtype) => {
    const edge = fc.integer({ min: 1, max: 20 });
    const long = fc.integer({ min: 120, max: 530 });
    const lengths = fc.oneof(
      fc.tuple(long, edge, edge), fc.tuple(edge, long, edge), fc.tuple(edge, edge, long),
      fc.tuple(fc.constant(130), long, edge),
    );
    fc.assert(fc.property(operands(dtype, fc.constant([]), lengths), expectProduct), { numRuns: 24 });
  });
});
