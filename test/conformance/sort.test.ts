import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { empty, scope, view, type DType } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectSame, type Case } from './kernels.js';
import { anyElement, contiguousViews, moderate, shapes, views, type View } from './views.js';

/** A tensor, how many elements of each row to take, and in which order. */
type Sorting = readonly [input: View, taken: number, descending: boolean];

function sortings(inputs: fc.Arbitrary<View>): fc.Arbitrary<Sorting> {
  return inputs.chain((input) => {
    const length = input.shape.at(-1)!;
    return fc.tuple(fc.constant(input), fc.oneof(fc.constant(length), fc.nat({ max: length })), fc.boolean());
  });
}

/** Rows so long that they are not sorted by insertion. */
const longRows = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 45, max: 700 }));

describe.each(candidates)('argSort of $name', ({ create }) => {
  const backend = create();

  const check = ([input, taken, descending]: Sorting): void => {
    const call: Case['call'] = (on, out, x) => on.argSort(x, out, descending);
    expectSame(backend, { inputs: [input], out: { dtype: 'int32', shape: input.shape.with(-1, taken) }, call });
  };

  describe.each(['bool', 'int32', 'float32', 'float64'] as const)('of %s', (dtype: DType) => {
    it('of any layout', () => {
      fc.assert(fc.property(sortings(shapes({ minRank: 1 }).chain((shape) => views(dtype, shape))), check));
    });

    it('of long rows', () => {
      const element = fc.oneof(anyElement(dtype), moderate(dtype));
      fc.assert(fc.property(sortings(longRows.chain((shape) => contiguousViews(dtype, shape, element))), check));
    });
  });

  it.each([['float32', 12], ['float64', 20]] as const)('of %s takes at most %d bytes an element besides its result', (dtype, most) => {
    const on = create(4);
    scope(() => {
      const length = 1_000_000;
      const x = empty(on, { dtype, shape: [length] });
      on.fill(1, x);
      const out = empty(on, { dtype: 'int32', shape: [length] });
      const before = on.reservedBytes();
      on.argSort(x, out, false);
      // Memory grows by an eighth at least.
      expect(on.reservedBytes() - before).toBeLessThan((most + 1.5) * length);
      on.argSort(x, view(out, [10], [1], 0), true);
      expect(on.reservedBytes() - before).toBeLessThan((most + 1.5) * length);
    });
  });
});
