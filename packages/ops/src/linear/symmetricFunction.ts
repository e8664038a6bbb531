import {
  apply, ArgumentError, customVjp, definePrimitive, DTypeError, formatType, sameShape, scope, ShapeError, stopGradient, Tensor, TransformError, valuesBehind, view,
  type Primitive,
} from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { requireFunction, type TensorLike } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { diagonalMatrix } from '../shape/diagonal.js';
import { expandDims } from '../shape/reshape.js';
import { slice } from '../shape/slice.js';
import { firstDifferences, secondDifferences, type ScalarFunction } from './dividedDifferences.js';
import { eigh } from './eigh.js';
import { squareMatricesOf, symmetricPart, transposed } from './matrices.js';
import { matmul } from './matmul.js';

/** A symmetric matrix, its eigenvalues `[..., n]` and its eigenvectors; both are constants to every tape. */
interface Spectrum {
  readonly matrix: Tensor;
  readonly values: Tensor;
  readonly vectors: Tensor;
}

/*
 * The derivative of order k is symmetric and linear in k directions. So its transpose with respect to a direction is the same
 * derivative with the cotangent in its place, and with respect to the matrix the derivative of the next order.
 */
const symmetricPrimitive: Primitive<{ readonly fn: ScalarFunction }> = definePrimitive<{ readonly fn: ScalarFunction }>({
  name: 'symmetricFunction',
  keeps: { inputs: 'all' },
  infer: ([result]) => result!,
  forward: (_, [result]) => view(result!, result!.shape, result!.strides),
  vjp: ({ inputs: [, matrix, values, vectors, ...directions], attrs: { fn }, cotangent, needs }) => {
    const spectrum = { matrix: matrix!, values: values!, vectors: vectors! };
    const change = symmetricPart(cotangent);
    return [
      null,
      needs[1] ? derivative(fn, spectrum, [...directions, change]) : null,
      null,
      null,
      ...directions.map((_, place) => (needs[4 + place] ? derivative(fn, spectrum, directions.with(place, change)) : null)),
    ];
  },
  batch: 'leading',
});

/** The derivative along as many directions as its order; of order 0 the function itself. */
function derivative(fn: ScalarFunction, { matrix, values, vectors }: Spectrum, directions: readonly Tensor[]): Tensor {
  const result = scope(() => {
    const inBasis = directions.map((direction) => matmul(matmul(transposed(vectors), stopGradient(direction)), vectors));
    return matmul(matmul(vectors, inEigenbasis(fn, values, inBasis)), transposed(vectors));
  });
  return apply(symmetricPrimitive, [result, matrix, values, vectors, ...directions], { fn });
}

// J. L. Daleckii and S. G. Krein, "Integration and differentiation of functions of Hermitian operators" (1965). See N. Higham,
// "Functions of matrices" (2008), section 3.2.
function inEigenbasis(fn: ScalarFunction, values: Tensor, directions: readonly Tensor[]): Tensor {
  const [one, other] = directions;
  if (one === undefined) return diagonalMatrix(fn(values));
  if (other === undefined) return mul(firstDifferences(fn, values).value, one);
  if (directions.length > 2) {
    throw new TransformError('symmetricFunction: a third derivative is asked for; expected first and second ones (the rule is exact up to order 2)');
  }
  const products = mul(expandDims(one, -1), expandDims(other, -3));
  const half = sum(mul(secondDifferences(fn, values), products), { axes: -2 });
  return add(half, transposed(half));
}

