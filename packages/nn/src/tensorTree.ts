import { ArgumentError, flattenTree, formatValue, mapTree, requireTensor, showCollection, Tensor } from '@adjoint/core';
import { isMap, OrderedMap } from 'immutable';
import { requireText } from './options.js';

/** Tensors by name, nested as the layers are, in the layers' order. */
export interface TensorTree extends OrderedMap<string, Tensor | TensorTree> {}

/** What training changes: kernels, biases. A layer without parameters has no entry. */
export type Params = TensorTree;

/** What a layer remembers from call to call and no gradient changes, as running means do. */
export type LayerState = TensorTree;

/** All tensors that a layer needs beside its input. */
export interface Variables {
  readonly params: Params;
  readonly state: LayerState;
}

/** No tensors at all. */
export const emptyTree: TensorTree = showCollection(OrderedMap<string, Tensor | TensorTree>());

/**
 * Checks that an argument is a tree of tensors, as far as its outermost level.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireTree(operation: string, argument: string, value: unknown): void {
  if (isMap(value)) return;
  throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected a tree of tensors, such as the params that init made, or unflattenTree(entries)`);
}

/**
 * Checks that an argument is a `{ params, state }` of trees.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireVariables(operation: string, value: unknown): void {
  const { params, state } = Object(value) as Partial<Variables>;
  if (isMap(params) && isMap(state)) return;
  throw new ArgumentError(`${operation}: variables is ${formatValue(value)}; expected { params, state }, as init, training, or loading made them`);
}

/**
 * The entries that an argument gives, each checked to be a name and a tensor.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function entriesOf(operation: string, argument: string, value: Iterable<readonly [string, Tensor]>): readonly (readonly [string, Tensor])[] {
  const given: unknown = value;
  const expected = "expected [name, tensor] entries, such as [['dense.bias', tensor([0])]] or a Map";
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given)) throw new ArgumentError(`${operation}: ${argument} is ${formatValue(given)}; ${expected}`);
  return Array.from(value, (entry: unknown, index): readonly [string, Tensor] => {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw new ArgumentError(`${operation}: ${argument}[${index}] is ${formatValue(entry)}; ${expected}`);
    requireTensor(operation, `the tensor of ${argument}[${index}]`, entry[1] as Tensor);
    return entry as [string, Tensor];
  });
}

/**
 * Which tensors of a tree: a predicate of dotted paths, or a pattern of them. In a pattern, `*` stands for anything within a
 * name and `**` for any number of names, so that `**.bias` are all biases and `encoder.**` is all of the encoder.
 */
export type PathFilter = string | ((path: string) => boolean);

/**
 * Checks that a pattern matches at least one tensor, since a misspelled one would silently choose nothing. A predicate may choose
 * nothing, and so may any filter of a tree without tensors.
 *
 * @throws `ArgumentError` that lists the paths there are.
 */
export function requireMatch(operation: string, argument: string, filter: unknown, paths: readonly string[]): void {
  if (typeof filter !== 'string' || paths.length === 0 || paths.some(pathMatcher(filter))) return;
  throw new ArgumentError(
    `${operation}: ${argument} '${filter}' matches no tensor; expected a pattern of paths such as [${listed(paths)}] ` +
      '(* matches any part of a name, ** any number of names)',
  );
}

/** The first paths, for a message. */
export function listed(paths: readonly string[]): string {
  return paths.length <= 8 ? paths.join(', ') : `${paths.slice(0, 8).join(', ')}, …`;
}

/**
 * Checks that an argument is a filter.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFilter(operation: string, argument: string, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'function') return;
  throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected a pattern of paths, such as '**.bias', or a function of a path`);
}

/** The predicate of a filter. */
export function pathMatcher(filter: PathFilter): (path: string) => boolean {
  if (typeof filter === 'function') return filter;
  const pattern = filter.split('.');
  return (path) => matches(pattern, path.split('.'));
}

