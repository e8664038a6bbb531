import { summedElements } from './squares';
import { ownScratch } from './thread';
import { choose, halveLanes, isGreater, isLess, leadingLanes, maximum, minimum, storeLeading } from './vector';

/** The numbers of the operations, as `codes` in src/reduce.ts has them. */
const enum Operation {
  sum, product, max, min, argMax, argMin, mean,
}

// Operations that join two vectors of lanes of type T, or two numbers, and what they start from.

export class Sum {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.add<T>(x, y); }
  @inline join<T>(x: T, y: T): T { return <T>(x + y); }
  @inline start<T>(): T { return <T>0; }
}
class Product {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.mul<T>(x, y); }
  @inline join<T>(x: T, y: T): T { return <T>(x * y); }
  @inline start<T>(): T { return <T>1; }
}
export class Max {
  @inline apply<T>(x: v128, y: v128): v128 { return maximum<T>(x, y); }
  @inline start<T>(): T { return isFloat<T>() ? <T>-Infinity : sizeof<T>() == 1 ? <T>0 : <T>i32.MIN_VALUE; }
}
class Min {
  @inline apply<T>(x: v128, y: v128): v128 { return minimum<T>(x, y); }
  @inline start<T>(): T { return isFloat<T>() ? <T>Infinity : sizeof<T>() == 1 ? <T>1 : <T>i32.MAX_VALUE; }
}

