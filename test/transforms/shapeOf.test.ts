import * as fc from 'fast-check';
import { List, Map, Record } from 'immutable';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  ArgumentError, bernoulli, checkpoint, customVjp, DTypeError, eye, grad, hessian, jacobian, jvp, key, memoryStats, normal, permutation, randomInteger, reference, scope, shapeOf, ShapeError, tensor, trace, TransformError, uniform,
  valueAndGrad, vjp, vmap, withBackend, zeros, type DType, type Shape, type Tensor, type TensorType, type Tree,
} from '@adjoint/core';
import {
  add, argMax, cast, concat, cumSum, equal, exp, expandDims, flip, gather, less, logicalNot, matmul, max, mean, moveAxis, mul, neg, oneHot, pad, reshape, sin, slice, softmax, square, stack, sub,
  sum, transpose, where,
} from '@adjoint/ops';
import { living } from '../living.js';

const float = (...shape: number[]): TensorType => ({ shape, dtype: 'float32' });
const double = (...shape: number[]): TensorType => ({ shape, dtype: 'float64' });
const int = (...shape: number[]): TensorType => ({ shape, dtype: 'int32' });

/** The result of `fn`, or the message with which it fails. */
function outcome<R>(fn: () => R): R | string {
  try {
    return fn();
  } catch (error) {
    return String(error);
  }
}

/** Operations of two tensors and a small number; they refuse many of their operands. */
const operations: { readonly [name: string]: (x: Tensor, y: Tensor, n: number) => Tensor } = {
  add, mul, sub, matmul, less, equal,
  neg: (x) => neg(x),
  exp: (x) => exp(x),
  not: (x) => logicalNot(x),
  scaled: (x, _, n) => mul(x, n),
  halved: (x) => mul(x, 0.5),
  constant: (x, _, n) => add(x, zeros([n, 1])),
  drawn: (x, _, n) => add(x, uniform(key(n), [n])),
  cast: (x, _, n) => cast(x, (['bool', 'int32', 'float32', 'float64'] as const)[n]!),
  total: (x) => sum(x),
  sum: (x, _, n) => sum(x, { axes: n - 2, keepDims: n > 1 }),
  mean: (x, _, n) => mean(x, { axes: n }),
  max: (x, _, n) => max(x, { axes: n }),
  argMax: (x, _, n) => argMax(x, { axis: n }),
  cumSum: (x, _, n) => cumSum(x, { axis: n }),
  softmax: (x) => softmax(x),
  transpose: (x) => transpose(x),
  moveAxis: (x, _, n) => moveAxis(x, 0, n),
  flat: (x) => reshape(x, [-1]),
  reshape: (x, y) => reshape(x, y.shape),
  expandDims: (x, _, n) => expandDims(x, n),
  flip: (x, _, n) => flip(x, n),
  slice: (x, _, n) => slice(x, [[n, 9]]),
  pad: (x, _, n) => pad(x, [[n, 1]]),
  concat: (x, y, n) => concat([x, y], n),
  stack: (x, y, n) => stack([x, y], n),
  where: (x, y) => where(less(x, y), x, y),
  gather: (x, y) => gather(expandDims(x, 0), mul(0, cast(y, 'int32'))),
  oneHot: (x, _, n) => oneHot(x, n),
  grad: (x, y) => grad((z: Tensor) => sum(mul(sin(z), y)))(x),
  checkpoint: (x, y) => checkpoint((z: Tensor) => mul(z, sin(y)))(x),
  vmap: (x, y) => vmap((row: Tensor) => add(row, zeros([2])), { inAxes: 0 })(mul(x, y)),
  jvp: (x) => jvp((z: Tensor) => sin(z), [x], [x]).tangent,
};

type Step = readonly [name: string, left: number, right: number, n: number];

/** Runs the steps on what there is, and returns all that was computed. A step that is refused gives its message instead. */
const program = (steps: readonly Step[]) => (...inputs: Tensor[]): (Tensor | string)[] => {
  const values = [...inputs];
  return steps.map(([name, left, right, n]) => {
    const result = outcome(() => operations[name]!(values[left % values.length]!, values[right % values.length]!, n));
    if (typeof result !== 'string') values.push(result);
    return result;
  });
};

const types = fc.record<TensorType>({
  shape: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
  dtype: fc.constantFrom<DType>('bool', 'int32', 'float32', 'float64'),
});
const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(operations)), fc.nat(20), fc.nat(20), fc.nat(3)), { minLength: 1, maxLength: 12 });

