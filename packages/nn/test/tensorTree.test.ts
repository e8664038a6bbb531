import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, flattenTree, tensor, type Tensor } from '@adjoint/core';
import {
  countParameters, filterTree, getAt, mergeTrees, partitionTree, setAt, unflattenTree, type PathFilter, type TensorTree,
} from '@adjoint/nn';

const paths = ['stem.kernel', 'stem.bias', 'block_1.dense.kernel', 'block_1.dense.bias', 'block_2.dense.kernel', 'head.kernel'];
const tree = unflattenTree(paths.map((path, index) => [path, tensor([index])]));
const pathsOf = (of: TensorTree) => flattenTree(of).map(([path]) => path);

describe('a filter', () => {
  test.each<[PathFilter, string[]]>([
    ['**', paths],
    ['*', []],
    ['stem.*', ['stem.kernel', 'stem.bias']],
    ['stem', []],
    ['**.bias', ['stem.bias', 'block_1.dense.bias']],
    ['block_*.**', ['block_1.dense.kernel', 'block_1.dense.bias', 'block_2.dense.kernel']],
    ['block_*.*.kernel', ['block_1.dense.kernel', 'block_2.dense.kernel']],
    ['*.kernel', ['stem.kernel', 'head.kernel']],
    ['**.dense.**', ['block_1.dense.kernel', 'block_1.dense.bias', 'block_2.dense.kernel']],
    ['**.k*r*l', ['stem.kernel', 'block_1.dense.kernel', 'block_2.dense.kernel', 'head.kernel']],
    ['h*d.ker*nel', ['head.kernel']],
    ['h*d.kern*ernel', []],
    ['**.k*e*e*e*l', []],
    ['head.kernel', ['head.kernel']],
    ['', []],
    [(path) => path.length > 15, ['block_1.dense.kernel', 'block_1.dense.bias', 'block_2.dense.kernel']],
  ])('%s', (filter, expected) => {
    if (expected.length === 0) {
      const message = new RegExp(`filter '${(filter as string).replaceAll('*', '\\*')}' matches no tensor; expected a pattern of paths such as \\[stem\\.kernel, `);
      expect(() => filterTree(tree, filter)).toThrow(message);
      expect(() => partitionTree(tree, filter)).toThrow(message);
      expect(() => countParameters(tree, filter)).toThrow(message);
      expect(pathsOf(filterTree(unflattenTree([]), filter))).toEqual([]);
      return;
    }
    expect(pathsOf(filterTree(tree, filter))).toEqual(expected);
    expect(countParameters(tree, filter)).toBe(expected.length);
  });

  test('a predicate may choose nothing', () => {
    expect(pathsOf(filterTree(tree, () => false))).toEqual([]);
    expect(pathsOf(partitionTree(tree, () => false)[1])).toEqual(pathsOf(tree));
  });

  test('of names agrees with a regular expression', () => {
    const word = (...letters: string[]) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 6 });
    fc.assert(fc.property(word('a', 'b', '*'), word('a', 'b').filter((name) => name !== ''), (pattern, name) => {
      fc.pre(!pattern.includes('**'));
      const filtered = () => filterTree(unflattenTree([[name, tensor(0)]]), pattern).size;
      if (new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)) expect(filtered()).toBe(1);
      else expect(filtered).toThrow(/matches no tensor/);
    }));
  });

  test('leaves no empty layers', () => {
    expect([...filterTree(tree, 'head.**').keys()]).toEqual(['head']);
  });
});

test('partitionTree has all tensors once, and mergeTrees puts them back in order', () => {
  fc.assert(fc.property(fc.subarray(paths), (chosen) => {
    const [matching, others] = partitionTree(tree, (path) => chosen.includes(path));
    expect(pathsOf(matching)).toEqual(chosen);
    expect([...pathsOf(others)].sort()).toEqual(paths.filter((path) => !chosen.includes(path)).sort());
    expect(mergeTrees(tree, matching).equals(tree)).toBe(true);
    const changed = matching.isEmpty() ? matching : unflattenTree(chosen.map((path) => [path, tensor([-1])]));
    const merged = mergeTrees(tree, changed);
    expect(pathsOf(merged)).toEqual(paths);
    expect(flattenTree(merged).map(([, leaf]) => leaf.item())).toEqual(paths.map((path, index) => (chosen.includes(path) ? -1 : index)));
  }));
});

test('unflattenTree is the inverse of flattenTree', () => {
  expect(unflattenTree(flattenTree(tree)).equals(tree)).toBe(true);
  expect(unflattenTree([]).isEmpty()).toBe(true);
});

test('getAt and setAt reach a tensor and change no other', () => {
  expect(getAt(tree, 'block_1.dense.bias').item()).toBe(3);
  const changed = setAt(tree, 'block_1.dense.bias', tensor([9]));
  expect(flattenTree(changed).map(([, leaf]) => leaf.item())).toEqual([0, 1, 2, 9, 4, 5]);
  expect(changed.get('stem')).toBe(tree.get('stem'));
  expect(getAt(tree, 'block_1.dense.bias').item()).toBe(3);
});

const one: Tensor = tensor([1]);

test.each([
  [() => getAt(tree, 'stem'), /getAt: there is no tensor at 'stem', only at \[stem\.kernel, /],
  [() => getAt(tree, 'stem.kernel.more'), /'stem\.kernel\.more'/],
  [() => setAt(tree, 'stem.scale', one), /setAt: there is no tensor at 'stem\.scale'/],
  [() => mergeTrees(tree, unflattenTree([['stem.scale', one]])), /mergeTrees: there is no tensor at 'stem\.scale'/],
  [() => unflattenTree([['a', one], ['a', one]]), /unflattenTree: 'a' is taken/],
  [() => unflattenTree([['a', one], ['a.b', one]]), /'a\.b' is taken/],
  [() => unflattenTree([['a.b', one], ['a', one]]), /'a' is taken/],
])('refuses a place that is not there, or taken (%#)', (call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});
