import * as fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { arange, ArgumentError, AxisError, DTypeError, grad, setDefaultBackend, ShapeError, tensor, zeros, type DType, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import {
  argSort, concat, gather, greater, index, indexAdd, indexUpdate, mul, oneHot, reshape, scatterAdd, slice, sort, sum, take, takeAlongAxis, topK,
  transpose, type Subscript,
} from '../src/index.js';

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

  // Shapes and values by NumPy, of `np.arange(24).reshape(2, 3, 4)`.
  const i = () => indices([1, 0]);
  const j = () => indices([[2], [0]]);
  const mask = () => tensor([[true, false, true], [false, false, true]]);
  const row = () => tensor([false, true, true]);
  test.each<[string, () => readonly Subscript[], number[], number[]]>([
    ['-1, 1', () => [-1, 1], [4], [16, 17, 18, 19]],
    ['i', () => [i()], [2, 3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    [':, i', () => [[], i()], [2, 2, 4], [4, 5, 6, 7, 0, 1, 2, 3, 16, 17, 18, 19, 12, 13, 14, 15]],
    [':, i, :2', () => [[], i(), [null, 2]], [2, 2, 2], [4, 5, 0, 1, 16, 17, 12, 13]],
    ['i, j', () => [i(), j()], [2, 2, 4], [20, 21, 22, 23, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3]],
    [':, i, j', () => [[], i(), j()], [2, 2, 2], [6, 2, 4, 0, 18, 14, 16, 12]],
    ['i, :, j', () => [i(), [], j()], [2, 2, 3], [14, 18, 22, 2, 6, 10, 12, 16, 20, 0, 4, 8]],
    ['0, :, i', () => [0, [], i()], [2, 3], [1, 5, 9, 0, 4, 8]],
    [':, 0, i', () => [[], 0, i()], [2, 2], [1, 0, 13, 12]],
    [':, i, null, j', () => [[], i(), null, j()], [2, 2, 2, 1], [6, 18, 2, 14, 4, 16, 0, 12]],
    [':, i, ..., j', () => [[], i(), '...', j()], [2, 2, 2], [6, 18, 2, 14, 4, 16, 0, 12]],
    ['..., i', () => ['...', i()], [2, 3, 2], [1, 0, 5, 4, 9, 8, 13, 12, 17, 16, 21, 20]],
    ['mask', () => [mask()], [3, 4], [0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23]],
    ['mask, 1:3', () => [mask(), [1, 3]], [3, 2], [1, 2, 9, 10, 21, 22]],
    [':, row', () => [[], row()], [2, 2, 4], [4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]],
    [':, row, -1', () => [[], row(), -1], [2, 2], [7, 11, 19, 23]],
    [':, row, [0, 3]', () => [[], row(), indices([0, 3])], [2, 2], [4, 11, 16, 23]],
    ['row[:2], :, ::-2', () => [slice(row(), [[null, 2]]), [], [null, null, -2]], [1, 3, 2], [15, 13, 19, 17, 23, 21]],
    ['[], :, 0', () => [indices([]), [], 0], [0, 3], []],
    ['0, True', () => [0, 1, tensor(true)], [1, 4], [4, 5, 6, 7]],
    ['0, False', () => [0, 1, tensor(false)], [0, 4], []],
    ['null, ..., null', () => [1, 2, null, '...', null], [1, 4, 1], [20, 21, 22, 23]],
  ])('index and its updates: x[%s]', (_, subscripts, shape, values) => {
    const whole = reshape(arange(24, { dtype: 'int32' }), [2, 3, 4]);
    for (const x of [whole, transpose(reshape(transpose(whole), [4, 3, 2]))]) {
      const result = index(x, ...subscripts());
      expect([result.shape, [...result.data()], result.dtype]).toEqual([shape, values, 'int32']);
      const added = whole.data().map((value) => (values.includes(value) ? value + 100 : value));
      expect([...indexAdd(x, subscripts(), 100).data()]).toEqual([...added]);
      expect([...indexUpdate(x, subscripts(), index(indexAdd(x, [], 100), ...subscripts())).data()]).toEqual([...added]);
    }
  });

  test('index without tensors moves no bytes', () => {
    const x = reshape(arange(24), [2, 3, 4]);
    for (const subscripts of [[1], [null, '...', [null, null, -1]], [], [[], -1, 0]] as Subscript[][]) expect(index(x, ...subscripts).storage).toBe(x.storage);
    expect(index(x)).toBe(x);
    expect(index(x, 1, -1, 2).item()).toBe(22);
    expect([index(tensor(5)).item(), index(tensor(5), null, '...').shape, index(tensor(5), tensor(true)).toArray()]).toEqual([5, [1], [5]]);
  });

  test('index of other dtypes, and of nothing', () => {
    expect(index(tensor([true, false, true]), indices([1, 0])).toArray()).toEqual([false, true]);
    expect(index(tensor([1, 2], { dtype: 'float64' }), greater(tensor([1, 2]), 1))).toMatchObject({ dtype: 'float64', shape: [1] });
    expect(index(zeros([0, 3]), indices([]), [1]).shape).toEqual([0, 2]);
    expect(index(zeros([0]), zeros([0], { dtype: 'bool' })).shape).toEqual([0]);
  });

  test.each<[readonly Subscript[], new () => Error, string]>([
    [[0, 3], ArgumentError, 'index: index 3 at position 0 is out of range for axis 1 of float32 [2,3]; expected -3 to 2'],
    [[0, 0, 0], AxisError, 'index: the subscripts are about 3 axes, the input is float32 [2,3]; expected at most 2'],
    [['...', '...'], ArgumentError, "index: there are two '...'; expected at most one"],
    [[0.5], ArgumentError, "index: a subscript is 0.5; expected a whole number, a range, null, '...' or a tensor"],
    [[[0, 1, 0]], ArgumentError, 'index: range [0,1,0] of axis 0'],
  ])('index %j is refused', (subscripts, type, message) => {
    expect(() => index(zeros([2, 3]), ...subscripts)).toThrow(type);
    expect(() => index(zeros([2, 3]), ...subscripts)).toThrow(message);
  });

  test('what index does not take of tensors', () => {
    const x = zeros([2, 3]);
    expect(() => index(x, tensor([0]))).toThrow('index: a subscript is float32 [1]; expected int32 positions or a bool mask (convert it with cast)');
    expect(() => index(x, [], tensor([true]))).toThrow('index: a mask is bool [1]; expected bool [3], as axis 1 of float32 [2,3] begins');
    expect(() => index(x, indices([0, 1]), indices([0, 1, 2]))).toThrow(ShapeError);
    expect(() => index(x, [], indices([-4]))).toThrow('index: index -4 at position 0 is out of range for axis 1');
  });

  test('a slice is updated without a list of positions, to the last bit', () => {
    const x = zeros([50, 40]);
    const write = vi.spyOn(x.backend, 'write');
    const y = indexUpdate(x, [[10, null, 3], null, -1], -0);
    const z = indexAdd(x, [[10, null, 3], null, -1], 2);
    expect(Math.max(...write.mock.calls.map(([, values]) => values.length))).toBeLessThan(50);
    write.mockRestore();
    expect(Object.is(index(y, 13, -1).item(), -0)).toBe(true);
    expect(Object.is(index(y, 12, -1).item(), 0)).toBe(true);
    expect(sum(z).item()).toBe(2 * 14);
    expect(indexUpdate(x, [[60, null]], 1).toArray()).toEqual(x.toArray());
    expect(() => indexUpdate(x, [50], 1)).toThrow('indexUpdate: index 50');
  });

  test('indexAdd adds every value, indexUpdate takes the last', () => {
    const values = () => tensor([1, 10, 100]);
    expect(indexAdd(zeros([3]), [indices([2, 0, 2])], values()).toArray()).toEqual([10, 0, 101]);
    expect(indexUpdate(zeros([3]), [indices([2, 0, 2])], values()).toArray()).toEqual([10, 0, 100]);
    expect(indexUpdate(tensor([true, true]), [0], false).toArray()).toEqual([false, true]);
    expect(indexUpdate(tensor([[1, 2], [3, 4]], { dtype: 'float64' }), [greater(tensor([[1, 2], [3, 4]]), 2)], 0)).toMatchObject({ dtype: 'float64' });
    const loss = (x: Tensor) => sum(mul(indexUpdate(zeros([3]), [indices([2, 0, 2])], x), tensor([3, 5, 7])));
    expect(grad(loss)(values()).toArray()).toEqual([0, 3, 7]);
    expect(() => indexUpdate(zeros([2, 3]), [0], zeros([2]))).toThrow('broadcast');
    expect(() => indexUpdate(zeros([2, 3]), [0], zeros([1, 3]))).toThrow('indexUpdate: values are float32 [1,3]; expected what broadcasts to [3], the shape of what the subscripts name');
    expect(() => indexAdd(zeros([2], { dtype: 'int32' }), [0], 0.5)).toThrow('indexAdd: values are float32 [], the input is int32 [2], which cannot hold them');
  });

  test('scatterAdd', () => {
    expect(scatterAdd(tensor([1, 2, 3]), indices([2, 0, -1]), tensor([1, 10, 100])).toArray()).toEqual([11, 2, 104]);
    expect(scatterAdd(zeros([2, 3]), indices([[0, 2]]), tensor([[[1, 2]], [[3, 4]]]), { axis: 1 }).toArray()).toEqual([[1, 0, 2], [3, 0, 4]]);
    expect(scatterAdd(zeros([2], { dtype: 'int32' }), indices([1, 1]), tensor([true, true])).toArray()).toEqual([0, 2]);
    expect(scatterAdd(tensor([1, 2]), indices([]), zeros([0])).toArray()).toEqual([1, 2]);
    expect(() => scatterAdd(zeros([2, 3]), indices([0]), zeros([3]))).toThrow("scatterAdd: updates are float32 [3]; expected [1,3], the input's shape with the indices' in place of axis 0");
    expect(() => scatterAdd(zeros([2]), indices([2]), zeros([1]))).toThrow('scatterAdd: index 2 at position 0 is out of range');
    expect(() => scatterAdd(zeros([2], { dtype: 'int32' }), indices([0]), zeros([1]))).toThrow(DTypeError);
  });

  test('take, of all elements or along an axis', () => {
    const x = transpose(tensor([[1, 3], [2, 4]]));
    expect(take(x, indices([[3, 0], [-1, 2]])).toArray()).toEqual([[4, 1], [4, 3]]);
    expect(take(x, indices([1, 1]), { axis: -1 }).toArray()).toEqual(gather(x, indices([1, 1]), { axis: 1 }).toArray());
    expect([take(tensor(5), indices([0, 0])).toArray(), take(x, indices(2)).item()]).toEqual([[5, 5], 3]);
    expect(() => take(x, indices([4]))).toThrow('take: index 4 at position 0 is out of range for axis 0 of float32 [4]');
  });

  // Values by NumPy.
  test('takeAlongAxis', () => {
    const x = transpose(tensor([[30, 5], [10, 7], [20, 5]]));
    expect(takeAlongAxis(x, indices([[2, -1, 0, 0], [1, 1, 1, 1]])).toArray()).toEqual([[20, 20, 30, 30], [7, 7, 7, 7]]);
    expect(takeAlongAxis(x, indices([[1]]), { axis: 0 }).toArray()).toEqual([[5, 7, 5]]);
    expect(takeAlongAxis(x, indices([[1, 0, -1]]), { axis: 0 }).toArray()).toEqual([[5, 10, 5]]);
    expect(takeAlongAxis(tensor([[1, 2]]), indices([[0], [1], [1]])).toArray()).toEqual([[1], [2], [2]]);
    expect(takeAlongAxis(zeros([2, 0]), indices([[], []])).shape).toEqual([2, 0]);
    expect(() => takeAlongAxis(x, indices([0]))).toThrow('takeAlongAxis: the input is float32 [2,3], indices are int32 [1]; expected as many axes of both');
    expect(() => takeAlongAxis(x, indices([[3], [0]]))).toThrow('takeAlongAxis: index 3 at position 0 is out of range for axis 1');
    expect(() => takeAlongAxis(x, indices([[0], [0], [0]]))).toThrow(ShapeError);
  });

  const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'bool'];
  test.each(dtypes)('sort of %s agrees with argSort and with an array\'s sort, in both directions', (dtype) => {
    const cases = shapes({ minRank: 1, maxRank: 3 }).chain((shape) => fc.tuple(tensors(shape, { dtype }), fc.nat({ max: shape.length - 1 }), fc.boolean()));
    fc.assert(
      fc.property(cases, ([sample, axis, descending]) => {
        const x = sample.make();
        const sorted = sort(x, { axis, descending });
        expect(sorted.toArray()).toEqual(takeAlongAxis(x, argSort(x, { axis, descending }), { axis }).toArray());
        expect([sorted.dtype, sorted.shape]).toEqual([dtype, x.shape]);
        const lines = (of: Tensor) => transpose(of, [...of.shape.keys()].filter((other) => other !== axis).concat(axis));
        const length = x.shape[axis]!;
        const [before, after] = [[...lines(x).data()], [...lines(sorted).data()]];
        for (let start = 0; start < x.size; start += length) {
          const line = before.slice(start, start + length).sort((a, b) => a - b);
          expect(after.slice(start, start + length)).toEqual(descending ? line.reverse() : line);
        }
      }),
    );
  });

  test('sort is stable, and NaN counts as the greatest', () => {
    const x = tensor([0, NaN, -0, Infinity, NaN, -Infinity]);
    expect(argSort(x).toArray()).toEqual([5, 0, 2, 3, 1, 4]);
    expect(argSort(x, { descending: true }).toArray()).toEqual([1, 4, 3, 0, 2, 5]);
    expect(sort(x).toArray()).toEqual([-Infinity, 0, -0, Infinity, NaN, NaN]);
    expect([sort(zeros([2, 0])).shape, sort(tensor([[3, 1]]), { axis: 0 }).toArray()]).toEqual([[2, 0], [[3, 1]]]);
    expect(() => sort(tensor(1))).toThrow('sort: axis -1 is out of range');
    expect(() => argSort(tensor([1]), { axis: 1 })).toThrow(AxisError);
  });

  test('elements that tie get the gradients of their places in turn', () => {
    const weighted = (x: Tensor) => sum(mul(sort(x), tensor([1, 10, 100])));
    expect(grad(weighted)(tensor([2, 1, 2])).toArray()).toEqual([10, 1, 100]);
    expect(grad((x: Tensor) => sum(topK(x, 1).values))(tensor([1, 2, 2])).toArray()).toEqual([0, 1, 0]);
  });

  test('topK', () => {
    const x = transpose(tensor([[3, 9], [1, 7], [5, 9]]));
    const rows = topK(x, 2);
    expect([rows.values.toArray(), rows.indices.toArray()]).toEqual([[[5, 3], [9, 9]], [[2, 0], [0, 2]]]);
    const columns = topK(x, 1, { axis: 0 });
    expect([columns.values.toArray(), columns.indices.toArray()]).toEqual([[[9, 7, 9]], [[1, 1, 1]]]);
    expect([topK(x, 0).values.shape, topK(x, 3).indices.toArray()]).toEqual([[2, 0], [[2, 0, 1], [0, 2, 1]]]);
    expect(topK(tensor([1, NaN, 3]), 2).indices.toArray()).toEqual([1, 2]);
    expect(topK(arange(1000, { dtype: 'int32' }), 3).values.toArray()).toEqual([999, 998, 997]);
    for (const count of [-1, 4, 0.5]) expect(() => topK(x, count)).toThrow(`topK: count is ${count} for axis 1 of float32 [2,3]; expected an integer from 0 to 3`);
    expect(() => topK(tensor(1), 1)).toThrow(AxisError);
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
