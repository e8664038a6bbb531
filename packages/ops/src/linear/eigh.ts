import type { Tensor } from '@adjoint/core';
import { add, mul, sub } from '../elementwise/arithmetic.js';
import { where } from '../elementwise/where.js';
import type { TensorLike } from '../operand.js';
import { diagonalMatrix } from '../shape/diagonal.js';
import { squeeze } from '../shape/reshape.js';
import { factorizationPrimitive, factorsOf, rowsOf, squareMatricesOf, symmetricPart, transposed } from './matrices.js';
import { matmul } from './matmul.js';
import { reciprocalOrZero } from './reciprocalOrZero.js';
import { tiesOf, undefinedPairs } from './ties.js';

/** The eigenvalues as one row, and the eigenvectors in columns. */
function partsOf(packed: Tensor): [values: Tensor, vectors: Tensor] {
  return [rowsOf(packed, 0, 1), rowsOf(packed, 1, packed.shape.at(-2)!)];
}

// V (diag(w') + F o V^T V') V^T with F[i, j] = 1 / (w[j] - w[i]): M. Giles, "Collected matrix derivative results for forward
// and reverse mode algorithmic differentiation" (2008), section 3.1. The symmetric part is taken where the argument's was.
const eighPrimitive = factorizationPrimitive('eigh', (rows) => rows + 1, ({ output, cotangent }) => {
  const [values, vectors] = partsOf(output);
  const [valuesCotangent, vectorsCotangent] = partsOf(cotangent);
  const product = matmul(transposed(vectors), vectorsCotangent);
  if (values.shape.at(-1) === 0) return product;
  const ties = tiesOf(values);
  const apart = reciprocalOrZero(where(ties, 0, sub(values, transposed(values))));
  const turn = add(mul(apart, product), undefinedPairs(ties, vectorsCotangent));
  const stretch = diagonalMatrix(squeeze(valuesCotangent, -2));
  return matmul(matmul(vectors, add(stretch, turn)), transposed(vectors));
});

/** What {@link eigh} gives. */
export interface Eigendecomposition {
  /** `[..., n]`, in rising order. */
  readonly values: Tensor;
  /** `[..., n, n]`: the eigenvector of each value, of length 1, in its column. */
  readonly vectors: Tensor;
}

/**
 * The eigenvalues and eigenvectors of symmetric matrices `[..., n, n]`: A = V diag(w) V^T. By Householder's reflections
 * and the QL iteration, in double precision also for `float32`.
 *
 * As in JAX, it is the symmetric part `(A + A^T) / 2` that is decomposed (NumPy reads the lower triangle), and a matrix
 * that is not finite gives NaN throughout.
 *
 * The sign of an eigenvector is not determined; only functions that do not depend on it have a meaningful gradient.
 *
 * Where eigenvalues are equal, their vectors are arbitrary within the space that they span, and no gradient can be computed
 * from them. If one of these vectors has a cotangent other than 0, the gradient of that matrix is NaN. It stays finite for
 * functions of the values alone, and of the vectors of other values. Second derivatives need the vectors, also those of
 * a function of the values. Values are equal if they differ by at most n + 8 times the dtype's precision (2^-52 or 2^-23)
 * times the largest magnitude among them. For a function of the matrix, such as a root or a logarithm, call
 * {@link symmetricFunction}, which is right everywhere. Composing it from values and vectors gives NaN at equal values
 * and, in one case, a wrong gradient: where the function is exactly 0 (the logarithm of the identity matrix), the
 * cotangents of the vectors are 0 as well, as if they were not used.
 *
 * Where eigenvalues are nearly equal, the gradient of the vectors is large and inaccurate; that of the values is not.
 *
 * @throws `ShapeError` when the matrices are not square.
 *
 * @numpy np.linalg.eigh
 * @jax jnp.linalg.eigh
 * @torch torch.linalg.eigh
 *
 * @example
 * ```ts
 * import { grad, tensor, type Tensor } from '@adjoint/core';
 * import { eigh, slice, sum } from '@adjoint/ops';
 *
 * const x = tensor([[2, 1], [1, 2]]);
 * eigh(x).values.toArray(); // [1, 3]
 * grad((a: Tensor) => sum(slice(eigh(a).values, [[1]])))(x).toArray(); // [[0.5, 0.5], [0.5, 0.5]]
 * ```
 */
export function eigh(matrix: TensorLike): Eigendecomposition {
  const [values, vectors] = partsOf(factorsOf(eighPrimitive, symmetricPart(squareMatricesOf('eigh', 'matrix', matrix))));
  return { values: squeeze(values, -2), vectors };
}
