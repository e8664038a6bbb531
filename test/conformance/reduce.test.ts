import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contiguousStrides, empty, scope, sizeOf, view, type DType, type ReduceOperation } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, expectSame, expectWithinUnits, roundoff, spacing, sumBound, type Case } from './kernels.js';
import { anyElement, axesOf, moderate, shapes, views, type View } from './views.js';

const numbers = ['int32', 'float32', 'float64'] as const;
const dtypes: readonly DType[] = ['bool', ...numbers];

function withEachDType(operations: readonly ReduceOperation[]): [ReduceOperation, DType][] {
  return operations.flatMap((operation) => dtypes.map((dtype): [ReduceOperation, DType] => [operation, dtype]));
}

/** How many elements go into one. */
function termsOf(input: View, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => input.shape[axis]!));
}

function caseOf(operation: ReduceOperation, input: View, axes: readonly number[]): Case {
  const dtype = operation.startsWith('arg') ? 'int32' : input.dtype;
  const shape = input.shape.filter((_, axis) => !axes.includes(axis));
  return { inputs: [input], out: { dtype, shape }, call: (on, out, x) => on.reduce(operation, x, axes, out) };
}

/** Numbers that add up without overflow, with here and there one that is none. */
function summand(dtype: DType): fc.Arbitrary<number> {
  if (dtype === 'int32') return anyElement(dtype);
  const exception = fc.constantFrom(NaN, Infinity, -Infinity, -0);
  return fc.oneof({ weight: 20, arbitrary: moderate(dtype) }, { weight: 1, arbitrary: exception });
}

/** So near to 1 in magnitude that the product of the at most 625 is a normal number even in `float32`. */
function factor(dtype: DType): fc.Arbitrary<number> {
  if (dtype === 'int32') return anyElement(dtype);
  const nearOne = fc.integer({ min: -1000, max: 1000 }).map((steps) => Math.fround(1 + steps * 1e-4));
  const exception = fc.constantFrom(0, -1, NaN, Infinity);
  return fc.oneof({ weight: 20, arbitrary: nearOne }, { weight: 1, arbitrary: exception });
}