function matches([name, ...pattern]: readonly string[], path: readonly string[]): boolean {
  if (name === undefined) return path.length === 0;
  if (name === '**') return matches(pattern, path) || (path.length > 0 && matches([name, ...pattern], path.slice(1)));
  return path.length > 0 && matchesName(name, path[0]!) && matches(pattern, path.slice(1));
}

/** Whether the pieces between the stars follow each other in the name. */
function matchesName(pattern: string, name: string): boolean {
  const [first, ...pieces] = pattern.split('*') as [string, ...string[]];
  const last = pieces.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let rest = name.slice(first.length, name.length - last.length);
  for (const piece of pieces) {
    const found = rest.indexOf(piece);
    if (found < 0) return false;
    rest = rest.slice(found + piece.length);
  }
  return true;
}

/**
 * The number of parameters: the elements of all tensors of a tree, or of those that a filter names.
 *
 * @throws `ArgumentError` when the filter is a pattern that matches nothing.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { countParameters, dense } from '@adjoint/nn';
 *
 * const { params } = dense({ units: 10 }).init(key(0), [20]);
 * countParameters(params); // 210
 * countParameters(params, 'bias'); // 10
 * ```
 */
export function countParameters(params: Params, filter: PathFilter = '**'): number {
  return flattenTree(select('countParameters', params, filter, 'params')).reduce((count, [, leaf]) => count + leaf.size, 0);
}

/**
 * The tensor at a dotted path.
 *
 * @throws `ArgumentError` that lists the paths there are when this is none of them.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { dense, getAt, sequential } from '@adjoint/nn';
 *
 * const { params } = sequential(dense({ units: 2 })).init(key(0), [3]);
 * getAt(params, 'dense.kernel').shape; // [3, 2]
 * ```
 */
export function getAt(tree: TensorTree, path: string): Tensor {
  requireTree('getAt', 'tree', tree);
  requireText('getAt', 'path', path);
  const found = tree.getIn(path.split('.'));
  if (found instanceof Tensor) return found;
  throw noTensorAt('getAt', tree, path);
}

/**
 * The tree with another tensor in the place of that at a dotted path, as for weights from elsewhere.
 *
 * @throws `ArgumentError` that lists the paths there are when this is none of them.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { dense, getAt, sequential, setAt } from '@adjoint/nn';
 *
 * const { params } = sequential(dense({ units: 2 })).init(key(0), [3]);
 * getAt(setAt(params, 'dense.bias', tensor([1, 2])), 'dense.bias').toArray(); // [1, 2]
 * ```
 */
export function setAt(tree: TensorTree, path: string, value: Tensor): TensorTree {
  requireTree('setAt', 'tree', tree);
  requireText('setAt', 'path', path);
  requireTensor('setAt', 'value', value);
  const names = path.split('.');
  if (tree.getIn(names) instanceof Tensor) return showCollection(tree.setIn(names, value));
  throw noTensorAt('setAt', tree, path);
}

function noTensorAt(operation: string, tree: TensorTree, path: string): ArgumentError {
  return new ArgumentError(`${operation}: there is no tensor at '${path}', only at [${flattenTree(tree).map(([place]) => place).join(', ')}]`);
}

/**
 * The tree with those tensors alone that a filter names. Layers of which nothing is left have no entry.
 *
 * @throws `ArgumentError` when the filter is a pattern that matches nothing.
 *
 * @example
 * ```ts
 * import { flattenTree, key } from '@adjoint/core';
 * import { dense, filterTree, sequential } from '@adjoint/nn';
 *
 * const { params } = sequential(dense({ units: 2 }), dense({ units: 1 })).init(key(0), [3]);
 * flattenTree(filterTree(params, '**.bias')).map(([path]) => path); // ['dense.bias', 'dense_1.bias']
 * ```
 */
export function filterTree(tree: TensorTree, filter: PathFilter): TensorTree {
  return select('filterTree', tree, filter);
}

function select(operation: string, tree: TensorTree, filter: PathFilter, argument = 'tree'): TensorTree {
  requireTree(operation, argument, tree);
  requireFilter(operation, 'filter', filter);
  if (typeof filter === 'string') requireMatch(operation, 'filter', filter, flattenTree(tree).map(([path]) => path));
  return showCollection(filterBelow(operation, argument, tree, pathMatcher(filter), ''));
}

