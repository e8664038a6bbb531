import { first, nextRow, second, startRows } from './odometer';
import { tile } from './thread';

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

/**
 * A matrix is transposed by tiles, which are put together in an area of the thread's own and go from there to the result line by
 * line: so each line of the cache is read, and written, once and whole, however far apart the rows are.
 */
const tileColumns = 32;
const tileLineBytes = 256;
/** Where rows are no farther apart, those of a tile stay in the first cache, and it goes straight to the result. */
const nearRows: usize = 256;

/** Four by four elements of 4 bytes. */
@inline
function transposeFour(a: v128, b: v128, c: v128, d: v128, out: usize, outStride: usize): void {
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(abLow, cdLow, 0, 2));
  v128.store(out + outStride, v128.shuffle<i64>(abLow, cdLow, 1, 3));
  v128.store(out + 2 * outStride, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(out + 3 * outStride, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

/** Two by two elements of 8 bytes. */
@inline
function transposeTwo(a: v128, b: v128, out: usize, outStride: usize): void {
  v128.store(out, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(out + outStride, v128.shuffle<i64>(a, b, 1, 3));
}

/**
 * `out[row, column] = input[column, row]` for elements of 4 or 8 bytes. Of what is past `rows` or `columns` something is written,
 * but no row past the last is read, where memory may end.
 */
@inline
function fillTile<T>(input: usize, stride: usize, out: usize, outStride: usize, rows: i32, columns: i32): void {
  const step = 16 / <i32>sizeof<T>();
  const last = columns - 1;
  for (let column = 0; column < columns; column += step) {
    const first = input + <usize>column * stride;
    const second = input + <usize>min(column + 1, last) * stride;
    const third = input + <usize>min(column + 2, last) * stride;
    const fourth = input + <usize>min(column + 3, last) * stride;
    let target = out + <usize>column * sizeof<T>();
    const end: usize = <usize>rows * sizeof<T>();
    for (let position: usize = 0; position < end; position += 16, target += <usize>step * outStride) {
      const a = v128.load(first + position);
      const b = v128.load(second + position);
      if (sizeof<T>() == 8) transposeTwo(a, b, target, outStride);
      else transposeFour(a, b, v128.load(third + position), v128.load(fourth + position), target, outStride);
    }
  }
}

/** `rows` lines of the tile as rows of the result, nothing past their ends. */
@inline
function emptyTile<T>(out: usize, outStride: usize, rows: i32, columns: i32): void {
  const tileStride: usize = tileColumns * sizeof<T>();
  const bytes = <usize>columns * sizeof<T>();
  for (let line = tile; rows > 0; rows--, line += tileStride, out += outStride) {
    let position: usize = 0;
    for (; position + 64 <= bytes; position += 64) {
      const from = line + position;
      const to = out + position;
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 48), 48);
    }
    for (; position + 16 <= bytes; position += 16) v128.store(out + position, v128.load(line + position));
    for (; position < bytes; position += sizeof<T>()) store<T>(out + position, load<T>(line + position));
  }
}

/** Rows `[firstRow, firstRow + rows)` of a transposed matrix: `out[row, column] = input[column, row]`. */
function transposeStripe<T>(input: usize, stride: usize, out: usize, firstRow: i32, rows: i32, columns: i32): void {
  const outStride = <usize>columns * sizeof<T>();
  input += <usize>firstRow * sizeof<T>();
  out += <usize>firstRow * outStride;
  for (let start = 0; start < columns; start += tileColumns) {
    const count = min(columns - start, tileColumns);
    const source = input + <usize>start * stride;
    const target = out + <usize>start * sizeof<T>();
    if (sizeof<T>() >= 4 && count == tileColumns && rows % 4 == 0 && stride <= nearRows) {
      fillTile<T>(source, stride, target, outStride, rows, count);
    } else if (sizeof<T>() >= 4) {
      fillTile<T>(source, stride, tile, tileColumns * sizeof<T>(), rows, count);
      emptyTile<T>(target, outStride, rows, count);
    } else {
      for (let row: usize = 0; row < <usize>rows; row++) {
        for (let column: usize = 0; column < <usize>count; column++) {
          store<T>(target + row * outStride + column * sizeof<T>(), load<T>(source + column * stride + row * sizeof<T>()));
        }
      }
    }
  }
}

function transposeStripes<T>(
  input: usize, stride: i32, out: usize, rows: i32, columns: i32, rank: i32, firstStripe: i32, stripes: i32,
): void {
  const stripeRows = tileLineBytes / <i32>sizeof<T>();
  const stripesOfMatrix = (rows + stripeRows - 1) / stripeRows;
  const matrixBytes = <usize>rows * <usize>columns * sizeof<T>();
  let matrix = firstStripe / stripesOfMatrix;
  let firstRow = firstStripe % stripesOfMatrix * stripeRows;
  for (startRows(rank, matrix); stripes > 0; stripes--) {
    transposeStripe<T>(input + first, stride, out + <usize>matrix * matrixBytes, firstRow, min(rows - firstRow, stripeRows), columns);
    firstRow += stripeRows;
    if (firstRow >= rows) {
      firstRow = 0;
      matrix++;
      nextRow(rank);
    }
  }
}

/**
 * Matrices whose rows lie next to each other and whose columns are `stride` bytes apart, in row-major order: of all their
 * stripes, each of as many rows as elements take 256 bytes, `stripes` from `firstStripe` on.
 */
export function transposeMatrices(
  elementBytes: i32, input: usize, stride: i32, out: usize, rows: i32, columns: i32, rank: i32,
  firstStripe: i32, stripes: i32,
): void {
  switch (elementBytes) {
    case 1: return transposeStripes<u8>(input, stride, out, rows, columns, rank, firstStripe, stripes);
    case 4: return transposeStripes<i32>(input, stride, out, rows, columns, rank, firstStripe, stripes);
    case 8: return transposeStripes<i64>(input, stride, out, rows, columns, rank, firstStripe, stripes);
  }
}
