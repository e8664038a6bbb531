import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { arange, ArgumentError, AxisError, DTypeError, setDefaultBackend, ShapeError, tensor, zeros, type DType, type NestedArray, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import {
  arraySplit, broadcastTo, concat, contiguous, diagonal, diagonalMatrix, expandDims, flatten, flip, meshgrid, moveAxis, pad, repeat, reshape, roll,
  slice, split, squeeze, stack, swapAxes, tile, transpose, tril, triu, unstack, type PadOptions, type SliceRange,
} from '../src/index.js';

const of = (values: NestedArray, dtype: DType = 'float32'): Tensor => tensor(values, { dtype });

/** Python's `range(length)[start:stop:step]`, by CPython's PySlice_AdjustIndices. */
function pythonSlice(length: number, [start, stop, step]: readonly [number | null, number | null, number | null]): number[] {
  const by = step ?? 1;
  const adjust = (value: number | null, fallback: number): number => {
    if (value === null) return fallback;
    const counted = value < 0 ? value + length : value;
    if (counted < 0) return by < 0 ? -1 : 0;
    return counted >= length ? (by < 0 ? length - 1 : length) : counted;
  };
  const end = adjust(stop, by < 0 ? -1 : length);
  const positions: number[] = [];
  for (let at = adjust(start, by < 0 ? length - 1 : 0); by < 0 ? at > end : at < end; at += by) positions.push(at);
  return positions;
}

const position = fc.option(fc.integer({ min: -7, max: 7 }));
const step = fc.option(fc.integer({ min: -4, max: 4 }).filter((value) => value !== 0));

describe.each(backends)('shapes on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('an empty slice begins where its storage does', () => {
    expect(slice(zeros([0, 4]), [null, [2, 3]]).offset).toBe(0);
  });

  test('slice takes what Python takes', () => {
    const ranges = fc.tuple(position, position, step);
    fc.assert(
      fc.property(fc.nat({ max: 5 }), fc.nat({ max: 5 }), ranges, ranges, fc.boolean(), (rows, columns, first, second, transposed) => {
        const base = reshape(arange(rows * columns), transposed ? [columns, rows] : [rows, columns]);
        const x = transposed ? transpose(base) : base;
        const value = (row: number, column: number) => (transposed ? column * rows + row : row * columns + column);
        const expected = pythonSlice(rows, first).map((row) => pythonSlice(columns, second).map((column) => value(row, column)));
        const result = slice(x, [first, second]);
        expect(result.toArray()).toEqual(expected);
        expect(result.shape).toEqual([expected.length, pythonSlice(columns, second).length]);
        expect(result.storage).toBe(x.storage);
      }),
      { numRuns: 300 },
    );
  });

  test('slice: ranges left out, null and half open', () => {
    const x = of([[1, 2, 3], [4, 5, 6]]);
    expect(slice(x, []).toArray()).toEqual(x.toArray());
    expect(slice(x, [null, [1]]).toArray()).toEqual([[2, 3], [5, 6]]);
    expect(slice(x, [[-1], [null, -1]]).toArray()).toEqual([[4, 5]]);
    expect(slice(slice(x, [null, [null, null, -1]]), [null, [null, null, -2]]).toArray()).toEqual([[1, 3], [4, 6]]);
  });

  test.each<[readonly SliceRange[], new () => Error, string]>([
    [[[0, 1, 0]], ArgumentError, 'slice: range [0,1,0] of axis 0; expected whole numbers or null, and a step other than 0'],
    [[null, [0.5]], ArgumentError, 'slice: range [0.5] of axis 1'],
    [[[0, Number.NaN]], ArgumentError, 'of axis 0'],
    [[0, 1] as never, ArgumentError, 'slice: the range of axis 0 is 0; expected [start, stop, step] or null; ranges is a list with one range per axis'],
    [[null, 1] as never, ArgumentError, 'slice: the range of axis 1 is 1'],
    [['01'] as never, ArgumentError, 'slice: the range of axis 0 is "01"'],
    [[undefined, { start: 1 }] as never, ArgumentError, 'slice: the range of axis 1 is an object'],
    [[[0, 1, 1, 2]] as never, ArgumentError, 'slice: the range of axis 0 is [0,1,1,2]'],
    [[null, null, null], AxisError, 'slice: 3 ranges for float32 [2,3]; expected at most 2, one an axis'],
  ])('slice %j is refused', (ranges, type, message) => {
    expect(() => slice(zeros([2, 3]), ranges)).toThrow(type);
    expect(() => slice(zeros([2, 3]), ranges)).toThrow(message);
  });

  test('reshape keeps the elements in row-major order, whatever the layout', () => {
    const cases = shapes({ minLength: 1 }).chain((shape) => fc.tuple(tensors(shape), fc.shuffledSubarray(shape, { minLength: shape.length, maxLength: shape.length })));
    fc.assert(
      fc.property(cases, ([x, shape]) => {
        expect([...reshape(x.make(), shape).data()]).toEqual(x.values);
        expect([...flatten(x.make()).data()]).toEqual(x.values);
      }),
    );
  });

  test('reshape: -1 is what remains, and a contiguous tensor moves no bytes', () => {
    const x = arange(12);
    expect(reshape(x, [2, -1, 3]).shape).toEqual([2, 2, 3]);
    expect(reshape(x, [-1]).shape).toEqual([12]);
    expect(reshape(of(5), [-1]).toArray()).toEqual([5]);
    expect(reshape(of([5]), []).item()).toBe(5);
    expect(reshape(zeros([0, 3]), [3, -1]).shape).toEqual([3, 0]);
    expect(reshape(x, [3, 4]).storage).toBe(x.storage);
    expect(reshape(transpose(reshape(x, [3, 4])), [12]).storage).not.toBe(x.storage);
  });

  test.each([[[5]], [[-1, 4]], [[-1, -1]], [[0, -1]], [[-2, -3]], [[1.5, 4]], [[Number.NaN]]])('reshape of six elements to %j is refused', (shape) => {
    expect(() => reshape(arange(6), shape)).toThrow(ShapeError);
    expect(() => reshape(arange(6), shape)).toThrow(/^reshape: /);
  });

  test('flatten, expandDims and squeeze', () => {
    const x = zeros([2, 1, 3, 1]);
    expect([flatten(x).shape, flatten(x, 1).shape, flatten(x, -2).shape, flatten(of(1)).shape]).toEqual([[6], [2, 3], [2, 1, 3], [1]]);
    expect(flatten(zeros([0, 3]), 1).shape).toEqual([0, 3]);
    expect([expandDims(x, 0).shape, expandDims(of([1]), -1).shape, expandDims(of(1), 0).shape]).toEqual([[1, 2, 1, 3, 1], [1, 1], [1]]);
    expect([squeeze(x).shape, squeeze(x, 1).shape, squeeze(x, [-1, 1]).shape]).toEqual([[2, 3], [2, 3, 1], [2, 3]]);
    expect(expandDims(transpose(of([[1, 2], [3, 4]])), 1).toArray()).toEqual([[[1, 3]], [[2, 4]]]);
    expect(() => squeeze(x, 0)).toThrow('squeeze: axis 0 of float32 [2,1,3,1] has length 2; expected 1');
    expect(() => expandDims(x, 5)).toThrow(AxisError);
    expect(() => flatten(x, 4)).toThrow('flatten: axis 4 is out of range');
  });

  test('transpose, swapAxes and flip follow their indices', () => {
    const x = reshape(arange(24), [2, 3, 4]);
    const whole = x.toArray() as number[][][];
    const turned = transpose(x, [1, -1, 0]).toArray() as number[][][];
    const swapped = swapAxes(x, 0, -1).toArray() as number[][][];
    const flipped = flip(x, [0, -1]).toArray() as number[][][];
    for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) {
      expect([turned[j]![k]![i], swapped[k]![j]![i], flipped[1 - i]![j]![3 - k]]).toEqual([whole[i]![j]![k], whole[i]![j]![k], whole[i]![j]![k]]);
    }
    expect(transpose(x).shape).toEqual([4, 3, 2]);
    expect(flip(x).data()).toEqual(x.data().toReversed());
    expect([flip(zeros([0, 2])).shape, transpose(of(1)).item(), flip(of(1)).item()]).toEqual([[0, 2], 1, 1]);
    for (const axes of [[0, 1], [0, 1, 1], [0, 1, 2, 0], [0, 1, 3]]) expect(() => transpose(x, axes)).toThrow(AxisError);
    expect(() => transpose(x, [0, 1, 1])).toThrow('transpose: axes [0,1,1] of float32 [2,3,4]; expected each of its 3 axes once');
    expect(() => flip(x, [0, 0])).toThrow('flip: axis 0 is named twice');
    expect(() => swapAxes(x, 0, 3)).toThrow('swapAxes: axis 3 is out of range');
  });

  test('moveAxis: the others keep their order, and no byte moves', () => {
    const x = reshape(arange(120), [2, 3, 4, 5]);
    expect([moveAxis(x, 0, -1).shape, moveAxis(x, -1, 0).shape, moveAxis(x, 2, 1).shape]).toEqual([[3, 4, 5, 2], [5, 2, 3, 4], [2, 4, 3, 5]]);
    expect([moveAxis(x, [0, 1], [-1, -2]).shape, moveAxis(x, [3, 0], [0, 2]).shape, moveAxis(x, [], []).shape]).toEqual([[4, 5, 3, 2], [5, 3, 2, 4], [2, 3, 4, 5]]);
    expect(moveAxis(x, [3, 0], [0, 2]).data()).toEqual(transpose(x, [3, 1, 0, 2]).data());
    expect(moveAxis(x, 0, -1).storage).toBe(x.storage);
    expect(() => moveAxis(x, 4, 0)).toThrow('moveAxis: axis 4 is out of range');
    expect(() => moveAxis(x, [0, 1], [1, -3])).toThrow('moveAxis: axes [1,1] of float32 [2,3,4,5] name one twice');
    expect(() => moveAxis(x, [0, 1], 0)).toThrow('moveAxis: got 2 source axes and 1 destinations; expected as many of both');
  });

  test('expandDims of several axes counts them in the result', () => {
    const x = transpose(of([[1, 2], [3, 4], [5, 6]]));
    expect([expandDims(x, [0, 2]).shape, expandDims(x, [-1, 0]).shape, expandDims(x, [1, 2]).shape, expandDims(x, []).shape])
      .toEqual([[1, 2, 1, 3], [1, 2, 3, 1], [2, 1, 1, 3], [2, 3]]);
    expect(expandDims(x, [2, 0]).data()).toEqual(x.data());
    expect(() => expandDims(x, [0, -4])).toThrow('expandDims: axis 0 is named twice');
  });

  test('diagonal is a view of the elements whose row and column differ by the offset', () => {
    const cases = shapes({ minRank: 2, maxRank: 4 }).chain((shape) => fc.tuple(tensors(shape), fc.subarray(shape.map((_, axis) => axis), { minLength: 2, maxLength: 2 }), fc.boolean(), fc.integer({ min: -5, max: 5 })));
    fc.assert(
      fc.property(cases, ([sample, pair, swapped, offset]) => {
        const x = sample.make();
        const axes = (swapped ? pair.toReversed() : pair) as [number, number];
        const matrices = moveAxis(x, axes, [-2, -1]);
        const [rows, columns] = matrices.shape.slice(-2) as [number, number];
        const size = rows * columns;
        const places = Array.from({ length: size }, (_, place) => place).filter((place) => (place % columns) - Math.floor(place / columns) === offset);
        const expected = [...matrices.data()].filter((_, place) => places.includes(place % size));
        const result = diagonal(x, { axes, offset });
        expect([...result.data()]).toEqual(expected);
        expect(result.shape).toEqual([...matrices.shape.slice(0, -2), places.length]);
        expect(result.storage).toBe(x.storage);
      }),
    );
    expect(diagonal(reshape(arange(12), [2, 2, 3])).toArray()).toEqual([[0, 9], [1, 10], [2, 11]]);
    expect(() => diagonal(zeros([2, 2]), { axes: [0, -2] })).toThrow('diagonal: axes [0,-2] of float32 [2,2] are one; expected two');
    expect(() => diagonal(zeros([2, 2]), { axes: [0, 2] })).toThrow(AxisError);
    expect(() => diagonal(zeros([2, 2]), { offset: 0.5 })).toThrow(ArgumentError);
  });

  test('diagonalMatrix puts a batch of vectors on a diagonal', () => {
    expect(diagonalMatrix(of([[1, 2], [3, 4]]), { offset: 1 }).toArray()).toEqual([
      [[0, 1, 0], [0, 0, 2], [0, 0, 0]],
      [[0, 3, 0], [0, 0, 4], [0, 0, 0]],
    ]);
    expect(diagonalMatrix(of([true, true], 'bool')).toArray()).toEqual([[true, false], [false, true]]);
    expect([diagonalMatrix(zeros([0])).shape, diagonalMatrix(zeros([0]), { offset: -2 }).toArray()]).toEqual([[0, 0], [[0, 0], [0, 0]]]);
    expect(diagonalMatrix(of([7], 'int32'))).toMatchObject({ dtype: 'int32', shape: [1, 1] });
  });

  test.each<[DType]>([['float32'], ['float64'], ['int32']])('tril and triu of %s', (dtype) => {
    const x = of([[1, 2, 3], [4, 5, 6]], dtype);
    expect(tril(x).toArray()).toEqual([[1, 0, 0], [4, 5, 0]]);
    expect(tril(x, { offset: 1 }).toArray()).toEqual([[1, 2, 0], [4, 5, 6]]);
    expect(triu(x).toArray()).toEqual([[1, 2, 3], [0, 5, 6]]);
    expect(triu(transpose(x), { offset: -1 }).toArray()).toEqual([[1, 4], [2, 5], [0, 6]]);
    expect(tril(stack([x, x]), { offset: -1 }).toArray()).toEqual([[[0, 0, 0], [4, 0, 0]], [[0, 0, 0], [4, 0, 0]]]);
    for (const offset of [2 ** 40, -(2 ** 40)]) expect([tril(x, { offset }).toArray(), triu(x, { offset: -offset }).toArray()]).toEqual(offset > 0 ? [x.toArray(), x.toArray()] : [zeros([2, 3]).toArray(), zeros([2, 3]).toArray()]);
    expect(tril(x).dtype).toBe(dtype);
  });

  test('tril and triu keep booleans, and let no NaN through', () => {
    expect(tril(of([[true, true], [true, true]], 'bool')).toArray()).toEqual([[true, false], [true, true]]);
    expect(triu(of([[1, 2], [Number.NaN, Infinity]])).toArray()).toEqual([[1, 2], [0, Infinity]]);
    expect([tril(zeros([0, 3])).shape, triu(zeros([2, 0, 0])).shape]).toEqual([[0, 3], [2, 0, 0]]);
    expect(() => tril(zeros([2]))).toThrow('tril: the input is float32 [2]; expected matrices [..., rows, columns]');
    expect(() => triu(zeros([2, 2]), { offset: 1.5 })).toThrow('triu: offset is 1.5; expected a whole number');
  });

  test('contiguous copies only where it must', () => {
    const x = of([[1, 2], [3, 4]]);
    expect(contiguous(x)).toBe(x);
    const copy = contiguous(transpose(x));
    expect([copy.strides, copy.toArray(), copy.storage === x.storage]).toEqual([[2, 1], [[1, 3], [2, 4]], false]);
  });

  test('broadcastTo repeats without a byte', () => {
    const x = of([[1], [2]]);
    const result = broadcastTo(x, [3, 2, 2]);
    expect(result.toArray()).toEqual(Array.from({ length: 3 }, () => [[1, 1], [2, 2]]));
    expect(result.storage).toBe(x.storage);
    expect(broadcastTo(of(1), [0, 2]).shape).toEqual([0, 2]);
    for (const shape of [[2], [3, 2], [1, 2], [2, -1]]) expect(() => broadcastTo(of([[1, 2, 3], [4, 5, 6]]), shape)).toThrow(ShapeError);
    expect(() => broadcastTo(of([[1], [2]]), [1, 2])).toThrow(/^broadcastTo: /);
  });

  test('concat is the inverse of slicing', () => {
    const cases = shapes({ minRank: 1, maxRank: 3 }).chain((shape) => fc.tuple(tensors(shape), fc.nat({ max: shape.length - 1 }), fc.nat({ max: 4 }), fc.boolean()));
    fc.assert(
      fc.property(cases, ([sample, axis, cut, negative]) => {
        const x = sample.make();
        const along = (range: SliceRange) => slice(x, x.shape.map((_, other) => (other === axis ? range : null)));
        const joined = concat([along([null, cut]), along([cut])], negative ? axis - x.shape.length : axis);
        expect(joined.shape).toEqual(x.shape);
        expect(joined.data()).toEqual(x.data());
      }),
    );
  });

  test('concat and stack: axes, dtypes and errors', () => {
    const [x, y] = [of([[1, 2]]), of([[3, 4], [5, 6]])];
    expect(concat([x, y]).toArray()).toEqual([[1, 2], [3, 4], [5, 6]]);
    expect(concat([transpose(x), transpose(y)], -1).toArray()).toEqual([[1, 3, 5], [2, 4, 6]]);
    expect(concat([of([1], 'int32'), of([0.5]), of([true], 'bool')])).toMatchObject({ dtype: 'float32', shape: [3] });
    expect(concat([of([true], 'bool'), of([false], 'bool')]).toArray()).toEqual([true, false]);
    expect(concat([of([1], 'int32'), of([0.5], 'float64')]).toArray()).toEqual([1, 0.5]);
    expect(concat([x]).toArray()).toEqual([[1, 2]]);
    expect(stack([of([1, 2]), of([3, 4])], -1).toArray()).toEqual([[1, 3], [2, 4]]);
    expect(stack([of(1), of(2)]).toArray()).toEqual([1, 2]);
    expect(() => concat([])).toThrow('concat: got no tensor; expected at least one');
    expect(() => stack([])).toThrow(ArgumentError);
    expect(() => concat([x, of([1])])).toThrow('concat: input 1 is float32 [1], input 0 float32 [1,2]; all axes but axis 0 must agree');
    expect(() => concat([x, y], 1)).toThrow(ShapeError);
    expect(() => concat([x], 2)).toThrow(AxisError);
    expect(() => concat([of(1), of(2)])).toThrow('concat: axis 0 is out of range');
    expect(() => stack([of([1]), of([1, 2])])).toThrow(ShapeError);
  });

  test('pad with a constant', () => {
    const x = of([[1, 2], [3, 4]]);
    expect(pad(x, [[1, 0], [0, 2]]).toArray()).toEqual([[0, 0, 0, 0], [1, 2, 0, 0], [3, 4, 0, 0]]);
    expect(pad(x, 1, { value: -1 }).toArray()).toEqual([[-1, -1, -1, -1], [-1, 1, 2, -1], [-1, 3, 4, -1], [-1, -1, -1, -1]]);
    expect(pad(x, [1, 0]).toArray()).toEqual([[0, 0, 0], [0, 1, 2], [0, 3, 4]]);
    expect(pad(x, [[0, 1]]).toArray()).toEqual([[1, 2, 0], [3, 4, 0], [0, 0, 0]]);
    expect(pad(flip(of([1, 2])), [[1, 1]]).toArray()).toEqual([0, 2, 1, 0]);
    expect(pad(zeros([0]), [[1, 1]]).toArray()).toEqual([0, 0]);
    expect([pad(of(3), []).item(), pad(of(3), 2).item()]).toEqual([3, 3]);
    expect(pad(of([true], 'bool'), [[1, 0]]).toArray()).toEqual([false, true]);
    expect(pad(of([7], 'int32'), 1, { value: -2 })).toMatchObject({ dtype: 'int32', shape: [3] });
    expect(pad(of([7], 'int32'), 1, { value: -2 }).toArray()).toEqual([-2, 7, -2]);
    for (const widths of [[], [[1, 1], [1, 1]], [[-1, 0]], [[0.5, 0]], [[1]], -1] as [number, number][][]) expect(() => pad(of([1]), widths)).toThrow(ArgumentError);
    expect(() => pad(of([1]), [[-1, 0]])).toThrow('pad: widths [[-1,0]] for float32 [1]; expected whole numbers from 0: one, a pair, or a list of pairs');
    expect(() => pad(of([1], 'int32'), 1, { value: 0.5 })).toThrow(DTypeError);
  });

  // Values by NumPy.
  test.each<[NonNullable<PadOptions['mode']>, number[], number[][]]>([
    ['edge', [1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3], [[0, 0, 0, 1, 2, 2, 2], [0, 0, 0, 1, 2, 2, 2], [3, 3, 3, 4, 5, 5, 5]]],
    ['reflect', [1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2], [[5, 4, 3, 4, 5, 4, 3], [2, 1, 0, 1, 2, 1, 0], [5, 4, 3, 4, 5, 4, 3]]],
    ['symmetric', [3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1, 2, 3, 3], [[1, 0, 0, 1, 2, 2, 1], [1, 0, 0, 1, 2, 2, 1], [4, 3, 3, 4, 5, 5, 4]]],
    ['wrap', [3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1], [[4, 5, 3, 4, 5, 3, 4], [1, 2, 0, 1, 2, 0, 1], [4, 5, 3, 4, 5, 3, 4]]],
  ])('pad with the elements: %s', (mode, line, image) => {
    expect(pad(of([1, 2, 3]), [4, 7], { mode }).toArray()).toEqual(line);
    expect(pad(reshape(arange(6, { dtype: 'int32' }), [2, 3]), [[1, 0], [2, 2]], { mode })).toMatchObject({ dtype: 'int32' });
    expect(pad(transpose(of([[0, 3], [1, 4], [2, 5]])), [[1, 0], [2, 2]], { mode }).toArray()).toEqual(image);
    expect(pad(of([true], 'bool'), [2, 1], { mode }).toArray()).toEqual([true, true, true, true]);
    expect(pad(zeros([0, 1]), [[0, 0], [1, 2]], { mode }).shape).toEqual([0, 4]);
    expect(() => pad(zeros([2, 0]), 1, { mode })).toThrow('pad: axis 1 of float32 [2,0] is empty; expected an element to repeat, or mode constant');
  });

  // Values by NumPy.
  test('tile, with more and with fewer counts than axes', () => {
    const x = transpose(of([[0, 3], [1, 4], [2, 5]]));
    const wide = [[0, 1, 2, 0, 1, 2], [3, 4, 5, 3, 4, 5]];
    expect(tile(x, [2, 1, 2]).toArray()).toEqual([wide, wide]);
    expect([tile(x, 2).toArray(), tile(x, []).toArray(), tile(of(3), [2, 2]).toArray()]).toEqual([wide, x.toArray(), [[3, 3], [3, 3]]]);
    expect([tile(x, [0, 2]).shape, tile(zeros([0, 2]), [3, 2]).shape, tile(of([true], 'bool'), 2).toArray()]).toEqual([[0, 6], [0, 4], [true, true]]);
    for (const counts of [-1, 0.5, [1, -2]]) expect(() => tile(x, counts)).toThrow(/^tile: counts .*; expected whole numbers from 0/);
  });

  // Values by NumPy.
  test('repeat: one count for all, one each, and the elements of all axes', () => {
    const x = transpose(of([[0, 3], [1, 4], [2, 5]]));
    expect(repeat(x, [2, 0, 1], 1).toArray()).toEqual([[0, 0, 2], [3, 3, 5]]);
    expect(repeat(x, [1, 2], -2).toArray()).toEqual([[0, 1, 2], [3, 4, 5], [3, 4, 5]]);
    expect([repeat(x, 2).toArray(), repeat(x, [2], 0).shape, repeat(of(3), 2).toArray()]).toEqual([[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], [4, 3], [3, 3]]);
    expect(repeat(x, 2, 1).toArray()).toEqual([[0, 0, 1, 1, 2, 2], [3, 3, 4, 4, 5, 5]]);
    expect([repeat(x, 0, 0).shape, repeat(zeros([0]), []).shape, repeat(of([true, false], 'bool'), [1, 2]).toArray()]).toEqual([[0, 3], [0], [true, false, false]]);
    expect(() => repeat(x, [1, 2], 1)).toThrow('repeat: counts [1,2] for axis 1 of float32 [2,3]; expected whole numbers from 0, one for all or 3');
    for (const counts of [-1, 0.5, Infinity]) expect(() => repeat(x, counts)).toThrow(ArgumentError);
    expect(() => repeat(x, 2, 2)).toThrow(AxisError);
  });

  // Values by NumPy.
  test('roll', () => {
    const x = transpose(of([[0, 3], [1, 4], [2, 5]]));
    expect(roll(x, 2).toArray()).toEqual([[4, 5, 0], [1, 2, 3]]);
    expect(roll(x, [1, -1], [0, 1]).toArray()).toEqual([[4, 5, 3], [1, 2, 0]]);
    expect(roll(x, 1, [0, 1]).toArray()).toEqual([[5, 3, 4], [2, 0, 1]]);
    expect(roll(x, [1, 1], 1).toArray()).toEqual([[1, 2, 0], [4, 5, 3]]);
    expect(roll(x, -7, -1).toArray()).toEqual([[1, 2, 0], [4, 5, 3]]);
    expect([roll(x, 0, 0).toArray(), roll(zeros([0, 2]), 1, [0, 1]).shape, roll(of(3), 2).item(), roll(of([true, false, false], 'bool'), 1).toArray()])
      .toEqual([x.toArray(), [0, 2], 3, [false, true, false]]);
    expect(() => roll(x, [1, 2, 3], [0, 1])).toThrow('roll: shifts [1,2,3] along 2 axes; expected whole numbers, one for all axes or one per axis');
    expect(() => roll(x, 0.5)).toThrow(ArgumentError);
    expect(() => roll(x, 1, 2)).toThrow(AxisError);
  });

  test('unstack gives the views that stack joins again', () => {
    fc.assert(
      fc.property(shapes({ minRank: 1, maxRank: 3, minLength: 1, maxLength: 9 }).chain((shape) => fc.tuple(tensors(shape), fc.nat({ max: shape.length - 1 }))), ([sample, axis]) => {
        const x = sample.make();
        const parts = unstack(x, axis);
        expect(parts.length).toBe(x.shape[axis]);
        expect(parts.every(({ storage }) => storage === x.storage)).toBe(true);
        expect(stack(parts, axis).toArray()).toEqual(x.toArray());
        expect(unstack(x, axis - x.shape.length).map((part) => part.toArray())).toEqual(parts.map((part) => part.toArray()));
      }),
      { numRuns: 100 },
    );
    expect(unstack(zeros([2, 0]), 1)).toEqual([]);
    expect(unstack(zeros([2, 0]))[1]!.shape).toEqual([0]);
  });

  test('split gives views that concat joins again', () => {
    const cases = shapes({ minRank: 1, maxRank: 3 }).chain((shape) => fc.tuple(tensors(shape), fc.nat({ max: shape.length - 1 }), fc.integer({ min: 1, max: 6 })));
    fc.assert(
      fc.property(cases, ([sample, axis, sections]) => {
        const x = sample.make();
        const parts = arraySplit(x, sections, axis);
        const lengths = parts.map(({ shape }) => shape[axis]!);
        expect([parts.length, Math.max(...lengths) - Math.min(...lengths) <= 1, lengths]).toEqual([sections, true, lengths.toSorted((a, b) => b - a)]);
        expect(concat(parts, axis).data()).toEqual(x.data());
        expect(parts.every(({ storage }) => storage === x.storage)).toBe(true);
        if (x.shape[axis]! % sections === 0) expect(split(x, sections, axis).map((part) => part.toArray())).toEqual(parts.map((part) => part.toArray()));
        else expect(() => split(x, sections, axis)).toThrow(ShapeError);
      }),
    );
    expect(split(arange(6), [-2, 9, 3]).map((part) => part.toArray())).toEqual([[0, 1, 2, 3], [4, 5], [], [3, 4, 5]]);
    expect(split(reshape(arange(6), [2, 3]), [1], -1).map((part) => part.toArray())).toEqual([[[0], [3]], [[1, 2], [4, 5]]]);
    expect(() => split(arange(6), 4)).toThrow('split: axis 0 of float32 [6] has no 4 equal parts; expected a divisor of 6, or use arraySplit or positions');
    for (const sections of [0, -2, 0.5]) expect(() => split(arange(6), sections)).toThrow(/^split: the number of parts is .*; expected an integer >= 1/);
  });

  test('meshgrid', () => {
    const [x, y] = meshgrid([of([1, 2, 3]), of([4, 5], 'int32')]);
    expect([x.toArray(), y.toArray(), x.dtype, y.dtype]).toEqual([[[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]], 'float32', 'int32']);
    const vectors = [of([1, 2, 3]), of([4, 5]), of([6, 7, 8, 9])];
    expect([meshgrid(vectors)[2]!.shape, meshgrid(vectors, { indexing: 'ij' })[2]!.shape]).toEqual([[2, 3, 4], [3, 2, 4]]);
    expect(meshgrid([vectors[0]!, vectors[1]!], { indexing: 'ij' })[0].toArray()).toEqual([[1, 1], [2, 2], [3, 3]]);
    expect([meshgrid([]), meshgrid([of(5)])[0].toArray(), meshgrid([of([1, 2]), zeros([0])])[0].shape]).toEqual([[], [5], [0, 2]]);
    expect(x.storage).not.toBe(y.storage);
    expect(() => meshgrid([zeros([2, 2])])).toThrow('meshgrid: input 0 is float32 [2,2]; expected vectors [n]');
  });
});