function filterBelow(operation: string, argument: string, tree: TensorTree, keeps: (path: string) => boolean, prefix: string): TensorTree {
  requireTree(operation, prefix === '' ? argument : `${argument} at ${prefix.slice(0, -1)}`, tree);
  return tree
    .map((node, name) => (node instanceof Tensor ? node : filterBelow(operation, argument, node, keeps, `${prefix}${name}.`)))
    .filter((node, name) => (node instanceof Tensor ? keeps(`${prefix}${name}`) : !node.isEmpty()));
}

/**
 * The tree in two: the tensors that a filter names, and all others. {@link mergeTrees} puts them together again.
 *
 * @throws `ArgumentError` when the filter is a pattern that matches nothing.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { dense, mergeTrees, partitionTree, sequential } from '@adjoint/nn';
 *
 * const model = sequential(dense({ units: 2, trainable: false }), dense({ units: 1 }));
 * const { params } = model.init(key(0), [3]);
 * const [learning, frozen] = partitionTree(params, (path) => model.isTrainable(path));
 * [...learning.keys()]; // ['dense_1']
 * mergeTrees(params, learning).equals(params); // true
 * ```
 */
export function partitionTree(tree: TensorTree, filter: PathFilter): readonly [matching: TensorTree, others: TensorTree] {
  const matching = select('partitionTree', tree, filter);
  const matcher = pathMatcher(filter);
  return [matching, filterTree(tree, (path) => !matcher(path))];
}

/**
 * The tree with the tensors of another one in the places of its own; the other one may hold fewer.
 *
 * @throws `ArgumentError` when the other tree holds a tensor where this one has none.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dense, getAt, mergeTrees, unflattenTree } from '@adjoint/nn';
 *
 * const { params } = dense({ units: 2 }).init(key(0), [3]);
 * const merged = mergeTrees(params, unflattenTree([['bias', ones([2])]]));
 * getAt(merged, 'bias').toArray(); // [1, 1]
 * merged.get('kernel') === params.get('kernel'); // true
 * ```
 */
export function mergeTrees(tree: TensorTree, changes: TensorTree): TensorTree {
  const changed = new Map(flattenTree(changes));
  const merged = mapTree(tree, (leaf, path) => {
    const change = changed.get(path) ?? leaf;
    changed.delete(path);
    return change;
  });
  for (const path of changed.keys()) throw noTensorAt('mergeTrees', tree, path);
  return merged;
}

/**
 * The tree of tensors with dotted paths: the inverse of `flattenTree`.
 *
 * @throws `ArgumentError` when a path occurs twice, or goes on below a tensor.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { unflattenTree } from '@adjoint/nn';
 *
 * const tree = unflattenTree([['dense.kernel', tensor([[1]])], ['dense.bias', tensor([0])]]);
 * tree.getIn(['dense', 'bias']); // a tensor, float32 [1]
 * ```
 */
export function unflattenTree(entries: Iterable<readonly [path: string, leaf: Tensor]>): TensorTree {
  let tree = emptyTree;
  for (const [path, leaf] of entriesOf('unflattenTree', 'entries', entries)) {
    const names = path.split('.');
    const above = names.slice(0, -1).map((_, index) => tree.getIn(names.slice(0, index + 1)));
    if (tree.hasIn(names) || above.some((node) => node instanceof Tensor)) {
      throw new ArgumentError(`unflattenTree: '${path}' is taken, by a tensor there or above, or by tensors below`);
    }
    tree = place(tree, names, leaf);
  }
  return showCollection(tree);
}

function place(tree: TensorTree, [name, ...below]: readonly string[], leaf: Tensor): TensorTree {
  if (below.length === 0) return tree.set(name!, leaf);
  const inner = tree.get(name!);
  return tree.set(name!, place(inner === undefined || inner instanceof Tensor ? emptyTree : inner, below, leaf));
}
