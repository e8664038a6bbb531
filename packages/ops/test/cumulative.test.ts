import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { AxisError, grad, setDefaultBackend, tensor, zeros, type DType, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import { cumProd, cumSum, mul, prod, slice, sum, type CumulativeOptions } from '../src/index.js';

const of = (values: Parameters<typeof tensor>[0], dtype: DType = 'float32'): Tensor => tensor(values, { dtype });

describe.each(backends)('cumulative functions on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('the defaults and the options', () => {
    const x = of([[1, 2, 3], [4, 5, 6]]);
    expect([cumSum(x).toArray(), cumProd(x).toArray()]).toEqual([[1, 3, 6, 10, 15, 21], [1, 2, 6, 24, 120, 720]]);
    expect(cumSum(x, { axis: 0 }).toArray()).toEqual([[1, 2, 3], [5, 7, 9]]);
    expect(cumProd(x, { axis: -1 }).toArray()).toEqual([[1, 2, 6], [4, 20, 120]]);
    expect(cumSum(x, { axis: 1, reverse: true }).toArray()).toEqual([[6, 5, 3], [15, 11, 6]]);
    expect(cumSum(x, { axis: 1, exclusive: true }).toArray()).toEqual([[0, 1, 3], [0, 4, 9]]);
    expect(cumProd(x, { axis: 1, exclusive: true, reverse: true }).toArray()).toEqual([[6, 3, 1], [30, 6, 1]]);
    expect([cumSum(5).toArray(), cumProd(zeros([0])).toArray(), cumSum(zeros([2, 0]), { axis: 0 }).shape]).toEqual([[5], [], [2, 0]]);
  });

  test.each<[string, (x: Tensor, options: CumulativeOptions) => Tensor, typeof sum]>([['cumSum', cumSum, sum], ['cumProd', cumProd, prod]])(
    '%s is a reduction of ever more, in any layout', (_, cumulate, reduce) => {
      const cases = shapes({ minRank: 1, minLength: 1 }).chain((shape) => fc.tuple(tensors(shape), fc.nat({ max: shape.length - 1 }), fc.boolean()));
      fc.assert(fc.property(cases, ([sample, axis, reverse]) => {
        const x = sample.make();
        const result = cumulate(x, { axis, reverse });
        for (let place = 0; place < x.shape[axis]!; place++) {
          const along = (range: [number, number?]) => x.shape.map((_length, other) => (other === axis ? range : null));
          const expected = reduce(slice(x, along(reverse ? [place] : [0, place + 1])), { axes: axis }).data();
          const actual = slice(result, along([place, place + 1])).data();
          for (const [index, value] of actual.entries()) expect(Math.abs(value - expected[index]!)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
        }
      }), { numRuns: 40 });
    });

  test('dtypes', () => {
    expect([cumSum(of([true, false, true], 'bool')).dtype, cumSum(of([true, false, true], 'bool')).toArray()]).toEqual(['int32', [1, 1, 2]]);
    expect([cumProd(of([3, 2 ** 30], 'int32')).dtype, cumProd(of([3, 2 ** 30], 'int32')).toArray()]).toEqual(['int32', [3, -(2 ** 30)]]);
    expect([cumSum(of([1], 'float64')).dtype, cumSum(of([1])).dtype]).toEqual(['float64', 'float32']);
  });

  test('NaN, infinities and negative zero', () => {
    expect(cumSum(of([1, Infinity, -Infinity, 2])).toArray()).toEqual([1, Infinity, NaN, NaN]);
    expect(cumProd(of([2, NaN, 0, 1, 1])).toArray()).toEqual([2, NaN, NaN, NaN, NaN]);
    expect(Object.is(cumProd(of([-1, 0])).data()[1], -0)).toBe(true);
  });

  test('a long sum of float32 keeps its digits', () => {
    const count = 300_000;
    const total = cumSum(tensor(new Float32Array(count).fill(0.1))).data()[count - 1]!;
    expect(total).toBe(Math.fround(count * Math.fround(0.1)));
  });

  test('the gradient of cumProd is right where elements are 0, to second order', () => {
    const x = of([[2, 0, 3], [0, 0, 4], [1, 2, 3]], 'float64');
    const weights = of([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 'float64');
    expect(grad((y) => sum(cumProd(y, { axis: 1 })))(x).toArray()).toEqual([[1, 8, 0], [1, 0, 0], [9, 4, 2]]);
    expect(grad((y) => sum(mul(weights, cumProd(y, { axis: 0 }))))(x).toArray()).toEqual([[1, 2, 135], [22, 0, 99], [0, 0, 108]]);
    const loss = (y: Tensor) => sum(mul(of([1, 2, 3, 4], 'float64'), cumProd(y)));
    const secondColumn = grad((y) => sum(mul(grad(loss)(y), of([0, 1, 0, 0], 'float64'))));
    expect(secondColumn(of([2, 0, 3, 0], 'float64')).toArray()).toEqual([11, 0, 6, 24]);
  });

  test('an axis that is not there is refused by name', () => {
    for (const [name, cumulate] of Object.entries({ cumSum, cumProd })) {
      expect(() => cumulate(zeros([1, 1]), { axis: 2 })).toThrow(AxisError);
      expect(() => cumulate(zeros([1, 1]), { axis: 2 })).toThrow(`${name}: axis 2 is out of range`);
    }
  });
});
