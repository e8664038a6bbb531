import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { AxisError, grad, setDefaultBackend, ShapeError, tensor, zeros, type DType, type Tensor } from '@adjoint/core';
import { axesOf, shapes, tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import {
  all, any, argMax, argMin, broadcastTo, greater, logSumExp, max, mean, min, mul, norm, prod, square, standardDeviation, sum, sumTo, variance, type ReduceOptions,
} from '../src/index.js';

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

const meanOf = (group: readonly number[]): number => group.reduce((total, value) => total + value, 0) / group.length;
const varianceOf = (group: readonly number[], correction = 0): number =>
  group.reduce((total, value) => total + (value - meanOf(group)) ** 2, 0) / Math.max(0, group.length - correction);

describe.each(backends)('reductions on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each<[string, (x: Tensor, options: ReduceOptions) => Tensor, (group: readonly number[]) => number, number]>([
    ['sum', sum, (group) => group.reduce((total, value) => total + value, 0), 0],
    ['mean', mean, meanOf, 0],
    ['prod', prod, (group) => group.reduce((product, value) => product * value, 1), 0],
    ['variance', variance, varianceOf, 0],
    ['variance of a sample', (x, options) => variance(x, { ...options, correction: 1 }), (group) => varianceOf(group, 1), 0],
    ['standardDeviation', standardDeviation, (group) => Math.sqrt(varianceOf(group)), 0],
    ['logSumExp', logSumExp, (group) => Math.log(group.reduce((total, value) => total + Math.exp(value), 0)), 0],
    ['norm', norm, (group) => Math.hypot(...group), 0],
    ['norm of order 3', (x, options) => norm(x, { ...options, order: 3 }), (group) => group.reduce((total, value) => total + Math.abs(value) ** 3, 0) ** (1 / 3), 0],
    ['norm of order 1', (x, options) => norm(x, { ...options, order: 1 }), (group) => group.reduce((total, value) => total + Math.abs(value), 0), 0],
    ['norm of order 0', (x, options) => norm(x, { ...options, order: 0 }), (group) => group.filter((value) => value !== 0).length, 0],
    ['norm of order Infinity', (x, options) => norm(x, { ...options, order: Infinity }), (group) => Math.max(...group.map(Math.abs)), 1],
    ['norm of order -Infinity', (x, options) => norm(x, { ...options, order: -Infinity }), (group) => Math.min(...group.map(Math.abs)), 1],
    ['any of comparisons', (x, options) => any(greater(x, 1), options), (group) => Number(group.some((value) => value > 1)), 0],
    ['all of comparisons', (x, options) => all(greater(x, -1), options), (group) => Number(group.every((value) => value > -1)), 0],
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
          const target = expected(group);
          if (Number.isFinite(target)) expect(Math.abs(value - target)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(target)));
          else expect(value).toBe(target);
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

  test('dtypes of the others', () => {
    expect([prod(of([true, true], 'bool')).dtype, prod(of([true, false], 'bool')).item()]).toEqual(['int32', 0]);
    expect([prod(of([3, -4], 'int32')).dtype, prod(of([3, -4], 'int32')).item(), prod(of([2 ** 30, 6], 'int32')).item()]).toEqual(['int32', -12, -(2 ** 31)]);
    for (const reduce of [variance, standardDeviation, logSumExp, norm]) {
      expect([reduce(of([1, 2], 'int32')).dtype, reduce(of([true], 'bool')).dtype, reduce(of([1], 'float64')).dtype]).toEqual(['float32', 'float32', 'float64']);
    }
    expect(variance(of([1, 2, 4, 8], 'int32')).item()).toBe(7.1875);
    expect([any(of([0, 2], 'int32')).dtype, any(of([0, NaN])).toArray(), all(of([0.5, NaN])).toArray(), all(of([1, 0])).toArray()]).toEqual(['bool', true, true, false]);
  });

  test('the mean of equal numbers is that number', () => {
    for (let count = 1; count < 100; count++) expect(mean(broadcastTo(of(3), [count])).item()).toBe(3);
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
    expect([prod(zeros([0])).item(), variance(zeros([0])).item(), standardDeviation(zeros([0])).item(), logSumExp(zeros([0])).item()]).toEqual([1, NaN, NaN, -Infinity]);
    expect(logSumExp(zeros([2, 0]), { axes: 1, keepDims: true }).toArray()).toEqual([[-Infinity], [-Infinity]]);
    expect([norm(zeros([0])).item(), norm(zeros([0]), { order: 3 }).item(), norm(zeros([0]), { order: -1 }).item()]).toEqual([0, 0, Infinity]);
    expect([any(zeros([0])).toArray(), all(zeros([0])).toArray()]).toEqual([false, true]);
    expect([any(zeros([2, 0]), { axes: 1 }).toArray(), all(zeros([2, 0]), { axes: 1 }).toArray()]).toEqual([[false, false], [true, true]]);
  });

  test('argMax and argMin give the first of a tie, as int32', () => {
    const x = of([[1, 5, 5], [7, 0, 0]]);
    expect(argMax(x, { axis: 1 })).toMatchObject({ dtype: 'int32', shape: [2] });
    expect([argMax(x, { axis: 1 }).toArray(), argMin(x, { axis: -1 }).toArray()]).toEqual([[1, 0], [0, 1]]);
    expect([argMax(x, { axis: 0 }).toArray(), argMax(x).item(), argMin(x).item()]).toEqual([[1, 0, 0], 3, 4]);
    expect(argMax(x, { axis: 1, keepDims: true }).toArray()).toEqual([[1], [0]]);
    expect(argMax(x, { keepDims: true }).toArray()).toEqual([[3]]);
    expect(argMax(of(9)).item()).toBe(0);
    expect([argMax(of([false, true, true], 'bool')).item(), argMin(of([true, true], 'bool')).item()]).toEqual([1, 0]);
  });

  test('elements that tie share the gradient of max and min', () => {
    const slope = (fn: (x: Tensor) => Tensor, x: Tensor) => grad(fn)(x).toArray();
    expect(slope((x) => max(x), of([3, 1, 3]))).toEqual([0.5, 0, 0.5]);
    const third = Math.fround(1 / 3);
    expect(slope((x) => sum(min(x, { axes: 0 })), of([[1, 2], [1, 0], [1, 0]]))).toEqual([[third, 0], [third, 0.5], [third, 0.5]]);
    expect(slope((x) => max(x), of([2, 2, 2, 2], 'float64'))).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(slope((x) => max(broadcastTo(x, [3])), of(7))).toBe(1);
  });

  test('the gradient of prod is right where elements are 0, to second order', () => {
    const x = of([[2, 0, 3], [0, 0, 4], [1, 2, 3]], 'float64');
    expect(grad((y) => sum(prod(y, { axes: 1 })))(x).toArray()).toEqual([[0, 6, 0], [0, 0, 0], [6, 3, 2]]);
    expect(grad((y) => prod(y))(of([[2, 3], [0, 5]], 'float64')).toArray()).toEqual([[0, 0], [30, 0]]);
    // With two zeros only the second derivative by both is not 0: 2 * 3.
    const secondColumn = grad((y) => sum(mul(grad((z) => prod(z))(y), of([0, 1, 0, 0], 'float64'))));
    expect(secondColumn(of([2, 0, 3, 0], 'float64')).toArray()).toEqual([0, 0, 0, 6]);
  });

  test('a large mean costs the variance no digits', () => {
    expect(variance(of([1e9 + 1, 1e9 + 2, 1e9 + 4, 1e9 + 8], 'float64')).item()).toBe(varianceOf([1, 2, 4, 8]));
    expect(variance(of([2 ** 23 + 1, 2 ** 23 + 3])).item()).toBe(1);
  });

  test('the divisor of the variance', () => {
    const x = of([1, 2, 4, 8], 'float64');
    expect([variance(x, { correction: 1 }).item(), variance(x, { correction: 2.5 }).item()]).toEqual([28.75 / 3, 28.75 / 1.5]);
    expect([variance(x, { correction: 4 }).item(), variance(x, { correction: 9 }).item(), variance(of([5]), { correction: 1 }).item()]).toEqual([Infinity, Infinity, NaN]);
    expect([standardDeviation(of([1, NaN])).item(), standardDeviation(of([1, 3]), { correction: 1 }).item()]).toEqual([NaN, Math.fround(Math.SQRT2)]);
  });

  test('where the root has no slope, the gradient is 0', () => {
    const slope = (fn: (x: Tensor) => Tensor, x: Tensor) => grad((y) => sum(fn(y)))(x).toArray();
    expect(slope((x) => standardDeviation(x), of([2, 2]))).toEqual([0, 0]);
    for (const order of [2, 1, 3, 0.5, Infinity, 'fro'] as const) {
      expect(slope((x) => norm(x, { order, axes: order === 'fro' ? [0, 1] : 0 }), of([[0], [0]]))).toEqual([[0], [0]]);
    }
    for (const order of [2, 3, 0.5]) expect(grad(grad((x) => norm(mul(x, of([0, 0])), { order })))(of(1)).item()).toBe(0);
    expect(slope((x) => norm(x, { axes: 1 }), of([[0, 0], [0, -5]]))).toEqual([[0, 0], [0, -1]]);
    expect(slope((x) => norm(x, { order: 0.5 }), of([0, 4], 'float64'))).toEqual([0, 1]);
    expect(slope((x) => norm(x, { order: 1 }), of([-2, 0, 3]))).toEqual([-1, 0, 1]);
    expect(slope((x) => norm(x, { order: Infinity }), of([-2, 2, 1]))).toEqual([-0.5, 0.5, 0]);
  });

  // By NumPy's linalg.norm.
  test.each([
    [0, 4, 3], [0.5, 37.7765657052182, 22.392304845413257], [1, 10, 8], [2, 5.477225575051661, 5.0990195135927845], [3, 4.641588833612778, 4.514357435474001],
    [-1, 0.48, 0], [-2, 0.8381163549234938, 0], [Infinity, 4, 4], [-Infinity, 1, 0],
  ])('norms of order %d', (order, ofNonZero, withZero) => {
    const x = of([[3, -4, 2, 1], [3, -4, 0, 1]], 'float64');
    const [first, second] = norm(x, { order, axes: 1 }).data();
    expect(Math.abs(first! - ofNonZero)).toBeLessThan(1e-13);
    expect(Math.abs(second! - withZero)).toBeLessThan(1e-13);
    expect(norm(x, { order, axes: 1, keepDims: true }).shape).toEqual([2, 1]);
    expect(norm(of([1, NaN], 'float64'), { order: order === 0 ? 2 : order }).item()).toBe(NaN);
  });

  test("the norm 'fro' is of a matrix", () => {
    const x = of([[[1, 2], [2, 4]]]);
    expect(norm(x, { order: 'fro', axes: [1, 2] }).toArray()).toEqual([5]);
    expect(norm(of([[3, 4]]), { order: 'fro' }).item()).toBe(5);
    expect(() => norm(x, { order: 'fro' })).toThrow(AxisError);
    expect(() => norm(x, { order: 'fro' })).toThrow("norm: order 'fro' over axes [0,1,2] of float32 [1,2,2]; expected two axes");
  });

  test('logSumExp of large and infinite elements', () => {
    const x = of([[1e4, 1e4], [-1e4, -1e4], [-Infinity, 2], [-Infinity, -Infinity], [Infinity, 0], [NaN, Infinity]], 'float64');
    expect(logSumExp(x, { axes: 1 }).toArray()).toEqual([1e4 + Math.LN2, -1e4 + Math.LN2, 2, -Infinity, Infinity, NaN]);
    const finite = of([[1e4, 1e4], [-1e4, -1e4], [-Infinity, 2], [-Infinity, -Infinity]], 'float64');
    expect(grad((y) => sum(logSumExp(y, { axes: 1 })))(finite).toArray()).toEqual([[0.5, 0.5], [0.5, 0.5], [0, 1], [0, 0]]);
    // The softmax of equal elements is where its squares are least.
    expect(grad((y) => sum(square(grad((z) => logSumExp(z))(y))))(of([0, 0])).toArray()).toEqual([0, 0]);
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
    for (const [name, reduce] of Object.entries({ sum, mean, max, min, prod, variance, standardDeviation, logSumExp, norm, any, all })) {
      expect(() => reduce(zeros([1, 1]), { axes: axis })).toThrow(AxisError);
      expect(() => reduce(zeros([1, 1]), { axes: [0, axis] })).toThrow(`${name}: axis ${axis} is out of range`);
    }
    for (const [name, reduce] of Object.entries({ argMax, argMin })) expect(() => reduce(zeros([1, 1]), { axis })).toThrow(`${name}: axis ${axis} is out of range`);
  });

  test('an axis named twice is refused', () => {
    expect(() => sum(zeros([1, 1]), { axes: [1, -1] })).toThrow('sum: axis 1 is named twice in [1,-1]');
  });
});
