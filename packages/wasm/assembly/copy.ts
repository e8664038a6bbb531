import { first, nextRow, second, startRows } from './odometer';

function fillWith<T>(value: T, out: usize, count: i32): void {
  const vector = v128.splat<T>(value);
  const end = out + <usize>count * sizeof<T>();
  for (; out + 48 < end; out += 64) {
    v128.store(out, vector);
    v128.store(out, vector, 16);
    v128.store(out, vector, 32);
    v128.store(out, vector, 48);
  }
  for (; out < end; out += 16) v128.store(out, vector);
}

export function fill(dtype: i32, value: f64, out: usize, count: i32): void {
  switch (dtype) {
    case 0: return fillWith<u8>(value != 0 ? 1 : 0, out, count);
    case 1: return fillWith<i32>(<i32>value, out, count);
    case 2: return fillWith<f32>(<f32>value, out, count);
    case 3: return fillWith<f64>(value, out, count);
  }
}

// @ts-ignore: decorator
@inline
function convert<From, To>(value: From): To {
  if (sizeof<To>() == 1) return <To>(value != <From>0);
  return <To>value;
}

function castElements<From, To>(input: usize, out: usize, count: i32): void {
  const end = out + <usize>count * sizeof<To>();
  for (; out < end; out += sizeof<To>(), input += sizeof<From>()) store<To>(out, convert<From, To>(load<From>(input)));
}

function castFrom<From>(to: i32, input: usize, out: usize, count: i32): void {
  switch (to) {
    case 0: return castElements<From, u8>(input, out, count);
    case 1: return castElements<From, i32>(input, out, count);
    case 2: return castElements<From, f32>(input, out, count);
    case 3: return castElements<From, f64>(input, out, count);
  }
}

/** Contiguous elements of dtype `from` as elements of dtype `to`. */
export function cast(from: i32, to: i32, input: usize, out: usize, count: i32): void {
  switch (from) {
    case 0: return castFrom<u8>(to, input, out, count);
    case 1: return castFrom<i32>(to, input, out, count);
    case 2: return castFrom<f32>(to, input, out, count);
    case 3: return castFrom<f64>(to, input, out, count);
  }
}

function copyRowsOf<T>(input: usize, stride: i32, out: usize, count: i32, rank: i32, firstRow: i32, rows: i32): void {
  const rowBytes = <usize>count * sizeof<T>();
  const isDense = stride == sizeof<T>();
  out += <usize>firstRow * rowBytes;
  for (startRows(rank, firstRow); rows > 0; rows--, nextRow(rank)) {
    let source = input + first;
    const end = out + rowBytes;
    if (!isDense) {
      for (; out < end; out += sizeof<T>(), source += stride) store<T>(out, load<T>(source));
    } else if (rowBytes < 128) {
      for (; out < end; out += 16, source += 16) v128.store(out, v128.load(source));
    } else {
      memory.copy(out, source, rowBytes);
    }
    out = end;
  }
}

/** `rows` rows from `firstRow` on of elements of 1, 4 or 8 bytes that are `stride` bytes apart, as the odometer tells where each begins. */
export function copyRows(
  elementBytes: i32, input: usize, stride: i32, out: usize, count: i32, rank: i32, firstRow: i32, rows: i32,
): void {
  switch (elementBytes) {
    case 1: return copyRowsOf<u8>(input, stride, out, count, rank, firstRow, rows);
    case 4: return copyRowsOf<i32>(input, stride, out, count, rank, firstRow, rows);
    case 8: return copyRowsOf<i64>(input, stride, out, count, rank, firstRow, rows);
  }
}

function assignRowsOf<T>(
  input: usize, stride: i32, view: usize, viewStride: i32, count: i32, rank: i32, rows: i32,
): void {
  const isDense = stride == sizeof<T>() && viewStride == sizeof<T>();
  for (startRows(rank, 0); rows > 0; rows--, nextRow(rank)) {
    let source = input + first;
    let target = view + second;
    if (isDense) {
      memory.copy(target, source, <usize>count * sizeof<T>());
    } else {
      for (let element = 0; element < count; element++, source += stride, target += viewStride) {
        store<T>(target, load<T>(source));
      }
    }
  }
}

