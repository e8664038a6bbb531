import { apply, type Tensor } from '@adjoint/core';
import { asTensor, type TensorLike } from '../operand.js';
import { cast } from './cast.js';
import { binaryPrimitive, unaryPrimitive } from './rules.js';

const andPrimitive = binaryPrimitive('logicalAnd', 'and', 'none');
const orPrimitive = binaryPrimitive('logicalOr', 'or', 'none');
const xorPrimitive = binaryPrimitive('logicalXor', 'notEqual', 'none');
const notPrimitive = unaryPrimitive('logicalNot', 'not', { keeps: 'nothing', vjp: 'none' }, 'bool');

/** Whether not 0. */
function truth(operation: string, input: TensorLike): Tensor {
  return cast(asTensor(operation, input), 'bool');
}

/**
 * Whether both are true (not 0), broadcast.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.logical_and
 * @jax jnp.logical_and
 * @torch torch.logical_and
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
  return apply(andPrimitive, [truth('logicalAnd', left), truth('logicalAnd', right)], {});
}

/**
 * Whether one is true (not 0), broadcast.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.logical_or
 * @jax jnp.logical_or
 * @torch torch.logical_or
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
  return apply(orPrimitive, [truth('logicalOr', left), truth('logicalOr', right)], {});
}

/**
 * Whether false (0).
 *
 * @numpy np.logical_not
 * @jax jnp.logical_not
 * @torch torch.logical_not
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
  return apply(notPrimitive, [truth('logicalNot', input)], {});
}

/**
 * Whether one and not the other is true (not 0), broadcast.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.logical_xor
 * @jax jnp.logical_xor
 * @torch torch.logical_xor
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logicalXor } from '@adjoint/ops';
 *
 * logicalXor(tensor([true, false]), true).toArray(); // [false, true]
 * ```
 */
export function logicalXor(left: TensorLike, right: TensorLike): Tensor {
  return apply(xorPrimitive, [truth('logicalXor', left), truth('logicalXor', right)], {});
}
