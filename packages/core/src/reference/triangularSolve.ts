import type { Triangle } from '../backend.js';
import { matricesOf, transposed, writeMatrices, type Matrix } from './matrices.js';
import type { Operand } from './rowMajor.js';

export function triangularSolve(matrix: Operand, right: Operand, out: Operand, triangle: Triangle): void {
  const rights = matricesOf(right);
  if (rights.length === 0) return;
  const matrices = matricesOf(matrix);
  writeMatrices(rights.map((b, index) => solve(matrices[index]!, b, triangle)), out);
}

function solve(matrix: Matrix, b: Matrix, { lower, transpose, unitDiagonal }: Triangle): Matrix {
  const a = transpose ? transposed(matrix) : matrix;
  const forwards = lower !== transpose;
  const rows = a.map((_, row) => row);
  for (const i of forwards ? rows : [...rows].reverse()) {
    const known = rows.filter((j) => (forwards ? j < i : j > i));
    for (const j of known) b[i] = b[i]!.map((value, column) => value - a[i]![j]! * b[j]![column]!);
    if (!unitDiagonal) b[i] = b[i]!.map((value) => value / a[i]![i]!);
  }
  return b;
}
