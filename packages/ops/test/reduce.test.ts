import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { AxisError, DTypeError, grad, setDefaultBackend, ShapeError, tensor, zeros, type DType, type Tensor } from '@adjoint/core';
import { axesOf, shapes, tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import { argMax, argMin, broadcastTo, max, mean, min, sum, sumTo, type ReduceOptions } from '../src/index.js';

const of = (values: Parameters<typeof tensor>[0], dtype: DType = 'float32'): Tensor => tensor(values, { dtype });

/** The groups of row-major values that a reduction makes one of each, in the order of the result. */
function groups(values: readonly number[], shape: readonly number[], axes: readonly number[]): number[][] {
  const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const kept = shape.map((length, axis) => (reduced.includes(axis) ? 1 : length));
  const result = Array.from({ length: kept.reduce((product, length) => product * length, 1) }, (): number[] => []);
  for (const [element, value] of values.entries()) {
    let rest = element;
    let place = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (!reduced.includes(axis)) place += (rest % shape[axis]!) * stride;
      rest = Math.floor(rest / shape[axis]!);
      stride *= kept[axis]!;
    }
    result[place]!.push(value);
  }
  return result;
}

const keptShape = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((length, axis) => (axes.includes(axis) || axes.includes(axis - shape.length) ? 1 : length));

