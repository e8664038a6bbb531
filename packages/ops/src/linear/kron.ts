import type { Tensor } from '@adjoint/core';
import { mul } from '../elementwise/arithmetic.js';
import { numericOperands, type TensorLike } from '../operand.js';
import { expandDims, reshape } from '../shape/reshape.js';

/**
 * The Kronecker product: each element of left times all of right, as a block. Axes that one has more than the other are
 * of length 1 there.
 *
 * @numpy np.kron
 * @jax jnp.kron
 * @torch torch.kron
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { kron } from '@adjoint/ops';
 *
 * kron(tensor([[1, 2]]), tensor([[1, 1], [0, 1]])).toArray(); // [[1, 1, 2, 2], [0, 1, 0, 2]]
 * ```
 */
export function kron(left: TensorLike, right: TensorLike): Tensor {
  const [a, b] = numericOperands('kron', left, right);
  const rank = Math.max(a.shape.length, b.shape.length);
  const full = ({ shape }: Tensor) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [rows, columns] = [full(a), full(b)];
  const places = rows.map((_, axis) => 2 * axis);
  const blocks = mul(expandDims(reshape(a, rows), places.map((place) => place + 1)), expandDims(reshape(b, columns), places));
  return reshape(blocks, rows.map((length, axis) => length * columns[axis]!));
}
