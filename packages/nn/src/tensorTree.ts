import { flattenTree, type Tensor } from '@adjoint/core';
import { OrderedMap } from 'immutable';

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
export const emptyTree: TensorTree = OrderedMap<string, Tensor | TensorTree>();

/**
 * The number of parameters: the elements of all tensors of a tree.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { countParameters, dense } from '@adjoint/nn';
 *
 * countParameters(dense({ units: 10 }).init(key(0), [20]).params); // 210
 * ```
 */
export function countParameters(params: Params): number {
  return flattenTree(params).reduce((count, [, leaf]) => count + leaf.size, 0);
}
