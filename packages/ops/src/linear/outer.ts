import type { Tensor } from '@adjoint/core';
import { mul } from '../elementwise/arithmetic.js';
import { numericOperands, type TensorLike } from '../operand.js';
import { reshape } from '../shape/reshape.js';

/**
 * The product of each element of left with each of right, both flattened: `[m, n]`.
 *
 * @numpy np.outer
 * @jax jnp.outer
 * @torch torch.outer
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { outer } from '@adjoint/ops';
 *
 * outer(tensor([1, 2]), tensor([1, 10, 100])).toArray(); // [[1, 10, 100], [2, 20, 200]]
 * ```
 */
export function outer(left: TensorLike, right: TensorLike): Tensor {
  const [a, b] = numericOperands('outer', left, right);
  return mul(reshape(a, [a.size, 1]), reshape(b, [1, b.size]));
}
