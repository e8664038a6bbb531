import type { Factorization } from '../backend.js';
import { eigh, svd } from './jacobi.js';
import { dot, matricesOf, writeMatrices, type Matrix } from './matrices.js';
import { qr } from './qr.js';
import type { Operand } from './rowMajor.js';

/** Each gives the factors of a matrix one below the other, and may overwrite it. */
const factorizations: Record<Factorization, (matrix: Matrix) => Matrix> = { cholesky, lu, qr, eigh, svd };

export function factorize(operation: Factorization, input: Operand, out: Operand): void {
  writeMatrices(matricesOf(input).map(factorizations[operation]), out);
}

function cholesky(a: Matrix): Matrix {
  const lower = a.map((row) => row.map(() => 0));
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = a[i]![j]! - dot(lower[i]!.slice(0, j), lower[j]!);
      if (i === j && !(rest > 0)) return a.map((row) => row.map(() => NaN));
      lower[i]![j] = i === j ? Math.sqrt(rest) : rest / lower[j]![j]!;
    }
  }
  return lower;
}

function lu(a: Matrix): Matrix {
  const order = a.map((_, row) => row);
  for (let k = 0; k < a.length; k++) {
    let best = k;
    for (let i = k + 1; i < a.length; i++) if (Math.abs(a[i]![k]!) > Math.abs(a[best]![k]!)) best = i;
    [a[k], a[best]] = [a[best]!, a[k]!];
    [order[k], order[best]] = [order[best]!, order[k]!];
    const pivot = a[k]![k]!;
    if (pivot === 0) continue; // So is all of the column below.
    for (const row of a.slice(k + 1)) {
      const factor = row[k]! / pivot;
      row[k] = factor;
      for (let j = k + 1; j < a.length; j++) row[j]! -= factor * a[k]![j]!;
    }
  }
  return [...a, order];
}
