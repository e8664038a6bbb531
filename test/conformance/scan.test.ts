import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeOf, type Backend, type DType, type ScanOperation } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, expectSame, magnitudes, run, spacing, type Case } from './kernels.js';
import { anyElement, moderate, near, shapes, views } from './views.js';

const operations: readonly ScanOperation[] = ['sum', 'product'];
const floats = ['float32', 'float64'] as const;

const orders = fc.record({ reverse: fc.boolean(), exclusive: fc.boolean() });

function scans(operation: ScanOperation, dtype: DType, element: fc.Arbitrary<number>, lengths = shapes({ minRank: 1 })): fc.Arbitrary<Case> {
  return lengths
    .chain((shape) => fc.tuple(views(dtype, shape, element), fc.nat({ max: shape.length - 1 }), orders))
    .map(([input, axis, order]): Case => ({ inputs: [input], out: input, call: (on, out, x) => on.scan(operation, x, out, axis, order) }));
}

/** Near to 1 in magnitude, so that no product of at most 40 leaves the range; with here and there one that does. */
const factor = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((steps) => Math.fround(1 + steps * 1e-4)) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, -1, NaN, Infinity) },
);

const summand = (dtype: DType): fc.Arbitrary<number> =>
  fc.oneof({ weight: 20, arbitrary: moderate(dtype) }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, -0) });

/** Each join rounds once in float64, whatever the dtype, and the result is rounded once to it. */
function expectClose(backend: Backend, test: Case): void {
  const terms = Math.max(1, sizeOf(test.inputs[0]!.shape));
  const scale = magnitudes(test);
  expectNear(backend, test, (expected, index) => 2 * terms * 2 ** -53 * scale[index]! + spacing(expected, test.out.dtype));
}

describe.each(candidates)('scans of $name', ({ create }) => {
  const backend = create();

  it.each(operations)('%s of int32', (operation) => {
    fc.assert(fc.property(scans(operation, 'int32', anyElement('int32')), (test) => {
      expectSame(backend, test);
    }));
  });

  it.each(floats)('sum of %s', (dtype) => {
    fc.assert(fc.property(scans('sum', dtype, summand(dtype)), (test) => {
      expectClose(backend, test);
    }));
  });

  it.each(floats)('product of %s', (dtype) => {
    fc.assert(fc.property(scans('product', dtype, factor), (test) => {
      expectClose(backend, test);
    }));
  });

  it.each(floats)('sums of %s do not depend on the elements after them, nor on how many there are', (dtype) => {
    const lengths = fc.integer({ min: 1, max: 40 });
    const rows = fc.tuple(lengths, lengths).chain(([length, more]) => fc.tuple(fc.constant(length), views(dtype, [length + more], near(dtype, 8))));
    fc.assert(fc.property(rows, fc.boolean(), ([length, input], exclusive) => {
      const call: Case['call'] = (on, out, x) => on.scan('sum', x, out, 0, { reverse: false, exclusive });
      const start = { ...input, shape: [length] };
      expect(run(backend, { inputs: [start], out: start, call })).toEqual(run(backend, { inputs: [input], out: input, call }).slice(0, length));
    }));
  });

  it.each(floats)('sum of many %s', (dtype) => {
    const many = fc.integer({ min: 900, max: 3300 });
    const lengths = fc.oneof(fc.tuple(many), fc.tuple(many, fc.constant(3)), fc.tuple(fc.constant(3), many));
    fc.assert(fc.property(scans('sum', dtype, moderate(dtype), lengths), (test) => {
      expectClose(backend, test);
    }), { numRuns: 30 });
  });
});
