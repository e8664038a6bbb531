import { apply, ArgumentError, definePrimitive, dispose, empty, grad, key, scope, split, jacobian, hessian, ReleasedTensorError, tensor, TransformError, valueAndGrad, vmap, zeros, ones, vjp, withBackend, type Backend, type Primitive, type Tensor } from '@adjoint/core';
import { mul, sum } from '@adjoint/ops';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { backends } from '../backends.js';
import { living } from '../living.js';

/** A primitive that squares; nothing checks the types of what differs from it, as in JavaScript. */
function squareWith(changes: object): Primitive {
  return definePrimitive({
    name: 'squareForTests',
    keeps: { inputs: [0] },
    infer: ([x]) => x!,
    forward: (backend: Backend, [x]: readonly Tensor[], _: unknown, type) => {
      const out = empty(backend, type);
      backend.unary('square', x!, out);
      return out;
    },
    vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, mul(2, x!))],
    ...changes,
  });
}

beforeEach(() => { vi.spyOn(console, 'warn').mockImplementation(() => undefined); });

const run = (changes: object) => apply(squareWith(changes), [tensor([1, 2])], {});
const slope = (changes: object) => grad((x: Tensor) => sum(apply(squareWith(changes), [x], {})))(tensor([1, 2]));

test.each<[string, object, RegExp]>([
  ['a name that is not text', { name: 3 }, /^definePrimitive: name is 3; expected/],
  ['an empty name', { name: '' }, /^definePrimitive: name is ""; expected/],
  ['no infer', { infer: undefined }, /^definePrimitive: infer of squareForTests is undefined; expected a function/],
  ['no forward', { forward: null }, /^definePrimitive: forward of squareForTests is null; expected a function/],
  ['no vjp', { vjp: undefined }, /^definePrimitive: vjp of squareForTests is undefined; expected a function, or 'none'/],
  ['a misspelled rule', { vjb: () => [] }, /^definePrimitive: unknown option 'vjb'; expected one of \[name, keeps, infer, forward, vjp, batch\]/],
  ['an unknown batching rule', { batch: 'all' }, /^definePrimitive: batch of squareForTests is "all"; expected 'broadcast', 'leading' or a function/],
  ['a position for keeps', { keeps: [0] }, /^definePrimitive: options is \[0\]|^definePrimitive: keeps of squareForTests/],
  ['a misspelled part of keeps', { keeps: { input: [0] } }, /^definePrimitive: keeps of squareForTests: unknown option 'input'; expected one of \[inputs, output\]/],
  ['keeps of a position that is not one', { keeps: { inputs: [-1] } }, /^definePrimitive: keeps.inputs of squareForTests is \[-1\]; expected 'all' or a list of integers >= 0/],
  ['keeps.output of another kind', { keeps: { output: 1 } }, /^definePrimitive: keeps.output of squareForTests is 1; expected a boolean/],
])('a primitive with %s is refused when it is defined', (_, changes, message) => {
  expect(() => squareWith(changes)).toThrow(message);
  expect(() => squareWith(changes)).toThrow(ArgumentError);
});

test.each([undefined, null, 3, 'square'])('definePrimitive refuses %s', (value) => {
  expect(() => definePrimitive(value as unknown as Primitive)).toThrow(ArgumentError);
});

test.each<[string, object, RegExp]>([
  ['infer gives nothing', { infer: () => undefined }, /^squareForTests: its infer gave undefined; expected the type of the result, { shape, dtype }/],
  ['infer gives a shape alone', { infer: () => [2] }, /^squareForTests: its infer gave \[2\]; expected the type/],
  ['infer gives an unknown dtype', { infer: () => ({ shape: [2], dtype: 'float16' }) }, /^squareForTests: its infer gave .*expected the type/],
  ['forward gives nothing', { forward: () => undefined }, /^squareForTests: its forward gave undefined; expected a tensor float32 \[2\]/],
  ['forward gives a number', { forward: () => 3 }, /^squareForTests: its forward gave 3; expected a tensor float32 \[2\]/],
  ['forward gives another shape', { forward: () => tensor([1]) }, /^squareForTests: its forward gave .*float32 \[1\].*; expected a tensor float32 \[2\]/],
  ['forward gives another dtype', { forward: () => tensor([1, 2], { dtype: 'int32' }) }, /^squareForTests: its forward gave .*int32 \[2\].*; expected a tensor float32 \[2\]/],
])('%s: the call says so', (_, changes, message) => {
  expect(() => run(changes)).toThrow(message);
});

