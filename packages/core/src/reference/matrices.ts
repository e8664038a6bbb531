import { rowMajor, type Operand } from './rowMajor.js';

const blockLength = 16;

/** A list of rows, in double precision whatever the dtype. */
export type Matrix = number[][];

/** The matrices of the last two axes, in row-major order of the others. */
export function matricesOf(operand: Operand): Matrix[] {
  const [rows, columns] = operand.shape.slice(-2) as [number, number];
  const elements = Array.from(rowMajor(operand));
  const count = rows * columns === 0 ? 0 : elements.length / (rows * columns);
  const row = (index: number): number[] => elements.slice(index * columns, (index + 1) * columns);
  return Array.from({ length: count }, (_, matrix) => Array.from({ length: rows }, (_, index) => row(matrix * rows + index)));
}

/** Writes matrices one after the other. */
export function writeMatrices(matrices: readonly Matrix[], out: Operand): void {
  out.elements.set(matrices.flat(2));
}

export function transposed(matrix: Matrix): Matrix {
  return matrix.length === 0 ? [] : matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

export function identity(size: number): Matrix {
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => (row === column ? 1 : 0)));
}

/** Sums each block separately: in one long sum of equal products, all rounding errors may have the same sign. */
export function dot(left: readonly number[], right: readonly number[]): number {
  let total = 0;
  for (let start = 0; start < left.length; start += blockLength) {
    const end = Math.min(start + blockLength, left.length);
    let sum = 0;
    for (let index = start; index < end; index++) sum += left[index]! * right[index]!;
    total += sum;
  }
  return total;
}