describe('shapeOf agrees with running the function', () => {
  test('for random programs: in types and in errors, of every dtype, of scalars and of nothing', () => {
    let computed = 0;
    let refused = 0;
    fc.assert(fc.property(fc.array(types, { minLength: 1, maxLength: 3 }), steps, (inputs, list) => {
      const expected = scope(() => program(list)(...inputs.map(({ shape, dtype }) => zeros(shape, { dtype }))).map((result) => {
        if (typeof result === 'string') refused++;
        else computed++;
        return typeof result === 'string' ? result : { shape: result.shape, dtype: result.dtype };
      }));
      const before = memoryStats();
      expect(shapeOf(program(list))(...inputs)).toEqual(expected);
      expect(memoryStats()).toEqual(before);
    }), { numRuns: 400 });
    expect(computed).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(100);
  });

  test.each<[string, (...args: Tensor[]) => unknown, TensorType[]]>([
    ['grad', grad((x: Tensor) => sum(mul(x, sin(x)))), [double(4, 2)]],
    ['grad of grad', grad((x: Tensor) => sum(grad((y: Tensor) => sum(mul(y, sin(y))))(x))), [float(3)]],
    ['valueAndGrad', valueAndGrad((x: Tensor) => mean(square(x))), [float(3)]],
    ['vmap', vmap((x: Tensor) => sum(mul(x, sin(x)))), [float(4, 2)]],
    ['vmap of no examples', vmap((x: Tensor) => sum(mul(x, sin(x)))), [float(0, 2)]],
    ['vmap of vmap', vmap(vmap((x: Tensor) => add(x, zeros([5, 1])), { outAxes: 1 })), [float(4, 2, 3)]],
    ['vmap of grad', vmap(grad((x: Tensor) => sum(mul(x, sin(x))))), [float(4, 2)]],
    ['grad of vmap', grad((x: Tensor) => sum(vmap((row: Tensor) => square(row))(x))), [float(4, 2)]],
    ['jacobian', jacobian((x: Tensor) => mul(x, sum(x))), [float(3)]],
    ['hessian', hessian((x: Tensor) => sum(square(x))), [float(3)]],
    ['vjp', (x) => { const { value, pullback } = vjp((y: Tensor) => matmul(y, y), x); return [value, pullback(value)]; }, [double(3, 3)]],
    ['jvp', (x, y) => jvp((z: Tensor) => sin(z), [x], [y]), [float(3), float(3)]],
    ['grad of checkpoint', grad(checkpoint((x: Tensor) => sum(mul(x, sin(x))))), [float(3)]],
    ['vmap of grad of checkpoint', vmap(grad(checkpoint((x: Tensor) => sum(mul(x, sin(x)))))), [float(2, 3)]],
    ['customVjp', grad((x: Tensor) => sum(customVjp((y: Tensor) => sin(y), ({ cotangent }) => [mul(cotangent, 2)])(x))), [float(3)]],
  ])('for %s', (_, fn, given) => {
    const expected = scope(() => fn(...given.map(({ shape, dtype }) => zeros(shape, { dtype }))));
    expect(JSON.parse(JSON.stringify(shapeOf(fn)(...given)))).toEqual(JSON.parse(JSON.stringify(shapeOf(() => expected)())));
    expect(JSON.stringify(shapeOf(fn)(...given))).toContain('"dtype"');
  });
});

