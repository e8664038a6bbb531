import { apply, type Tensor } from '@adjoint/core';
import { floatOperands, type TensorLike } from '../operand.js';
import { div, mul, neg } from './arithmetic.js';
import { equal } from './comparison.js';
import { binaryPrimitive } from './rules.js';
import { where } from './where.js';

/** A side over the length of the hypotenuse; at the origin, where there is no direction, 0 with all its derivatives. */
function perLength(side: Tensor, length: Tensor): Tensor {
  const isOrigin = equal(length, 0);
  return div(where(isOrigin, 0, side), where(isOrigin, 1, length));
}

const hypotPrimitive = binaryPrimitive('hypot', 'hypot', {
  keeps: { inputs: [0, 1], output: true },
  left: ({ cotangent, left, output }) => mul(cotangent, perLength(left, output)),
  right: ({ cotangent, right, output }) => mul(cotangent, perLength(right, output)),
});

/**
 * `sqrt(left ** 2 + right ** 2)`, broadcast, without overflow. Infinite where one is, even beside NaN. Its gradient at
 * the origin is 0.
 *
 * All its derivatives at the origin are 0 by convention, so the Hessian of `square(hypot(x, y))` there is 0 and not `2 I`.
 * Write `add(square(x), square(y))`, which is smooth.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.hypot
 * @jax jnp.hypot
 * @torch torch.hypot
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { hypot } from '@adjoint/ops';
 *
 * hypot(tensor([3, 3e30]), tensor([4, 4e30])).toArray(); // [5, 5e30]
 * ```
 */
export function hypot(left: TensorLike, right: TensorLike): Tensor {
  return apply(hypotPrimitive, floatOperands('hypot', left, right), {});
}

/** By two divisions, as the square of a length may overflow. */
function perSquaredLength(side: Tensor, length: Tensor): Tensor {
  return perLength(perLength(side, length), length);
}

const atan2Primitive = binaryPrimitive('atan2', 'atan2', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, left, right }) => mul(cotangent, perSquaredLength(right, hypot(left, right))),
  right: ({ cotangent, left, right }) => neg(mul(cotangent, perSquaredLength(left, hypot(left, right)))),
});

/**
 * The angle of the point `(x, y)`, from -pi to pi, broadcast; `y` comes first. A zero's sign tells its side, as in C.
 * Its gradient at the origin is 0, and so are all its derivatives there, by convention.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.arctan2
 * @jax jnp.arctan2
 * @torch torch.atan2
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { atan2 } from '@adjoint/ops';
 *
 * atan2(tensor([0, 1, 0]), tensor([1, 0, -1])).toArray(); // [0, 1.5707964, 3.1415927]
 * ```
 */
export function atan2(y: TensorLike, x: TensorLike): Tensor {
  return apply(atan2Primitive, floatOperands('atan2', y, x), {});
}
