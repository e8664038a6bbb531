import { requireFlag, apply, definePrimitive, empty, requireOptions, type OptionNames, type Primitive, type Tensor, type Triangle } from '@adjoint/core';
import { neg } from '../elementwise/arithmetic.js';
import { floatOperands, type TensorLike } from '../operand.js';
import { tril, triu } from '../shape/triangle.js';
import { matmul } from './matmul.js';
import { transposed } from './matrices.js';
import { overBatch, solveSystems } from './systems.js';

const triangularSolvePrimitive: Primitive<Triangle> = definePrimitive<Triangle>({
  name: 'triangularSolve',
  keeps: { inputs: [0], output: true },
  infer: ([, right]) => right!,
  forward: (backend, [matrix, right], triangle, type) => {
    const out = empty(backend, type);
    backend.triangularSolve(matrix!, right!, out, triangle);
    return out;
  },
  // B' = A^-T X', and A' = -B' X^T (its transpose for a transposed A), of which the triangle counts that was read.
  vjp: ({ inputs: [matrix], output, cotangent, attrs, needs }) => {
    const right = apply(triangularSolvePrimitive, [matrix!, cotangent], { ...attrs, transpose: !attrs.transpose });
    if (!needs[0]) return [null, right];
    const change = neg(attrs.transpose ? matmul(output, transposed(right)) : matmul(right, transposed(output)));
    const beside = Number(attrs.unitDiagonal);
    return [attrs.lower ? tril(change, { offset: -beside }) : triu(change, { offset: beside }), right];
  },
  batch: 'leading',
});

/** How {@link triangularSolve} reads its matrix. */
export interface TriangularSolveOptions {
  /** Read the lower triangle; else the upper one. Default: false. */
  readonly lower?: boolean;
  /** Solve A^T X = B. Default: false. */
  readonly transpose?: boolean;
  /** Take the diagonal for ones, and do not read it. Default: false. */
  readonly unitDiagonal?: boolean;
}

const triangularSolveOptionNames: OptionNames<TriangularSolveOptions> = { lower: true, transpose: true, unitDiagonal: true };

/**
 * The solution X of A X = B, where A `[..., n, n]` is a triangle of `matrix`; nothing of the other one is read, and it
 * gets no gradient. B is a vector `[n]` or matrices `[..., n, k]`; leading axes broadcast.
 *
 * A zero on the diagonal gives infinities and NaN.
 *
 * @throws `ShapeError` when the matrices are not square, B has not as many rows, or the leading axes do not broadcast.
 *
 * @jax jax.scipy.linalg.solve_triangular
 * @torch torch.linalg.solve_triangular
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { triangularSolve } from '@adjoint/ops';
 *
 * const x = tensor([[2, 1], [0, 4]]);
 * triangularSolve(x, tensor([4, 8])).toArray(); // [1, 2]
 * triangularSolve(x, tensor([4, 8]), { transpose: true }).toArray(); // [2, 1.5]
 * ```
 */
export function triangularSolve(matrix: TensorLike, right: TensorLike, options: TriangularSolveOptions = {}): Tensor {
  requireOptions('triangularSolve', options, triangularSolveOptionNames);
  const { lower = false, transpose = false, unitDiagonal = false } = options;
  requireFlag('triangularSolve', 'lower', lower);
  requireFlag('triangularSolve', 'transpose', transpose);
  requireFlag('triangularSolve', 'unitDiagonal', unitDiagonal);
  const [a, b] = floatOperands('triangularSolve', matrix, right);
  return solveSystems('triangularSolve', a, b, (columns, batch) =>
    apply(triangularSolvePrimitive, [overBatch(a, batch), columns], { lower, transpose, unitDiagonal }));
}
