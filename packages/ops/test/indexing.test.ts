import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ArgumentError, AxisError, DTypeError, grad, setDefaultBackend, tensor, zeros, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import { concat, gather, mul, oneHot, slice, sum, transpose } from '../src/index.js';

const indices = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'int32' });

describe.each(backends)('indexing on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('gather takes the slices that the indices name', () => {
    const cases = shapes({ minRank: 1, maxRank: 3, minLength: 1 }).chain((shape) => fc.tuple(tensors(shape), fc.nat({ max: shape.length - 1 }), fc.array(fc.integer(), { minLength: 1, maxLength: 5 })));
    fc.assert(
      fc.property(cases, ([sample, axis, numbers]) => {
        const x = sample.make();
        const length = x.shape[axis]!;
        const wanted = numbers.map((number) => (((number % length) + length) % length) - (number % 2 === 0 ? length : 0));
        const parts = wanted.map((index) => {
          const from = index < 0 ? index + length : index;
          return slice(x, x.shape.map((_, other) => (other === axis ? [from, from + 1] : null)));
        });
        expect(gather(x, indices(wanted), { axis }).toArray()).toEqual(concat(parts, axis).toArray());
      }),
    );
  });

  test('the axis is replaced by the axes of the indices', () => {
    const x = tensor([[1, 2, 3], [4, 5, 6]]);
    expect(gather(x, indices(1)).toArray()).toEqual([4, 5, 6]);
    expect(gather(x, indices([[0, -1]]), { axis: 1 }).toArray()).toEqual([[[1, 3]], [[4, 6]]]);
    expect(gather(x, indices([2, 0]), { axis: -1 }).toArray()).toEqual([[3, 1], [6, 4]]);
    expect(gather(x, indices([])).shape).toEqual([0, 3]);
    expect(gather(transpose(x), indices([-3])).toArray()).toEqual([[1, 4]]);
    expect(gather(tensor([true, false]), indices([1, 1, 0])).toArray()).toEqual([false, false, true]);
  });

  test('an index that occurs twice gets both gradients', () => {
    expect(grad((x: Tensor) => sum(mul(gather(x, indices([2, 0, -1])), tensor([1, 10, 100]))))(tensor([1, 2, 3])).toArray()).toEqual([10, 0, 101]);
  });

  test.each([2, -3])('index %d of two is refused', (index) => {
    expect(() => gather(tensor([1, 2]), indices([0, index]))).toThrow(ArgumentError);
    expect(() => gather(tensor([1, 2]), indices([0, index]))).toThrow(`gather: index ${index} at position 1 is out of range for axis 0 of float32 [2]; expected -2 to 1`);
  });

  test('what gather does not take', () => {
    expect(() => gather(zeros([0]), indices([0]))).toThrow('which is empty');
    expect(() => gather(tensor([1]), tensor([0]))).toThrow(DTypeError);
    expect(() => gather(tensor([1]), tensor([0]))).toThrow('gather: indices is float32 [1]; expected int32 (convert it with cast)');
    expect(() => gather(tensor([1]), indices([0]), { axis: 1 })).toThrow(AxisError);
    expect(() => gather(tensor(1), indices([0]))).toThrow('gather: axis 0 is out of range');
  });

  test('oneHot', () => {
    expect(oneHot(indices([1, 0, 2]), 3).toArray()).toEqual([[0, 1, 0], [1, 0, 0], [0, 0, 1]]);
    expect(oneHot(indices(1), 2)).toMatchObject({ shape: [2], dtype: 'float32' });
    expect(oneHot(indices([[0], [1]]), 2).toArray()).toEqual([[[1, 0]], [[0, 1]]]);
    expect(oneHot(indices([0]), 2, { dtype: 'bool' }).toArray()).toEqual([[true, false]]);
    expect(oneHot(indices([0]), 0).shape).toEqual([1, 0]);
    expect(oneHot(indices([]), 3).shape).toEqual([0, 3]);
  });

  test('oneHot of a label out of range is zeros', () => {
    expect(oneHot(indices([3, -1, 0]), 3).toArray()).toEqual([[0, 0, 0], [0, 0, 0], [1, 0, 0]]);
  });

  test('what oneHot does not take', () => {
    expect(() => oneHot(tensor([1]), 2)).toThrow('oneHot: labels is float32 [1]; expected int32');
    for (const classes of [-1, 1.5, NaN]) expect(() => oneHot(indices([0]), classes)).toThrow(ArgumentError);
  });
});
