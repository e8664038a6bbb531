import { apply, type Tensor } from '@adjoint/core';
import { operands, type TensorLike } from '../operand.js';
import { binaryPrimitive } from './rules.js';

const equalPrimitive = binaryPrimitive('equal', 'equal', 'none', 'bool');

/**
 * Whether `left === right`, element by element, broadcast; a `bool` tensor. NaN equals nothing, itself included.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.equal
 * @jax jnp.equal
 * @torch torch.eq
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { equal } from '@adjoint/ops';
 *
 * equal(tensor([1, 2]), 2).toArray(); // [false, true]
 * ```
 */
export function equal(left: TensorLike, right: TensorLike): Tensor {
  return apply(equalPrimitive, operands('equal', left, right), {});
}

const notEqualPrimitive = binaryPrimitive('notEqual', 'notEqual', 'none', 'bool');

/**
 * Whether `left !== right`, element by element, broadcast; a `bool` tensor. NaN differs from all, itself included.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.not_equal
 * @jax jnp.not_equal
 * @torch torch.ne
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { notEqual } from '@adjoint/ops';
 *
 * notEqual(tensor([1, 2]), 2).toArray(); // [true, false]
 * ```
 */
export function notEqual(left: TensorLike, right: TensorLike): Tensor {
  return apply(notEqualPrimitive, operands('notEqual', left, right), {});
}

const lessPrimitive = binaryPrimitive('less', 'less', 'none', 'bool');

/**
 * Whether `left < right`, element by element, broadcast; a `bool` tensor.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.less
 * @jax jnp.less
 * @torch torch.lt
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { less } from '@adjoint/ops';
 *
 * less(tensor([1, 2]), 2).toArray(); // [true, false]
 * ```
 */
export function less(left: TensorLike, right: TensorLike): Tensor {
  return apply(lessPrimitive, operands('less', left, right), {});
}

const lessEqualPrimitive = binaryPrimitive('lessEqual', 'lessEqual', 'none', 'bool');

/**
 * Whether `left <= right`, element by element, broadcast; a `bool` tensor.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.less_equal
 * @jax jnp.less_equal
 * @torch torch.le
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { lessEqual } from '@adjoint/ops';
 *
 * lessEqual(tensor([1, 2]), 2).toArray(); // [true, true]
 * ```
 */
export function lessEqual(left: TensorLike, right: TensorLike): Tensor {
  return apply(lessEqualPrimitive, operands('lessEqual', left, right), {});
}

const greaterPrimitive = binaryPrimitive('greater', 'greater', 'none', 'bool');

/**
 * Whether `left > right`, element by element, broadcast; a `bool` tensor.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.greater
 * @jax jnp.greater
 * @torch torch.gt
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { greater } from '@adjoint/ops';
 *
 * greater(tensor([1, 2]), 2).toArray(); // [false, false]
 * ```
 */
export function greater(left: TensorLike, right: TensorLike): Tensor {
  return apply(greaterPrimitive, operands('greater', left, right), {});
}

const greaterEqualPrimitive = binaryPrimitive('greaterEqual', 'greaterEqual', 'none', 'bool');

/**
 * Whether `left >= right`, element by element, broadcast; a `bool` tensor.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.greater_equal
 * @jax jnp.greater_equal
 * @torch torch.ge
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { greaterEqual } from '@adjoint/ops';
 *
 * greaterEqual(tensor([1, 2]), 2).toArray(); // [false, true]
 * ```
 */
export function greaterEqual(left: TensorLike, right: TensorLike): Tensor {
  return apply(greaterEqualPrimitive, operands('greaterEqual', left, right), {});
}
