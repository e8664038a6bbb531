import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { broadcastShapes, setDefaultBackend, ShapeError, tensor, zeros, type DType, type Tensor } from '@adjoint/core';
import { tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import { matmul, reshape, transpose } from '../src/index.js';

const of = (values: Parameters<typeof tensor>[0], dtype: DType = 'float32'): Tensor => tensor(values, { dtype });

/** Reads a row-major list at the batch index of a shape that it broadcasts to. */
function matrixOf(values: readonly number[], shape: readonly number[], batch: readonly number[]): number[] {
  const size = shape.at(-2)! * shape.at(-1)!;
  const own = batch.slice(batch.length - (shape.length - 2));
  const place = shape.slice(0, -2).reduce((position, length, axis) => position * length + (length === 1 ? 0 : own[axis]!), 0);
  return values.slice(place * size, (place + 1) * size);
}

function plainMatmul(left: readonly number[], right: readonly number[], m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, place) => {
    let total = 0;
    for (let index = 0; index < k; index++) total += left[Math.floor(place / n) * k + index]! * right[index * n + (place % n)]!;
    return total;
  });
}

describe.each(backends)('matmul on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const side = fc.nat({ max: 5 });
  const cases = fc
    .record({ m: side, k: side, n: side, left: fc.constantFrom([], [2], [1, 2], [3, 1]), right: fc.constantFrom([], [2], [1], [3, 2], [1, 1]) })
    .chain((sizes) => fc.tuple(fc.constant(sizes), tensors([...sizes.left, sizes.m, sizes.k]), tensors([...sizes.right, sizes.k, sizes.n])));

  test('agrees with plain loops for any layouts and batches', () => {
    fc.assert(
      fc.property(cases, ([{ m, k, n }, x, y]) => {
        const batch = broadcastShapes('test', x.shape.slice(0, -2), y.shape.slice(0, -2));
        const result = matmul(x.make(), y.make());
        expect(result.shape).toEqual([...batch, m, n]);
        const indices = batch.reduce<number[][]>((list, length) => list.flatMap((head) => Array.from({ length }, (_, index) => [...head, index])), [[]]);
        const expected = indices.flatMap((index) => plainMatmul(matrixOf(x.values, x.shape, index), matrixOf(y.values, y.shape, index), m, k, n));
        const data = result.data();
        for (const [element, value] of expected.entries()) expect(Math.abs(data[element]! - value)).toBeLessThan(1e-12);
      }),
    );
  });

  test('a vector is a row on the left and a column on the right', () => {
    const [v, w, x] = [of([1, 2]), of([3, 4]), of([[1, 2], [3, 4]])];
    expect([matmul(v, w).shape, matmul(v, w).item()]).toEqual([[], 11]);
    expect(matmul(x, v).toArray()).toEqual([5, 11]);
    expect(matmul(v, x).toArray()).toEqual([7, 10]);
    const batch = reshape(of([1, 2, 3, 4, 5, 6, 7, 8]), [2, 2, 2]);
    expect(matmul(batch, v).toArray()).toEqual([[5, 11], [17, 23]]);
    expect(matmul(v, batch).toArray()).toEqual([[7, 10], [19, 22]]);
  });

  test('empty sides give zeros or nothing', () => {
    expect(matmul(zeros([2, 0]), zeros([0, 3])).toArray()).toEqual([[0, 0, 0], [0, 0, 0]]);
    expect(matmul(zeros([0, 2]), zeros([2, 3])).shape).toEqual([0, 3]);
    expect(matmul(zeros([0]), zeros([0])).item()).toBe(0);
    expect(matmul(zeros([0, 4, 2]), zeros([2, 3])).shape).toEqual([0, 4, 3]);
  });

  test('dtypes promote', () => {
    expect(matmul(of([[1, 2]], 'int32'), of([[3], [4]], 'int32'))).toMatchObject({ dtype: 'int32', shape: [1, 1] });
    expect(matmul(of([[1, 2]], 'int32'), of([[3], [4]], 'int32')).item()).toBe(11);
    expect(matmul(of([[1, 2]], 'int32'), of([[0.5], [4]], 'float64'))).toMatchObject({ dtype: 'float64' });
    expect(matmul(of([true, true], 'bool'), of([true, true], 'bool')).item()).toBe(2);
  });

  test('NaN and infinities go where they belong', () => {
    expect(matmul(of([[1, NaN], [1, 2]]), of([[1], [1]])).toArray()).toEqual([[NaN], [3]]);
    expect(matmul(of([[Infinity, 1]]), of([[0, 1], [1, 1]])).toArray()).toEqual([[NaN, Infinity]]);
  });

  test.each<[string, readonly number[], readonly number[], string]>([
    ['inner axes', [2, 3], [2, 3], 'matmul: left is float32 [2,3], right is float32 [2,3]; the last axis of left (3) must be as long as the one before last of right (2)'],
    ['a vector and a matrix', [3], [2, 3], 'matmul: left is float32 [3], right is float32 [2,3]; the last axis of left (3)'],
    ['two vectors', [3], [2], 'matmul: left is float32 [3], right is float32 [2]; the last axis of left (3) must be as long as right (2)'],
    ['batches', [2, 1, 3], [3, 3, 1], 'matmul: the batch axes: shapes [2] and [3] do not broadcast'],
    ['a scalar', [], [2], 'matmul: left is a scalar; expected at least one axis (to scale, use mul)'],
    ['a scalar on the right', [2], [], 'matmul: right is a scalar'],
    ['a batch and one matrix', [2, 2, 3], [2, 2], 'matmul: left is float32 [2,2,3], right is float32 [2,2]'],
  ])('%s that do not fit are refused', (_, left, right, message) => {
    expect(() => matmul(zeros(left), zeros(right))).toThrow(ShapeError);
    expect(() => matmul(zeros(left), zeros(right))).toThrow(message);
  });

  test('of a transposed operand is that of its copy', () => {
    const x = of([[1, 2, 3], [4, 5, 6]]);
    expect(matmul(transpose(x), x).toArray()).toEqual([[17, 22, 27], [22, 29, 36], [27, 36, 45]]);
  });
});