/** `rows` rows of both operands as the odometer tells where each begins; nothing else of `view`'s storage is touched. */
export function assignRows(
  elementBytes: i32, input: usize, stride: i32, view: usize, viewStride: i32, count: i32, rank: i32, rows: i32,
): void {
  switch (elementBytes) {
    case 1: return assignRowsOf<u8>(input, stride, view, viewStride, count, rank, rows);
    case 4: return assignRowsOf<i32>(input, stride, view, viewStride, count, rank, rows);
    case 8: return assignRowsOf<i64>(input, stride, view, viewStride, count, rank, rows);
  }
}

/** The side of the blocks by which a matrix is transposed, so that the lines they touch stay in the first cache. */
const block = 32;

/** Four by four elements of 4 bytes. */
// @ts-ignore: decorator
@inline
function transposeFour(input: usize, stride: usize, out: usize, outStride: usize): void {
  const a = v128.load(input);
  const b = v128.load(input + stride);
  const c = v128.load(input + 2 * stride);
  const d = v128.load(input + 3 * stride);
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(abLow, cdLow, 0, 2));
  v128.store(out + outStride, v128.shuffle<i64>(abLow, cdLow, 1, 3));
  v128.store(out + 2 * outStride, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(out + 3 * outStride, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

/** `out[row, column] = input[column, row]` for a stretch of rows and columns. */
// @ts-ignore: decorator
@inline
function transposeElements<T>(
  input: usize, stride: usize, out: usize, outStride: usize, rowStart: i32, rowEnd: i32, columnStart: i32, columnEnd: i32,
): void {
  for (let row = rowStart; row < rowEnd; row++) {
    for (let column = columnStart; column < columnEnd; column++) {
      store<T>(
        out + <usize>row * outStride + <usize>column * sizeof<T>(),
        load<T>(input + <usize>column * stride + <usize>row * sizeof<T>()),
      );
    }
  }
}

function transposeMatrix<T>(input: usize, stride: usize, out: usize, rows: i32, columns: i32): void {
  const outStride = <usize>columns * sizeof<T>();
  for (let rowStart = 0; rowStart < rows; rowStart += block) {
    const rowEnd = min(rowStart + block, rows);
    for (let columnStart = 0; columnStart < columns; columnStart += block) {
      const columnEnd = min(columnStart + block, columns);
      if (sizeof<T>() != 4) {
        transposeElements<T>(input, stride, out, outStride, rowStart, rowEnd, columnStart, columnEnd);
        continue;
      }
      const wholeRows = rowStart + ((rowEnd - rowStart) & ~3);
      const wholeColumns = columnStart + ((columnEnd - columnStart) & ~3);
      for (let row = rowStart; row < wholeRows; row += 4) {
        for (let column = columnStart; column < wholeColumns; column += 4) {
          transposeFour(
            input + <usize>column * stride + <usize>row * 4, stride,
            out + <usize>row * outStride + <usize>column * 4, outStride,
          );
        }
      }
      transposeElements<T>(input, stride, out, outStride, rowStart, rowEnd, wholeColumns, columnEnd);
      transposeElements<T>(input, stride, out, outStride, wholeRows, rowEnd, columnStart, wholeColumns);
    }
  }
}

/** `matrices` matrices from `firstMatrix` on, whose rows lie next to each other and whose columns are `stride` bytes apart, in row-major order. */
export function transposeMatrices(
  elementBytes: i32, input: usize, stride: i32, out: usize, rows: i32, columns: i32, rank: i32,
  firstMatrix: i32, matrices: i32,
): void {
  const matrixBytes = <usize>rows * <usize>columns * elementBytes;
  out += <usize>firstMatrix * matrixBytes;
  for (startRows(rank, firstMatrix); matrices > 0; matrices--, nextRow(rank)) {
    switch (elementBytes) {
      case 1: transposeMatrix<u8>(input + first, stride, out, rows, columns); break;
      case 4: transposeMatrix<i32>(input + first, stride, out, rows, columns); break;
      case 8: transposeMatrix<i64>(input + first, stride, out, rows, columns); break;
    }
    out += matrixBytes;
  }
}
