import { apply, type Tensor } from '@adjoint/core';
import { asTensor, type TensorLike } from '../operand.js';
import { cast } from './cast.js';
import { binaryPrimitive, unaryPrimitive } from './rules.js';

const andPrimitive = binaryPrimitive('logicalAnd', 'and', 'none');
const orPrimitive = binaryPrimitive('logicalOr', 'or', 'none');
const notPrimitive = unaryPrimitive('logicalNot', 'not', { keeps: 'nothing', vjp: 'none' }, 'bool');

/** Whether not 0. */
function truth(input: TensorLike): Tensor {
  return cast(asTensor(input), 'bool');
}

/**
 * Whether both are true (not 0), broadcast.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logicalAnd } from '@adjoint/ops';
 *
 * logicalAnd(tensor([true, false]), true).toArray(); // [true, false]
 * ```
 */
export function logicalAnd(left: TensorLike, right: TensorLike): Tensor {
  return apply(andPrimitive, [truth(left), truth(right)], {});
}

/**
 * Whether one is true (not 0), broadcast.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logicalOr } from '@adjoint/ops';
 *
 * logicalOr(tensor([true, false]), false).toArray(); // [true, false]
 * ```
 */
export function logicalOr(left: TensorLike, right: TensorLike): Tensor {
  return apply(orPrimitive, [truth(left), truth(right)], {});
}

/**
 * Whether false (0).
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logicalNot } from '@adjoint/ops';
 *
 * logicalNot(tensor([true, false])).toArray(); // [false, true]
 * ```
 */
export function logicalNot(input: TensorLike): Tensor {
  return apply(notPrimitive, [truth(input)], {});
}
