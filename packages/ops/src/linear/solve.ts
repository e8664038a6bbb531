import type { Tensor } from '@adjoint/core';
import { floatOperands, type TensorLike } from '../operand.js';
import { luFactors, solveWith } from './lu.js';
import { identityLike, squareMatricesOf } from './matrices.js';
import { overBatch, solveSystems } from './systems.js';

/**
 * The solution X of A X = B, for matrices A `[..., n, n]` and a vector `[n]` or matrices `[..., n, k]` B; leading axes
 * broadcast. By LU with partial pivoting, which the gradient uses again.
 *
 * As in JAX, a singular matrix gives infinities and NaN (NumPy raises an error).
 *
 * @throws `ShapeError` when the matrices are not square, B has not as many rows, or the leading axes do not broadcast.
 *
 * @numpy np.linalg.solve
 * @jax jnp.linalg.solve
 * @torch torch.linalg.solve
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { solve } from '@adjoint/ops';
 *
 * solve(tensor([[3, 1], [1, 2]]), tensor([9, 8])).toArray(); // [2, 3]
 * solve(tensor([[0, 2], [1, 0]]), tensor([[2], [3]])).toArray(); // [[3], [1]]
 * ```
 */
export function solve(matrix: TensorLike, right: TensorLike): Tensor {
  const [a, b] = floatOperands('solve', matrix, right);
  return solveSystems('solve', a, b, (columns) => solveWith(a, luFactors(a), columns, false));
}

/**
 * The inverse of each matrix `[..., n, n]`. To multiply a vector with it, `solve` is faster and more accurate.
 *
 * As in JAX, a singular matrix gives infinities and NaN (NumPy raises an error).
 *
 * @throws `ShapeError` when the matrices are not square.
 *
 * @numpy np.linalg.inv
 * @jax jnp.linalg.inv
 * @torch torch.linalg.inv
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { inverse } from '@adjoint/ops';
 *
 * inverse(tensor([[2, 0], [1, 4]])).toArray(); // [[0.5, 0], [-0.125, 0.25]]
 * ```
 */
export function inverse(matrix: TensorLike): Tensor {
  const a = squareMatricesOf('inverse', 'matrix', matrix);
  const identity = overBatch(identityLike(a, a.shape.at(-1)!), a.shape.slice(0, -2));
  return solveWith(a, luFactors(a), identity, false);
}
