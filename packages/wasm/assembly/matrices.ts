/* What the decompositions share: products with blocks of a matrix, and the scale of one. */
import { gemmScratchBytes, multiplyBlocked } from './gemm';
import { addScaled } from './spans';
import { ownScratch } from './thread';

/**
 * `C -= A B`: A is `rows` by `depth`, B `depth` by `columns`; strides are in bytes, and the columns of C lie next to each
 * other. The product is made in `scratch` first, which has room for it.
 */
export function subtractProduct<T>(
  rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize,
  c: usize, cRow: usize, scratch: usize, gemmScratch: usize,
): void {
  if (rows == 0 || columns == 0 || depth == 0) return;
  const span = <usize>columns * sizeof<T>();
  multiplyInto<T>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, scratch, gemmScratch);
  for (const end = scratch + <usize>rows * span; scratch < end; scratch += span, c += cRow) {
    addScaled<T>(<T>-1, scratch, c, columns);
  }
}

/** `C = A B`, with the rows of C next to each other. */
export function multiplyInto<T>(
  rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize,
  c: usize, gemmScratch: usize,
): void {
  const ownGemmScratch = ownScratch(gemmScratch, gemmScratchBytes());
  multiplyBlocked<T>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, <usize>columns * sizeof<T>(), ownGemmScratch);
}

/** The smallest normal number, whose reciprocal is finite. */
const leastNormal: f64 = 2.2250738585072014e-308;

/**
 * A power of two at or below the largest magnitude, by which a matrix can be divided exactly so that squares neither
 * overflow nor vanish; the smallest normal one if all elements are denormal or 0, NaN where an element is not finite.
 */
export function scaleOf(x: usize, count: i32): f64 {
  let largest: f64 = 0;
  for (const end = x + ((<usize>count) << 3); x < end; x += 8) {
    const magnitude = abs<f64>(load<f64>(x));
    if (!(magnitude <= f64.MAX_VALUE)) return NaN;
    if (magnitude > largest) largest = magnitude;
  }
  return max<f64>(reinterpret<f64>(reinterpret<u64>(largest) & 0x7ff0000000000000), leastNormal);
}

/** Elements of a float dtype as `float64`, or back. */
export function convertSpan<From, To>(from: usize, to: usize, count: i32): void {
  for (const end = from + <usize>count * sizeof<From>(); from < end; from += sizeof<From>(), to += sizeof<To>()) {
    store<To>(to, <To>load<From>(from));
  }
}

/** A matrix of `rows` dense rows in double precision, transposed, in a float dtype. */
export function transposeInto<T>(from: usize, rows: i32, columns: i32, to: usize): void {
  for (let i = 0; i < rows; i++) {
    let place = to + <usize>i * sizeof<T>();
    for (let j = 0; j < columns; j++, from += 8, place += <usize>rows * sizeof<T>()) store<T>(place, <T>load<f64>(from));
  }
}
