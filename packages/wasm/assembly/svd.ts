/*
 * Singular values by rotations from one side (Hestenes 1958), which find small ones as accurately as large ones. They
 * take many sweeps from a standing start. So they start from the eigenvectors of a product that squares the matrix,
 * where all but the smallest singular values are right already. In double precision, whatever the dtype.
 *
 * In a matrix without full rank most rotations mix what rounding left of 0, sweep after sweep. So the rotations are kept apart
 * from Q, and are made orthonormal again at the end.
 */
import { eigenvectorRows, eigenvectorScratch } from './eigh';
import { convertSpan, multiplyInto, scaleOf, transposeInto } from './matrices';
import { qr, qrScratch } from './qr';
import { cosineOfHalf, halfTangent, sineOfHalf } from './rotation';
import { dot, exchange, fillSpan, rotate, scale } from './spans';

const mostSweeps: i32 = 60;

const precision: f64 = 2.220446049250313e-16;

/** Rows shorter than this, beside a matrix of about 1, are what rounding left of 0: their squares lose their precision. */
const leastLength: f64 = 1e-140;

/** Elements of scratch, in double precision, for a matrix of `rows` rows. */
export function svdScratch(rows: i32, columns: i32): i32 {
  const small = max(eigenvectorScratch(columns), qrScratch(columns));
  return 2 * (rows + columns) * columns + 2 * columns * columns + columns + small;
}

/** U in the place of A, then one row of singular values, then V. */
export function svd<T>(out: usize, rows: i32, columns: i32, scratch: usize, gemmScratch: usize): void {
  const count = rows * columns;
  const size = columns * columns;
  const row = <usize>columns << 3;
  // A = Q R. With X = J R, any rotations J of rows leave A = Q J^T X; at the end the rows of X are at right angles.
  const q = scratch;
  const r = q + (<usize>count << 3);
  const u = r + (<usize>size << 3);
  const x = u + (<usize>count << 3);
  const square = x + (<usize>size << 3);
  const j = square + (<usize>size << 3);
  const values = j + (<usize>size << 3);
  const small = values + row;
  convertSpan<T, f64>(out, q, count);
  const unit = scaleOf(q, count);
  if (unit != unit) return fillSpan<T>(<T>NaN, out, count + columns + size);
  scale<f64>(1 / unit, q, count);
  qr<f64>(q, rows, columns, small);
  // R lies transposed: its strides are exchanged.
  multiplyInto<f64>(columns, columns, columns, r, 8, row, r, row, 8, square, gemmScratch);
  eigenvectorRows(square, columns, values, j, small);
  multiplyInto<f64>(columns, columns, columns, j, row, 8, r, 8, row, x, gemmScratch);
  separate(columns, x, j, values);
  sortFalling(columns, x, j, values);
  // J^T takes the place of the square, and J is free.
  transposeInto<f64>(j, columns, columns, square);
  orthonormalize(square, columns, small);
  multiplyInto<f64>(rows, columns, columns, q, row, 8, square, row, 8, u, gemmScratch);
  convertSpan<f64, T>(u, out, count);
  normalize(columns, x, values, r, small);
  scale<f64>(unit, values, columns);
  convertSpan<f64, T>(values, out + <usize>count * sizeof<T>(), columns);
  convertSpan<f64, T>(r, out + <usize>(count + columns) * sizeof<T>(), size);
}