test.each<[string, object, RegExp]>([
  ['a tensor', { vjp: ({ cotangent }: { cotangent: Tensor }) => cotangent }, /^squareForTests: its gradient rule gave Tensor\(float32 \[2\]\) for 1 inputs; expected a list with one cotangent per input \(null for none\)/],
  ['nothing', { vjp: () => undefined }, /^squareForTests: its gradient rule gave undefined for 1 inputs/],
  ['too few cotangents', { vjp: () => [] }, /^squareForTests: its gradient rule gave 0 cotangents for 1 inputs/],
  ['too many cotangents', { vjp: ({ cotangent }: { cotangent: Tensor }) => [cotangent, cotangent] }, /^squareForTests: its gradient rule gave 2 cotangents for 1 inputs/],
  ['a number', { vjp: () => [2] }, /^squareForTests: its gradient rule's cotangent of input 0 is 2; expected float32 \[2\]/],
  ['a list with undefined', { vjp: () => [undefined] }, /^squareForTests: its gradient rule's cotangent of input 0 is undefined; expected float32 \[2\]/],
])('a gradient rule that gives %s is refused', (_, changes, message) => {
  expect(() => slope(changes)).toThrow(message);
  expect(() => slope(changes)).toThrow(TransformError);
});

test('a rule that reads what its primitive does not keep is told what to keep', () => {
  const square = squareWith({ keeps: {} });
  // What vjp releases at its end is the input of the primitive, which nothing keeps.
  const slope = (x: Tensor) => vjp((y: Tensor) => sum(apply(square, [mul(y, 3)], {})), x).pullback(tensor(1));
  const message = /^squareForTests: its gradient rule reads input 0, which it does not keep; add it to keeps, as in keeps: { inputs: \[0\] }/;
  expect(() => slope(tensor([1, 2]))).toThrow(message);
  expect(() => slope(tensor([1, 2]))).toThrow(ReleasedTensorError);
});

describe.each(backends)('$name', ({ backend }) => {
  test.each(['unary', 'binary', 'reduce'] as const)('refuses a %s operation that does not exist', (kind) => {
    const calls = {
      unary: (x: Tensor) => backend.unary('cube' as 'square', x, empty(backend, x)),
      binary: (x: Tensor) => backend.binary('plus' as 'add', x, x, empty(backend, x)),
      reduce: (x: Tensor) => backend.reduce('total' as 'sum', x, [0], empty(backend, { shape: [], dtype: 'float32' })),
    };
    expect(() => withBackend(backend, () => calls[kind](tensor([1, 2])))).toThrow(/"(cube|plus|total)": the \w+ backend has no such operation; expected one of \[/);
  });
});

test.each<[string, () => unknown]>([
  ['grad', () => grad((x: Tensor) => sum(x), tensor([1]) as never)],
  ['valueAndGrad', () => valueAndGrad((x: Tensor) => sum(x), tensor([1]) as never)],
  ['jacobian', () => jacobian((x: Tensor) => x, tensor([1]) as never)],
  ['hessian', () => hessian((x: Tensor) => sum(x), tensor([1]) as never)],
  ['vmap', () => vmap((x: Tensor) => x, tensor([1]) as never)],
])('%s with its argument beside the function says how it is called', (name, call) => {
  expect(call).toThrow(new RegExp(`^${name}: options is Tensor\\(float32 \\[1\\]\\); .*${name} returns a function: ${name}\\(fn\\)\\(x\\)`));
});

test('options that are another kind of value are named as what they are', () => {
  expect(() => sum(tensor([1]), tensor([2]) as never)).toThrow(/^sum: options is Tensor\(float32 \[1\]\); expected an object/);
  expect(() => sum(tensor([1]), new Map([['axes', 0]]) as never)).toThrow(/^sum: options is .*Map.*; expected an object/);
});

test.each<[string, unknown]>([
  ['an instance with getters', new (class Options { get axes() { return 0; } })()],
  ['an object without a prototype', Object.create(null)],
  ['options with defaults as their prototype', Object.create({ axes: 0 })],
])('%s can be options', (_, options) => {
  expect(sum(tensor([[1, 2]]), options as object).size).toBeGreaterThan(0);
});

test.each<[string, unknown]>([['a date', new Date(0)], ['a promise', Promise.resolve({})], ['a set', new Set()], ['a list', []], ['a key', key(0)], ['bytes', new Uint8Array(1)], ['null', null]])(
  '%s cannot be options', (_, options) => {
    expect(() => sum(tensor([1]), options as object)).toThrow(/^sum: (options is .*; expected an object|unknown option)/);
  });

test('functions made of others name themselves', () => {
  expect(() => zeros(3 as never)).toThrow(/^zeros: shape is 3/);
  expect(() => ones('a' as never)).toThrow(/^ones: shape is "a"/);
  expect(() => tensor([tensor([1]), tensor([2])] as never)).toThrow(/^tensor: expected numbers or booleans; got Tensor\(float32 \[1\]\) \(stack makes one tensor of several\)/);
  expect(() => (grad((x: Tensor) => sum(x)) as () => unknown)()).toThrow(/^grad: the function was called without arguments; expected at least the one to differentiate with respect to/);
});

test('a proxy of a tensor, which no gradient would reach, is refused as what it is', () => {
  const x = tensor([1, 2]);
  for (const other of [new Proxy(x, {}), Object.create(x) as Tensor]) {
    expect(() => mul(other, 2)).toThrow(/^a proxy of a tensor, or an object made from one, is used as a tensor; expected the tensor itself \(with Vue's reactive data:/);
    expect(() => grad((y: Tensor) => sum(y))(other)).toThrow(ArgumentError);
    expect(() => other.data()).toThrow(ArgumentError);
  }
});

test('scopes and dispose walk structures of any depth', () => {
  const nested = (levels: number, last: unknown) => Array.from({ length: levels }).reduce<unknown>((inner) => ({ next: inner }), last);
  const live = living().tensors;
  const result = scope(() => nested(20_000, [mul(tensor(1), 2), mul(tensor(1), 3)]));
  expect(living().tensors).toBe(live + 2);
  dispose(result);
  expect(living().tensors).toBe(live);
  const cycle: unknown[] = [];
  cycle.push(cycle, tensor(1));
  expect(() => scope(() => cycle)).toThrow(/nests deeper than 100000 levels, or contains itself/);
});

test('split refuses more keys than an array can hold', () => {
  expect(() => split(key(0), 2 ** 33)).toThrow(/^split: count is 8589934592; expected at most 4294967295 keys at a time \(foldIn\(key, index\)/);
});

test('primitives of one name that contain themselves replace each other', () => {
  const attrs: { self?: unknown } = {};
  attrs.self = attrs;
  const rule = Object.assign(([x]: readonly unknown[]) => x, { attrs });
  expect(() => [squareWith({ infer: rule }), squareWith({ infer: rule })]).not.toThrow();
});
