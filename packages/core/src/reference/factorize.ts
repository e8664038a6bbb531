import type { Factorization } from '../backend.js';
import { eigh, svd } from './jacobi.js';
import { dot, matricesOf, transposed, writeMatrices, type Matrix } from './matrices.js';
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

/** Reflections v, each scaled so that its first element is 1, make zeros below the diagonal; as LAPACK's `geqrf` chooses them. */
function qr(a: Matrix): Matrix {
  const columns = transposed(a);
  const reflections: { readonly v: number[]; readonly scale: number }[] = [];
  const reflect = (column: number[], { v, scale }: { v: readonly number[]; scale: number }): void => {
    const along = scale * dot(v, column);
    v.forEach((value, i) => {
      column[i]! -= along * value;
    });
  };
  for (const [k, column] of columns.entries()) {
    for (const reflection of reflections) reflect(column, reflection);
    // In units of the largest element, for columns of denormal numbers, which have few bits.
    const unit = Math.max(...column.slice(k).map(Math.abs)) || 1;
    const head = column[k]! / unit;
    const tail = Math.hypot(...column.slice(k + 1).map((value) => value / unit));
    const end = tail === 0 ? head : -(head < 0 || Object.is(head, -0) ? -1 : 1) * Math.hypot(head, tail);
    const v = column.map((value, i) => (i < k ? 0 : i === k ? 1 : tail === 0 ? 0 : value / unit / (head - end)));
    reflections.push({ v, scale: tail === 0 ? 0 : (end - head) / end });
    columns[k] = column.map((value, i) => (i < k ? value : i === k ? end * unit : 0));
  }
  const q = columns.map((_, k) => a.map((_, i) => (i === k ? 1 : 0)));
  for (const column of q) for (const reflection of [...reflections].reverse()) reflect(column, reflection);
  return [...transposed(q), ...columns.map((column) => column.slice(0, columns.length))];
}
