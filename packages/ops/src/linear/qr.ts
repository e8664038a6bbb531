import type { Tensor } from '@adjoint/core';
import { abs, add, sub } from '../elementwise/arithmetic.js';
import { cast } from '../elementwise/cast.js';
import { greater, lessEqual } from '../elementwise/comparison.js';
import type { TensorLike } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { concat } from '../shape/concat.js';
import { diagonal } from '../shape/diagonal.js';
import { expandDims } from '../shape/reshape.js';
import { slice } from '../shape/slice.js';
import { tril } from '../shape/triangle.js';
import { factorizationPrimitive, factorsOf, matricesOf, rowsOf, transposed } from './matrices.js';
import { matmul } from './matmul.js';
import { tieTolerance, undefinedThroughout } from './ties.js';
import { triangularSolve } from './triangularSolve.js';

/** Q, and R transposed, of factors of as many columns. */
function partsOf(packed: Tensor): [q: Tensor, rTransposed: Tensor] {
  const [rows, columns] = packed.shape.slice(-2) as [number, number];
  return [rowsOf(packed, 0, rows - columns), rowsOf(packed, rows - columns, rows)];
}

/** Whether a column is a combination of those before it, within rounding: `[..., 1, 1]`. */
function isDependent(rTransposed: Tensor): Tensor {
  const pivots = expandDims(abs(diagonal(rTransposed, { axes: [-2, -1] })), -1);
  return greater(sum(cast(lessEqual(pivots, tieTolerance(rTransposed)), 'int32'), { axes: -2, keepDims: true }), 0);
}

// (Q' + Q M) R^-T, where M is symmetric with the lower triangle of R R'^T - Q'^T Q: S. Walter and L. Lehmann, "Algorithmic
// differentiation of linear algebra functions" (2010), for matrices of full rank with m >= n.
const qrPrimitive = factorizationPrimitive('qr', (rows, columns) => rows + columns, ({ output, cotangent }) => {
  const [q, rTransposed] = partsOf(output);
  const [qCotangent, rCotangent] = partsOf(cotangent);
  const product = sub(matmul(transposed(rTransposed), rCotangent), matmul(transposed(qCotangent), q));
  const symmetric = add(tril(product), transposed(tril(product, { offset: -1 })));
  const left = add(qCotangent, matmul(q, symmetric));
  const change = transposed(triangularSolve(rTransposed, transposed(left), { lower: true, transpose: true }));
  if (rTransposed.size === 0) return change;
  return add(change, undefinedThroughout(isDependent(rTransposed), cotangent, change.shape));
});

/** What {@link qr} gives. */
export interface QR {
  /** `[..., m, k]`, whose columns are of length 1 and at right angles. */
  readonly q: Tensor;
  /** `[..., k, n]`, upper triangular. */
  readonly r: Tensor;
}

/**
 * The reduced QR decomposition of each matrix `[..., m, n]`, with k the smaller of m and n: A = Q R. By Householder's
 * reflections, with the signs that LAPACK, and so NumPy, chooses (the diagonal of R is mostly negative).
 *
 * The gradient exists where the first k columns are independent; otherwise it is NaN. A column depends on those before it if
 * its element on the diagonal of R is at most n + 8 times the dtype's precision (2^-52 or 2^-23) times the largest one above it.
 *
 * @throws `ShapeError` when there are fewer than two axes.
 *
 * @numpy np.linalg.qr
 * @jax jnp.linalg.qr
 * @torch torch.linalg.qr
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { qr } from '@adjoint/ops';
 *
 * const { q, r } = qr(tensor([[3, 1], [4, 3]]));
 * q.toArray(); // [[-0.6, -0.8], [-0.8, 0.6]]
 * r.toArray(); // [[-5, -3], [0, 1]]
 * ```
 */
export function qr(matrix: TensorLike): QR {
  const a = matricesOf('qr', 'matrix', matrix);
  const [rows, columns] = a.shape.slice(-2) as [number, number];
  if (rows >= columns) {
    const [q, rTransposed] = partsOf(factorsOf(qrPrimitive, a));
    return { q, r: transposed(rTransposed) };
  }
  // Q is that of the first columns, which are square.
  const take = (start: number, stop: number) => slice(a, [...a.shape.slice(0, -1).map(() => null), [start, stop]]);
  const { q, r } = qr(take(0, rows));
  return { q, r: concat([r, matmul(transposed(q), take(rows, columns))], -1) };
}
