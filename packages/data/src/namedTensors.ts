import { ArgumentError, flattenTree, type Tensor, type Tree } from '@adjoint/core';

/**
 * The tensors of a tree by their dotted paths, which are their names in a file.
 *
 * @throws `ArgumentError` naming `operation` when two have one path.
 */
export function namedTensors(operation: string, tree: Tree): readonly (readonly [name: string, tensor: Tensor])[] {
  const names = new Set<string>();
  const tensors = flattenTree(tree);
  for (const [name] of tensors) {
    if (names.has(name)) throw new ArgumentError(`${operation}: the tree has two tensors of the dotted path ${JSON.stringify(name)}; expected a path a tensor, rename one`);
    names.add(name);
  }
  return tensors;
}
