import { isCollection, isRecord, type Record as ImmutableRecord, type Collection } from 'immutable';
import { ArgumentError } from './errors.js';
import { formatValue } from './formatValue.js';
import { isPlainObject } from './plainObject.js';
import { showAlone } from './printing.js';
import { Tensor } from './tensor.js';
import { requireFunction, requireList } from './arguments.js';

/**
 * Tensors in a structure: a tensor, an array, a plain object, or an Immutable `Map`, `List` or `Record` of trees.
 * `null` is an empty tree.
 */
export type Tree = Tensor | null | readonly Tree[] | { readonly [name: string]: Tree } | Collection<unknown, unknown> | ImmutableRecord<object>;

/** The tensors of a tree, first to last. */
export function leavesOf(tree: unknown, what = 'tree'): Tensor[] {
  const leaves: Tensor[] = [];
  mapTree(tree, (leaf) => {
    leaves.push(leaf);
    return leaf;
  }, what);
  return leaves;
}

/**
 * The same structure with `fn` of every tensor in its place. `fn` gets the dotted path as well (`dense.kernel`).
 *
 * @throws {@link ArgumentError} when the tree holds anything but tensors.
 *
 * @example
 * ```ts
 * import { mapTree, tensor } from '@adjoint/core';
 * import { mul } from '@adjoint/ops';
 *
 * mapTree({ w: tensor(2), b: tensor(1) }, (leaf) => mul(leaf, 10)).w.item(); // 20
 * ```
 */
export function mapTree<T>(tree: T, fn: (leaf: Tensor, path: string) => Tensor, what?: string): T;
/** With trees in the places of tensors, and `null` for none. */
export function mapTree(tree: unknown, fn: (leaf: Tensor, path: string) => Tree, what?: string): unknown;
export function mapTree(tree: unknown, fn: (leaf: Tensor, path: string) => unknown, what = 'tree'): unknown {
  requireFunction('mapTree', 'fn', fn);
  return mapNode(tree, isTensor, fn as (leaf: unknown, path: string) => unknown, '', what, refuse);
}

/** {@link mapTree} of any value, with tensors of other kinds or with trees in their places; what is no tree stays as it is. */
export function mapTensors(value: unknown, fn: (leaf: Tensor, path: string) => unknown): unknown {
  return mapNode(value, isTensor, fn as (leaf: unknown, path: string) => unknown, '', '', (other) => other);
}

/** {@link mapTensors} for trees whose leaves are something else. */
export function mapLeaves<Leaf, R>(value: unknown, isLeaf: (node: unknown) => node is Leaf, fn: (leaf: Leaf, path: string) => unknown): R {
  return mapNode(value, isLeaf, fn as (leaf: unknown, path: string) => unknown, '', '', (other) => other) as R;
}

/** The tensors inside of any value, first to last. */
export function tensorsOf(value: unknown): Tensor[] {
  const tensors: Tensor[] = [];
  visitTensors(value, (tensor) => tensors.push(tensor));
  return tensors;
}

/** Any value with these tensors, first to last, in the places of its own. */
export function replaceTensors<T>(value: T, tensors: readonly Tensor[]): T {
  let index = 0;
  return mapTensors(value, () => tensors[index++]!) as T;
}

type OnOther = (other: unknown, path: string, what: string) => unknown;

const refuse: OnOther = (other, path, what) => {
  throw new ArgumentError(
    `${what}${path === '' ? '' : ` at ${path}`}: got ${formatValue(other)}${typeof other === 'number' ? ` (make it a tensor: tensor(${other}))` : ''}; ` +
      'expected a tensor, or an array, a plain object or an Immutable collection of them',
  );
};

const isTensor = (node: unknown): node is Tensor => node instanceof Tensor;

/** No model nests deeper, and the stack holds this many levels. What is deeper contains itself, as a rule. */
const deepest = 500;

/** For what is walked without the stack. */
const deepestVisited = 100_000;

function tooDeep(what: string, levels: number): ArgumentError {
  return new ArgumentError(`${what === '' ? 'tree' : what}: it nests deeper than ${levels} levels, or contains itself; expected a tree of tensors`);
}

function mapNode(
  node: unknown,
  isLeaf: (node: unknown) => boolean,
  fn: (leaf: unknown, path: string) => unknown,
  path: string,
  what: string,
  onOther: OnOther,
  depth = 0,
): unknown {
  if (isLeaf(node)) return fn(node, path);
  if (depth > deepest) throw tooDeep(what, deepest);
  if (node === null || node === undefined) return node;
  const below = (child: unknown, name: unknown) => mapNode(child, isLeaf, fn, path === '' ? String(name) : `${path}.${String(name)}`, what, onOther, depth + 1);
  if (Array.isArray(node)) return node.map((child, index) => below(child, index));
  if (isRecord(node)) {
    return node.withMutations((record) => {
      for (const [name, child] of node.toSeq()) record.set(name as never, below(child, name));
    });
  }
  if (isCollection(node)) return showAlone(node.map(below));
  if (isPlainObject(node)) return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, below(child, name)]));
  return onOther(node, path, what);
}

/**
 * The same structure with `fn` of the tensors that stand at the same place in all trees; the order of names does not matter.
 *
 * @throws {@link ArgumentError} when the structures differ.
 *
 * @example
 * ```ts
 * import { tensor, zipTrees } from '@adjoint/core';
 * import { sub } from '@adjoint/ops';
 *
 * zipTrees([[tensor(3)], [tensor(1)]], ([p, g]) => sub(p!, g!))[0]!.item(); // 2
 * ```
 */
