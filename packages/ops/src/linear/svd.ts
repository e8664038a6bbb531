import type { Tensor } from '@adjoint/core';
import { add, mul, sub } from '../elementwise/arithmetic.js';
import type { TensorLike } from '../operand.js';
import { diagonalMatrix } from '../shape/diagonal.js';
import { squeeze } from '../shape/reshape.js';
import { factorizationPrimitive, factorsOf, matricesOf, rowsOf, transposed } from './matrices.js';
import { matmul } from './matmul.js';
import { reciprocalOrZero } from './reciprocalOrZero.js';

/** U, the singular values as one row, and V. */
function partsOf(packed: Tensor): [u: Tensor, s: Tensor, v: Tensor] {
  const [rows, columns] = packed.shape.slice(-2) as [number, number];
  const place = rows - 1 - columns;
  return [rowsOf(packed, 0, place), rowsOf(packed, place, place + 1), rowsOf(packed, place + 1, rows)];
}

// J. Townsend, "Differentiating the singular value decomposition" (2016), and C. Ionescu, O. Vantzos and C. Sminchisescu,
// "Matrix backpropagation for deep networks with structured layers" (2015), for m >= n, where V is square.
const svdPrimitive = factorizationPrimitive('svd', (rows, columns) => rows + 1 + columns, ({ output, cotangent }) => {
  const [u, s, v] = partsOf(output);
  const [uCotangent, sCotangent, vCotangent] = partsOf(cotangent);
  const column = transposed(s);
  const apart = reciprocalOrZero(mul(sub(s, column), add(s, column)));
  const turns = (vectors: Tensor, change: Tensor): Tensor => {
    const product = matmul(transposed(vectors), change);
    return mul(apart, sub(product, transposed(product)));
  };
  const stretch = diagonalMatrix(squeeze(sCotangent, -2));
  const within = add(stretch, add(mul(turns(u, uCotangent), s), mul(column, turns(v, vCotangent))));
  const outside = sub(uCotangent, matmul(u, matmul(transposed(u), uCotangent)));
  return matmul(add(matmul(u, within), mul(outside, reciprocalOrZero(s))), transposed(v));
});

/** What {@link svd} gives. */
export interface SVD {
  /** `[..., m, k]`, whose columns are of length 1 and at right angles. */
  readonly u: Tensor;
  /** `[..., k]`: the singular values, in falling order. */
  readonly s: Tensor;
  /** `[..., k, n]`: V transposed, whose rows are of length 1 and at right angles. */
  readonly vh: Tensor;
}

/**
 * The thin singular value decomposition of each matrix `[..., m, n]`, with k the smaller of m and n: A = U diag(s) V^T.
 * By rotations from one side (Hestenes 1958), in double precision also for `float32`; small singular values are as
 * accurate as large ones. A matrix that is not finite gives NaN throughout, as in JAX.
 *
 * The signs of a column of U and the row of V^T that goes with it are determined only together; only functions that do
 * not depend on them have a meaningful gradient. Where singular values are equal, or 0, the vectors are determined no
 * further than by the space that they span, and the gradient takes none of what they contribute to each other. The
 * gradient of the values alone is right there too, but for those that are 0, where they have a kink.
 *
 * @throws `ShapeError` when there are fewer than two axes.
 *
 * @numpy np.linalg.svd
 * @jax jnp.linalg.svd
 * @torch torch.linalg.svd
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { svd } from '@adjoint/ops';
 *
 * const { u, s, vh } = svd(tensor([[3, 0], [0, -2], [0, 0]]));
 * s.toArray(); // [3, 2]
 * [u.shape, vh.shape]; // [[3, 2], [2, 2]]
 * ```
 */
export function svd(matrix: TensorLike): SVD {
  const a = matricesOf('svd', 'matrix', matrix);
  const isTall = a.shape.at(-2)! >= a.shape.at(-1)!;
  const [u, s, v] = partsOf(factorsOf(svdPrimitive, isTall ? a : transposed(a)));
  const values = squeeze(s, -2);
  return isTall ? { u, s: values, vh: transposed(v) } : { u: v, s: values, vh: transposed(u) };
}
