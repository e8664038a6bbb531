import { formatValue, ArgumentError, type Tensor } from '@adjoint/core';
import type { TensorLike } from '../operand.js';
import { matmul } from './matmul.js';
import { identityLike, squareMatricesOf } from './matrices.js';
import { inverse } from './solve.js';
import { overBatch } from './systems.js';

/**
 * Each matrix `[..., n, n]` multiplied with itself: `power` times, or its inverse where that is negative; the identity for 0.
 *
 * @throws `ShapeError` when the matrices are not square.
 * @throws `ArgumentError` when the power is no whole number.
 *
 * @numpy np.linalg.matrix_power
 * @jax jnp.linalg.matrix_power
 * @torch torch.linalg.matrix_power
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { matrixPower } from '@adjoint/ops';
 *
 * matrixPower(tensor([[1, 1], [0, 1]]), 5).toArray(); // [[1, 5], [0, 1]]
 * matrixPower(tensor([[1, 1], [0, 1]]), -2).toArray(); // [[1, -2], [0, 1]]
 * ```
 */
export function matrixPower(matrix: TensorLike, power: number): Tensor {
  const a = squareMatricesOf('matrixPower', 'matrix', matrix);
  if (!Number.isSafeInteger(power)) throw new ArgumentError(`matrixPower: power is ${formatValue(power)}; expected a whole number`);
  // The powers 1, 2, 4, ... of which the wanted one is made.
  let square = power < 0 ? inverse(a) : a;
  let result: Tensor | null = null;
  for (let left = Math.abs(power); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result === null ? square : matmul(result, square);
    if (left > 1) square = matmul(square, square);
  }
  return result ?? overBatch(identityLike(a, a.shape.at(-1)!), a.shape.slice(0, -2));
}
