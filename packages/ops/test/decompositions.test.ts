import { beforeEach, describe, expect, test } from 'vitest';
import { grad, setDefaultBackend, tensor, zeros, type NestedArray, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import {
  abs, broadcastTo, cholesky, determinant, eigh, inverse, leastSquares, logDeterminant, matmul, matrixPower, max, mul, pseudoInverse, qr, slice,
  solve, square, sub, sum, svd, swapAxes, triangularSolve,
} from '../src/index.js';

const of = (values: NestedArray): Tensor => tensor(values, { dtype: 'float64' });
const distance = (x: Tensor, y: Tensor): number => max(abs(sub(x, y))).item();
const expectNear = (actual: Tensor, expected: NestedArray, digits = 12): void => {
  const flat = (values: NestedArray): readonly unknown[] => [values].flat(9);
  expect(actual.shape).toEqual(of(expected).shape);
  flat(actual.toArray()).forEach((value, index) => expect(value).toBeCloseTo(flat(expected)[index] as number, digits));
};

/** The Hilbert matrix, whose condition grows with the size: about 5e5 for 5 rows. */
const hilbert = (size: number): Tensor => of(Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => 1 / (i + j + 1))));

describe.each(backends)('systems on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('solve takes a vector, or matrices whose leading axes broadcast', () => {
    const x = of([[0, 2], [3, 1]]);
    expectNear(solve(x, of([4, 5])), [1, 2]);
    expectNear(solve(x, of([[4, 2], [5, 1]])), [[1, 0], [2, 1]]);
    expectNear(solve(of([[[2, 0], [0, 2]], [[0, 1], [1, 0]]]), of([2, 4])), [[1, 2], [4, 2]]);
    expectNear(solve(x, of([[[4], [5]], [[2], [1]]])), [[[1], [2]], [[0], [1]]]);
    expect(solve(zeros([3, 1, 2, 2]), zeros([4, 2, 5])).shape).toEqual([3, 4, 2, 5]);
    expect(solve(zeros([0, 0]), zeros([0])).shape).toEqual([0]);
    expect(solve(zeros([2, 2]), zeros([2, 0])).shape).toEqual([2, 0]);
    expect(solve(tensor([[2]], { dtype: 'int32' }), tensor([1], { dtype: 'int32' }))).toMatchObject({ dtype: 'float32' });
  });

  test('solve is backward stable for an ill-conditioned matrix, of any layout', () => {
    const x = hilbert(9);
    const b = matmul(x, of(Array.from({ length: 9 }, (_, index) => index - 4)));
    expect(distance(matmul(x, solve(x, b)), b)).toBeLessThan(1e-13);
    const transposed = swapAxes(of([[1, 2], [3, 5]]), 0, 1);
    expectNear(solve(transposed, broadcastTo(of(8), [2])), [-16, 8]);
  });

  test('the inverse of a singular matrix is not finite, and throws nothing', () => {
    expect(inverse(of([[1, 2], [2, 4]])).data().some(Number.isFinite)).toBe(false);
    expectNear(inverse(of([[[4, 7], [2, 6]], [[1, 0], [0, 2]]])), [[[0.6, -0.7], [-0.2, 0.4]], [[1, 0], [0, 0.5]]]);
    expectNear(inverse(of([[4]])), [[0.25]]);
    expect(inverse(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
  });

  test('triangularSolve reads one triangle', () => {
    const x = of([[2, 8], [1, 4]]);
    const b = of([4, 12]);
    expectNear(triangularSolve(x, b), [-10, 3]);
    expectNear(triangularSolve(x, b, { lower: true }), [2, 2.5]);
    expectNear(triangularSolve(x, b, { lower: true, transpose: true }), [0.5, 3]);
    expectNear(triangularSolve(x, b, { unitDiagonal: true }), [-92, 12]);
    expect(triangularSolve(zeros([3, 2, 2]), zeros([2, 4])).shape).toEqual([3, 2, 4]);
    const gradient = grad((matrix: Tensor) => sum(triangularSolve(matrix, b, { lower: true })))(x);
    expect(gradient.toArray()).toEqual([[-0.75, 0], [-0.5, -0.625]]);
  });

  test('determinants count the exchanges of rows', () => {
    const x = of([[[0, 1, 0], [0, 0, 1], [1, 0, 0]], [[0, 2, 0], [1, 0, 0], [0, 0, 3]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]]);
    expectNear(determinant(x), [1, -6, 0]);
    expect(determinant(zeros([2, 0, 0])).toArray()).toEqual([1, 1]);
    const { sign, logAbsolute } = logDeterminant(slice(x, [[0, 2]]));
    expect(sign.toArray()).toEqual([1, -1]);
    expectNear(logAbsolute, [0, Math.log(6)]);
    const singular = logDeterminant(of([[1, 2], [2, 4]]));
    expect([Math.abs(singular.sign.item()), singular.logAbsolute.item()]).toEqual([0, -Infinity]);
    expect(logDeterminant(zeros([0, 0])).logAbsolute.item()).toBe(0);
  });

  test('the logarithm of a determinant neither overflows nor vanishes', () => {
    const size = 40;
    const x = of(Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? -1e-20 : 0))));
    const { sign, logAbsolute } = logDeterminant(x);
    expect([sign.item(), logAbsolute.item()]).toEqual([1, expect.closeTo(size * Math.log(1e-20), 9)]);
  });

  test('the gradient of a determinant is that of the cofactors where the matrix is singular', () => {
    expectNear(grad(determinant)(of([[1, 2], [2, 4]])), [[4, -2], [-2, 1]]);
    expectNear(grad(determinant)(of([[0, 0], [0, 5]])), [[5, 0], [0, 0]]);
    expectNear(grad(determinant)(zeros([3, 3])), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]);
  });

  test('powers of matrices', () => {
    const x = of([[1, 1], [1, 0]]);
    expect(matrixPower(x, 10).toArray()).toEqual([[89, 55], [55, 34]]);
    expect(matrixPower(x, 1).toArray()).toEqual([[1, 1], [1, 0]]);
    expect(matrixPower(zeros([2, 2, 2]), 0).toArray()).toEqual([[[1, 0], [0, 1]], [[1, 0], [0, 1]]]);
    expectNear(matrixPower(x, -3), [[-1, 2], [2, -3]]);
  });
});

