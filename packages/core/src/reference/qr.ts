import { dot, transposed, type Matrix } from './matrices.js';

/** Q, then R transposed. Reflections v, each scaled so that its first element is 1, make zeros below the diagonal; as LAPACK's `geqrf` chooses them. */
export function qr(a: Matrix): Matrix {
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
