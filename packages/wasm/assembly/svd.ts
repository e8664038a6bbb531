/*
 * Singular values by rotations from one side (Hestenes 1958), which find small ones as accurately as large ones. They
 * take many sweeps from a standing start. So they start from the eigenvectors of a product that squares the matrix,
 * where all but the smallest singular values are right already. In double precision, whatever the dtype.
 */
import { eigenvectorRows, eigenvectorScratch } from './eigh';
import { convertSpan, multiplyInto, scaleOf, transposeInto } from './matrices';
import { qr, qrScratch } from './qr';
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
  // A = Q R. With X = J R and Y = J Q^T, any rotation J of the rows of both leaves A = Y^T X.
  const q = scratch;
  const r = q + (<usize>count << 3);
  const y = r + (<usize>size << 3);
  const x = y + (<usize>count << 3);
  const square = x + (<usize>size << 3);
  const start = square + (<usize>size << 3);
  const values = start + (<usize>size << 3);
  const small = values + row;
  convertSpan<T, f64>(out, q, count);
  const unit = scaleOf(q, count);
  if (unit != unit) return fillSpan<T>(<T>NaN, out, count + columns + size);
  scale<f64>(1 / unit, q, count);
  qr<f64>(q, rows, columns, small);
  // R lies transposed: its strides are exchanged.
  multiplyInto<f64>(columns, columns, columns, r, 8, row, r, row, 8, square, gemmScratch);
  eigenvectorRows(square, columns, values, start, small);
  multiplyInto<f64>(columns, columns, columns, start, row, 8, r, 8, row, x, gemmScratch);
  multiplyInto<f64>(columns, rows, columns, start, row, 8, q, 8, row, y, gemmScratch);
  separate(columns, rows, x, y);
  sortFalling(columns, rows, x, y, values);
  transposeInto<T>(y, columns, rows, out);
  normalize(columns, x, values, r, small);
  scale<f64>(unit, values, columns);
  convertSpan<f64, T>(values, out + <usize>count * sizeof<T>(), columns);
  convertSpan<f64, T>(r, out + <usize>(count + columns) * sizeof<T>(), size);
}

/** Rotates rows of X until all are at right angles, and those of Y along. */
function separate(columns: i32, rows: i32, x: usize, y: usize): void {
  const row = <usize>columns << 3;
  const yRow = <usize>rows << 3;
  const tolerance = precision * sqrt<f64>(columns);
  let isChanged = true;
  for (let sweep = 0; isChanged && sweep < mostSweeps; sweep++) {
    isChanged = false;
    for (let p = 0; p < columns; p++) {
      const left = x + <usize>p * row;
      let p2 = dot<f64>(left, left, columns);
      for (let q = p + 1; q < columns; q++) {
        const right = x + <usize>q * row;
        const off = dot<f64>(left, right, columns);
        if (off == 0) continue;
        const q2 = dot<f64>(right, right, columns);
        if (min<f64>(p2, q2) < leastLength * leastLength || abs<f64>(off) <= tolerance * sqrt<f64>(p2) * sqrt<f64>(q2)) continue;
        isChanged = true;
        const cotangent = (q2 - p2) / (2 * off);
        const tangent = copysign<f64>(1, cotangent) / (abs<f64>(cotangent) + sqrt<f64>(1 + cotangent * cotangent));
        const cosine = 1 / sqrt<f64>(1 + tangent * tangent);
        rotate<f64>(left, right, columns, cosine, tangent * cosine);
        rotate<f64>(y + <usize>p * yRow, y + <usize>q * yRow, rows, cosine, tangent * cosine);
        p2 = dot<f64>(left, left, columns);
      }
    }
  }
}

/** Brings the rows of X into the order of falling lengths, which are the singular values, and those of Y along. */
function sortFalling(columns: i32, rows: i32, x: usize, y: usize, values: usize): void {
  const row = <usize>columns << 3;
  const yRow = <usize>rows << 3;
  for (let i = 0; i < columns; i++) {
    const own = x + <usize>i * row;
    const length = sqrt<f64>(dot<f64>(own, own, columns));
    store<f64>(values + (<usize>i << 3), length < leastLength ? 0 : length);
  }
  for (let i = 0; i < columns - 1; i++) {
    let most = i;
    for (let j = i + 1; j < columns; j++) {
      if (load<f64>(values + (<usize>j << 3)) > load<f64>(values + (<usize>most << 3))) most = j;
    }
    if (most == i) continue;
    exchange<f64>(values + (<usize>i << 3), values + (<usize>most << 3), 1);
    exchange<f64>(x + <usize>i * row, x + <usize>most * row, columns);
    exchange<f64>(y + <usize>i * yRow, y + <usize>most * yRow, rows);
  }
}

/**
 * V, whose columns are the rows of X made of length 1; behind it is room for as many elements. They are at right angles
 * already, so that their own QR decomposition leaves them but for signs, and it gives directions to those of length 0.
 */
function normalize(columns: i32, x: usize, values: usize, v: usize, small: usize): void {
  const row = <usize>columns << 3;
  for (let i = 0; i < columns; i++) {
    const length = load<f64>(values + (<usize>i << 3));
    if (length > 0) scale<f64>(1 / length, x + <usize>i * row, columns);
  }
  transposeInto<f64>(x, columns, columns, v);
  qr<f64>(v, columns, columns, small);
  for (let j = 0; j < columns; j++) {
    if (load<f64>(v + <usize>(columns + j) * row + (<usize>j << 3)) >= 0) continue;
    for (let i = 0; i < columns; i++) {
      const place = v + <usize>i * row + (<usize>j << 3);
      store<f64>(place, -load<f64>(place));
    }
  }
}
