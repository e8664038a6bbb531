import { beforeEach, describe, expect, test } from 'vitest';
import { ArgumentError, broadcastShapes, grad, setDefaultBackend, ShapeError, tensor, trace, vmap, zeros, type DType, type Tensor } from '@adjoint/core';
import { broadcastableTensors } from '@adjoint/core/testing';
import * as fc from 'fast-check';
import { backends } from '../../../test/backends.js';
import {
  abs, add, cast, div, elu, equal, exp, gelu, greater, greaterEqual, leakyRelu, less, lessEqual, log, logicalAnd, logicalNot, logicalOr, maximum, minimum,
  mul, neg, notEqual, pow, relu, sigmoid, sign, silu, softplus, sqrt, square, sub, sum, tanh, where, type TensorLike,
} from '../src/index.js';

const of = (values: Parameters<typeof tensor>[0], dtype: DType = 'float32'): Tensor => tensor(values, { dtype });

/** The element of a row-major list at an index of the shape that it broadcasts to. */
function at(values: readonly number[], shape: readonly number[], index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return values[shape.reduce((position, length, axis) => position * length + (length === 1 ? 0 : own[axis]!), 0)]!;
}

function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((list, length) => list.flatMap((head) => Array.from({ length }, (_, index) => [...head, index])), [[]]);
}

