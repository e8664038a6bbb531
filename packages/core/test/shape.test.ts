import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AxisError, broadcastShapes, broadcastStrides, contiguousStrides, formatShape, formatType, isContiguous, normalizeAxes, normalizeAxis,
  sameShape, ShapeError, sizeOf,
} from '../src/index.js';
import { broadcastableShapes, shapes } from '../src/testing.js';

/** The position of every element in memory, in row-major order of the indices. */
function positions(shape: readonly number[], strides: readonly number[]): number[] {
  return shape.reduce<number[]>(
    (found, length, axis) => found.flatMap((start) => Array.from({ length }, (_, index) => start + index * strides[axis]!)),
    [0],
  );
}

describe('strides', () => {
  test('contiguous strides number the elements one after the other', () => {
    fc.assert(
      fc.property(shapes(), (shape) => {
        expect(positions(shape, contiguousStrides(shape))).toEqual(Array.from({ length: sizeOf(shape) }, (_, index) => index));
        expect(isContiguous(shape, contiguousStrides(shape))).toBe(true);
      }),
    );
  });

  test('a view is contiguous exactly when its elements lie one after the other', () => {
    const views = shapes({ maxRank: 3 }).chain((shape) =>
      fc.tuple(fc.constant(shape), fc.array(fc.integer({ min: -4, max: 16 }), { minLength: shape.length, maxLength: shape.length })),
    );
    fc.assert(
      fc.property(views, ([shape, strides]) => {
        expect(isContiguous(shape, strides)).toBe(positions(shape, strides).every((position, index) => position === index));
      }),
    );
  });

  test('a scalar has one element and no stride', () => {
    expect(sizeOf([])).toBe(1);
    expect(contiguousStrides([])).toEqual([]);
  });
});

describe('broadcasting', () => {
  test.each<[number[], number[], number[]]>([
    [[3, 1], [2], [3, 2]], [[], [4], [4]], [[1], [0], [0]], [[2, 1, 3], [5, 1], [2, 5, 3]], [[2], [2], [2]],
  ])('%j with %j gives %j', (left, right, expected) => {
    expect(broadcastShapes('add', left, right)).toEqual(expected);
    expect(broadcastShapes('add', right, left)).toEqual(expected);
  });

  test('shapes made from one broadcast to it', () => {
    fc.assert(
      fc.property(broadcastableShapes(3), (list) => {
        const whole = list.reduce((left, right) => broadcastShapes('test', left, right) as number[]);
        for (const shape of list) expect(broadcastShapes('test', shape, whole)).toEqual(whole);
      }),
    );
  });

  test.each<[number[], number[], string]>([
    [[2, 3], [2], 'axis 1 has lengths 3 and 2'], [[0], [2], 'axis 0 has lengths 0 and 2'], [[4, 1], [3, 1], 'axis 0 has lengths 4 and 3'],
  ])('%j with %j is refused', (left, right, reason) => {
    expect(() => broadcastShapes('add', left, right)).toThrow(ShapeError);
    expect(() => broadcastShapes('add', left, right)).toThrow(
      `add: shapes ${formatShape(left)} and ${formatShape(right)} do not broadcast: ${reason}; they must be equal or one of them 1`,
    );
  });

  test('broadcast strides repeat by 0', () => {
    expect(broadcastStrides([3, 1], [1, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(broadcastStrides([], [], [2])).toEqual([0]);
    expect(broadcastStrides([2, 2], [1, 2], [2, 2])).toEqual([1, 2]);
  });
});

describe('axes', () => {
  test('negative axes count from the end', () => {
    expect(normalizeAxis('sum', -1, 3)).toBe(2);
    expect(normalizeAxis('sum', -3, 3)).toBe(0);
    expect(normalizeAxes('sum', [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes('sum', 1, 3)).toEqual([1]);
    expect(normalizeAxes('sum', undefined, 3)).toEqual([0, 1, 2]);
    expect(normalizeAxes('sum', [], 3)).toEqual([]);
  });

  test.each([3, -4, 0.5, Number.NaN])('axis %d of three is refused', (axis) => {
    expect(() => normalizeAxis('sum', axis, 3)).toThrow(AxisError);
    expect(() => normalizeAxis('sum', axis, 3)).toThrow(`sum: axis ${axis} is out of range for a tensor of 3 axes; expected an integer from -3 to 2`);
  });

  test('a scalar has none, and no axis twice', () => {
    expect(() => normalizeAxis('max', 0, 0)).toThrow('max: axis 0 is out of range for a tensor of 0 axes; a scalar has none');
    expect(() => normalizeAxes('sum', [0, -2], 2)).toThrow(AxisError);
    expect(() => normalizeAxes('sum', [0, -2], 2)).toThrow('sum: axis 0 is named twice in [0,-2]');
  });
});

test('types as text', () => {
  expect(formatType({ shape: [2, 3], dtype: 'float64' })).toBe('float64 [2,3]');
  expect(formatShape([])).toBe('[]');
  expect(sameShape([1, 2], [1, 2])).toBe(true);
  expect(sameShape([1], [1, 1])).toBe(false);
  expect(sameShape([2, 1], [1, 2])).toBe(false);
});
