import { apply, broadcastShapes, type Tensor } from '@adjoint/core';
import { asNumeric, asTensor, numericOperands, type TensorLike } from '../operand.js';
import { mul } from './arithmetic.js';
import { equal, greater, less } from './comparison.js';
import { binaryPrimitive } from './rules.js';
import { where } from './where.js';

/** The cotangent of the one that wins; at a tie both take a half, so that the gradient stays an average of both sides. */
function shareOf(cotangent: Tensor, left: Tensor, right: Tensor, wins: (a: Tensor, b: Tensor) => Tensor): Tensor {
  return where(equal(left, right), mul(0.5, cotangent), where(wins(left, right), cotangent, 0));
}

const maximumPrimitive = binaryPrimitive('maximum', 'maximum', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, left, right }) => shareOf(cotangent, left, right, greater),
  right: ({ cotangent, left, right }) => shareOf(cotangent, right, left, greater),
});

/**
 * The larger of both, broadcast; NaN where one is NaN. At a tie the gradient is split in halves, by convention, and higher
 * derivatives are 0. So they are wrong for functions that are smooth there: the second derivative of
 * `square(maximum(x, neg(x)))` at 0 is 0 and not 2. Write `square(x)`.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.maximum
 * @jax jnp.maximum
 * @torch torch.maximum
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { maximum } from '@adjoint/ops';
 *
 * maximum(tensor([-1, 2]), 0).toArray(); // [0, 2]
 * ```
 */
export function maximum(left: TensorLike, right: TensorLike): Tensor {
  return apply(maximumPrimitive, numericOperands('maximum', left, right), {});
}

const minimumPrimitive = binaryPrimitive('minimum', 'minimum', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, left, right }) => shareOf(cotangent, left, right, less),
  right: ({ cotangent, left, right }) => shareOf(cotangent, right, left, less),
});

/**
 * The smaller of both, broadcast; NaN where one is NaN. At a tie the gradient is split in halves, and higher derivatives are 0,
 * by convention: see {@link maximum}.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.minimum
 * @jax jnp.minimum
 * @torch torch.minimum
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { minimum } from '@adjoint/ops';
 *
 * minimum(tensor([-1, 2]), 0).toArray(); // [-1, 0]
 * ```
 */
export function minimum(left: TensorLike, right: TensorLike): Tensor {
  return apply(minimumPrimitive, numericOperands('minimum', left, right), {});
}

// The maximum and the minimum again, but for a tie, which a clipped value wins.

const raisePrimitive = binaryPrimitive('raiseTo', 'maximum', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, left, right }) => where(less(left, right), 0, cotangent),
  right: ({ cotangent, left, right }) => where(less(left, right), cotangent, 0),
});

const lowerPrimitive = binaryPrimitive('lowerTo', 'minimum', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, left, right }) => where(greater(left, right), 0, cotangent),
  right: ({ cotangent, left, right }) => where(greater(left, right), cotangent, 0),
});

/**
 * `input` with what lies below `minimum` raised to it, and then what lies above `maximum` lowered to it; all broadcast.
 * null sets no bound. NaN stays, and a bound of NaN gives NaN.
 *
 * The gradient goes to the input where it lies between the bounds or on one, as PyTorch's, else to the bound that was
 * taken. (JAX gives each a half on a bound.)
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.clip
 * @jax jnp.clip
 * @torch torch.clamp
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { clip } from '@adjoint/ops';
 *
 * clip(tensor([-2, 0.5, 3]), -1, 1).toArray(); // [-1, 0.5, 1]
 * clip(tensor([-2, 0.5, 3]), null, tensor([0, 0, 4])).toArray(); // [-2, 0, 3]
 * ```
 */
export function clip(input: TensorLike, minimum: TensorLike | null, maximum: TensorLike | null): Tensor {
  const bounds = [minimum, maximum].filter((bound) => bound !== null).map((bound) => asTensor('clip', bound));
  bounds.reduce((shape, bound) => broadcastShapes('clip', shape, bound.shape), asTensor('clip', input).shape);
  const raised = minimum === null ? asNumeric('clip', input) : apply(raisePrimitive, numericOperands('clip', input, minimum), {});
  return maximum === null ? raised : apply(lowerPrimitive, numericOperands('clip', raised, maximum), {});
}