describe.each(backends)('decompositions on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('cholesky factors the symmetric part, each matrix of a batch for itself', () => {
    expectNear(cholesky(of([[25, 15, -5], [15, 18, 0], [-5, 0, 11]])), [[5, 0, 0], [3, 3, 0], [-1, 1, 3]]);
    expectNear(cholesky(of([[4, 1], [3, 5]])), [[2, 0], [1, 2]]);
    expect(cholesky(of([[[1, 2], [2, 1]], [[1, 0], [0, 4]]])).toArray()).toEqual([[[NaN, NaN], [NaN, NaN]], [[1, 0], [0, 2]]]);
    expect(cholesky(of([[0]])).toArray()).toEqual([[NaN]]);
    expect(cholesky(zeros([0, 0])).shape).toEqual([0, 0]);
    expect(cholesky(tensor([[4]], { dtype: 'int32' }))).toMatchObject({ dtype: 'float32' });
  });

  test('qr has the signs of LAPACK, for tall and wide matrices', () => {
    const tall = qr(of([[1, 2], [2, 1], [2, 4]]));
    expectNear(tall.r, [[-3, -4], [0, Math.sqrt(5)]]);
    expectNear(slice(tall.q, [null, [0, 1]]), [[-1 / 3], [-2 / 3], [-2 / 3]]);
    expectNear(matmul(tall.q, tall.r), [[1, 2], [2, 1], [2, 4]]);
    const wide = qr(of([[3, 1, 5], [4, 3, 0]]));
    expectNear(wide.q, [[-0.6, -0.8], [-0.8, 0.6]]);
    expectNear(wide.r, [[-5, -3, -3], [0, 1, -4]]);
    expectNear(qr(of([[2, 1], [0, 3]])).r, [[2, 1], [0, 3]]);
    const empty = qr(zeros([2, 0, 3]));
    expect([empty.q.shape, empty.r.shape]).toEqual([[2, 0, 0], [2, 0, 3]]);
  });

  test('qr of a matrix without full rank has an orthonormal Q', () => {
    const { q, r } = qr(of([[1, 1, 0], [1, 1, 0], [0, 0, 0], [2, 2, 0]]));
    expectNear(matmul(swapAxes(q, 0, 1), q), [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
    expectNear(matmul(q, r), [[1, 1, 0], [1, 1, 0], [0, 0, 0], [2, 2, 0]]);
  });

  test('eigh gives values that rise, and NaN where the matrix is not finite', () => {
    const { values, vectors } = eigh(of([[2, -1, 0], [-1, 2, -1], [0, -1, 2]]));
    expectNear(values, [2 - Math.SQRT2, 2, 2 + Math.SQRT2]);
    expectNear(matmul(mul(vectors, values), swapAxes(vectors, 0, 1)), [[2, -1, 0], [-1, 2, -1], [0, -1, 2]]);
    expectNear(eigh(of([[1, 4], [0, 1]])).values, [-1, 3]);
    expect(eigh(of([[[1, NaN], [0, 1]], [[3, 0], [0, 2]]])).values.toArray()).toEqual([[NaN, NaN], [2, 3]]);
    expect(eigh(of([[5]])).vectors.toArray()).toEqual([[1]]);
    expect(eigh(zeros([2, 0, 0])).values.shape).toEqual([2, 0]);
  });

  test('svd is thin, for tall and wide matrices, and completes what has no rank', () => {
    for (const x of [of([[1, 2], [3, 4], [5, 6]]), of([[1, 3, 5], [2, 4, 6]]), of([[1, 1], [1, 1], [1, 1]]), zeros([2, 3], { dtype: 'float64' })]) {
      const { u, s, vh } = svd(x);
      expect([u.shape, s.shape, vh.shape]).toEqual([[x.shape[0], 2], [2], [2, x.shape[1]]]);
      expect(distance(matmul(mul(u, s), vh), x)).toBeLessThan(1e-14);
      expectNear(matmul(swapAxes(u, 0, 1), u), [[1, 0], [0, 1]]);
      expectNear(matmul(vh, swapAxes(vh, 0, 1)), [[1, 0], [0, 1]]);
    }
    expectNear(svd(of([[3, 0], [4, 5]])).s, [Math.sqrt(45), Math.sqrt(5)]);
    expect(svd(zeros([3, 0, 2])).s.shape).toEqual([3, 0]);
    expect(svd(of([[1, Infinity], [0, 1]])).s.toArray()).toEqual([NaN, NaN]);
  });

  test('float32 is as accurate as its numbers are', () => {
    const x = tensor(hilbert(6).toArray());
    const { u, s, vh } = svd(x);
    expect(distance(matmul(mul(u, s), vh), x)).toBeLessThan(3e-7);
    const { q, r } = qr(x);
    expect(distance(matmul(q, r), x)).toBeLessThan(5e-7);
    expect(s.dtype).toBe('float32');
  });

  test('the gradient of the values is right where they are equal', () => {
    const identity = of([[1, 0], [0, 1]]);
    expectNear(grad((x: Tensor) => sum(square(eigh(x).values)))(identity), [[2, 0], [0, 2]]);
    expectNear(grad((x: Tensor) => sum(svd(x).s))(identity), [[1, 0], [0, 1]]);
    expectNear(grad((x: Tensor) => sum(square(svd(x).s)))(of([[1, 0], [0, 0], [0, 0]])), [[2, 0], [0, 0], [0, 0]]);
  });

  test('the pseudo-inverse fulfils what Penrose asks of it, and is smooth where singular values are equal', () => {
    const x = of([[1, 2], [2, 4], [0, 0]]);
    const inverted = pseudoInverse(x);
    expectNear(inverted, [[0.04, 0.08, 0], [0.08, 0.16, 0]]);
    expectNear(matmul(matmul(inverted, x), inverted), [[0.04, 0.08, 0], [0.08, 0.16, 0]]);
    expectNear(pseudoInverse(of([[1, 0], [0, 1e-3]]), { relativeTolerance: 0.01 }), [[1, 0], [0, 0]]);
    expect(pseudoInverse(zeros([0, 3])).shape).toEqual([3, 0]);
    expectNear(grad((y: Tensor) => sum(pseudoInverse(y)))(of([[1, 0], [0, 1]])), [[-1, -1], [-1, -1]]);
  });

  test('leastSquares fits, and gives the shortest of several solutions', () => {
    expectNear(leastSquares(of([[1, 0], [1, 1], [1, 2]]), of([6, 0, 0])), [5, -3]);
    expectNear(leastSquares(of([[1, 1]]), of([[2]])), [[1], [1]]);
    expect(leastSquares(zeros([4, 3, 2]), zeros([3, 5])).shape).toEqual([4, 2, 5]);
  });
});
