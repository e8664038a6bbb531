import { apply, definePrimitive, empty, eye, scope, view, withBackend, type Backend, type Primitive, type Tensor, type TensorType } from '@adjoint/core';
import { abs, mul, sign, sub } from '../elementwise/arithmetic.js';
import { cast } from '../elementwise/cast.js';
import { equal, greater } from '../elementwise/comparison.js';
import { logicalAnd } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';
import type { TensorLike } from '../operand.js';
import { max } from '../reduce/extremum.js';
import { sum } from '../reduce/sum.js';
import { expandDims } from '../shape/reshape.js';
import { triu } from '../shape/triangle.js';
import { luFactors, solveWith } from './lu.js';
import { identityLike, rowsOf, squareMatricesOf, transposed, unitRoundoff } from './matrices.js';
import { overBatch } from './systems.js';

/** U's diagonal, in a matrix of factors. */
function pivots(factors: Tensor): Tensor {
  const { shape, strides } = factors;
  const lead = shape.length - 2;
  return view(factors, shape.toSpliced(lead, 1), [...strides.slice(0, lead), strides[lead]! + strides[lead + 1]!]);
}

/** Minus or plus one, as the rows were exchanged an odd or an even number of times: as many pairs of them are out of order. */
function parity(factors: Tensor): Tensor {
  const size = factors.shape.at(-1)!;
  const order = rowsOf(factors, size, size + 1);
  const count = sum(triu(greater(transposed(order), order)), { axes: [-2, -1] });
  const pairs = cast(mul(cast(count, 'float64'), 0.5), 'int32');
  return cast(sub(1, mul(2, sub(count, mul(2, pairs)))), factors.dtype);
}

function multiplyPivots(backend: Backend, factors: Tensor, parities: Tensor, type: TensorType): Tensor {
  return scope(() => {
    const product = empty(backend, type);
    const out = empty(backend, type);
    backend.reduce('product', pivots(factors), [type.shape.length], product);
    backend.binary('multiply', product, parities, out);
    return out;
  });
}

/** Without zeros among the pivots, which become as small as a rounding error. */
function nonsingular(factors: Tensor): Tensor {
  if (factors.size === 0) return factors;
  const size = factors.shape.at(-1)!;
  const largest = max(abs(rowsOf(factors, 0, size)), { axes: [-2, -1], keepDims: true });
  const least = mul(unitRoundoff(factors.dtype), where(equal(largest, 0), 1, largest));
  const isPivot = withBackend(factors.backend, () => eye(size + 1, size, { dtype: 'bool' }));
  return where(logicalAnd(equal(factors, 0), isPivot), least, factors);
}

const inverseTransposed = (matrix: Tensor, factors: Tensor): Tensor =>
  solveWith(matrix, factors, overBatch(identityLike(matrix, matrix.shape.at(-1)!), matrix.shape.slice(0, -2)), true);

const determinantPrimitive: Primitive = definePrimitive({
  name: 'determinant',
  keeps: { inputs: [0, 1, 2] },
  infer: ([matrix]) => ({ shape: matrix!.shape.slice(0, -2), dtype: matrix!.dtype }),
  forward: (backend, [, factors, parities], _, type) => multiplyPivots(backend, factors!, parities!, type),
  // A' = det(A) A^-T: the cofactors, which exist where the inverse does not.
  vjp: ({ inputs: [matrix, factors, parities], cotangent }) => {
    const safe = nonsingular(factors!);
    const determinants = apply(determinantPrimitive, [matrix!, safe, parities!], {});
    return [mul(expandDims(mul(cotangent, determinants), [-2, -1]), inverseTransposed(matrix!, safe)), null, null];
  },
  batch: 'leading',
});

const signPrimitive = definePrimitive({
  name: 'signOfDeterminant',
  keeps: {},
  infer: ([factors]) => ({ shape: factors!.shape.slice(0, -2), dtype: factors!.dtype }),
  forward: (backend, [factors, parities], _, type) => multiplyPivots(backend, factors!, parities!, type),
  vjp: 'none',
  batch: 'leading',
});

const logDeterminantPrimitive = definePrimitive({
  name: 'logDeterminant',
  keeps: { inputs: [0, 1] },
  infer: ([matrix]) => ({ shape: matrix!.shape.slice(0, -2), dtype: matrix!.dtype }),
  forward: (backend, [, factors], _, type) => scope(() => {
    const diagonal = pivots(factors!);
    const magnitudes = empty(backend, diagonal);
    const logarithms = empty(backend, diagonal);
    const out = empty(backend, type);
    backend.unary('abs', diagonal, magnitudes);
    backend.unary('log', magnitudes, logarithms);
    backend.reduce('sum', logarithms, [type.shape.length], out);
    return out;
  }),
  vjp: ({ inputs: [matrix, factors], cotangent }) => [mul(expandDims(cotangent, [-2, -1]), inverseTransposed(matrix!, factors!)), null],
  batch: 'leading',
});

/**
 * The determinant of each matrix `[..., n, n]`; of an empty one it is 1.
 *
 * The gradient is the matrix of cofactors, also of a singular matrix. A second derivative at a singular matrix is not
 * accurate.
 *
 * @throws `ShapeError` when the matrices are not square.
 *
 * @numpy np.linalg.det
 * @jax jnp.linalg.det
 * @torch torch.linalg.det
 *
 * @example
 * ```ts
 * import { grad, tensor } from '@adjoint/core';
 * import { determinant } from '@adjoint/ops';
 *
 * determinant(tensor([[1, 2], [3, 4]])).item(); // -2
 * grad(determinant)(tensor([[1, 2], [3, 4]])).toArray(); // [[4, -3], [-2, 1]]
 * ```
 */
export function determinant(matrix: TensorLike): Tensor {
  const a = squareMatricesOf('determinant', 'matrix', matrix);
  const factors = luFactors(a);
  return apply(determinantPrimitive, [a, factors, parity(factors)], {});
}

/** What {@link logDeterminant} gives. */
export interface LogDeterminant {
  /** 1, -1, or 0 where the matrix is singular. It has no gradient. */
  readonly sign: Tensor;
  /** The logarithm of the determinant's magnitude; `-Infinity` where the matrix is singular. */
  readonly logAbsolute: Tensor;
}

/**
 * The determinant of each matrix `[..., n, n]` as its sign and the logarithm of its magnitude, which neither overflow nor
 * vanish: `sign * exp(logAbsolute)`. The gradient is the inverse's transpose, and so not finite for a singular matrix.
 *
 * @throws `ShapeError` when the matrices are not square.
 *
 * @numpy np.linalg.slogdet
 * @jax jnp.linalg.slogdet
 * @torch torch.linalg.slogdet
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logDeterminant } from '@adjoint/ops';
 *
 * const { sign, logAbsolute } = logDeterminant(tensor([[0, 1], [1, 0]]));
 * sign.item(); // -1
 * logAbsolute.item(); // 0
 * ```
 */
export function logDeterminant(matrix: TensorLike): LogDeterminant {
  const a = squareMatricesOf('logDeterminant', 'matrix', matrix);
  const factors = luFactors(a);
  return {
    sign: apply(signPrimitive, [sign(factors), parity(factors)], {}),
    logAbsolute: apply(logDeterminantPrimitive, [a, factors], {}),
  };
}
