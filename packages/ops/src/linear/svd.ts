import type { Tensor } from '@adjoint/core';
import { add, mul, sub } from '../elementwise/arithmetic.js';
import { cast } from '../elementwise/cast.js';
import { greater, lessEqual } from '../elementwise/comparison.js';
import { logicalAnd } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';
import type { TensorLike } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { diagonalMatrix } from '../shape/diagonal.js';
import { squeeze } from '../shape/reshape.js';
import { factorizationPrimitive, factorsOf, matricesOf, rowsOf, transposed } from './matrices.js';
import { matmul } from './matmul.js';
import { reciprocalOrZero } from './reciprocalOrZero.js';
import { tiesOf, tieTolerance, undefinedPairs, undefinedWhere, withoutDerivative } from './ties.js';

/** U, the singular values as one row, and V. */
function partsOf(packed: Tensor): [u: Tensor, s: Tensor, v: Tensor] {
  const [rows, columns] = packed.shape.slice(-2) as [number, number];
  const place = rows - 1 - columns;
  return [rowsOf(packed, 0, place), rowsOf(packed, place, place + 1), rowsOf(packed, place + 1, rows)];
}

// J. Townsend, "Differentiating the singular value decomposition" (2016), and C. Ionescu, O. Vantzos and C. Sminchisescu,
// "Matrix backpropagation for deep networks with structured layers" (2015), for m >= n, where V is square. The part that
// divides by differences is kept apart from the one that divides by sums, which is defined for equal values too.
const svdPrimitive = factorizationPrimitive('svd', (rows, columns) => rows + 1 + columns, ({ output, cotangent }) => {
  const [u, given, v] = partsOf(output);
  const [uCotangent, sCotangent, vCotangent] = partsOf(cotangent);
  const turn = (vectors: Tensor, change: Tensor): Tensor => {
    const product = matmul(transposed(vectors), change);
    return sub(product, transposed(product));
  };
  const [uTurn, vTurn] = [turn(u, uCotangent), turn(v, vCotangent)];
  if (given.shape.at(-1) === 0) return matmul(uCotangent, vTurn);
  const isTall = u.shape.at(-2)! > u.shape.at(-1)!;
  const ties = tiesOf(given);
  const least = tieTolerance(given);
  // Which columns of U may point anywhere outside of the others. A single one of a square matrix may not.
  const isZero = lessEqual(given, least);
  const isFree = isTall ? isZero : logicalAnd(isZero, greater(sum(cast(isZero, 'int32'), { axes: -1, keepDims: true }), 1));
  const s = withoutDerivative(isFree, given);
  const column = transposed(s);
  const sums = add(s, column);
  const byDifferences = reciprocalOrZero(where(ties, 0, sub(s, column)));
  const bySums = reciprocalOrZero(where(lessEqual(sums, least), 0, sums));
  const turns = mul(0.5, add(mul(byDifferences, add(uTurn, vTurn)), mul(bySums, sub(uTurn, vTurn))));
  const stretch = diagonalMatrix(squeeze(sCotangent, -2));
  const within = add(add(stretch, turns), undefinedPairs(ties, uCotangent, vCotangent));
  const inside = matmul(u, within);
  if (!isTall) return matmul(inside, transposed(v));
  const across = sub(uCotangent, matmul(u, matmul(transposed(u), uCotangent)));
  const outside = add(mul(across, reciprocalOrZero(where(isZero, 0, s))), undefinedWhere(isFree, uCotangent));
  return matmul(add(inside, outside), transposed(v));
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
 * not depend on them have a meaningful gradient.
 *
 * Where singular values are equal, or several are 0, their vectors are arbitrary within the space that they span, and no
 * gradient can be computed from them; nor from the vector on the longer side that belongs to a single 0, if the matrix is not
 * square. If one of these vectors has a cotangent other than 0, the gradient of that matrix is NaN. It stays finite for
 * functions of the values alone, and of the vectors of other values. Second derivatives need the vectors, also those of a
 * function of the values. Values are equal if they differ by at most k + 8 times the dtype's precision (2^-52 or 2^-23)
 * times the largest one, and 0 if they are at most that. The gradient of the values alone is right, except for those that are 0,
 * where they have a kink. For functions that are smooth there, call {@link pseudoInverse} or {@link symmetricFunction}.
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
