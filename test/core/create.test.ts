import { describe, expect, test } from 'vitest';
import {
  arange, ArgumentError, DTypeError, eye, fromTypedArray, full, fullLike, grad, linspace, ones, onesLike, ShapeError, shapeOf, tensor, trace, vmap, withBackend, zeros, zerosLike,
  type NestedArray, type Tensor,
} from '@adjoint/core';
import { add, mul, sum, transpose } from '@adjoint/ops';
import { backends } from '../backends.js';

describe.each(backends)('creation on $name', ({ backend }) => {
  const make = (fn: () => Tensor): Tensor => withBackend(backend, fn);

  test.each<[string, NestedArray, readonly number[]]>([
    ['a number', 5, []],
    ['a list', [1, 2, 3], [3]],
    ['a nest', [[[1, 2]], [[3, 4]], [[5, 6]]], [3, 1, 2]],
    ['nothing', [], [0]],
    ['empty rows', [[], []], [2, 0]],
  ])('tensor of %s has the shape of the nesting and gives the values back', (_, values, shape) => {
    const x = make(() => tensor(values));
    expect(x.shape).toEqual(shape);
    expect(x.dtype).toBe('float32');
    expect(x.toArray()).toEqual(values);
    expect(x.backend).toBe(backend);
  });

  test('tensor takes the dtype of a typed array, and copies it', () => {
    for (const [values, dtype] of [
      [new Float32Array([1, 2]), 'float32'], [new Float64Array([1, 2]), 'float64'], [new Int32Array([1, 2]), 'int32'],
    ] as const) {
      const x = make(() => tensor(values));
      values[0] = 9;
      expect(x.dtype).toBe(dtype);
      expect(x.toArray()).toEqual([1, 2]);
    }
  });

  test('bytes need a dtype, since they may be numbers or booleans', () => {
    const bytes = new Uint8Array([0, 1, 255]);
    expect(() => make(() => tensor(bytes))).toThrow(DTypeError);
    expect(() => make(() => tensor(bytes))).toThrow("say which is meant, as in tensor(bytes, { dtype: 'float32' })");
    expect(make(() => tensor(bytes, { dtype: 'float32' })).toArray()).toEqual([0, 1, 255]);
    expect(make(() => tensor(bytes, { dtype: 'bool' })).toArray()).toEqual([false, true, true]);
    expect(make(() => tensor(new Uint8ClampedArray(bytes), { dtype: 'int32' })).toArray()).toEqual([0, 1, 255]);
  });

  test('booleans give bool only where all are booleans', () => {
    expect(make(() => tensor([true, false])).dtype).toBe('bool');
    expect(make(() => tensor(true)).toArray()).toBe(true);
    expect(make(() => tensor([true, 2])).toArray()).toEqual([1, 2]);
    expect(make(() => tensor([0, 2, Number.NaN], { dtype: 'bool' })).toArray()).toEqual([false, true, true]);
  });

  test.each<[string, unknown]>([
    ['a row too short', [[1, 2], [3]]],
    ['a row too long', [[1], [2, 3]]],
    ['a value among rows', [[1, 2], 3]],
    ['a row among values', [1, [2]]],
    ['a row after empty ones', [[], [1]]],
  ])('a ragged nest is refused: %s', (_, values) => {
    expect(() => make(() => tensor(values as NestedArray))).toThrow(ShapeError);
    expect(() => make(() => tensor(values as NestedArray))).toThrow(/^tensor: the nesting is ragged at depth \d/);
  });

  test('what is no number is refused', () => {
    expect(() => make(() => tensor(['1'] as unknown as NestedArray))).toThrow('tensor: expected numbers or booleans; got "1"');
    expect(() => make(() => tensor(null as unknown as NestedArray))).toThrow(DTypeError);
  });

  test('a shape must take all values', () => {
    expect(make(() => tensor([1, 2, 3, 4], { shape: [2, 2] })).toArray()).toEqual([[1, 2], [3, 4]]);
    expect(() => make(() => tensor([1, 2, 3], { shape: [2, 2] }))).toThrow('tensor: shape [2,2] takes 4 values; got 3');
    expect(() => make(() => tensor([1], { shape: [-1] }))).toThrow(ShapeError);
    expect(() => make(() => zeros([1.5]))).toThrow(ShapeError);
    expect(() => make(() => eye(-1))).toThrow(ShapeError);
  });

  test('fromTypedArray writes no more than there is room for', () => {
    expect(() => make(() => fromTypedArray(new Float32Array(3), [2], 'float32'))).toThrow(ShapeError);
    expect(make(() => fromTypedArray(new Float64Array([1, 2]), [2, 1], 'float64')).toArray()).toEqual([[1], [2]]);
  });

  test('a shape is copied, so that a later change of the list does not reach the tensor', () => {
    const shape = [2];
    const made = [make(() => tensor([1, 2], { shape })), make(() => full(shape, 1))];
    shape[0] = 7;
    for (const x of made) expect(x.shape).toEqual([2]);
  });

  test('a dtype that does not exist is refused by name', () => {
    const options = { dtype: 'float16' as 'float32' };
    for (const [name, call] of [
      ['tensor', () => tensor([1], options)],
      ['full', () => full([1], 1, options)],
      ['arange', () => arange(2, options)],
      ['linspace', () => linspace(0, 1, 2, options)],
      ['eye', () => eye(2, 2, options)],
    ] as const) {
      expect(call).toThrow(DTypeError);
      expect(call).toThrow(`${name}: dtype is float16; expected bool or int32 or float32 or float64`);
    }
  });

  test.each([2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is not an int32', (value) => {
    expect(() => make(() => tensor([0, value], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => make(() => tensor([0, value], { dtype: 'int32' }))).toThrow(/^tensor: value .* at position 1 is not an int32/);
    expect(() => make(() => full([2], value, { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => make(() => full([2], value, { dtype: 'int32' }))).toThrow(/^full: /);
  });

  test('the bounds of int32 are int32', () => {
    expect(make(() => tensor([2147483647, -2147483648], { dtype: 'int32' })).toArray()).toEqual([2147483647, -2147483648]);
    expect(make(() => full([1], -2147483648, { dtype: 'int32' })).toArray()).toEqual([-2147483648]);
  });

  test('full, zeros and ones', () => {
    expect(make(() => full([2, 2], 7)).toArray()).toEqual([[7, 7], [7, 7]]);
    expect(make(() => full([2], true)).toArray()).toEqual([true, true]);
    expect([...make(() => full([2], 2, { dtype: 'bool' })).data()]).toEqual([1, 1]);
    expect([...make(() => full([1], Number.NaN, { dtype: 'bool' })).data()]).toEqual([1]);
    expect(make(() => full([], 3)).item()).toBe(3);
    expect(make(() => zeros([3], { dtype: 'float64' })).data()).toEqual(new Float64Array(3));
    expect(make(() => ones([0, 3])).toArray()).toEqual([]);
    expect(make(() => ones([2], { dtype: 'int32' })).data()).toEqual(new Int32Array([1, 1]));
  });

  test('arange', () => {
    expect(make(() => arange(3)).data()).toEqual(new Float32Array([0, 1, 2]));
    expect(make(() => arange(0, { start: 5, step: -2 })).toArray()).toEqual([5, 3, 1]);
    expect(make(() => arange(5, { start: 5 })).toArray()).toEqual([]);
    expect(make(() => arange(0, { step: -1 })).shape).toEqual([0]);
    expect(make(() => arange(-3)).toArray()).toEqual([]);
    expect(make(() => arange(1, { step: 0.25, dtype: 'float64' })).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    for (const options of [{ step: 0 }, { step: Number.NaN }, { start: Number.POSITIVE_INFINITY }]) {
      expect(() => make(() => arange(3, options))).toThrow(ArgumentError);
    }
    expect(() => make(() => arange(1, { step: 0.5, dtype: 'int32' }))).toThrow(/^arange: value 0.5 at position 1 is not an int32/);
  });

  test('linspace reaches both ends exactly', () => {
    expect(make(() => linspace(0, 1, 5)).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(make(() => linspace(2, 9, 1)).toArray()).toEqual([2]);
    expect(make(() => linspace(2, 9, 0)).toArray()).toEqual([]);
    const thirds = make(() => linspace(0.1, 0.7, 4, { dtype: 'float64' })).data();
    expect([thirds[0], thirds[3]]).toEqual([0.1, 0.7]);
    for (const count of [-1, 1.5, Number.NaN]) expect(() => make(() => linspace(0, 1, count))).toThrow(ArgumentError);
    expect(() => make(() => linspace(0, 1, 3, { dtype: 'int32' }))).toThrow(/^linspace: /);
  });

  test('zerosLike, onesLike and fullLike have the shape, dtype and backend of a tensor', () => {
    for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const) {
      for (const shape of [[], [0], [2, 3], [2, 0, 1]]) {
        const x = make(() => full(shape, 5, { dtype }));
        // The default backend may be another one.
        const made = [zerosLike(x), onesLike(x), fullLike(x, 7)];
        for (const [index, value] of [0, 1, dtype === 'bool' ? 1 : 7].entries()) {
          expect([made[index]!.shape, made[index]!.dtype, made[index]!.backend]).toEqual([shape, dtype, backend]);
          expect([...made[index]!.data()]).toEqual([...x.data()].fill(value));
        }
        expect([zerosLike(x, { dtype: 'int32' }).dtype, onesLike(x, { dtype: 'bool' }).dtype, fullLike(x, 0.5, { dtype: 'float64' }).dtype]).toEqual(['int32', 'bool', 'float64']);
        expect([...x.data()]).toEqual([...x.data()].fill(dtype === 'bool' ? 1 : 5));
      }
    }
    const x = make(() => tensor([[1, 2, 3], [4, 5, 6]]));
    expect(onesLike(transpose(x)).shape).toEqual([3, 2]);
    expect(fullLike(tensor([1, 2], { dtype: 'int32' }), true).toArray()).toEqual([1, 1]);
  });

  test('zerosLike, onesLike and fullLike refuse what does not fit, by name', () => {
    const x = make(() => tensor([1, 2], { dtype: 'int32' }));
    expect(() => fullLike(x, 0.5)).toThrow(DTypeError);
    expect(() => fullLike(x, 0.5)).toThrow(/^fullLike: value 0\.5 at position 0 is not an int32/);
    expect(() => fullLike(x, '1' as never)).toThrow(/^fullLike: value is "1"; expected a number or a boolean$/);
    expect(() => zerosLike([1, 2] as never)).toThrow(/^zerosLike: x is \[1,2\]; expected a tensor/);
    expect(() => onesLike(x, { dtype: 'int8' as never })).toThrow(/^onesLike: dtype is int8/);
    expect(() => onesLike(x, { dype: 'int32' } as never)).toThrow(/^onesLike: unknown option 'dype'/);
  });

  test('zerosLike, onesLike and fullLike work on tensors that have no values: examples of vmap and traced ones', () => {
    const rows = make(() => tensor([[1, 2], [3, 4]]));
    const fn = (row: Tensor): Tensor => add(add(row, zerosLike(row)), add(onesLike(row), fullLike(row, 10)));
    expect(vmap(fn)(rows).toArray()).toEqual([[12, 13], [14, 15]]);
    expect(vmap((row: Tensor) => { expect(onesLike(row).shape).toEqual([2]); return onesLike(row); })(rows).toArray()).toEqual([[1, 1], [1, 1]]);
    expect(grad((x: Tensor) => sum(mul(onesLike(x), mul(x, x))))(rows).toArray()).toEqual([[2, 4], [6, 8]]);
    expect(trace(fn)({ shape: [3], dtype: 'float64' }).outputs.size).toBe(1);
    expect(shapeOf(vmap(fn))({ shape: [3, 5], dtype: 'float64' })).toEqual({ shape: [3, 5], dtype: 'float64' });
  });

  test('eye', () => {
    expect(make(() => eye(2)).toArray()).toEqual([[1, 0], [0, 1]]);
    expect(make(() => eye(2, 3)).toArray()).toEqual([[1, 0, 0], [0, 1, 0]]);
    expect(make(() => eye(2, 1, { dtype: 'bool' })).toArray()).toEqual([[true], [false]]);
    expect(make(() => eye(0)).shape).toEqual([0, 0]);
  });
});
