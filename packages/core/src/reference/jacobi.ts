/* Decompositions by plane rotations, after Jacobi (1846) and, for one side, Hestenes (1958): slow and very accurate. */
import { dot, identity, transposed, type Matrix } from './matrices.js';
import { qr } from './qr.js';

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

/**
 * The smaller of the rotations that diagonalise `[[p, off], [off, q]]`. Its sine and cosine come from the tangent of half the
 * angle: `1 / sqrt(1 + tangent^2)` is rounded up for most small angles, and rows would grow with each rotation.
 */
function rotationFor(p: number, q: number, off: number): Rotation {
  const cotangent = (q - p) / (2 * off);
  const tangent = (cotangent < 0 ? -1 : 1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
  const half = tangent / (1 + Math.hypot(1, tangent));
  const sine = (2 * half) / (1 + half * half);
  return { cosine: 1 - half * sine, sine };
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

/** The power of two at or below the largest magnitude, by which a matrix is divided so that squares neither overflow nor vanish. */
function unitOf(a: Matrix): number {
  return 2 ** Math.floor(Math.log2(a.flat().reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1));
}

/** Eigenvalues, then eigenvectors in columns. */
export function eigh(matrix: Matrix): Matrix {
  const size = matrix.length;
  if (!isFinite(matrix)) return Array.from({ length: size + 1 }, () => new Array<number>(size).fill(NaN));
  const unit = unitOf(matrix);
  const a = matrix.map((row) => row.map((value) => value / unit));
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
  return [order.map((index) => a[index]![index]! * unit), ...transposed(order.map((index) => vectors[index]!))];
}

/** U, then the singular values, then V: rotates the columns of A until they are at right angles. */
export function svd(a: Matrix): Matrix {
  const unit = unitOf(a);
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
  return [...orthonormalized(transposed(units)), values.map((value) => value * unit), ...transposed(order.map((index) => right[index]!))];
}

/**
 * Makes the columns of a matrix orthonormal to working precision; each must be 0 or nearly orthonormal to the others. Their own
 * QR decomposition changes a column only along earlier ones, and gives directions to columns of 0.
 */
function orthonormalized(matrix: Matrix): Matrix {
  const packed = qr(matrix);
  const signs = packed.slice(matrix.length).map((row, index) => (row[index]! < 0 ? -1 : 1));
  return packed.slice(0, matrix.length).map((row) => row.map((value, index) => value * signs[index]!));
}
