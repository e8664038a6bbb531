/* Decompositions by plane rotations, after Jacobi (1846) and, for one side, Hestenes (1958): slow and very accurate. */
import { dot, identity, transposed, type Matrix } from './matrices.js';

/** Rotations converge in fewer sweeps over all pairs than these, unless something is not finite. */
const mostSweeps = 60;
const precision = 2 ** -53;

/** Columns shorter than this, beside a matrix of about 1, are what rounding left of 0. */
const leastLength = 1e-140;

/** A rotation by which two rows, or elements, are mixed. */
interface Rotation {
  readonly cosine: number;
  readonly sine: number;
}

/** The smaller of the rotations that diagonalise `[[p, off], [off, q]]`. */
function rotationFor(p: number, q: number, off: number): Rotation {
  const cotangent = (q - p) / (2 * off);
  const tangent = (cotangent < 0 ? -1 : 1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
  const cosine = 1 / Math.hypot(1, tangent);
  return { cosine, sine: tangent * cosine };
}

function rotateRows(matrix: Matrix, p: number, q: number, { cosine, sine }: Rotation): void {
  const [left, right] = [matrix[p]!, matrix[q]!];
  matrix[p] = left.map((value, index) => cosine * value - sine * right[index]!);
  matrix[q] = left.map((value, index) => sine * value + cosine * right[index]!);
}

/** Visits all pairs, sweep by sweep, until a sweep has changed nothing. */
function sweep(size: number, visit: (p: number, q: number) => boolean): void {
  for (let count = 0, changed = true; changed && count < mostSweeps; count++) {
    changed = false;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) changed = visit(p, q) || changed;
  }
}

function isFinite(matrix: Matrix): boolean {
  return matrix.every((row) => row.every(Number.isFinite));
}

/** Eigenvalues, then eigenvectors in columns. */
export function eigh(a: Matrix): Matrix {
  const size = a.length;
  if (!isFinite(a)) return Array.from({ length: size + 1 }, () => new Array<number>(size).fill(NaN));
  const vectors = identity(size);
  const negligible = precision * Math.hypot(...a.flat());
  sweep(size, (p, q) => {
    const off = a[p]![q]!;
    if (Math.abs(off) <= negligible) return false;
    const rotation = rotationFor(a[p]![p]!, a[q]![q]!, off);
    rotateRows(a, p, q, rotation);
    const columns = transposed(a);
    rotateRows(columns, p, q, rotation);
    transposed(columns).forEach((row, index) => (a[index] = row));
    rotateRows(vectors, p, q, rotation);
    return true;
  });
  const order = a.map((_, index) => index).sort((i, j) => a[i]![i]! - a[j]![j]!);
  return [order.map((index) => a[index]![index]!), ...transposed(order.map((index) => vectors[index]!))];
}

/** U, then the singular values, then V: rotates the columns of A until they are at right angles. */
export function svd(a: Matrix): Matrix {
  const unit = 2 ** Math.floor(Math.log2(a.flat().reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1));
  const left = transposed(a).map((column) => column.map((value) => value / unit));
  const size = left.length;
  if (!isFinite(a)) return Array.from({ length: a.length + 1 + size }, () => new Array<number>(size).fill(NaN));
  const right = identity(size);
  sweep(size, (p, q) => {
    const [x, y] = [left[p]!, left[q]!];
    const off = dot(x, y);
    const [xLength, yLength] = [Math.sqrt(dot(x, x)), Math.sqrt(dot(y, y))];
    if (Math.min(xLength, yLength) < leastLength || Math.abs(off) <= size * precision * xLength * yLength) return false;
    const rotation = rotationFor(dot(x, x), dot(y, y), off);
    rotateRows(left, p, q, rotation);
    rotateRows(right, p, q, rotation);
    return true;
  });
  const lengths = left.map((column) => Math.sqrt(dot(column, column))).map((length) => (length < leastLength ? 0 : length));
  const order = lengths.map((_, index) => index).sort((i, j) => lengths[j]! - lengths[i]!);
  const values = order.map((index) => lengths[index]!);
  const units = order.map((index, k) => left[index]!.map((value) => (values[k] === 0 ? 0 : value / values[k]!)));
  complete(units, values.filter((value) => value > 0).length);
  return [...transposed(units), values.map((value) => value * unit), ...transposed(order.map((index) => right[index]!))];
}

/** Makes the rows from `known` on of length 1 and at right angles to all before, out of the axes that are farthest from them. */
function complete(rows: Matrix, known: number): void {
  for (let k = known; k < rows.length; k++) {
    const candidates = identity(rows[k]!.length).map((axis) => {
      for (let pass = 0; pass < 2; pass++) {
        for (const row of rows.slice(0, k)) {
          const along = dot(axis, row);
          axis = axis.map((value, index) => value - along * row[index]!);
        }
      }
      return axis;
    });
    const best = candidates.reduce((found, candidate) => (dot(candidate, candidate) > dot(found, found) ? candidate : found));
    const length = Math.hypot(...best);
    rows[k] = best.map((value) => value / length);
  }
}
