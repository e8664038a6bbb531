import { inspect } from 'node:util';
import { formatCall, formatFields, grad, key, ones, showAs, showCollection, tensor, trace, type Tensor } from '@adjoint/core';
import { add, mul, sum } from '@adjoint/ops';
import { List, Map, OrderedMap, Record } from 'immutable';
import { describe, expect, it } from 'vitest';

/** Versions of Node differ in how they indent nested text of several lines. */
const nested = (value: unknown) => inspect({ around: [value] }).split('\n').map((line) => line.trim());

const asText = (value: unknown) => String(value);

const params = () => showCollection(OrderedMap({
  dense: OrderedMap({ kernel: ones([784, 10]), bias: ones([10]) }),
  head: OrderedMap({ kernel: ones([10, 2]), scale: tensor(1, { dtype: 'float64' }) }),
}));

describe('showCollection', () => {
  it('shows tensors by path and type', () => {
    const expected = '{\n  dense.kernel: float32 [784,10],\n  dense.bias: float32 [10],\n  head.kernel: float32 [10,2],\n  head.scale: float64 []\n}';
    expect(inspect(params())).toBe(expected);
    expect(asText(params())).toBe(expected);
    expect(asText(params().get('dense'))).toBe('{ kernel: float32 [784,10], bias: float32 [10] }');
    expect(nested(params())).toContain('dense.bias: float32 [10],');
    expect(nested(params()).join(' ')).not.toContain('_map');
  });

  it('leaves out the middle of large trees', () => {
    const large = showCollection(Map(Array.from({ length: 100 }, (_, index): [string, Tensor] => [`p${index}`, ones([3, 4])])).sortBy((_, name) => Number(name.slice(1))));
    const lines = inspect(large).split('\n');
    expect(lines).toHaveLength(23);
    expect(lines[1]).toBe('  p0: float32 [3,4],');
    expect(lines[17]).toBe('  ... 80 more tensors; 100 in all, of 1,200 elements,');
    expect(lines[21]).toBe('  p99: float32 [3,4]');
  });

  it('shows other values as JavaScript writes them', () => {
    const values = showCollection(Map<string, unknown>({ rate: 1e-8, third: 1 / 3, name: "it's\n", flag: true, none: null, list: List([1, List(['a'])]), plain: { x: tensor([1]), y: 2 }, fn: Math.max }));
    expect(asText(values)).toBe([
      '{', '  rate: 1e-8,', '  third: 0.333333,', "  name: 'it's\\u000a',", '  flag: true,', '  none: null,', "  list: [1, ['a']],",
      '  plain: { x: Tensor(float32 [1]), y: 2 },', '  fn: the function max', '}',
    ].join('\n'));
    expect(asText(showCollection(Map()))).toBe('{}');
    expect(asText(showCollection(List()))).toBe('[]');
    expect(inspect(showCollection(List([1, 2])))).toBe('[1, 2]');
    expect(inspect({ a: showCollection(List([1, 2])) })).toBe('{ a: [1, 2] }');
    expect(asText(showCollection(List(Array.from({ length: 100 }, (_, index) => index))))).toBe('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ... 80 more, 96, 97, 98, 99]');
  });

  it('does not change the class, equality or iteration', () => {
    const shown = showCollection(Map<string, number>({ a: 1 }));
    expect(shown.equals(Map({ a: 1 }))).toBe(true);
    expect(shown).toEqual(Map({ a: 1 }));
    expect([...shown]).toEqual([['a', 1]]);
    expect(asText(shown.set('b', 2))).toBe('Map { "a": 1, "b": 2 }');
    expect(asText(Map({ a: 1 }))).toBe('Map { "a": 1 }');
  });

  it('takes frozen collections and anything else as they are', () => {
    const frozen = Object.freeze(Map({ a: 1 }));
    expect(showCollection(frozen)).toBe(frozen);
    expect(showCollection(3)).toBe(3);
  });
});

describe('showAs', () => {
  class Pair extends Record({ left: 1, right: 2 }) {}
  showAs(Pair.prototype, ({ left, right }) => formatFields('Pair', { left, right }));

  it('makes the instances of a class print', () => {
    expect(inspect(new Pair())).toBe('Pair { left: 1, right: 2 }');
    expect(asText(new Pair())).toBe('Pair { left: 1, right: 2 }');
    expect(inspect({ around: [new Pair()] })).toBe('{ around: [ Pair { left: 1, right: 2 } ] }');
    expect(asText(showCollection(Map({ pair: new Pair() })))).toBe('{ pair: Pair { left: 1, right: 2 } }');
  });

  it('shortens what is nested too deeply, unless it is one line', () => {
    class Tall {
      readonly height = 2;
    }
    showAs(Tall.prototype, () => 'Tall {\n  height: 2\n}');
    const within = (value: unknown) => ({ a: { b: { c: value } } });
    expect(inspect(within(new Tall()), { depth: 1, breakLength: Infinity })).toBe('{ a: { b: [Object] } }');
    expect(inspect(within(new Tall()), { depth: 2, breakLength: Infinity })).toBe('{ a: { b: { c: [Tall] } } }');
    expect(inspect(within(new Tall()), { depth: null })).toContain('height: 2');
    expect(inspect(within(new Pair()), { depth: 2, breakLength: Infinity })).toBe('{ a: { b: { c: Pair { left: 1, right: 2 } } } }');
  });

  it('has colors where the console has', () => {
    expect(inspect(showCollection(Map({ a: 1, b: 'x', c: true, d: ones([2]) })), { colors: true }))
      .toBe("{ a: \u001b[33m1\u001b[39m, b: \u001b[32m'x'\u001b[39m, c: \u001b[33mtrue\u001b[39m, d: Tensor(float32 [\u001b[33m2\u001b[39m]) }");
  });
});

describe('values of core', () => {
  it('prints gradients of Immutable trees as trees', () => {
    const gradients = grad((tree: Map<string, Tensor>) => sum(mul(tree.get('w')!, tree.get('w')!)))(Map({ w: ones([2, 3]) }));
    expect(inspect(gradients)).toBe('{ w: float32 [2,3] }');
  });

  it('prints keys', () => {
    expect(inspect(key(7))).toBe('Key(0, 7)');
    expect(inspect({ keys: [key(7)] })).toBe('{ keys: [ Key(0, 7) ] }');
    expect(asText(key(7))).toBe('Key(0, 7)');
  });

  it('prints the parts of graphs', () => {
    const graph = trace((x: Tensor) => add(x, 1))({ shape: [2], dtype: 'float32' });
    expect(inspect(graph)).toBe(graph.toString());
    expect(inspect(graph.node(0))).toBe('%0 input 0: float32 [2]');
    expect(inspect(graph.inputs)).toBe('[%0 input 0: float32 [2]]');
    expect(inspect(graph.outputs)).toBe('[output %2]');
    expect(asText(graph.operationCounts())).toBe('{ add: 1 }');
  });
});

it('lays calls out', () => {
  expect(formatCall('relu', [])).toBe('relu()');
  expect(formatCall('chain', [showAs({}, () => 'a()'), { b: 1 }])).toBe('chain(a(), { b: 1 })');
  const long = 'x'.repeat(60);
  expect(formatCall('f', [{ a: long, b: long }])).toBe(`f({\n  a: '${long}',\n  b: '${long}'\n})`);
  expect(formatCall('f', [long, long])).toBe(`f(\n  '${long}',\n  '${long}'\n)`);
});
