import type { Tensor } from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import type { TensorLike } from '../operand.js';
import { tril } from '../shape/triangle.js';
import { factorizationPrimitive, factorsOf, squareMatricesOf, symmetricPart, transposed } from './matrices.js';
import { matmul } from './matmul.js';
import { triangularSolve } from './triangularSolve.js';

// L^-T P L^-1, where P is the lower triangle of L^T L' with half its diagonal: I. Murray, "Differentiation of the Cholesky
// decomposition" (2016), section 3.2. The symmetric part is taken where the argument's was.
const choleskyPrimitive = factorizationPrimitive('cholesky', (rows) => rows, ({ output, cotangent }) => {
  const product = matmul(transposed(output), tril(cotangent));
  const half = mul(0.5, add(tril(product), tril(product, { offset: -1 })));
  const left = triangularSolve(output, half, { lower: true, transpose: true });
  return transposed(triangularSolve(output, transposed(left), { lower: true, transpose: true }));
});

/**
 * The lower triangular L `[..., n, n]` with A = L L^T, of symmetric positive definite matrices.
 *
 * As in JAX, it is the symmetric part `(A + A^T) / 2` that is factored, so that the gradient is symmetric, and a matrix
 * that is not positive definite gives NaN throughout (NumPy reads the lower triangle, and raises an error).
 *
 * @throws `ShapeError` when the matrices are not square.
 *
 * @numpy np.linalg.cholesky
 * @jax jnp.linalg.cholesky
 * @torch torch.linalg.cholesky
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { cholesky } from '@adjoint/ops';
 *
 * cholesky(tensor([[4, 2], [2, 5]])).toArray(); // [[2, 0], [1, 2]]
 * cholesky(tensor([[1, 2], [2, 1]])).toArray(); // [[NaN, NaN], [NaN, NaN]]
 * ```
 */
export function cholesky(matrix: TensorLike): Tensor {
  return factorsOf(choleskyPrimitive, symmetricPart(squareMatricesOf('cholesky', 'matrix', matrix)));
}