describe.each(backends)('reductions on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each<[string, (x: Tensor, options: ReduceOptions) => Tensor, (group: readonly number[]) => number, number]>([
    ['sum', sum, (group) => group.reduce((total, value) => total + value, 0), 0],
    ['mean', mean, (group) => group.reduce((total, value) => total + value, 0) / group.length, 0],
    ['max', max, (group) => Math.max(...group), 1],
    ['min', min, (group) => Math.min(...group), 1],
  ])('%s over any axes of any layout', (_, operation, expected, minLength) => {
    const cases = shapes({ minLength }).chain((shape) => fc.tuple(tensors(shape), axesOf(shape.length), fc.boolean()));
    fc.assert(
      fc.property(cases, ([x, axes, keepDims]) => {
        const result = operation(x.make(), { axes, keepDims });
        const kept = keptShape(x.shape, axes);
        expect(result.shape).toEqual(keepDims ? kept : x.shape.filter((_length, axis) => !axes.includes(axis) && !axes.includes(axis - x.shape.length)));
        for (const [index, group] of groups(x.values, x.shape, axes).entries()) {
          const value = result.data()[index]!;
          if (group.length === 0) expect(value).toBe(expected(group));
          else expect(Math.abs(value - expected(group))).toBeLessThanOrEqual(1e-12);
        }
      }),
    );
  });

  test('the default is all axes, one number is one axis', () => {
    const x = of([[1, 2, 3], [4, 5, 6]]);
    expect([sum(x).item(), mean(x).item(), max(x).item(), min(x).item()]).toEqual([21, 3.5, 6, 1]);
    expect(sum(x, { keepDims: true }).toArray()).toEqual([[21]]);
    expect(sum(x, { axes: -1 }).toArray()).toEqual([6, 15]);
    expect(max(x, { axes: 0, keepDims: true }).toArray()).toEqual([[4, 5, 6]]);
    expect([sum(5).item(), max(of(3)).item()]).toEqual([5, 3]);
    for (const reduce of [sum, mean, max, min]) expect(reduce(x, { axes: [] }).toArray()).toEqual(x.toArray());
  });

  test('dtypes', () => {
    expect([sum(of([true, true, false], 'bool')).dtype, sum(of([true, true, false], 'bool')).item()]).toEqual(['int32', 2]);
    expect([sum(of([1, 2], 'int32')).dtype, mean(of([1, 2], 'int32')).dtype, mean(of([1, 2], 'int32')).item()]).toEqual(['int32', 'float32', 1.5]);
    expect([max(of([1, 2], 'int32')).dtype, max(of([-5, -2], 'int32')).item(), mean(of([true, false], 'bool')).item()]).toEqual(['int32', -2, 0.5]);
    expect([max(of([true, false], 'bool')).toArray(), min(of([true, false], 'bool')).toArray()]).toEqual([true, false]);
    expect(mean(of([1, 2], 'float64')).dtype).toBe('float64');
  });

  test('a long sum of float32 keeps its digits', () => {
    const count = 1_000_000;
    expect(Math.abs(sum(broadcastTo(of(0.1), [count])).item() / (count * Math.fround(0.1)) - 1)).toBeLessThan(1e-5);
  });

  test('NaN and infinities', () => {
    const x = of([[1, NaN, 3], [Infinity, 1, -Infinity], [-Infinity, -Infinity, -Infinity]]);
    expect(max(x, { axes: 1 }).toArray()).toEqual([NaN, Infinity, -Infinity]);
    expect(min(x, { axes: 1 }).toArray()).toEqual([NaN, -Infinity, -Infinity]);
    expect(sum(x, { axes: 1 }).toArray()).toEqual([NaN, NaN, -Infinity]);
    expect(argMax(x, { axis: 1 }).toArray()).toEqual([1, 0, 0]);
    expect(argMin(x, { axis: 1 }).toArray()).toEqual([1, 2, 0]);
  });

  test('nothing to reduce', () => {
    expect([sum(zeros([0])).item(), mean(zeros([0])).item()]).toEqual([0, NaN]);
    expect(sum(zeros([2, 0]), { axes: 1 }).toArray()).toEqual([0, 0]);
    expect(max(zeros([0, 2]), { axes: 1 }).toArray()).toEqual([]);
    for (const [name, reduce] of Object.entries({ max, min })) {
      expect(() => reduce(zeros([2, 0]), { axes: 1 })).toThrow(ShapeError);
      expect(() => reduce(zeros([2, 0]), { axes: 1 })).toThrow(`${name}: float32 [2,0] has no element along axes [1]`);
    }
    expect(() => argMax(zeros([0]))).toThrow(ShapeError);
  });

  test('argMax and argMin give the first of a tie, as int32', () => {
    const x = of([[1, 5, 5], [7, 0, 0]]);
    expect(argMax(x, { axis: 1 })).toMatchObject({ dtype: 'int32', shape: [2] });
    expect([argMax(x, { axis: 1 }).toArray(), argMin(x, { axis: -1 }).toArray()]).toEqual([[1, 0], [0, 1]]);
    expect([argMax(x, { axis: 0 }).toArray(), argMax(x).item(), argMin(x).item()]).toEqual([[1, 0, 0], 3, 4]);
    expect(argMax(x, { axis: 1, keepDims: true }).toArray()).toEqual([[1], [0]]);
    expect(argMax(x, { keepDims: true }).toArray()).toEqual([[3]]);
    expect(argMax(of(9)).item()).toBe(0);
    expect(() => argMax(of([true], 'bool'))).toThrow(DTypeError);
  });

  test('elements that tie share the gradient of max and min', () => {
    const slope = (fn: (x: Tensor) => Tensor, x: Tensor) => grad(fn)(x).toArray();
    expect(slope((x) => max(x), of([3, 1, 3]))).toEqual([0.5, 0, 0.5]);
    const third = Math.fround(1 / 3);
    expect(slope((x) => sum(min(x, { axes: 0 })), of([[1, 2], [1, 0], [1, 0]]))).toEqual([[third, 0], [third, 0.5], [third, 0.5]]);
    expect(slope((x) => max(x), of([2, 2, 2, 2], 'float64'))).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(slope((x) => max(broadcastTo(x, [3])), of(7))).toBe(1);
  });

  test('sumTo undoes a broadcast', () => {
    fc.assert(
      fc.property(shapes({ minLength: 1 }).chain((shape) => fc.tuple(fc.constant(shape), fc.nat({ max: shape.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))),
        ([whole, dropped, ones]) => {
          const shape = whole.map((length, axis) => (ones[axis] === true ? 1 : length)).slice(dropped);
          const count = whole.reduce((product, length) => product * length, 1) / shape.reduce((product, length) => product * length, 1);
          const result = sumTo(broadcastTo(of(1), whole), shape);
          expect(result.shape).toEqual(shape);
          expect([...result.data()].every((value) => value === count)).toBe(true);
        }),
    );
  });

  test.each([2, -3, 0.5])('axis %d of two is refused by name', (axis) => {
    for (const [name, reduce] of Object.entries({ sum, mean, max, min })) {
      expect(() => reduce(zeros([1, 1]), { axes: axis })).toThrow(AxisError);
      expect(() => reduce(zeros([1, 1]), { axes: [0, axis] })).toThrow(`${name}: axis ${axis} is out of range`);
    }
    for (const [name, reduce] of Object.entries({ argMax, argMin })) expect(() => reduce(zeros([1, 1]), { axis })).toThrow(`${name}: axis ${axis} is out of range`);
  });

  test('an axis named twice is refused', () => {
    expect(() => sum(zeros([1, 1]), { axes: [1, -1] })).toThrow('sum: axis 1 is named twice in [1,-1]');
  });
});
