import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layoutOf, stridesOf } from '../src/layout.js';
import { contiguousStrides, isContiguous, sizeOf } from '../src/shape.js';

const lists = fc.array(fc.nat(40), { maxLength: 6 });

// More lists than the tables have slots, so that they replace each other.
test('a layout is the one of its shape, whatever was asked for before', () => {
  fc.assert(fc.property(fc.array(lists, { minLength: 1000, maxLength: 1500 }), (shapes) => {
    for (const shape of [...shapes, ...shapes.toReversed()]) {
      const layout = layoutOf(shape);
      expect(layout).toEqual({ shape, strides: contiguousStrides(shape), size: sizeOf(shape) });
      expect(layoutOf(layout.shape)).toBe(layout);
    }
  }), { numRuns: 3 });
});

test('a shape and its strides are frozen copies, one for all who ask', () => {
  const mine = [3, 1, 4];
  const layout = layoutOf(mine);
  mine[0] = 9;
  expect(layout.shape).toEqual([3, 1, 4]);
  expect(Object.isFrozen(layout.shape) && Object.isFrozen(layout.strides)).toBe(true);
  expect(layoutOf([3, 1, 4])).toBe(layout);
});

test('strides mean what they meant, frozen', () => {
  fc.assert(fc.property(lists, fc.context(), (shape, context) => {
    const layout = layoutOf(shape);
    for (const strides of [contiguousStrides(shape), shape.map((_, axis) => axis - 2), contiguousStrides(shape.toReversed()).toReversed()]) {
      const own = stridesOf(layout, shape, strides);
      context.log(`${shape.join()} by ${strides.join()}: ${own.join()}`);
      expect(Object.isFrozen(own)).toBe(true);
      expect(own === layout.strides).toBe(isContiguous(shape, strides));
      if (own !== layout.strides) expect(own).toEqual(strides);
    }
  }));
});

test.each([[[2, 3, 4], undefined, undefined, 24], [[2, 3, 4], 1, undefined, 12], [[2, 3, 4], 0, 2, 6], [[2, 3, 4], -2, undefined, 12], [[2, 3, 4], 0, -1, 6], [[2], -3, undefined, 2], [[2, 0], 0, 1, 2], [[], 0, 5, 1], [[2, 3], 1, 9, 3]])(
  'the size of %j from %s to %s', (shape, start, end, size) => {
    expect(sizeOf(shape, start, end)).toBe(size);
    expect(shape.slice(start, end).reduce((product, length) => product * length, 1)).toBe(size);
  });
