import { is, List, Map, OrderedMap, Record as ImmutableRecord } from 'immutable';
import { describe, expect, test } from 'vitest';
import { ArgumentError, flattenTree, mapTree, tensor, zipTrees, type Tensor } from '../src/index.js';

class Layer extends ImmutableRecord({ kernel: tensor(0), bias: tensor(0) }) {}

const double = (leaf: Tensor): Tensor => tensor(2 * leaf.item());

/** One tensor of every structure, 1 to 7. */
const tree = {
  array: [tensor(1), [tensor(2)]],
  map: Map({ a: tensor(3) }),
  list: List([tensor(4), null]),
  record: new Layer({ kernel: tensor(5), bias: tensor(6) }),
  leaf: tensor(7),
  nothing: null,
};

describe('trees', () => {
  test('leaves have dotted paths and an order', () => {
    expect(flattenTree(tree).map(([path, leaf]) => `${path} ${leaf.item()}`)).toEqual([
      'array.0 1', 'array.1.0 2', 'map.a 3', 'list.0 4', 'record.kernel 5', 'record.bias 6', 'leaf 7',
    ]);
    expect(flattenTree(tensor(1))[0]![0]).toBe('');
  });

  test('mapping keeps the structure and its classes, and the argument as it was', () => {
    const doubled = mapTree(tree, double);
    expect(flattenTree(doubled).map(([, leaf]) => leaf.item())).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(doubled.array).toBeInstanceOf(Array);
    expect(Map.isMap(doubled.map)).toBe(true);
    expect(List.isList(doubled.list)).toBe(true);
    expect(doubled.list.get(1)).toBeNull();
    expect(doubled.record).toBeInstanceOf(Layer);
    expect(doubled.nothing).toBeNull();
    expect(tree.record.kernel.item()).toBe(5);
  });

  test('mapping by the identity changes nothing', () => {
    expect(is(mapTree(tree.record, (leaf) => leaf), tree.record)).toBe(true);
    expect(is(mapTree(tree.map, (leaf) => leaf), tree.map)).toBe(true);
  });

  test('an ordered map keeps its order', () => {
    const ordered = OrderedMap<string, Tensor>([['z', tensor(1)], ['a', tensor(2)]]);
    expect([...mapTree(ordered, double).keys()]).toEqual(['z', 'a']);
  });

  test.each<[unknown, string]>([
    [{ a: [3] }, 'tree at a.0: got 3 (make it a tensor: tensor(3)); expected a tensor, or an array'],
    ['x', 'tree: got "x"; expected a tensor'],
    [[new Date()], 'tree at 0: got a Date; expected'],
    [{ fn: () => 1 }, 'tree at fn: got the function fn; expected'],
  ])('what is no tree is refused with its place: %#', (value, message) => {
    expect(() => mapTree(value, double)).toThrow(ArgumentError);
    expect(() => mapTree(value, double)).toThrow(message);
  });

  test('zipping takes what stands at the same place, from different structures as well', () => {
    const sums = zipTrees([{ a: tensor(1), b: [tensor(2)] }, Map<string, unknown>({ a: tensor(10), b: List([tensor(20)]) })], ([x, y], path) => {
      expect(['a', 'b.0']).toContain(path);
      return tensor(x!.item() + y!.item());
    });
    expect([sums.a.item(), sums.b[0]!.item()]).toEqual([11, 22]);
  });

  test('zipping finds leaves by their names, in whatever order they come', () => {
    const differences = zipTrees([{ a: tensor(1), b: tensor(2) }, { b: tensor(20), a: tensor(10) }], ([x, y]) => tensor(y!.item() - x!.item()));
    expect([differences.a.item(), differences.b.item()]).toEqual([9, 18]);
  });

  test('leaves that share a path are not told apart by it', () => {
    const [x, y, z] = [tensor(1), tensor(2), tensor(3)];
    const tree = { 'a.b': x, a: { b: y }, c: z };
    const differences = zipTrees([tree, tree], ([left, right]) => tensor(left!.item() - right!.item()));
    expect(flattenTree(differences).map(([, leaf]) => leaf.item())).toEqual([0, 0, 0]);
    expect(() => zipTrees([tree, { c: z, 'a.b': x, a: { b: y } }], ([left]) => left!)).toThrow(ArgumentError);
  });

  test('trees with other leaves are refused', () => {
    const one = { a: tensor(1) };
    expect(() => zipTrees([one, { b: tensor(1) }], ([x]) => x!)).toThrow('zipTrees: tree 1 has 1 tensor (b), tree 0 1 tensor (a); expected one structure');
    expect(() => zipTrees([one, { a: tensor(1), b: tensor(1) }], ([x]) => x!)).toThrow(ArgumentError);
  });
});
