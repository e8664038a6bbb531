import { ArgumentError, DTypeError, flattenTree, formatType, mapTree, sameShape, ShapeError, type Tensor } from '@adjoint/core';
import type { OptimizerState } from './optimizerState.js';

type Leaves = readonly (readonly [path: string, leaf: Tensor])[];

/** The gradient of each parameter. */
export function gradientsOf(type: string, gradients: unknown, parameters: Leaves): Tensor[] {
  return matched(`${type}: gradients`, gradients, parameters, '').map((gradient, index) => {
    const [path, parameter] = parameters[index]!;
    const hasShape = sameShape(gradient.shape, parameter.shape);
    if (hasShape && gradient.dtype === parameter.dtype) return gradient;
    const Refusal = hasShape ? DTypeError : ShapeError;
    throw new Refusal(`${type}: the gradient of ${path || 'the parameter'} is ${formatType(gradient)}, the parameter ${formatType(parameter)}; expected one type`);
  });
}

/** What a moment is of each parameter. */
export function momentOf(type: string, name: string, state: OptimizerState, parameters: Leaves): Tensor[] {
  return matched(`${type}: the state's ${name}`, state.moments.get(name), parameters, ". Expected a state that began with this optimizer's init");
}

function matched(what: string, tree: unknown, parameters: Leaves, advice: string): Tensor[] {
  const leaves = flattenTree(tree);
  if (leaves.length === parameters.length && leaves.every(([path], index) => path === parameters[index]![0])) return leaves.map(([, leaf]) => leaf);
  const names = (list: Leaves) => `[${list.map(([path]) => path).join(', ')}]`;
  throw new ArgumentError(`${what}: other leaves than the parameters have: ${names(leaves)} against ${names(parameters)}${advice}`);
}

/** A tree of the structure of another, of its own leaves in their order. */
export function placeLeaves<T>(like: T, leaves: readonly Tensor[]): T {
  let index = 0;
  return mapTree(like, () => leaves[index++]!);
}

/** The tree with `null` in place of the leaves that are not chosen. */
export function selectLeaves(tree: unknown, chosen: readonly boolean[]): unknown {
  let index = 0;
  return mapTree(tree, (leaf) => (chosen[index++] === true ? leaf : null));
}