/** Rotates rows of X until all are at right angles, and the rows of J along. `squares` has room for a row. */
function separate(columns: i32, x: usize, j: usize, squares: usize): void {
  const row = <usize>columns << 3;
  const tolerance = precision * sqrt<f64>(columns);
  for (let p = 0; p < columns; p++) storeSquare(columns, x, p, squares);
  let isChanged = true;
  for (let sweep = 0; isChanged && sweep < mostSweeps; sweep++) {
    isChanged = false;
    for (let p = 0; p < columns; p++) {
      const left = x + <usize>p * row;
      for (let q = p + 1; q < columns; q++) {
        const right = x + <usize>q * row;
        const off = dot<f64>(left, right, columns);
        if (off == 0) continue;
        const p2 = load<f64>(squares + (<usize>p << 3));
        const q2 = load<f64>(squares + (<usize>q << 3));
        if (min<f64>(p2, q2) < leastLength * leastLength || abs<f64>(off) <= tolerance * sqrt<f64>(p2) * sqrt<f64>(q2)) continue;
        isChanged = true;
        const half = halfTangent(tangentOf((q2 - p2) / (2 * off)));
        const cosine = cosineOfHalf(half);
        const sine = sineOfHalf(half);
        rotate<f64>(left, right, columns, cosine, sine);
        rotate<f64>(j + <usize>p * row, j + <usize>q * row, columns, cosine, sine);
        storeSquare(columns, x, p, squares);
        storeSquare(columns, x, q, squares);
      }
    }
  }
}

/** Stores the square of the length of row `index` of X. */
function storeSquare(columns: i32, x: usize, index: i32, squares: usize): void {
  const own = x + <usize>index * (<usize>columns << 3);
  store<f64>(squares + (<usize>index << 3), dot<f64>(own, own, columns));
}

/** The tangent of the smaller rotation whose double angle has this cotangent. */
function tangentOf(cotangent: f64): f64 {
  const magnitude = abs<f64>(cotangent);
  // The square of a large one may overflow, and a tangent of 0 would leave the rows as they are in all sweeps.
  const cosecant = magnitude > 1e9 ? magnitude : sqrt<f64>(1 + magnitude * magnitude);
  return copysign<f64>(1 / (magnitude + cosecant), cotangent);
}

/** Brings the rows of X into the order of falling lengths, which are the singular values, and the rows of J along. */
function sortFalling(columns: i32, x: usize, j: usize, values: usize): void {
  const row = <usize>columns << 3;
  for (let i = 0; i < columns; i++) {
    const own = x + <usize>i * row;
    const length = sqrt<f64>(dot<f64>(own, own, columns));
    store<f64>(values + (<usize>i << 3), length < leastLength ? 0 : length);
  }
  for (let i = 0; i < columns - 1; i++) {
    let most = i;
    for (let k = i + 1; k < columns; k++) {
      if (load<f64>(values + (<usize>k << 3)) > load<f64>(values + (<usize>most << 3))) most = k;
    }
    if (most == i) continue;
    exchange<f64>(values + (<usize>i << 3), values + (<usize>most << 3), 1);
    exchange<f64>(x + <usize>i * row, x + <usize>most * row, columns);
    exchange<f64>(j + <usize>i * row, j + <usize>most * row, columns);
  }
}

/** Writes V, whose columns are the rows of X divided by their lengths; as many elements after it are overwritten. */
function normalize(columns: i32, x: usize, values: usize, v: usize, small: usize): void {
  const row = <usize>columns << 3;
  for (let i = 0; i < columns; i++) {
    const length = load<f64>(values + (<usize>i << 3));
    if (length > 0) scale<f64>(1 / length, x + <usize>i * row, columns);
  }
  transposeInto<f64>(x, columns, columns, v);
  orthonormalize(v, columns, small);
}

/**
 * Makes the columns of a square matrix orthonormal to working precision; each must be 0 or nearly orthonormal to the others.
 * Their own QR decomposition changes a column only along earlier ones, which have larger singular values, and gives directions
 * to columns of 0. Overwrites as many elements after the matrix.
 */
function orthonormalize(a: usize, size: i32, small: usize): void {
  const row = <usize>size << 3;
  qr<f64>(a, size, size, small);
  for (let j = 0; j < size; j++) {
    if (load<f64>(a + <usize>(size + j) * row + (<usize>j << 3)) >= 0) continue;
    for (let i = 0; i < size; i++) {
      const place = a + <usize>i * row + (<usize>j << 3);
      store<f64>(place, -load<f64>(place));
    }
  }
}
