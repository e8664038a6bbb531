import { List, Map as ImmutableMap, Range, Record, Set as ImmutableSet } from 'immutable';
import { describe, expect, test } from 'vitest';
import { AdjointError, ArgumentError, formatValue, grad, key, tensor } from '@adjoint/core';

const cycle: unknown[] = [1];
cycle.push(cycle);
const owner: { self?: unknown } = {};
owner.self = owner;
const throwing = (): never => { throw new Error('read'); };
const hostile = new Proxy({}, { get: throwing, getPrototypeOf: throwing, ownKeys: throwing, getOwnPropertyDescriptor: throwing, has: throwing });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const revokedFunction = Proxy.revocable(() => 0, {});
revokedFunction.revoke();
class Adam { readonly rate = 1; }
class MLP { readonly depth = 1; }

describe('formatValue shows', () => {
  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 0.5, '0.5'],
    ['minus zero', -0, '-0'],
    ['NaN', Number.NaN, 'NaN'],
    ['infinity', -Infinity, '-Infinity'],
    ['a bigint', 10n, '10n'],
    ['a long bigint', 7n ** 100_000n, 'a bigint of more than 40 digits'],
    ['a boolean', true, 'true'],
    ['a string', 'say "a"', '"say \\"a\\""'],
    ['an empty string', '', '""'],
    ['lines and escapes', 'a\n\u2028\u001b[31m\u202e', '"a\\n\\u2028\\u001b[31m\\u202e"'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', Math.max, 'the function max'],
    ['a function without a name', (() => () => 0)(), 'a function'],
    ['a function whose name is a getter', Object.defineProperty(() => 0, 'name', { get: throwing }), 'a function'],
    ['a class', Adam, 'the class Adam'],
    ['an array', [1, -0, Number.NaN, null, 'a', undefined], '[1,-0,NaN,null,"a",undefined]'],
    // eslint-disable-next-line no-sparse-arrays
    ['a sparse array', [1, , 2], '[1,empty,2]'],
    ['a nested array', [[1, 2], [3]], '[[1,2],[3]]'],
    ['a deep array', [[[[[[1]]]]]], '[[[[[...]]]]]'],
    ['a cycle', cycle, '[1,a cycle]'],
    ['a cycle of objects', owner, 'an object {"self":a cycle}'],
    ['one object twice', [[1], [1]], '[[1],[1]]'],
    ['an object', { rate: 10n, deep: { a: 1 } }, 'an object {"rate":10n,"deep":{"a":1}}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), 'an object {"a":1}'],
    ['an object with a getter', Object.defineProperty({}, 'a', { get: throwing, enumerable: true }), 'an object {"a":a getter}'],
    ['an object with toJSON', { toJSON: throwing }, 'an object {"toJSON":the function throwing}'],
    ['an object of an object', Object.create({ a: 1 }), 'an object'],
    ['an instance', new Adam(), 'an Adam'],
    ['an instance of an acronym', new MLP(), 'an MLP'],
    ['an instance that spells a', new URL('https://a.b'), 'a URL'],
    ['an instance of a class without a name', new (class { readonly x = 1; })(), 'an object'],
    ['a date that is none', new Date(Number.NaN), 'a Date'],
    ['a promise', Promise.resolve(), 'a Promise'],
    ['a generator', (function* () { yield 0; })(), 'a Generator'],
    ['an error', new RangeError('x'), 'a RangeError'],
    ['a Map', new Map([[1, 2]]), 'a Map of 1'],
    ['a Set', new Set([1, 2]), 'a Set of 2'],
    ['bytes', new Uint8Array(5000), 'a Uint8Array of 5000'],
    ['an ArrayBuffer', new ArrayBuffer(8), 'an ArrayBuffer'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'a DataView'],
    ['an Immutable Map', ImmutableMap({ a: 1 }), 'an Immutable Map of 1'],
    ['an Immutable List', List([1, 2]), 'an Immutable List of 2'],
    ['an Immutable Set', ImmutableSet([1]), 'an Immutable Set of 1'],
    ['an endless range', Range(0, Infinity), 'an Immutable Range of Infinity'],
    ['an Immutable Record', Record({ a: 1 })(), 'an Immutable Record'],
    ['a tensor', tensor([[1, 2]]), 'Tensor(float32 [1,2])'],
    ['tensors inside', { loss: tensor(1), parts: [tensor([true])] }, 'an object {"loss":Tensor(float32 []),"parts":[Tensor(bool [1])]}'],
    ['a key', key(0), 'Key(0, 0)'],
    ['a proxy that throws', hostile, 'an object that cannot be read'],
    ['a proxy that was revoked', revoked.proxy, 'an object that cannot be read'],
    ['a function that was revoked', revokedFunction.proxy, 'a function that cannot be read'],
  ])('%s', (_, value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  test.each<[string, unknown, RegExp]>([
    ['a long list', Array.from({ length: 5000 }, (_, index) => index), /^\[0,1,2,.*,\.\.\.\] \(5000 elements\)$/],
    ['a long string', 'a'.repeat(1e6), /^"a{77}\.\.\."$/],
    ['an object of many names', Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`name${index}`, 0])), /^an object \{"name0":0,.*\.\.\.\} \(5000 names\)$/],
    ['an object with a long name', { ['n'.repeat(1e5)]: 1 }, /^an object \{"n+\.\.\.":1\}$/],
    ['long lists of long lists', Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 'abc')), /elements\)$/],
    ['a long name of a function', Object.defineProperty(() => 0, 'name', { value: 'f'.repeat(1e5) }), /^the function f+\.\.\.$/],
    ['a long symbol', Symbol('s'.repeat(1e5)), /^Symbol\(s+\.\.\.$/],
    ['a class with line breaks in its name', new (Object.defineProperty(class { readonly x = 1; }, 'name', { value: 'A\nB' }))(), /^an? A\\u000aB$/],
  ])('%s in a short line', (_, value, text) => {
    expect(formatValue(value)).toMatch(text);
    expect(formatValue(value).length).toBeLessThan(205);
  });
});

test('a message is one line without control characters, and of a long one the middle is left out', () => {
  expect(new AdjointError('a\nb\u2028c').message).toBe('a\\u000ab\\u2028c');
  expect(new AdjointError(['a', 'b\u2028c']).message).toBe('a\nb\\u2028c');
  const { message } = new ArgumentError(`add: ${'x'.repeat(30_000)}; expected a tensor`);
  expect(message.length).toBeLessThanOrEqual(1000);
  expect(message).toMatch(/^add: x+ \.\.\. x+; expected a tensor$/);
  expect(new AdjointError().message).toBe('');
});

test.each<[unknown, string]>([
  [undefined, 'nothing'], [{}, 'an object {}'], [new Map(), 'a Map of 0'], [[tensor(1), 2], '[Tensor(float32 []),2]'], [5, '5'], ['a', '"a"'],
])('grad says what the function returned: %s', (value, text) => {
  expect(() => grad(() => value as never)(tensor(1))).toThrow(`grad: the function returned ${text}; expected a float scalar tensor`);
});
