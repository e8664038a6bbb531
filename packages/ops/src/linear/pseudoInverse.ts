import {
  formatValue, apply, ArgumentError, broadcastShapes, definePrimitive, formatType, requireOptions, ShapeError, stopGradient, view, type OptionNames,
  type Primitive, type Tensor,
} from '@adjoint/core';
import { add, mul, sub } from '../elementwise/arithmetic.js';
import { greater } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { floatOperands, type TensorLike } from '../operand.js';
import { max } from '../reduce/extremum.js';
import { expandDims } from '../shape/reshape.js';
import { matmul } from './matmul.js';
import { matricesOf, transposed, unitRoundoff } from './matrices.js';
import { reciprocalOrZero } from './reciprocalOrZero.js';
import { svd } from './svd.js';

// The inverse P of A comes of a singular value decomposition that no tape follows: where A keeps its rank, P is smooth, also
// where singular values are equal. G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
// squares problems whose variables separate" (1973), equation 4.12.
const pseudoInversePrimitive: Primitive = definePrimitive({
  name: 'pseudoInverse',
  keeps: { inputs: [0, 1] },
  infer: ([, inverse]) => inverse!,
  forward: (_, [, inverse]) => view(inverse!, inverse!.shape, inverse!.strides),
  vjp: ({ inputs: [matrix, constant], cotangent }) => {
    const inverse = apply(pseudoInversePrimitive, [matrix!, constant!], {});
    const across = transposed(inverse);
    const change = transposed(cotangent);
    const within = matmul(across, matmul(cotangent, across));
    const left = matmul(change, matmul(inverse, across));
    const right = matmul(matmul(across, inverse), change);
    const outside = add(sub(left, matmul(matrix!, matmul(inverse, left))), sub(right, matmul(matmul(right, inverse), matrix!)));
    return [sub(outside, within), null];
  },
  batch: 'leading',
});

/** Which singular values count as 0. */
export interface PseudoInverseOptions {
  /** Those that are not larger than this share of the largest. Default: the larger side times the dtype's precision, 2^-52 or 2^-23. */
  readonly relativeTolerance?: number;
}

const pseudoInverseOptionNames: OptionNames<PseudoInverseOptions> = { relativeTolerance: true };

/**
 * The Moore-Penrose inverse `[..., n, m]` of matrices `[..., m, n]`, by their singular value decomposition.
 *
 * The gradient is that among matrices of the same rank; where the rank is not full, the inverse is not continuous.
 *
 * @throws `ShapeError` when there are fewer than two axes.
 * @throws `ArgumentError` when the tolerance is no finite number from 0.
 *
 * @numpy np.linalg.pinv
 * @jax jnp.linalg.pinv
 * @torch torch.linalg.pinv
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { pseudoInverse } from '@adjoint/ops';
 *
 * pseudoInverse(tensor([[2, 0], [0, 0], [0, 4]])).toArray(); // [[0.5, 0, 0], [0, 0, 0.25]]
 * pseudoInverse(tensor([[1, 1], [1, 1]])).toArray(); // [[0.25, 0.25], [0.25, 0.25]]
 * ```
 */
export function pseudoInverse(matrix: TensorLike, options: PseudoInverseOptions = {}): Tensor {
  requireOptions('pseudoInverse', options, pseudoInverseOptionNames);
  const a = matricesOf('pseudoInverse', 'matrix', matrix);
  if (a.size === 0) return transposed(a);
  const sides = Math.max(a.shape.at(-1)!, a.shape.at(-2)!);
  const { relativeTolerance = sides * unitRoundoff(a.dtype) } = options;
  requireTolerance('pseudoInverse', relativeTolerance);
  const { u, s, vh } = svd(stopGradient(a));
  const least = mul(relativeTolerance, max(s, { axes: -1, keepDims: true }));
  const reciprocals = reciprocalOrZero(where(greater(s, least), s, 0));
  const inverse = matmul(mul(transposed(vh), expandDims(reciprocals, -2)), transposed(u));
  return apply(pseudoInversePrimitive, [a, inverse], {});
}

function requireTolerance(operation: string, relativeTolerance: number): void {
  if (Number.isFinite(relativeTolerance) && relativeTolerance >= 0) return;
  throw new ArgumentError(`${operation}: relativeTolerance is ${formatValue(relativeTolerance)}; expected a finite number from 0`);
}

/**
 * The X `[..., n, k]` for which `A X - B` is shortest, column by column; of several the shortest. A is `[..., m, n]`, and B
 * a vector `[m]` or matrices `[..., m, k]`; leading axes broadcast. It is the product of A's pseudo-inverse and B.
 *
 * @throws `ShapeError` when A has fewer than two axes, B has not as many rows, or the leading axes do not broadcast.
 *
 * @numpy np.linalg.lstsq
 * @jax jnp.linalg.lstsq
 * @torch torch.linalg.lstsq
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { leastSquares } from '@adjoint/ops';
 *
 * // The straight line a + b t through (0, 1), (1, 2), (2, 4).
 * leastSquares(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 2, 4])).toArray(); // [0.833333, 1.5]
 * ```
 */
export function leastSquares(matrix: TensorLike, right: TensorLike, options: PseudoInverseOptions = {}): Tensor {
  requireOptions('leastSquares', options, pseudoInverseOptionNames);
  const [a, b] = floatOperands('leastSquares', matrix, right);
  matricesOf('leastSquares', 'matrix', a);
  if (options.relativeTolerance !== undefined) requireTolerance('leastSquares', options.relativeTolerance);
  const rows = a.shape.at(-2)!;
  if (b.shape.length === 0 || b.shape.at(b.shape.length === 1 ? -1 : -2) !== rows) {
    throw new ShapeError(`leastSquares: matrix is ${formatType(a)}, right is ${formatType(b)}; expected a vector [${rows}] or matrices [..., ${rows}, k]`);
  }
  broadcastShapes('leastSquares: the batch axes', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return matmul(pseudoInverse(a, options), b);
}