/** The lanes of a vector joined, in every lane. */
@inline
export function joinLanes<T, Op>(x: v128): v128 {
  const operation = changetype<Op>(0);
  x = operation.apply<T>(x, v128.shuffle<i64>(x, x, 1, 0));
  if (sizeof<T>() == 8) return x;
  x = operation.apply<T>(x, v128.shuffle<i32>(x, x, 1, 0, 3, 2));
  if (sizeof<T>() == 4) return x;
  x = operation.apply<T>(x, v128.shuffle<i16>(x, x, 1, 0, 3, 2, 5, 4, 7, 6));
  return operation.apply<T>(x, v128.shuffle<i8>(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
}

/** Joins a stretch of elements, the result in every lane; 4 vectors at a time, which also keeps the error of a sum small. */
@inline
export function joinVectors<T, Op>(input: usize, count: i32): v128 {
  const operation = changetype<Op>(0);
  const vectorLanes = 16 / <i32>sizeof<T>();
  const start = v128.splat<T>(operation.start<T>());
  let a = start;
  if (count >= 4 * vectorLanes) {
    let b = start;
    let c = start;
    let d = start;
    for (; count >= 4 * vectorLanes; count -= 4 * vectorLanes, input += 64) {
      a = operation.apply<T>(a, v128.load(input));
      b = operation.apply<T>(b, v128.load(input, 16));
      c = operation.apply<T>(c, v128.load(input, 32));
      d = operation.apply<T>(d, v128.load(input, 48));
    }
    a = operation.apply<T>(operation.apply<T>(a, b), operation.apply<T>(c, d));
  }
  for (; count >= vectorLanes; count -= vectorLanes, input += 16) a = operation.apply<T>(a, v128.load(input));
  if (count > 0) a = operation.apply<T>(a, choose(leadingLanes<T>(count), v128.load(input), start));
  return joinLanes<T, Op>(a);
}

function joinSpan<T, Op>(input: usize, count: i32): T {
  return v128.extract_lane<T>(joinVectors<T, Op>(input, count), 0);
}

/** The sum of floats. */
export function sumInParts<T>(input: usize, count: i32): f64 {
  if (count <= summedElements) return <f64>joinSpan<T, Sum>(input, count);
  let total: f64 = 0;
  for (; count > 0; count -= summedElements, input += summedElements * sizeof<T>()) {
    total += <f64>joinSpan<T, Sum>(input, min(count, summedElements));
  }
  return total;
}

@inline
function sumSpan<T>(input: usize, count: i32): T {
  return isInteger<T>() ? joinSpan<T, Sum>(input, count) : <T>sumInParts<T>(input, count);
}

/** Small enough that no sum of elements times it overflows. */
const farBelowOne: f64 = 8.673617379884035e-19;

/** The mean of elements `step` bytes apart, times `unit`. */
export function scaledMean<T>(input: usize, step: usize, count: i32, unit: f64): f64 {
  let total: f64 = 0;
  for (let index = 0; index < count; index++, input += step) total += <f64>load<T>(input) * unit;
  return total / <f64>count;
}

/** The mean of elements `step` bytes apart whose sum is given; it may have overflowed. */
@inline
function meanFromSum<T>(sum: f64, input: usize, step: usize, count: i32): T {
  const mean = sum / <f64>count;
  return <T>(mean - mean == 0 ? mean : scaledMean<T>(input, step, count, farBelowOne) / farBelowOne);
}

function joinRowsWith<T, Op>(input: usize, out: usize, outer: i32, length: i32): void {
  for (; outer > 0; outer--, out += sizeof<T>(), input += <usize>length * sizeof<T>()) {
    store<T>(out, joinSpan<T, Op>(input, length));
  }
}

function sumRows<T>(input: usize, out: usize, outer: i32, length: i32): void {
  for (; outer > 0; outer--, out += sizeof<T>(), input += <usize>length * sizeof<T>()) {
    store<T>(out, sumSpan<T>(input, length));
  }
}

function meanRows<T>(input: usize, out: usize, outer: i32, length: i32): void {
  for (; outer > 0; outer--, out += sizeof<T>(), input += <usize>length * sizeof<T>()) {
    store<T>(out, meanFromSum<T>(sumInParts<T>(input, length), input, sizeof<T>(), length));
  }
}

function joinRows<T>(operation: i32, input: usize, out: usize, outer: i32, length: i32): void {
  switch (operation) {
    case Operation.sum: return sumRows<T>(input, out, outer, length);
    case Operation.product: return joinRowsWith<T, Product>(input, out, outer, length);
    case Operation.max: return joinRowsWith<T, Max>(input, out, outer, length);
    case Operation.min: return joinRowsWith<T, Min>(input, out, outer, length);
  }
  if (isFloat<T>() && operation == Operation.mean) meanRows<T>(input, out, outer, length);
}

function joinBoolRows(operation: i32, input: usize, out: usize, outer: i32, length: i32): void {
  if (operation == Operation.max) joinRowsWith<u8, Max>(input, out, outer, length);
  else joinRowsWith<u8, Min>(input, out, outer, length);
}

/** Each of `outer` rows of `length` elements becomes one element. */
export function reduceRows(operation: i32, dtype: i32, input: usize, out: usize, outer: i32, length: i32): void {
  switch (dtype) {
    case 0: return joinBoolRows(operation, input, out, outer, length);
    case 1: return joinRows<i32>(operation, input, out, outer, length);
    case 2: return joinRows<f32>(operation, input, out, outer, length);
    case 3: return joinRows<f64>(operation, input, out, outer, length);
  }
}

function fillRow<T>(value: T, out: usize, rowBytes: usize): void {
  const vector = v128.splat<T>(value);
  for (let position: usize = 0; position < rowBytes; position += 16) v128.store(out + position, vector);
}

/** Joins `rows` rows, `step` bytes apart, into the row at `out`, eight at a time. */
function joinIntoRow<T, Op>(input: usize, step: usize, out: usize, rows: i32, rowBytes: usize): void {
  const operation = changetype<Op>(0);
  for (; rows >= 8; rows -= 8, input += 8 * step) {
    for (let position: usize = 0; position < rowBytes; position += 16) {
      let row = input + position;
      const a = operation.apply<T>(v128.load(row), v128.load(row + step));
      row += 2 * step;
      const b = operation.apply<T>(v128.load(row), v128.load(row + step));
      row += 2 * step;
      const c = operation.apply<T>(v128.load(row), v128.load(row + step));
      row += 2 * step;
      const d = operation.apply<T>(v128.load(row), v128.load(row + step));
      const joined = operation.apply<T>(operation.apply<T>(a, b), operation.apply<T>(c, d));
      v128.store(out + position, operation.apply<T>(v128.load(out + position), joined));
    }
  }
  for (; rows > 0; rows--, input += step) {
    for (let position: usize = 0; position < rowBytes; position += 16) {
      v128.store(out + position, operation.apply<T>(v128.load(out + position), v128.load(input + position)));
    }
  }
}

/** So many rows are joined on their own first, which keeps the error of a sum over many rows small. */
const joinedRows = 1024;

function joinColumnsWith<T, Op>(
  input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32, scratch: usize,
): void {
  const start = changetype<Op>(0).start<T>();
  const step = <usize>inner * sizeof<T>();
  const rowBytes = <usize>columns * sizeof<T>();
  input += <usize>firstColumn * sizeof<T>();
  out += <usize>firstColumn * sizeof<T>();
  for (; outer > 0; outer--, out += step) {
    fillRow<T>(start, out, rowBytes);
    for (let row = 0; row < rows; row += joinedRows) {
      const count = min(rows - row, joinedRows);
      if (rows <= joinedRows) {
        joinIntoRow<T, Op>(input, step, out, count, rowBytes);
      } else {
        fillRow<T>(start, scratch, rowBytes);
        joinIntoRow<T, Op>(input, step, scratch, count, rowBytes);
        joinIntoRow<T, Op>(scratch, step, out, 1, rowBytes);
      }
      input += <usize>count * step;
    }
  }
}

/** Adds a row of float32 to one of float64. */
function addToTotals(row: usize, totals: usize, columns: i32): void {
  for (; columns > 0; columns -= 4, row += 16, totals += 32) {
    const values = v128.load(row);
    const behind = v128.shuffle<i64>(values, values, 1, 1);
    v128.store(totals, f64x2.add(v128.load(totals), f64x2.promote_low_f32x4(values)));
    v128.store(totals, f64x2.add(v128.load(totals, 16), f64x2.promote_low_f32x4(behind)), 16);
  }
}

/** Sums and means of the columns of floats; those of more than `joinedRows` float32 are added up in float64. */
function sumColumns<T>(
  input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32, scratch: usize, ofMean: bool,
): void {
  if (sizeof<T>() == 8 || rows <= joinedRows) {
    joinColumnsWith<T, Sum>(input, out, outer, rows, inner, firstColumn, columns, scratch);
    if (!ofMean) return;
  }
  const step = <usize>inner * sizeof<T>();
  const rowBytes = <usize>columns * sizeof<T>();
  const totals = scratch + ((rowBytes + 63) & ~63);
  input += <usize>firstColumn * sizeof<T>();
  out += <usize>firstColumn * sizeof<T>();
  for (; outer > 0; outer--, out += step, input += <usize>rows * step) {
    const isTotalled = sizeof<T>() == 4 && rows > joinedRows;
    if (isTotalled) {
      fillRow<f64>(0, totals, <usize>columns * 8);
      for (let row = 0; row < rows; row += joinedRows) {
        fillRow<T>(<T>0, scratch, rowBytes);
        joinIntoRow<T, Sum>(input + <usize>row * step, step, scratch, min(rows - row, joinedRows), rowBytes);
        addToTotals(scratch, totals, columns);
      }
    }
    for (let column: usize = 0; column < <usize>columns; column++) {
      const place = column * sizeof<T>();
      const sum = isTotalled ? load<f64>(totals + column * 8) : <f64>load<T>(out + place);
      store<T>(out + place, ofMean ? meanFromSum<T>(sum, input + place, step, rows) : <T>sum);
    }
  }
}

function joinColumns<T>(operation: i32, input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32, scratch: usize): void {
  switch (operation) {
    case Operation.sum: case Operation.mean:
      if (isFloat<T>()) sumColumns<T>(input, out, outer, rows, inner, firstColumn, columns, scratch, operation == Operation.mean);
      else joinColumnsWith<T, Sum>(input, out, outer, rows, inner, firstColumn, columns, scratch);
      return;
    case Operation.product: return joinColumnsWith<T, Product>(input, out, outer, rows, inner, firstColumn, columns, scratch);
    case Operation.max: return joinColumnsWith<T, Max>(input, out, outer, rows, inner, firstColumn, columns, scratch);
    case Operation.min: return joinColumnsWith<T, Min>(input, out, outer, rows, inner, firstColumn, columns, scratch);
  }
}

function joinBoolColumns(operation: i32, input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32, scratch: usize): void {
  if (operation == Operation.max) joinColumnsWith<u8, Max>(input, out, outer, rows, inner, firstColumn, columns, scratch);
  else joinColumnsWith<u8, Min>(input, out, outer, rows, inner, firstColumn, columns, scratch);
}

/**
 * Each of `outer` matrices of `rows` rows becomes one row of `inner` elements, of which `columns` from `firstColumn` on are
 * written; each thread's part of `scratch` has `scratchBytes`, for such a row, one of float64, and 64 bytes behind each.
 */
export function reduceColumns(
  operation: i32, dtype: i32, input: usize, out: usize, outer: i32, rows: i32, inner: i32,
  firstColumn: i32, columns: i32, scratch: usize, scratchBytes: i32,
): void {
  scratch = ownScratch(scratch, scratchBytes);
  switch (dtype) {
    case 0: return joinBoolColumns(operation, input, out, outer, rows, inner, firstColumn, columns, scratch);
    case 1: return joinColumns<i32>(operation, input, out, outer, rows, inner, firstColumn, columns, scratch);
    case 2: return joinColumns<f32>(operation, input, out, outer, rows, inner, firstColumn, columns, scratch);
    case 3: return joinColumns<f64>(operation, input, out, outer, rows, inner, firstColumn, columns, scratch);
  }
}

/** The index of the first element that equals `value`, or is NaN when it is. */
function indexOf<T>(value: T, input: usize): i32 {
  let index = 0;
  if (value != value) {
    while (load<T>(input) == load<T>(input)) input += sizeof<T>(), index++;
  } else {
    while (load<T>(input) != value) input += sizeof<T>(), index++;
  }
  return index;
}

function argRows<T>(operation: i32, input: usize, out: usize, outer: i32, length: i32): void {
  for (; outer > 0; outer--, out += 4, input += <usize>length * sizeof<T>()) {
    const extreme = operation == Operation.argMax ? joinSpan<T, Max>(input, length) : joinSpan<T, Min>(input, length);
    store<i32>(out, indexOf<T>(extreme, input));
  }
}

/** Each of `outer` rows of `length` elements becomes the index of its first extreme; NaN is one. */
export function argReduceRows(operation: i32, dtype: i32, input: usize, out: usize, outer: i32, length: i32): void {
  switch (dtype) {
    case 0: return argRows<u8>(operation, input, out, outer, length);
    case 1: return argRows<i32>(operation, input, out, outer, length);
    case 2: return argRows<f32>(operation, input, out, outer, length);
    case 3: return argRows<f64>(operation, input, out, outer, length);
  }
}

// Which of two vectors of lanes has the extreme.

class Greatest {
  @inline wins<T>(x: v128, best: v128): v128 { return isGreater<T>(x, best); }
}
class Least {
  @inline wins<T>(x: v128, best: v128): v128 { return isLess<T>(x, best); }
}

/** An index in the lanes of a vector of elements of type T. */
@inline
function indexLanes<T>(index: i32): v128 {
  return sizeof<T>() == 8 ? i64x2.splat(index) : i32x4.splat(index);
}

/** A cache line of columns at a time goes down all rows in registers; nothing past the columns is written. */
function argColumnsWith<T, Op>(input: usize, out: usize, rows: i32, step: usize, columns: i32): void {
  const operation = changetype<Op>(0);
  const width = 64 / <i32>sizeof<T>();
  for (; columns > 0; columns -= width, input += 64, out += <usize>width << 2) {
    let a = v128.load(input);
    let b = v128.load(input, 16);
    let c = v128.load(input, 32);
    let d = v128.load(input, 48);
    let inA = i32x4.splat(0);
    let inB = inA;
    let inC = inA;
    let inD = inA;
    for (let row = 1, from = input + step; row < rows; row++, from += step) {
      const index = indexLanes<T>(row);
      const nextA = v128.load(from);
      const nextB = v128.load(from, 16);
      const nextC = v128.load(from, 32);
      const nextD = v128.load(from, 48);
      const winsA = operation.wins<T>(nextA, a);
      const winsB = operation.wins<T>(nextB, b);
      const winsC = operation.wins<T>(nextC, c);
      const winsD = operation.wins<T>(nextD, d);
      a = choose(winsA, nextA, a);
      b = choose(winsB, nextB, b);
      c = choose(winsC, nextC, c);
      d = choose(winsD, nextD, d);
      inA = choose(winsA, index, inA);
      inB = choose(winsB, index, inB);
      inC = choose(winsC, index, inC);
      inD = choose(winsD, index, inD);
    }
    if (sizeof<T>() == 8) {
      storeLeading<i32>(out, halveLanes(inA, inB), columns);
      storeLeading<i32>(out + 16, halveLanes(inC, inD), columns - 4);
    } else {
      storeLeading<i32>(out, inA, columns);
      storeLeading<i32>(out + 16, inB, columns - 4);
      storeLeading<i32>(out + 32, inC, columns - 8);
      storeLeading<i32>(out + 48, inD, columns - 12);
    }
  }
}

/** From the last row up, the last one found is the first; where there is none, all are the same. */
function argBoolColumns(extreme: u8, input: usize, out: usize, rows: i32, step: usize, columns: i32): void {
  memory.fill(out, 0, <usize>columns << 2);
  for (let row = rows - 1; row >= 0; row--) {
    const from = input + <usize>row * step;
    for (let column: usize = 0; column < <usize>columns; column++) {
      if (load<u8>(from + column) == extreme) store<i32>(out + (column << 2), row);
    }
  }
}

/**
 * Each of `outer` matrices of `rows` rows becomes a row of `inner` indices of the first extremes of its columns, of which
 * `columns` from `firstColumn` on are written, and nothing else.
 */
export function argReduceColumns(
  operation: i32, dtype: i32, input: usize, out: usize, outer: i32, rows: i32, inner: i32, firstColumn: i32, columns: i32,
): void {
  const isMax = operation == Operation.argMax;
  const bytes: usize = dtype == 0 ? 1 : dtype == 3 ? 8 : 4;
  const step = <usize>inner * bytes;
  input += <usize>firstColumn * bytes;
  out += <usize>firstColumn << 2;
  for (; outer > 0; outer--, input += <usize>rows * step, out += <usize>inner << 2) {
    switch (dtype) {
      case 0: argBoolColumns(isMax ? 1 : 0, input, out, rows, step, columns); break;
      case 1: isMax ? argColumnsWith<i32, Greatest>(input, out, rows, step, columns) : argColumnsWith<i32, Least>(input, out, rows, step, columns); break;
      case 2: isMax ? argColumnsWith<f32, Greatest>(input, out, rows, step, columns) : argColumnsWith<f32, Least>(input, out, rows, step, columns); break;
      case 3: isMax ? argColumnsWith<f64, Greatest>(input, out, rows, step, columns) : argColumnsWith<f64, Least>(input, out, rows, step, columns); break;
    }
  }
}