export function zipTrees<T>(trees: readonly [T, ...unknown[]], fn: (leaves: readonly Tensor[], path: string) => Tensor): T {
  requireList('zipTrees', 'trees', trees, 'a list of trees');
  requireFunction('zipTrees', 'fn', fn);
  const lists = trees.map((tree) => flattenTree(tree));
  const leaves = lists.map((list, position) => {
    const matching = inOrderOf(lists[0]!, list);
    if (matching !== null) return matching;
    throw new ArgumentError(`zipTrees: tree ${position} has ${placesOf(list)}, tree 0 ${placesOf(lists[0]!)}; expected one structure`);
  });
  let index = 0;
  return mapTree(trees[0], (_, path) => {
    const position = index++;
    return fn(leaves.map((list) => list[position]!), path);
  });
}

/** A tensor of a tree and its dotted path. */
export type PathAndLeaf = readonly [path: string, leaf: Tensor];

/**
 * The tensors of a tree with their dotted paths, first to last.
 *
 * @throws {@link ArgumentError} when the tree holds anything but tensors.
 *
 * @example
 * ```ts
 * import { flattenTree, tensor } from '@adjoint/core';
 *
 * flattenTree({ dense: { bias: tensor(0) } })[0]![0]; // 'dense.bias'
 * ```
 */
export function flattenTree(tree: unknown, what = 'tree'): [path: string, leaf: Tensor][] {
  const leaves: [string, Tensor][] = [];
  mapTree(tree, (leaf, path) => {
    leaves.push([path, leaf]);
    return leaf;
  }, what);
  return leaves;
}

/**
 * Returns the tensors of a flattened tree in the order of another one, matched by path; the order of object keys is ignored.
 * Returns null if the structures differ.
 *
 * @param wanted - the tree that sets the order, as {@link flattenTree} returns it.
 * @param leaves - the tree whose tensors are reordered.
 *
 * @example
 * ```ts
 * import { flattenTree, inOrderOf, tensor } from '@adjoint/core';
 *
 * const params = flattenTree({ a: tensor(1), b: tensor(2) });
 * const gradients = flattenTree({ b: tensor(20), a: tensor(10) });
 * inOrderOf(params, gradients)?.map((leaf) => leaf.item()); // [10, 20]
 * ```
 */
export function inOrderOf(wanted: readonly PathAndLeaf[], leaves: readonly PathAndLeaf[]): Tensor[] | null {
  requireList('inOrderOf', 'wanted', wanted, 'what flattenTree gives');
  requireList('inOrderOf', 'leaves', leaves, 'what flattenTree gives');
  if (wanted.length !== leaves.length) return null;
  if (wanted.every(([path], index) => path === leaves[index]![0])) return leaves.map(([, leaf]) => leaf);
  const byPath = new Map(leaves);
  const found = wanted.flatMap(([path]) => byPath.get(path) ?? []);
  // Two leaves may have one path, and then nobody can tell which is which: { 'a.b': x, a: { b: y } }.
  return byPath.size === wanted.length && found.length === wanted.length ? found : null;
}

/**
 * Formats the paths of a flattened tree for an error message.
 *
 * @example
 * ```ts
 * import { flattenTree, placesOf, tensor } from '@adjoint/core';
 *
 * placesOf(flattenTree({ a: tensor(1), b: [tensor(2)] })); // '2 tensors (a, b.0)'
 * ```
 */
export function placesOf(leaves: readonly PathAndLeaf[]): string {
  requireList('placesOf', 'leaves', leaves, 'what flattenTree gives');
  if (!leaves.every((leaf: unknown) => Array.isArray(leaf) && typeof leaf[0] === 'string')) throw new ArgumentError('placesOf: leaves holds something other than pairs of a path and a tensor; expected what flattenTree gives');
  if (leaves.length === 0) return 'no tensor';
  if (leaves.length === 1 && leaves[0]![0] === '') return 'one tensor';
  const shown = leaves.slice(0, 8).map(([path]) => path);
  return `${leaves.length} tensor${leaves.length === 1 ? '' : 's'} (${[...shown, ...(leaves.length > shown.length ? ['…'] : [])].join(', ')})`;
}

/** Calls `fn` with every tensor inside any value, first to last; what is not a tree is passed over. */
export function visitTensors(value: unknown, fn: (tensor: Tensor) => void): void {
  if (value instanceof Tensor) {
    fn(value);
    return;
  }
  // A stack of its own, since the engine's holds too few levels for long linked lists. Each list is what is left of a level.
  const levels: unknown[][] = [childrenOf(value)];
  while (levels.length > 0) {
    const level = levels.at(-1)!;
    if (level.length === 0) {
      levels.pop();
      continue;
    }
    const child = level.pop();
    if (child instanceof Tensor) fn(child);
    else if (typeof child === 'object' && child !== null) levels.push(childrenOf(child));
    if (levels.length > deepestVisited) throw tooDeep('', deepestVisited);
  }
}

/** What a list, a collection or an object literal holds, last to first; nothing of any other value. */
function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.toReversed();
  if (isRecord(value)) return value.toSeq().valueSeq().toArray().reverse();
  if (isCollection(value)) return value.valueSeq().toArray().reverse();
  return isPlainObject(value) ? Object.values(value).reverse() : [];
}
