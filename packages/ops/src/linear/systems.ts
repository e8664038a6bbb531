/* What systems of linear equations share: the shapes of their right sides. */
import { broadcastShapes, formatType, ShapeError, type Tensor } from '@adjoint/core';
import { broadcastTo } from '../reduce/sum.js';
import { expandDims, squeeze } from '../shape/reshape.js';
import { squareMatricesOf } from './matrices.js';

/**
 * Solves systems of `matrix` `[..., n, n]` with a vector `[n]` or matrices `[..., n, k]` on the right: by `solve`, which
 * gets matrices on the right, and the leading axes of both that the other one broadcasts to.
 */
export function solveSystems(operation: string, matrix: Tensor, right: Tensor, solve: (right: Tensor, batch: readonly number[]) => Tensor): Tensor {
  squareMatricesOf(operation, 'matrix', matrix);
  const size = matrix.shape.at(-1)!;
  const isVector = right.shape.length === 1;
  if (right.shape.length === 0 || right.shape.at(isVector ? -1 : -2) !== size) {
    throw new ShapeError(`${operation}: matrix is ${formatType(matrix)}, right is ${formatType(right)}; expected a vector [${size}] or matrices [..., ${size}, k]`);
  }
  const columns = isVector ? expandDims(right, 1) : right;
  const batch = broadcastShapes(`${operation}: the batch axes`, matrix.shape.slice(0, -2), columns.shape.slice(0, -2));
  const solution = solve(broadcastTo(columns, [...batch, ...columns.shape.slice(-2)]), batch);
  return isVector ? squeeze(solution, -1) : solution;
}

/** Matrices repeated to the leading axes `batch`. */
export function overBatch(matrix: Tensor, batch: readonly number[]): Tensor {
  return broadcastTo(matrix, [...batch, ...matrix.shape.slice(-2)]);
}