describe('arguments', () => {
  const same = <T>(value: T): T => value;

  test('a bare shape is a float32, also of no axes; a tensor counts as its type', () => {
    expect(shapeOf(same<Tensor>)([2, 0])).toEqual(float(2, 0));
    expect(shapeOf(same<Tensor>)([])).toEqual(float());
    expect(shapeOf(same<Tensor>)(int(2))).toEqual(int(2));
    expect(shapeOf(same<Tensor>)(tensor([true]))).toEqual({ shape: [1], dtype: 'bool' });
    const released = tensor([1, 2]);
    released[Symbol.dispose]();
    expect(shapeOf(sin)(released)).toEqual(float(2));
    expect(shapeOf(sin)(shapeOf(sin)(Object.freeze([2])))).toEqual(float(2));
  });

  test('trees are told from shapes: a list of numbers is a shape, any other list a tree', () => {
    expect(shapeOf(same<readonly Tensor[]>)([[2, 3], [], int(4)])).toEqual([float(2, 3), float(), int(4)]);
    expect(shapeOf(same<{ shape: Tensor }>)({ shape: [2] })).toEqual({ shape: float(2) });
    expect(shapeOf(same<{ shape: Tensor; dtype: Tensor }>)({ shape: [2], dtype: [3] })).toEqual({ shape: float(2), dtype: float(3) });
    expect(shapeOf(same<Map<string, Tensor>>)(Map({ a: [2] })).get('a')).toEqual(float(2));
    expect(shapeOf(same<List<Tensor>>)(List([[2], int(3)])).toArray()).toEqual([float(2), int(3)]);
    class Pair extends Record<{ left: unknown; right: unknown }>({ left: null, right: null }) {}
    const pair = shapeOf((given: Pair) => given)(new Pair({ left: [2], right: 7 }));
    expect(pair).toBeInstanceOf(Pair);
    expect([pair.left, pair.right]).toEqual([float(2), 7]);
  });

  test('anything else is passed as it is', () => {
    const given = [5, 'text', null, undefined, true, sin, key(0), new Float32Array(2), new Date(0)] as const;
    const seen: unknown[] = [];
    shapeOf((...args: readonly unknown[]) => { seen.push(...args); })(...given);
    expect(seen).toEqual(given);
    given.forEach((each, index) => { expect(seen[index]).toBe(each); });
  });

  test('types that are none are refused, and the message says where', () => {
    expect(() => shapeOf(same<Tensor>)([2, -1])).toThrow(new ShapeError('shapeOf: argument 0: shape [2,-1] has the axis length -1; expected whole numbers from 0'));
    expect(() => shapeOf(same<readonly Tensor[]>)([[2], [1.5]])).toThrow(/^shapeOf: argument 0\.1: shape \[1\.5\]/);
    expect(() => shapeOf(same<Tensor>)({ shape: ['a' as never], dtype: 'int32' })).toThrow(ShapeError);
    expect(() => shapeOf((_: number, x: { a: Tensor }) => x)(1, { a: { shape: [2], dtype: 'float16' as never } })).toThrow(DTypeError);
    expect(() => shapeOf((_: number, x: { a: Tensor }) => x)(1, { a: { shape: [2], dtype: 'float16' as never } })).toThrow(/^shapeOf: argument 1\.a: dtype is float16/);
    expect(() => shapeOf(tensor([1]) as never)).toThrow(new ArgumentError('shapeOf: fn is Tensor(float32 [1]); expected a function'));
  });

  test('a type has the backend of the tensors next to it', () => {
    const x = withBackend(reference, () => tensor([1, 2]));
    expect(shapeOf((left: Tensor, right: Tensor) => add(left, right))([3, 1], x)).toEqual(float(3, 2));
    expect(shapeOf((left: Tensor) => add(left, 1))(x)).toEqual(float(2));
  });
});

describe('results', () => {
  test('are the tree that the function returns, with frozen types in place of tensors', () => {
    const fn = (x: Tensor) => ({ list: [x, 3] as const, map: Map({ a: sum(x) }), nothing: null, name: 'x', made: zeros([5], { dtype: 'int32' }), sin });
    const types = shapeOf(fn)([2]);
    expect(types).toEqual({ list: [float(2), 3], map: Map({ a: types.map.get('a') }), nothing: null, name: 'x', made: int(5), sin });
    expect(types.map.get('a')).toEqual(float());
    expect(Object.isFrozen(types.made)).toBe(true);
    expect(Object.isFrozen(types.made.shape)).toBe(true);
    expect(Object.keys(types.made)).toEqual(['shape', 'dtype']);
  });

  test('have the static types of arguments and results with tensors replaced', () => {
    type Types = TensorType | Shape;
    const dense = (x: Tensor, { kernel }: { kernel: Tensor }, name: string) => ({ output: matmul(x, kernel), name, all: [x] });
    expectTypeOf(shapeOf(dense)).parameter(0).toEqualTypeOf<Types>();
    expectTypeOf(shapeOf(dense)).parameter(1).toEqualTypeOf<{ readonly kernel: Types }>();
    expectTypeOf(shapeOf(dense)).parameter(2).toEqualTypeOf<string>();
    expectTypeOf(shapeOf(dense)).returns.toEqualTypeOf<{ readonly output: TensorType; readonly name: string; readonly all: readonly TensorType[] }>();
    expectTypeOf(shapeOf((x: Tensor, y: Tensor | number) => add(x, y))).parameter(1).toEqualTypeOf<Types | number>();
    expectTypeOf(shapeOf((x: Tensor, options?: { readonly scale?: number }) => mul(x, options?.scale ?? 1))).parameter(1).toEqualTypeOf<{ readonly scale?: number } | undefined>();
    expectTypeOf(shapeOf((x: Tensor, _axes: readonly number[]) => x)).parameter(1).toEqualTypeOf<never>();
    expectTypeOf(shapeOf((x: Map<string, Tensor>) => x)).returns.toEqualTypeOf<Map<string, TensorType>>();
    expectTypeOf(shapeOf((x: Tensor): [Tensor, Tensor | null] => [x, null])).returns.toEqualTypeOf<readonly [TensorType, TensorType | null]>();
    class Pair extends Record<{ left: Tensor | null; right: number }>({ left: null, right: 0 }) {}
    expectTypeOf(shapeOf(() => new Pair())).returns.toExtend<{ readonly left: TensorType | null; readonly right: number }>();
    expectTypeOf(shapeOf((x: Tree) => x)).returns.toExtend<TensorType | null | readonly unknown[] | object>();
    expect(shapeOf((x) => sum(x))([2])).toEqual(float());
  });
});

