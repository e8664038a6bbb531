import * as fc from 'fast-check';
import { arange, eye, tensor, type Tensor } from '@adjoint/core';
import { tensors, type GradientCase } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { type Case } from '../generators.js';

const side = fc.nat({ max: 3 });
const leading = fc.constantFrom<readonly number[]>([], [], [2]);
const transposed = (x: Tensor) => ops.swapAxes(x, -1, -2);

/** Random square matrices, and what a function makes of them. */
const square = (fn: (x: Tensor) => unknown): Case =>
  fc.tuple(leading, side).chain(([lead, n]) => tensors([...lead, n, n])).map((x): GradientCase => ({ inputs: [x], fn }));

/** Far from singular, and with eigenvalues and singular values far from each other: 4, 8, 12, ... on the diagonal. */
function spread(x: Tensor): Tensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const steps = ops.add(arange(columns, { dtype: 'float64' }), 1);
  return ops.add(ops.mul(0.3, x), ops.mul(ops.mul(4, steps), eye(rows, columns, { dtype: 'float64' })));
}

const rectangular = (fn: (x: Tensor) => unknown): Case =>
  fc.tuple(leading, side, side).chain(([lead, m, n]) => tensors([...lead, m, n])).map((x): GradientCase => ({ inputs: [x], fn: (input) => fn(spread(input)) }));

/** A system's matrix and right side, whose leading axes broadcast. */
const system = (fn: (matrix: Tensor, right: Tensor) => Tensor): Case =>
  fc.tuple(side, side, leading, fc.constantFrom<readonly number[] | null>([], [2], [1, 2], null)).chain(([n, k, lead, others]) =>
    fc.tuple(tensors([...lead, n, n]), tensors(others === null ? [n] : [...others, n, k]))
      .map(([matrix, right]): GradientCase => ({ inputs: [matrix, right], fn: (a, b) => fn(a, b) })));

const triangularCase = fc.record({ lower: fc.boolean(), transpose: fc.boolean(), unitDiagonal: fc.boolean() })
  .chain((options) => system((a, b) => ops.triangularSolve(spread(a), b, options)));

const inverseCase = fc.constantFrom(-2, -1, 0, 1, 2, 3).chain((power) => square((x) => ops.matrixPower(ops.mul(0.25, spread(x)), power)));

/** Of every rank: the last singular values are made 0. */
const pseudoInverseCase = fc.tuple(side, side, side).chain(([m, n, rank]) =>
  fc.tuple(tensors([m, rank]), tensors([rank, n])).map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (left, right) => ops.pseudoInverse(ops.matmul(spread(left), spread(right))) })));

const scalarFunctions = fc.constantFrom<(x: Tensor) => Tensor>(ops.exp, ops.sin, ops.sqrt, ops.log, (x) => ops.pow(x, 0.3), (x) => ops.div(1, x), (x) => ops.add(x, 1), (x) => ops.mul(x, ops.square(x)));
const functionCase = scalarFunctions.chain((fn) => square((x) => ops.symmetricFunction(ops.mul(0.25, spread(x)), fn)));

/** At 2 I + 0.5 1 1^T, one of whose eigenvalues is different from all others. */
const tiedFunctionCase = fc.tuple(scalarFunctions, side).chain(([fn, n]) => tensors([n, n], { distinct: true }).map((x): GradientCase => {
  const offset = () => tensor(x.values.map((value, index) => (index % (n + 1) === 0 ? 2.5 : 0.5) - value), { shape: x.shape, dtype: 'float64' });
  return { inputs: [x], fn: (input) => ops.symmetricFunction(ops.add(input, offset()), fn) };
}));

/** Random calls of each operation of this family. Of vectors whose sign is free, squares and products in which it cancels. */
export const decompositions: Record<string, Case> = {
  solve: system((a, b) => ops.solve(spread(a), b)),
  inverse: square((x) => ops.inverse(spread(x))),
  matrixPower: inverseCase,
  triangularSolve: triangularCase,
  determinant: square((x) => ops.determinant(ops.mul(0.25, spread(x)))),
  // Also of singular matrices, where the gradient is right, and its own derivative is not accurate.
  'determinant (of singular matrices too)': square((x) => ops.determinant(x)).map((sample) => ({ ...sample, options: { order: 1 } })),
  logDeterminant: square((x) => ops.logDeterminant(ops.flip(spread(x), [-2])).logAbsolute),
  cholesky: square((x) => ops.cholesky(spread(x))),
  qr: rectangular((x) => ({ ...ops.qr(x) })),
  eigh: square((x) => {
    const { values, vectors } = ops.eigh(spread(x));
    const weights = ops.expandDims(ops.square(values), -2);
    return { values, squares: ops.square(vectors), weighted: ops.matmul(ops.mul(vectors, weights), transposed(vectors)) };
  }),
  svd: rectangular((x) => {
    const { u, s, vh } = ops.svd(x);
    const weights = ops.expandDims(ops.square(s), -2);
    return { s, u: ops.square(u), vh: ops.square(vh), weighted: ops.matmul(ops.mul(u, weights), vh) };
  }),
  symmetricFunction: functionCase,
  'symmetricFunction (of equal eigenvalues)': tiedFunctionCase,
  pseudoInverse: pseudoInverseCase,
  leastSquares: fc.tuple(side, side, side).chain(([m, n, k]) => fc.tuple(tensors([m, n]), tensors([m, k])))
    .map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (a, b) => ops.leastSquares(spread(a), b) })),
};