/**
 * Applies a scalar function to symmetric matrices `[..., n, n]`: V diag(fn(w)) V^T, where A = V diag(w) V^T. With `sqrt` it
 * computes the square root of a matrix, with `log` its logarithm, with `(x) => pow(x, -0.5)` what whitens a covariance.
 *
 * `fn` takes the eigenvalues as a tensor and returns its function of each one, in the same shape and dtype. It is
 * made of operations, works element by element, and must be defined at eigenvalues as rounding leaves them: those of a
 * singular matrix may be slightly below 0.
 *
 * As in {@link eigh}, the symmetric part `(A + A^T) / 2` counts. First and second derivatives are accurate also where
 * eigenvalues are equal or nearly so, where those of V and w do not exist. They are made of divided differences of `fn`
 * (Daleckii and Krein 1965), which need its derivatives at equal values. A second derivative takes memory and time for
 * n^3 numbers per matrix.
 *
 * @throws `ShapeError` when the matrices are not square, or fn returns another shape.
 * @throws `DTypeError` when fn returns another dtype.
 * @throws `ArgumentError` when fn does not return a tensor, or is not elementwise.
 * @throws `TransformError` when fn closes over a tensor that a gradient is asked for, and when a third derivative is.
 *
 * @jax jax.scipy.linalg.funm
 *
 * @example
 * ```ts
 * import { jvp, tensor, type Tensor } from '@adjoint/core';
 * import { pow, sqrt, symmetricFunction } from '@adjoint/ops';
 *
 * symmetricFunction(tensor([[5, 4], [4, 5]]), sqrt).toArray(); // [[2, 1], [1, 2]]
 * symmetricFunction(tensor([[16, 0], [0, 1]]), (x) => pow(x, -0.5)).toArray(); // [[0.25, 0], [0, 1]]
 *
 * const root = (x: Tensor) => symmetricFunction(x, sqrt);
 * jvp(root, [tensor([[4, 0], [0, 4]])], [tensor([[0, 1], [1, 0]])]).tangent.toArray(); // [[0, 0.25], [0.25, 0]]
 * ```
 */
export function symmetricFunction(matrix: TensorLike, fn: (values: Tensor) => Tensor): Tensor {
  requireFunction('symmetricFunction', 'fn', fn);
  const given = squareMatricesOf('symmetricFunction', 'matrix', matrix);
  const a = symmetricPart(given);
  const { values, vectors } = eigh(stopGradient(a));
  requireElementwise(fn, values);
  return derivative(fn, { matrix: a, values, vectors }, []);
}

/** Checks what a function makes of the eigenvalues. */
function requireElementwise(fn: ScalarFunction, values: Tensor): void {
  scope(() => {
    const result: unknown = evaluate(fn, values);
    if (!(result instanceof Tensor)) throw new ArgumentError(`symmetricFunction: fn returned ${result === null ? 'null' : `a value of type ${typeof result}`}; expected a tensor of the eigenvalues' shape ${formatType(values)}`);
    if (!sameShape(result.shape, values.shape)) throw new ShapeError(`symmetricFunction: fn returned ${formatType(result)} for eigenvalues ${formatType(values)}; expected an elementwise function`);
    if (result.dtype !== values.dtype) throw new DTypeError(`symmetricFunction: fn returned ${formatType(result)} for eigenvalues ${formatType(values)}; expected the same dtype (convert the constants in fn with cast)`);
    if (values.size === 0) return;
    // A sum or a mean over the eigenvalues has the right shape, and a derivative that is not diagonal.
    const first = (tensor: Tensor) => slice(tensor, [...tensor.shape.slice(1).map(() => null), [0, 1]]);
    const [among, alone] = [valuesBehind(first(result)), valuesBehind(fn(first(values)))];
    const isSame = (value: number, other: number | undefined) => Object.is(value, other) || Math.abs(value - other!) <= 1e-3 * Math.abs(value);
    if (among === null || alone === null || Array.from(among).every((value, index) => isSame(value, alone[index]))) return;
    throw new ArgumentError('symmetricFunction: fn gives another result for an eigenvalue alone than among the others; expected an elementwise function, without sums or means over the eigenvalues');
  });
}

/** The function's result. That it closes over no tensor to differentiate with respect to is told by `customVjp`. */
function evaluate(fn: ScalarFunction, values: Tensor): unknown {
  return customVjp(function symmetricFunction(spectrum: Tensor) { return fn(spectrum); }, () => [null])(values);
}
