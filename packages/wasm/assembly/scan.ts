import { Sum } from './reduce';
import { ownScratch } from './thread';

/** The numbers of the operations, in the order of `codes` in src/scan.ts. */
const enum Operation {
  sum, product,
}

class Product {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.mul<T>(x, y); }
  @inline join<T>(x: T, y: T): T { return <T>(x * y); }
  @inline start<T>(): T { return <T>1; }
}

/**
 * Walks over `count` elements, `step` bytes apart; four at a time, so that but one operation in four
 * waits for the one before. `float32` is joined in float64, so that the error of a long scan does not grow with its length.
 * The remainder is joined in the same order, so that a result does not depend on how many elements come after it.
 */
function scanSpan<T, Total, Op>(input: usize, out: usize, count: i32, step: isize): void {
  const operation = changetype<Op>(0);
  let total = operation.start<Total>();
  for (; count >= 4; count -= 4) {
    const a = <Total>load<T>(input);
    const b = operation.join<Total>(a, <Total>load<T>(input + step));
    const third = <Total>load<T>(input + 2 * step);
    const c = operation.join<Total>(b, third);
    const d = operation.join<Total>(b, operation.join<Total>(third, <Total>load<T>(input + 3 * step)));
    store<T>(out, <T>operation.join<Total>(total, a));
    store<T>(out + step, <T>operation.join<Total>(total, b));
    store<T>(out + 2 * step, <T>operation.join<Total>(total, c));
    total = operation.join<Total>(total, d);
    store<T>(out + 3 * step, <T>total);
    input += 4 * step;
    out += 4 * step;
  }
  let group = operation.start<Total>();
  for (; count > 0; count--, input += step, out += step) {
    group = operation.join<Total>(group, <Total>load<T>(input));
    store<T>(out, <T>operation.join<Total>(total, group));
  }
}

/** Joins a row to the totals of its columns, and writes them. No element past the row is written. */
@inline
function scanRow<T, Total, Op>(input: usize, out: usize, totals: usize, columns: i32): void {
  const operation = changetype<Op>(0);
  const lanes: i32 = 16 / sizeof<T>();
  for (; columns >= lanes; columns -= lanes, input += 16, out += 16, totals += <usize>lanes * sizeof<Total>()) {
    const row = v128.load(input);
    if (sizeof<T>() == sizeof<Total>()) {
      const total = operation.apply<Total>(v128.load(totals), row);
      v128.store(totals, total);
      v128.store(out, total);
    } else {
      const low = operation.apply<f64>(v128.load(totals), f64x2.promote_low_f32x4(row));
      const high = operation.apply<f64>(v128.load(totals, 16), f64x2.promote_low_f32x4(v128.shuffle<i64>(row, row, 1, 1)));
      v128.store(totals, low);
      v128.store(totals, high, 16);
      v128.store(out, v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
    }
  }
  for (; columns > 0; columns--, input += sizeof<T>(), out += sizeof<T>(), totals += sizeof<Total>()) {
    const total = operation.join<Total>(load<Total>(totals), <Total>load<T>(input));
    store<Total>(totals, total);
    store<T>(out, <T>total);
  }
}

function fillStart<T, Op>(out: usize, count: i32): void {
  for (; count > 0; count--, out += sizeof<T>()) store<T>(out, changetype<Op>(0).start<T>());
}

/** One matrix; the exclusive scan is the other one a row later, behind a row of what it starts from. */
function scanMatrix<T, Total, Op>(
  input: usize, out: usize, rows: i32, inner: i32, columns: i32, step: isize, exclusive: bool, totals: usize,
): void {
  if (exclusive) {
    fillStart<T, Op>(out, columns);
    out += step;
    rows--;
  }
  // Not by `columns`, of which a thread may have a single one: its sums must be those of any other.
  if (inner == 1) return scanSpan<T, Total, Op>(input, out, rows, step);
  fillStart<Total, Op>(totals, columns);
  for (; rows > 0; rows--, input += step, out += step) scanRow<T, Total, Op>(input, out, totals, columns);
}

function scanMatrices<T, Total, Op>(
  input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32,
  reverse: bool, exclusive: bool, totals: usize,
): void {
  const rowBytes = <isize>inner * sizeof<T>();
  const start = <usize>firstColumn * sizeof<T>() + (reverse ? <usize>(rows - 1) * rowBytes : 0);
  for (let matrix = 0; matrix < outer; matrix++) {
    const offset = start + <usize>matrix * <usize>rows * rowBytes;
    scanMatrix<T, Total, Op>(input + offset, out + offset, rows, inner, columns, reverse ? -rowBytes : rowBytes, exclusive, totals);
  }
}

function scanWith<Op>(
  dtype: i32, input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32,
  reverse: bool, exclusive: bool, totals: usize,
): void {
  switch (dtype) {
    case 1: return scanMatrices<i32, i32, Op>(input, out, outer, rows, inner, firstColumn, columns, reverse, exclusive, totals);
    case 2: return scanMatrices<f32, f64, Op>(input, out, outer, rows, inner, firstColumn, columns, reverse, exclusive, totals);
    case 3: return scanMatrices<f64, f64, Op>(input, out, outer, rows, inner, firstColumn, columns, reverse, exclusive, totals);
  }
}

/**
 * Joins each row of `outer` matrices of `rows` rows of `inner` elements with all rows before it (`reverse`: behind it), for
 * `columns` columns from `firstColumn` on; each thread's part of `scratch` has `scratchBytes`, for 8 bytes a column.
 */
export function scan(
  operation: i32, dtype: i32, input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32,
  reverse: bool, exclusive: bool, scratch: usize, scratchBytes: i32,
): void {
  const totals = ownScratch(scratch, scratchBytes);
  switch (operation) {
    case Operation.sum: return scanWith<Sum>(dtype, input, out, outer, rows, inner, firstColumn, columns, reverse, exclusive, totals);
    case Operation.product: return scanWith<Product>(dtype, input, out, outer, rows, inner, firstColumn, columns, reverse, exclusive, totals);
  }
}
