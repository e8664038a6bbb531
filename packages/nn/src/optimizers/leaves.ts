import { ArgumentError, DTypeError, flattenTree, formatType, inOrderOf, mapTree, placesOf, sameShape, ShapeError, type PathAndLeaf, type Tensor } from '@adjoint/core';
import type { OptimizerState } from './optimizerState.js';

type Leaves = readonly PathAndLeaf[];

/** The gradient of each parameter. */
export function gradientsOf(type: string, gradients: unknown, parameters: Leaves): Tensor[] {
  const matching = matched(`${type}: gradients`, gradients, parameters, '');
  requireTypes(`${type}: the gradient`, matching, parameters, '');
  return matching;
}

/** What a moment is of each parameter. */
export function momentOf(type: string, name: string, state: OptimizerState, parameters: Leaves): Tensor[] {
  const advice = ". Expected a state that began with this optimizer's init";
  if (!state.moments.has(name)) {
    throw new ArgumentError(`${type}: the state has no ${name}, only [${[...state.moments.keys()].join(', ')}]${advice}, in this version of Adjoint`);
  }
  const matching = matched(`${type}: the state's ${name}`, state.moments.get(name), parameters, advice);
  requireTypes(`${type}: the state's ${name}`, matching, parameters, advice);
  return matching;
}

/** A moment of another type than its parameter belongs to another model. */
function requireTypes(what: string, tensors: readonly Tensor[], parameters: Leaves, advice: string): void {
  for (const [index, tensor] of tensors.entries()) {
    const [path, parameter] = parameters[index]!;
    const hasShape = sameShape(tensor.shape, parameter.shape);
    if (hasShape && tensor.dtype === parameter.dtype) continue;
    const Refusal = hasShape ? DTypeError : ShapeError;
    throw new Refusal(`${what} of ${path || 'the parameter'} is ${formatType(tensor)}, the parameter ${formatType(parameter)}; expected one type${advice}`);
  }
}

function matched(what: string, tree: unknown, parameters: Leaves, advice: string): Tensor[] {
  const leaves = flattenTree(tree, what);
  const matching = inOrderOf(parameters, leaves);
  if (matching !== null) return matching;
  throw new ArgumentError(`${what}: other leaves than the parameters have: ${placesOf(leaves)} against ${placesOf(parameters)}${advice}`);
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
