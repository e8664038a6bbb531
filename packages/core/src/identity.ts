import { apply } from './apply.js';
import { ShapeError } from './errors.js';
import { definePrimitive, type Primitive } from './primitive.js';
import { formatType, sameShape } from './shape.js';
import { empty, view, type Tensor } from './tensor.js';
import { mapTree } from './tree.js';

const accumulatePrimitive = definePrimitive({
  name: 'accumulate',
  keeps: {},
  infer: ([left, right]) => {
    if (left!.dtype !== right!.dtype || !sameShape(left!.shape, right!.shape)) {
      throw new ShapeError(`accumulate: ${formatType(left!)} and ${formatType(right!)}; expected two tensors of one type`);
    }
    return left!;
  },
  forward: (backend, [left, right], _, type) => {
    const out = empty(backend, type);
    backend.binary('add', left!, right!, out);
    return out;
  },
  vjp: ({ cotangent }) => [cotangent, cotangent],
  batch: 'leading',
});

/** The sum of two cotangents of one tensor. Broadcasting addition is `add` in `@adjoint/ops`. */
export function accumulate(left: Tensor, right: Tensor): Tensor {
  return apply(accumulatePrimitive, [left, right], {});
}

/** Of {@link alias}. */
export const aliasPrimitive: Primitive = definePrimitive({
  name: 'alias',
  keeps: {},
  infer: ([input]) => input!,
  forward: (_, [input]) => view(input!, input!.shape, input!.strides),
  vjp: ({ cotangent }) => [cotangent],
  batch: 'leading',
});

/** The same elements under a new identity, so that a tape can tell a function's argument from what it closes over. */
export function alias(tensor: Tensor): Tensor {
  return apply(aliasPrimitive, [tensor], {});
}

const stopGradientPrimitive = definePrimitive({ ...aliasPrimitive, name: 'stopGradient', vjp: 'none' });

/**
 * The same elements, as constants: no gradient flows through. Takes a tensor, or a tree of them.
 *
 * @throws {@link ArgumentError} when the tree holds anything but tensors.
 *
 * @example
 * ```ts
 * import { grad, stopGradient, tensor } from '@adjoint/core';
 * import { mul } from '@adjoint/ops';
 *
 * grad((x) => mul(x, stopGradient(x)))(tensor(3)).item(); // 3
 * ```
 */
export function stopGradient<T>(tree: T): T {
  return mapTree(tree, (leaf) => apply(stopGradientPrimitive, [leaf], {}), 'stopGradient');
}
