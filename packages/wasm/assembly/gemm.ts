/*
 * Matrix products, C = A B or C += A B, in the way of Goto and van de Geijn (2008), "Anatomy of high-performance
 * matrix multiplication": a register tile that stays in vector registers over the whole depth, over a panel of B that
 * stays in the first-level cache, over blocks of A and B that stay in the second.
 *
 * A is read through row pointers, one element broadcast at a time, so that rows with unit column stride need no
 * packing; B is packed into panels as wide as the tile: depth by depth, two vectors a step.
 */

import { edgeTile, ownScratch } from './thread';

/** Rows of the tile: 12 accumulators with fused multiply-add; without it the products need registers of their own. */
export const tileRows: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Elements in a row of the tile, two vectors. */
// @ts-ignore: decorator
@inline
export function tileColumns<T>(): i32 {
  return 32 / <i32>sizeof<T>();
}

/** `a * b + c`. */
// @ts-ignore: decorator
@inline
function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (isFloat<T>() && ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

// @ts-ignore: decorator
@inline
function storeRow<T>(c: usize, low: v128, high: v128, accumulate: bool): void {
  if (accumulate) {
    low = v128.add<T>(low, v128.load(c));
    high = v128.add<T>(high, v128.load(c, 16));
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

/**
 * `rows` rows of the tile. The depth of A comes in runs, `aRun` bytes apart, that B holds one after the other. Strides are
 * in bytes: of A from row to row and from depth to depth, of B from depth to depth.
 * `rows` is a constant where this is inlined, so that what belongs to further rows vanishes.
 */
// @ts-ignore: decorator
@inline
function tile<T>(
  rows: i32, depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool,
): void {
  let r0 = a;
  let r1 = r0 + aRow;
  let r2 = r1 + aRow;
  let r3 = r2 + aRow;
  let r4 = r3 + aRow;
  let r5 = r4 + aRow;
  let c00 = v128.splat<T>(<T>0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let c40 = c00;
  let c41 = c00;
  let c50 = c00;
  let c51 = c00;
  const span = <usize>depth * aStep;
  const jump = aRun - span;
  for (; runs > 0; runs--) {
    const end = r0 + span;
    for (; r0 != end; r0 += aStep) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      b += bStep;
      let row = v128.load_splat<T>(r0);
      c00 = multiplyAdd<T>(row, b0, c00);
      c01 = multiplyAdd<T>(row, b1, c01);
      if (rows > 1) {
        row = v128.load_splat<T>(r1);
        c10 = multiplyAdd<T>(row, b0, c10);
        c11 = multiplyAdd<T>(row, b1, c11);
        r1 += aStep;
      }
      if (rows > 2) {
        row = v128.load_splat<T>(r2);
        c20 = multiplyAdd<T>(row, b0, c20);
        c21 = multiplyAdd<T>(row, b1, c21);
        r2 += aStep;
      }
      if (rows > 3) {
        row = v128.load_splat<T>(r3);
        c30 = multiplyAdd<T>(row, b0, c30);
        c31 = multiplyAdd<T>(row, b1, c31);
        r3 += aStep;
      }
      if (rows > 4) {
        row = v128.load_splat<T>(r4);
        c40 = multiplyAdd<T>(row, b0, c40);
        c41 = multiplyAdd<T>(row, b1, c41);
        r4 += aStep;
      }
      if (rows > 5) {
        row = v128.load_splat<T>(r5);
        c50 = multiplyAdd<T>(row, b0, c50);
        c51 = multiplyAdd<T>(row, b1, c51);
        r5 += aStep;
      }
    }
    r0 += jump;
    if (rows > 1) r1 += jump;
    if (rows > 2) r2 += jump;
    if (rows > 3) r3 += jump;
    if (rows > 4) r4 += jump;
    if (rows > 5) r5 += jump;
  }
  storeRow<T>(c, c00, c01, accumulate);
  if (rows > 1) storeRow<T>(c + 1 * cRow, c10, c11, accumulate);
  if (rows > 2) storeRow<T>(c + 2 * cRow, c20, c21, accumulate);
  if (rows > 3) storeRow<T>(c + 3 * cRow, c30, c31, accumulate);
  if (rows > 4) storeRow<T>(c + 4 * cRow, c40, c41, accumulate);
  if (rows > 5) storeRow<T>(c + 5 * cRow, c50, c51, accumulate);
}

function tile1<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool): void {
  tile<T>(1, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
}

function tile2<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool): void {
  tile<T>(2, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
}

function tile3<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool): void {
  tile<T>(3, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
}

function tile4<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool): void {
  tile<T>(4, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
}

function tile5<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool): void {
  tile<T>(5, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
}

function tile6<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool): void {
  tile<T>(6, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
}

/** `rows` rows of C, in one panel of B. */
// @ts-ignore: decorator
@inline
function tileOf<T>(rows: i32, depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, accumulate: bool): void {
  if (tileRows == 6) {
    if (rows == 6) return tile6<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
    if (rows == 5) return tile5<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
  }
  if (rows == 4) return tile4<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
  if (rows == 3) return tile3<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
  if (rows == 2) return tile2<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
  tile1<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, accumulate);
}

/** The first `count` elements, fewer than two vectors, of a row that is to be written or added to. */
// @ts-ignore: decorator
@inline
function storeEdge<T>(to: usize, low: v128, high: v128, count: i32, accumulate: bool): void {
  if (accumulate) {
    low = v128.add<T>(low, v128.load(to));
    high = v128.add<T>(high, v128.load(to, 16));
  }
  let words = count * <i32>(sizeof<T>() / 4);
  if (words >= 4) {
    v128.store(to, low);
    low = high;
    to += 16;
    words -= 4;
  }
  if (words & 2) {
    v128.store64_lane(to, low, 0);
    low = v128.shuffle<i64>(low, low, 1, 1);
    to += 8;
  }
  if (words & 1) v128.store32_lane(to, low, 0);
}

/** A tile at the right edge is made aside: a vector too many would hit other rows. */
function storeEdgeTile<T>(rows: i32, columns: i32, c: usize, cRow: usize, accumulate: bool): void {
  for (let from = edgeTile, end = from + <usize>rows * 32; from < end; from += 32, c += cRow) {
    storeEdge<T>(c, v128.load(from), v128.load(from, 16), columns, accumulate);
  }
}

/** How many of `rows` rows the next tile has: whole tiles, but no tile that is lower than half of the rest. */
// @ts-ignore: decorator
@inline
function nextRows(rows: i32): i32 {
  if (rows >= 2 * tileRows || rows <= tileRows) return min(rows, tileRows);
  return rows + 1 >> 1;
}

/**
 * A block: A of `rows` rows `aRow` bytes apart, of `runs` runs `aRun` bytes apart of `depth` columns `aStep` bytes apart; B
 * in panels, `bStep` bytes from one
 * depth to the next and `bPanel` bytes from one panel to the next; C of `columns` columns.
 */
export function multiplyBlock<T>(
  rows: i32, columns: i32, depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize,
  b: usize, bStep: usize, bPanel: usize, c: usize, cRow: usize, accumulate: bool,
): void {
  const width = tileColumns<T>();
  for (let column = 0; column < columns; column += width) {
    const edge = columns - column;
    let from = a;
    let to = c;
    for (let left = rows; left > 0;) {
      const height = nextRows(left);
      if (edge < width) {
        tileOf<T>(height, depth, runs, from, aRow, aStep, aRun, b, bStep, edgeTile, 32, false);
        storeEdgeTile<T>(height, edge, to, cRow, accumulate);
      } else {
        tileOf<T>(height, depth, runs, from, aRow, aStep, aRun, b, bStep, to, cRow, accumulate);
      }
      left -= height;
      from += <usize>height * aRow;
      to += <usize>height * cRow;
    }
    b += bPanel;
    c += 32;
  }
}

/** Panels of B: `depth` rows `rowStride` bytes apart, `columns` columns `columnStride` bytes apart, zeros to the right. */
export function packPanels<T>(depth: i32, columns: i32, b: usize, rowStride: usize, columnStride: usize, out: usize): void {
  const width = tileColumns<T>();
  const isDense = columnStride == sizeof<T>();
  for (let column = 0; column < columns; column += width) {
    const valid = min(width, columns - column);
    let from = b + <usize>column * columnStride;
    if (isDense && valid == width) {
      for (let k = 0; k < depth; k++) {
        v128.store(out, v128.load(from));
        v128.store(out, v128.load(from, 16), 16);
        from += rowStride;
        out += 32;
      }
    } else if (valid == width && rowStride == sizeof<T>() && sizeof<T>() == 4) {
      packTransposed(depth, from, columnStride, out);
      out += <usize>depth * 32;
    } else {
      for (let k = 0; k < depth; k++) {
        for (let j = 0; j < width; j++) {
          store<T>(out + <usize>j * sizeof<T>(), j < valid ? load<T>(from + <usize>j * columnStride) : <T>0);
        }
        from += rowStride;
        out += 32;
      }
    }
  }
}

/** A full panel whose columns are contiguous in memory: 4 by 4 blocks transposed in registers. */
function packTransposed(depth: i32, b: usize, columnStride: usize, out: usize): void {
  let k = 0;
  for (; k + 4 <= depth; k += 4) {
    transpose4(b, columnStride, out, 32);
    transpose4(b + 4 * columnStride, columnStride, out + 16, 32);
    b += 16;
    out += 128;
  }
  for (; k < depth; k++) {
    for (let j = 0; j < 8; j++) store<i32>(out + <usize>(j << 2), load<i32>(b + <usize>j * columnStride));
    b += 4;
    out += 32;
  }
}

/** Four rows of four 32-bit elements as four columns. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStride);
  const c = v128.load(from + 2 * fromStride);
  const d = v128.load(from + 3 * fromStride);
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 0, 2));
  v128.store(to + toStride, v128.shuffle<i64>(abLow, cdLow, 1, 3));
  v128.store(to + 2 * toStride, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(to + 3 * toStride, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

/** Rows of A with unit column stride: `rows` by `depth`, `depth` elements apart. */
export function packRows<T>(rows: i32, depth: i32, a: usize, rowStride: usize, columnStride: usize, out: usize): void {
  const outStride = <usize>depth * sizeof<T>();
  let row = 0;
  if (sizeof<T>() == 4 && rowStride == 4) {
    for (; row + 4 <= rows; row += 4) {
      let k = 0;
      const from = a + <usize>(row << 2);
      const to = out + <usize>row * outStride;
      for (; k + 4 <= depth; k += 4) transpose4(from + <usize>k * columnStride, columnStride, to + <usize>(k << 2), outStride);
      for (; k < depth; k++) {
        for (let i = 0; i < 4; i++) store<i32>(to + <usize>i * outStride + <usize>(k << 2), load<i32>(from + <usize>k * columnStride + <usize>(i << 2)));
      }
    }
  }
  for (; row < rows; row++) {
    let from = a + <usize>row * rowStride;
    let to = out + <usize>row * outStride;
    for (let k = 0; k < depth; k++) {
      store<T>(to, load<T>(from));
      from += columnStride;
      to += sizeof<T>();
    }
  }
}

/** Depth of a block, so that a tile's rows of A and its panel of B share the first-level cache. */
export const blockDepth: i32 = 256;
/** Columns of a block of B and rows of a packed block of A, so that both share the second-level cache. */
const blockColumns: i32 = 384;
const blockRows: i32 = 96;

/** Bytes of scratch that {@link gemm} uses on each thread. */
export function gemmScratchBytes(): i32 {
  return (blockColumns + 8 + blockRows) * blockDepth * 8 + 128;
}

function multiply<T>(
  rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, scratch: usize,
): void {
  const packedA = scratch;
  const packedB = scratch + <usize>(blockRows * blockDepth) * sizeof<T>();
  const width = tileColumns<T>();
  // For a few rows the product reads B once or twice: where its rows are dense, packing would cost more than it saves.
  const inPlace = rows <= 4 && bColumn == sizeof<T>() && columns >= width;
  for (let column = 0; column < columns; column += blockColumns) {
    const columnCount = min(blockColumns, columns - column);
    for (let k = 0; k < depth; k += blockDepth) {
      const depthCount = min(blockDepth, depth - k);
      const blockB = b + <usize>k * bRow + <usize>column * bColumn;
      if (!inPlace) packPanels<T>(depthCount, columnCount, blockB, bRow, bColumn, packedB);
      const panelB = inPlace ? blockB : packedB;
      const stepB = inPlace ? bRow : 32;
      const panelBytes = inPlace ? 32 : <usize>depthCount * 32;
      for (let row = 0; row < rows; row += blockRows) {
        const rowCount = min(blockRows, rows - row);
        let blockA = a + <usize>row * aRow + <usize>k * aColumn;
        let strideA = aRow;
        if (aColumn != sizeof<T>()) {
          packRows<T>(rowCount, depthCount, blockA, aRow, aColumn, packedA);
          blockA = packedA;
          strideA = <usize>depthCount * sizeof<T>();
        }
        const to = c + <usize>row * cRow + <usize>column * sizeof<T>();
        multiplyBlock<T>(rowCount, columnCount, depthCount, 1, blockA, strideA, sizeof<T>(), 0, panelB, stepB, panelBytes, to, cRow, k > 0);
      }
    }
  }
}

/** Strides in bytes; the columns of C are contiguous. The depth is at least 1. `scratch` has a part for each thread. */
export function gemm(
  dtype: i32, rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, scratch: usize,
): void {
  scratch = ownScratch(scratch, gemmScratchBytes());
  switch (dtype) {
    case 1: return multiply<i32>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
    case 2: return multiply<f32>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
    case 3: return multiply<f64>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
  }
}