describe.each(candidates)('reductions of $name', ({ create }) => {
  const backend = create();

  const inputs = (dtype: DType, element?: fc.Arbitrary<number>): fc.Arbitrary<[View, number[]]> =>
    shapes().chain((shape) => fc.tuple(views(dtype, shape, element), axesOf(shape)));

  it.each(numbers)('sum of %s', (dtype) => {
    fc.assert(fc.property(inputs(dtype, summand(dtype)), ([input, axes]) => {
      const test = caseOf('sum', input, axes);
      expectNear(backend, test, sumBound(test, termsOf(input, axes)));
    }));
  });

  it.each(numbers)('sum of many %s', (dtype) => {
    const many = fc.integer({ min: 900, max: 3300 });
    const shape = fc.oneof(fc.tuple(many), fc.tuple(many, fc.constant(3)), fc.tuple(fc.constant(3), many));
    const input = shape.chain((lengths) => fc.tuple(views(dtype, lengths, moderate(dtype)), axesOf(lengths)));
    fc.assert(fc.property(input, ([view, axes]) => {
      const test = caseOf('sum', view, axes);
      expectNear(backend, test, sumBound(test, termsOf(view, axes)));
    }), { numRuns: 30 });
  });

  const floats = ['float32', 'float64'] as const;

  it.each(floats)('mean of %s', (dtype) => {
    fc.assert(fc.property(inputs(dtype, summand(dtype)), ([input, axes]) => {
      const test = caseOf('mean', input, axes);
      const terms = termsOf(input, axes);
      const bound = sumBound({ ...caseOf('sum', input, axes) }, terms);
      expectNear(backend, test, (expected, index) => bound(expected * terms, index) / terms + spacing(expected, dtype));
    }));
  });

  it.each(floats)('mean of many %s', (dtype) => {
    const many = fc.integer({ min: 900, max: 3300 });
    const shape = fc.oneof(fc.tuple(many), fc.tuple(many, fc.constant(3)), fc.tuple(fc.constant(3), many), fc.tuple(fc.constant(2), many, fc.constant(5)));
    const input = shape.chain((lengths) => fc.tuple(views(dtype, lengths, moderate(dtype)), axesOf(lengths)));
    fc.assert(fc.property(input, ([view, axes]) => {
      const terms = termsOf(view, axes);
      const bound = sumBound(caseOf('sum', view, axes), terms);
      expectNear(backend, caseOf('mean', view, axes), (expected, index) => bound(expected * terms, index) / terms + spacing(expected, dtype));
    }), { numRuns: 30 });
  });

  describe.each(floats)('of %s of any size', (dtype) => {
    const range = dtype === 'float32' ? { min: -149, max: 127 } : { min: -1074, max: 1023 };
    const sized = fc.tuple(fc.constantFrom(-1, 1, 1.5), fc.integer(range)).map(([x, exponent]) => x * 2 ** exponent);
    const near = fc.oneof(sized, fc.integer({ min: range.max - 3, max: range.max }).map((exponent) => 2 ** exponent), fc.constant(0));

    it('the mean of positive numbers', () => {
      fc.assert(fc.property(inputs(dtype, near.map(Math.abs)), ([input, axes]) => {
        expectWithinUnits(backend, caseOf('mean', input, axes), 2 * termsOf(input, axes) + 2);
      }));
    });

    it.each(['norm', 'rootMeanSquare'] as const)('%s', (operation) => {
      fc.assert(fc.property(inputs(dtype, near), ([input, axes]) => {
        expectWithinUnits(backend, caseOf(operation, input, axes), 2 * termsOf(input, axes) + 2);
      }));
    });
  });

  it.each(floats)('a norm of %s with elements that are not numbers', (dtype) => {
    fc.assert(fc.property(inputs(dtype, summand(dtype)), ([input, axes]) => {
      for (const operation of ['norm', 'rootMeanSquare'] as const) {
        expectWithinUnits(backend, caseOf(operation, input, axes), 2 * termsOf(input, axes) + 2);
      }
    }));
  });

  it.each(numbers)('product of %s', (dtype) => {
    fc.assert(fc.property(inputs(dtype, factor(dtype)), ([input, axes]) => {
      const test = caseOf('product', input, axes);
      // Each multiplication rounds once, and so does the reference's result.
      const relative = dtype === 'int32' ? 0 : (termsOf(input, axes) + 1) * roundoff(dtype);
      expectNear(backend, test, (expected) => relative * Math.abs(expected) + spacing(0, dtype));
    }));
  });

  it.each(withEachDType(['max', 'min']))('%s of %s', (operation, dtype) => {
    fc.assert(fc.property(inputs(dtype), ([input, axes]) => {
      fc.pre(dtype === 'bool' || termsOf(input, axes) > 0);
      expectWithinUnits(backend, caseOf(operation, input, axes), 0);
    }));
  });

  it.each(withEachDType(['argMax', 'argMin']))('%s of %s', (operation, dtype) => {
    // Of few different elements there are many ties.
    const element = fc.oneof(anyElement(dtype), fc.constantFrom(0, 1));
    const input = shapes({ minRank: 1 }).chain((shape) =>
      fc.tuple(views(dtype, shape, element), fc.nat({ max: shape.length - 1 })),
    );
    fc.assert(fc.property(input, ([view, axis]) => {
      fc.pre(view.shape[axis]! > 0);
      expectSame(backend, caseOf(operation, view, [axis]));
    }));
  });

  it.each(withEachDType(['max', 'argMax', 'argMin']))('%s of %s over whole axes takes no memory but its result', (operation, dtype) => {
    if (dtype === 'bool' && operation === 'max') return;
    const on = create(1);
    scope(() => {
      const x = empty(on, { dtype, shape: [128, 256, 128] });
      on.fill(1, x);
      const out = empty(on, { dtype: operation === 'max' ? dtype : 'int32', shape: [256 * 128] });
      const last = view(x, [128, 128, 256], [128 * 256, 1, 128], 0);
      const before = on.reservedBytes();
      for (const [input, axis] of [[x, 0], [x, 1], [x, 2], [last, 1], [last, 2]] as const) {
        const shape = input.shape.toSpliced(axis, 1);
        on.reduce(operation, input, [axis], view(out, shape, contiguousStrides(shape), 0));
      }
      // A row for the sums of each column, at most.
      expect(on.reservedBytes() - before).toBeLessThan(x.storage.byteLength / 2);
    });
  });
});