describe.each(backends)('elementwise operations on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each<[string, (x: Tensor, y: Tensor) => Tensor, (x: number, y: number) => number]>([
    ['add', add, (x, y) => x + y], ['sub', sub, (x, y) => x - y], ['mul', mul, (x, y) => x * y], ['div', div, (x, y) => x / y],
    ['maximum', maximum, Math.max], ['minimum', minimum, Math.min], ['less', less, (x, y) => Number(x < y)],
    ['lessEqual', lessEqual, (x, y) => Number(x <= y)], ['greater', greater, (x, y) => Number(x > y)],
    ['greaterEqual', greaterEqual, (x, y) => Number(x >= y)], ['equal', equal, (x, y) => Number(x === y)],
    ['notEqual', notEqual, (x, y) => Number(x !== y)],
  ])("%s broadcasts by NumPy's rule, in every layout", (_, operation, expected) => {
    fc.assert(
      fc.property(broadcastableTensors(2), ([x, y]) => {
        const shape = broadcastShapes('test', x!.shape, y!.shape);
        const result = operation(x!.make(), y!.make());
        expect(result.shape).toEqual(shape);
        expect([...result.data()]).toEqual(indicesOf(shape).map((index) => expected(at(x!.values, x!.shape, index), at(y!.values, y!.shape, index))));
      }),
    );
  });

  test.each<[DType, TensorLike, DType]>([
    ['int32', 1, 'int32'], ['int32', 0.5, 'float32'], ['int32', 3e9, 'float32'], ['int32', true, 'int32'], ['float32', 1, 'float32'],
    ['float32', 0.1, 'float32'], ['float64', 1, 'float64'], ['float64', 0.5, 'float64'], ['bool', 1, 'int32'], ['bool', 0.5, 'float32'], ['bool', true, 'int32'],
  ])('%s with the number %s gives %s, from both sides', (dtype, number, expected) => {
    const x = of([1], dtype);
    expect([add(x, number).dtype, add(number, x).dtype]).toEqual([expected, expected]);
    const round = expected === 'float32' ? Math.fround : (value: number) => value;
    expect(add(x, number).item()).toBe(round(1 + round(Number(number))));
  });

  test('numbers keep the digits of a float64 tensor', () => {
    expect(mul(of([3], 'float64'), 0.1).item()).toBe(3 * 0.1);
    expect(equal(of([0.1]), 0.1).toArray()).toEqual([true]);
  });

  test.each<[DType, DType, DType]>([
    ['int32', 'float32', 'float32'], ['int32', 'float64', 'float64'], ['float32', 'float64', 'float64'], ['bool', 'int32', 'int32'], ['bool', 'bool', 'int32'],
  ])('%s with %s gives %s', (left, right, expected) => {
    expect(add(of([1], left), of([1], right)).dtype).toBe(expected);
    expect(add(of([1], right), of([1], left)).toArray()).toEqual([2]);
  });

  test('two numbers give float32', () => {
    expect([add(1, 2).dtype, add(1, 2).item(), equal(2, 2).toArray()]).toEqual(['float32', 3, true]);
  });

  test('integers have no negative powers', () => {
    const base = of([2, 1, -1, 0], 'int32');
    for (const negative of [-1, of([1, 0, 2, -3], 'int32'), of(-1, 'int32')]) expect(() => pow(base, negative)).toThrow(ArgumentError);
    expect(() => pow(base, -1)).toThrow("pow: exponent is -1; integers need exponents >= 0 (cast the base to 'float32' for negative ones)");
    expect(() => pow(base, of([1, 0, 2, -3], 'int32'))).toThrow(/^pow: exponent is -3 at position 3; /);
    expect(() => pow(2, of(-1, 'int32'))).toThrow(ArgumentError);
    expect(() => pow(of([true], 'bool'), -2)).toThrow(ArgumentError);
    expect(() => vmap((x, y) => pow(x, y))(base, of([0, 0, 0, -1], 'int32'))).toThrow(/exponent is -1 at position 3/);
    expect(() => trace((x) => pow(x, -1))(base)).toThrow(ArgumentError);
    expect(pow(base, of([3, 0, 5, 0], 'int32')).toArray()).toEqual([8, 1, -1, 1]);
    expect(pow(of([2, 4]), of([-1, -2], 'int32')).toArray()).toEqual([0.5, 0.0625]);
    expect(pow(cast(base, 'float32'), -1).toArray()).toEqual([0.5, 1, -1, Infinity]);
    expect(pow(base, -0.5).dtype).toBe('float32');
  });

  test('numbers that int32 does not hold', () => {
    expect(cast(of([NaN, Infinity, -Infinity, 3e9, -3e9]), 'int32').toArray()).toEqual([0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31)]);
  });

  test('division and functions of reals give floats', () => {
    expect([div(of([1], 'int32'), 2).dtype, div(of([1], 'int32'), 2).item()]).toEqual(['float32', 0.5]);
    expect([div(of([true], 'bool'), of([true], 'bool')).dtype, exp(of([0], 'int32')).dtype]).toEqual(['float32', 'float32']);
    expect(sqrt(of([4], 'float64')).dtype).toBe('float64');
    for (const keeps of [neg, abs, sign, square]) expect(keeps(of([-2], 'int32')).dtype).toBe('int32');
    expect(pow(of([2], 'int32'), 3)).toMatchObject({ dtype: 'int32' });
  });

  test.each<[string, () => Tensor, readonly (number | boolean)[]]>([
    ['div by 0', () => div(of([1, -1, 0]), 0), [Infinity, -Infinity, NaN]],
    ['log', () => log(of([0, -1, Infinity, NaN])), [-Infinity, NaN, Infinity, NaN]],
    ['exp', () => exp(of([-Infinity, Infinity, NaN, -200, 200])), [0, Infinity, NaN, 0, Infinity]],
    ['sqrt', () => sqrt(of([-1, 0, Infinity])), [NaN, 0, Infinity]],
    ['tanh', () => tanh(of([-Infinity, 100, NaN])), [-1, 1, NaN]],
    ['sigmoid', () => sigmoid(of([-Infinity, -1000, 0, 1000, NaN])), [0, 0, 0.5, 1, NaN]],
    ['relu', () => relu(of([-Infinity, -1, 0, 3, NaN])), [0, 0, 0, 3, NaN]],
    ['sign', () => sign(of([-3, 0, 5, NaN])), [-1, 0, 1, NaN]],
    ['abs', () => abs(of([-Infinity, -2, NaN])), [Infinity, 2, NaN]],
    ['maximum', () => maximum(of([NaN, 1, -Infinity]), of([1, NaN, 0])), [NaN, NaN, 0]],
    ['minimum', () => minimum(of([NaN, 1, Infinity]), of([1, NaN, 0])), [NaN, NaN, 0]],
    ['pow', () => pow(of([0, 2, -8, 0, NaN]), of([0, -1, 1 / 3, -1, 0])), [1, 0.5, NaN, Infinity, 1]],
    ['equal', () => equal(of([NaN, Infinity]), of([NaN, Infinity])), [false, true]],
    ['notEqual', () => notEqual(of([NaN, 1]), of([NaN, 1])), [true, false]],
    ['less', () => less(of([NaN, 1]), of([1, NaN])), [false, false]],
    ['leakyRelu', () => leakyRelu(of([-2, 0, 2]), 0.5), [-1, 0, 2]],
    ['elu', () => elu(of([-1000, 0, 1000])), [-1, 0, 1000]],
    ['softplus', () => softplus(of([-1000, 1000])), [0, 1000]],
    ['silu', () => silu(of([-1000, 0, 1000])), [0, 0, 1000]],
    ['gelu', () => gelu(of([-100, 0, 100])), [0, 0, 100]],
  ])('%s at its ends', (_, call, expected) => {
    // Adding 0 makes -0 the 0 that it equals.
    expect([call().toArray()].flat(9).map((value) => (typeof value === 'number' ? value + 0 : value))).toEqual(expected);
  });

  test('activations at 1 and -1', () => {
    const x = of([1, -1], 'float64');
    const sigma = (value: number) => 1 / (1 + Math.exp(-value));
    const cases: readonly [(x: Tensor) => Tensor, (x: number) => number][] = [
      [sigmoid, sigma], [silu, (value) => value * sigma(value)], [softplus, (value) => Math.log(1 + Math.exp(value))],
      [elu, (value) => (value > 0 ? value : Math.exp(value) - 1)], [leakyRelu, (value) => (value > 0 ? value : 0.01 * value)],
      [gelu, (value) => (value / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)))],
    ];
    for (const [operation, expected] of cases) {
      const [one, minusOne] = operation(x).data();
      expect(one).toBeCloseTo(expected(1), 12);
      expect(minusOne).toBeCloseTo(expected(-1), 12);
    }
  });

  test('gradients where a function has a kink are those that its documentation names', () => {
    const slope = (fn: (x: Tensor) => Tensor, x: number): number => grad(fn)(of(x, 'float64')).item();
    expect([slope(relu, 0), slope(abs, 0), slope(sign, 2)]).toEqual([0, 0, 0]);
    expect([slope((x) => maximum(x, 1), 1), slope((x) => minimum(x, 1), 1), slope((x) => maximum(x, x), 1)]).toEqual([0.5, 0.5, 1]);
    expect([slope((x) => maximum(x, 1), 2), slope((x) => maximum(x, 1), 0), slope((x) => minimum(x, 1), 0)]).toEqual([1, 0, 1]);
  });

  test('gradients do not overflow where the value does not', () => {
    const slopes = (fn: (x: Tensor) => Tensor): number[] => [...grad((x: Tensor) => sum(fn(x)))(of([-1000, 1000])).data()].map((value) => value + 0);
    expect(slopes(softplus)).toEqual([0, 1]);
    expect(slopes(elu)).toEqual([0, 1]);
    expect(slopes(sigmoid)).toEqual([0, 0]);
    expect(slopes(silu)).toEqual([0, 1]);
    expect(slopes(gelu)).toEqual([0, 1]);
  });

  test('where chooses, broadcasts and takes any condition', () => {
    expect(where(of([[true], [false]], 'bool'), of([1, 2]), 0).toArray()).toEqual([[1, 2], [0, 0]]);
    expect(where(of([2, 0, NaN]), 1, -1).toArray()).toEqual([1, -1, 1]);
    expect(where(true, of([1], 'int32'), of([0.5])).dtype).toBe('float32');
    expect(grad((x: Tensor) => sum(where(of([true, false], 'bool'), x, mul(10, x))))(of([1, 1])).toArray()).toEqual([1, 10]);
    expect(grad((x: Tensor) => where(of([true, false, true], 'bool'), x, 0).shape.length === 1 ? sum(where(of([true, false, true], 'bool'), x, 0)) : x)(of(5)).item()).toBe(2);
  });

  test('logic', () => {
    const [p, q] = [of([true, true, false, false], 'bool'), of([1, 0, NaN, 0])];
    expect(logicalAnd(p, q).toArray()).toEqual([true, false, false, false]);
    expect(logicalOr(p, q).toArray()).toEqual([true, true, true, false]);
    expect(logicalNot(q).toArray()).toEqual([false, true, false, true]);
    expect(logicalAnd(of([[1], [0]]), of([1, 1])).toArray()).toEqual([[true, true], [false, false]]);
  });

  test('cast', () => {
    expect(cast(of([1.7, -1.7, 0]), 'int32').toArray()).toEqual([1, -1, 0]);
    expect(cast(of([0, 0.5, NaN]), 'bool').toArray()).toEqual([false, true, true]);
    expect(cast(of([true, false], 'bool'), 'float64').toArray()).toEqual([1, 0]);
    expect(cast(of([0.1], 'float64'), 'float32').item()).toBe(Math.fround(0.1));
    const x = of([1]);
    expect(cast(x, 'float32')).toBe(x);
    expect(grad((y: Tensor) => sum(cast(y, 'float64')))(of([1, 2]))).toMatchObject({ dtype: 'float32' });
  });

  test('tensors without elements stay so', () => {
    for (const result of [add(zeros([0, 3]), zeros([3])), mul(zeros([2, 0]), 1), exp(zeros([0])), where(zeros([0]), 1, 2)]) expect(result.size).toBe(0);
    expect(add(zeros([0]), zeros([1])).shape).toEqual([0]);
  });

  test('shapes that do not broadcast are refused by name', () => {
    for (const [name, operation] of Object.entries({ add, sub, mul, div, pow, maximum, minimum, equal, less, logicalAnd })) {
      expect(() => operation(zeros([2]), zeros([3]))).toThrow(ShapeError);
      expect(() => operation(zeros([2]), zeros([3]))).toThrow(`${name}: shapes [2] and [3] do not broadcast`);
    }
    expect(() => where(zeros([2]), zeros([3]), 1)).toThrow(/^where: shapes/);
  });

  test.each([undefined, null, '1', [1, 2]])('%j is no operand', (value) => {
    const wrong = value as unknown as number;
    for (const call of [() => add(zeros([2]), wrong), () => add(wrong, zeros([2])), () => add(wrong, 1), () => add(1, wrong), () => exp(wrong), () => where(wrong, 1, 2)]) {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow('expected a tensor, a number or a boolean');
    }
  });
});