describe('nothing runs', () => {
  test('nothing is allocated, whatever the function makes, draws and closes over, and nothing stays alive', () => {
    const weights = normal(key(0), [3, 4]);
    const before = memoryStats();
    const fn = (x: Tensor) => add(matmul(x, mul(weights, 2)), add(uniform(key(1), [100, 4]), zeros([1000, 100, 4])));
    expect(shapeOf(fn)([100, 3])).toEqual(float(1000, 100, 4));
    expect(shapeOf(vmap(grad((x: Tensor) => sum(fn(x)))))([7, 100, 3])).toEqual(float(7, 100, 3));
    const large = [1e6, 1e6];
    expect(shapeOf(() => [zeros(large), eye(1e6), normal(key(0), large), uniform(key(0), large), bernoulli(key(0), 0.5, large), randomInteger(key(0), large, { high: 2 })])())
      .toEqual([float(...large), float(...large), float(...large), float(...large), { shape: large, dtype: 'bool' }, int(...large)]);
    expect(shapeOf(() => permutation(key(0), 2 ** 31 - 1))()).toEqual(int(2 ** 31 - 1));
    expect(memoryStats()).toEqual(before);
    expect(weights.isReleased).toBe(false);
    expect(() => shapeOf((x: Tensor) => matmul(x, weights))([2, 2])).toThrow(/^matmul: /);
    expect(memoryStats()).toEqual(before);
    expect(zeros([2]).toArray()).toEqual([0, 0]);
  });

  test('values cannot be read, of arguments and of what the function made; closed-over tensors have theirs', async () => {
    expect(() => shapeOf((x: Tensor) => x.item())([])).toThrow(TransformError);
    expect(() => shapeOf((x: Tensor) => sin(x).data())([2])).toThrow(/^data: float32 \[2\] has no values inside shapeOf/);
    expect(() => shapeOf(() => tensor([1, 2]).toArray())()).toThrow(TransformError);
    expect(() => shapeOf(async (x: Tensor) => { await Promise.resolve(); return x; })([2])).toThrow(/^shapeOf: the function returned a promise/);
    const two = tensor(2);
    expect(shapeOf((x: Tensor) => reshape(x, [two.item(), -1]))([6])).toEqual(float(2, 3));
    await expect(shapeOf((x: Tensor) => ({ later: x.read().then(() => 'read', () => 'refused') }))([]).later).resolves.toBe('refused');
  });

  test('tensors of the function are released when it ends', () => {
    let escaped: Tensor | undefined;
    shapeOf(function fn(x: Tensor) { escaped = x; })([2]);
    expect(() => sin(escaped!)).toThrow(/was released by shapeOf\(fn\)/);
  });

  test('an error ends it: afterwards tensors have values again', () => {
    expect(() => shapeOf(() => { throw new RangeError('mine'); })()).toThrow(RangeError);
    expect(tensor([1]).toArray()).toEqual([1]);
  });
});

describe('inside other transforms', () => {
  test('of vmap, tensors have the type of an example', () => {
    const rows = tensor([[1, 2], [3, 4]]);
    expect(vmap((row: Tensor) => mul(row, shapeOf((x: Tensor) => add(x, row))(row).shape[0]!))(rows).toArray()).toEqual([[2, 4], [6, 8]]);
    expect(vmap((row: Tensor) => mul(row, shapeOf(() => add(row, row))().shape[0]!))(rows).toArray()).toEqual([[2, 4], [6, 8]]);
  });

  test('gradients do not see it, and outer tapes keep nothing of it', () => {
    const before = living();
    scope(() => {
      const fn = (x: Tensor) => mul(sum(square(x)), 1 + shapeOf((y: Tensor) => mul(x, y))(x).shape[0]!);
      expect(grad(fn)(tensor([1, 2])).toArray()).toEqual([6, 12]);
      expect(grad(checkpoint(fn))(tensor([1, 2])).toArray()).toEqual([6, 12]);
    });
    expect(living()).toEqual(before);
  });

  test('graphs do not show it, inside and around', () => {
    const type = float(4);
    expect(trace((x: Tensor) => { shapeOf(sin)(x); return exp(x); })(type).operationCounts().toObject()).toEqual({ exp: 1 });
    const counted = shapeOf((x: Tensor) => trace((y: Tensor) => mul(y, zeros([4])))(x).operations)(type);
    expect(counted).toBe(1);
  });

  test('of itself', () => {
    expect(shapeOf((x: Tensor) => add(x, zeros(shapeOf(sum)(x).shape)))([4])).toEqual(float(4));
    expect(shapeOf((x: Tensor) => { expect(() => shapeOf((y: Tensor) => matmul(x, y))([3])).toThrow(ShapeError); return zeros([2]); })([4])).toEqual(float(2));
  });
});
