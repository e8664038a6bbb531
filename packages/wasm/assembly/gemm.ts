/*
 * Matrix products, C = A B or C += A B. Most are made in blocks, in the way of Goto and van de Geijn (2008), "Anatomy of high-performance
 * matrix multiplication": a register tile that stays in vector registers over the whole depth, over a panel of B that
 * stays in the first-level cache, over blocks of A and B that stay in the second.
 *
 * A is read one element at a time, broadcast, so that rows with unit column stride need no packing; B is packed into
 * panels as wide as the tile: depth by depth, two vectors a step.
 *
 * Where C has few rows, or few columns, an element of the large operand is used but a few times: memory decides, not
 * arithmetic. Such products read it once, as it lies, along its rows (streamed) or along the depth (dotted).
 */

import { first, nextRow, second, startRows, third } from './odometer';
import { joinLanes, Sum } from './reduce';
import { ownScratch } from './thread';
import { storeLeading } from './vector';

/** Rows of the tile: 12 accumulators with fused multiply-add; without it the products need registers of their own. */
const tileRows: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Elements in a row of the tile, two vectors. */
@inline
export function tileColumns<T>(): i32 {
  return 32 / <i32>sizeof<T>();
}

/** `a * b + c`. */
@inline
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (isFloat<T>() && ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** `columns` elements of a row of the tile; the second vector matters where they are more than fill the first. */
@inline
function storeRow<T>(vectors: i32, c: usize, low: v128, high: v128, columns: i32, accumulate: bool): void {
  if (accumulate) {
    low = v128.add<T>(low, v128.load(c));
    if (vectors > 1) high = v128.add<T>(high, v128.load(c, 16));
  }
  if (columns >= tileColumns<T>()) {
    v128.store(c, low);
    v128.store(c, high, 16);
  } else {
    storeEdge<T>(c, low, high, columns);
  }
}

/** The first `columns` elements, fewer than two vectors: one more would hit the next row. */
@inline
function storeEdge<T>(to: usize, low: v128, high: v128, columns: i32): void {
  const lanes = 16 / <i32>sizeof<T>();
  if (columns > lanes) {
    v128.store(to, low);
    low = high;
    to += 16;
    columns -= lanes;
  }
  storeLeading<T>(to, low, columns);
}

/**
 * `rows` rows of the tile, of one vector or two. The depth of A comes in runs, `aRun` bytes apart, that B holds one after the
 * other. Strides are in bytes: of A from row to row and from depth to depth, of B from depth to depth.
 * `rows` and `vectors` are constants where this is inlined, so that what belongs to further ones vanishes.
 */
@inline
function tile<T>(
  rows: i32, vectors: i32, depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize,
  b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool,
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
      const b1 = vectors > 1 ? v128.load(b, 16) : b0;
      b += bStep;
      let row = v128.load_splat<T>(r0);
      c00 = multiplyAdd<T>(row, b0, c00);
      if (vectors > 1) c01 = multiplyAdd<T>(row, b1, c01);
      if (rows > 1) {
        row = v128.load_splat<T>(r1);
        c10 = multiplyAdd<T>(row, b0, c10);
        if (vectors > 1) c11 = multiplyAdd<T>(row, b1, c11);
        r1 += aStep;
      }
      if (rows > 2) {
        row = v128.load_splat<T>(r2);
        c20 = multiplyAdd<T>(row, b0, c20);
        if (vectors > 1) c21 = multiplyAdd<T>(row, b1, c21);
        r2 += aStep;
      }
      if (rows > 3) {
        row = v128.load_splat<T>(r3);
        c30 = multiplyAdd<T>(row, b0, c30);
        if (vectors > 1) c31 = multiplyAdd<T>(row, b1, c31);
        r3 += aStep;
      }
      if (rows > 4) {
        row = v128.load_splat<T>(r4);
        c40 = multiplyAdd<T>(row, b0, c40);
        if (vectors > 1) c41 = multiplyAdd<T>(row, b1, c41);
        r4 += aStep;
      }
      if (rows > 5) {
        row = v128.load_splat<T>(r5);
        c50 = multiplyAdd<T>(row, b0, c50);
        if (vectors > 1) c51 = multiplyAdd<T>(row, b1, c51);
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
  storeRow<T>(vectors, c, c00, c01, columns, accumulate);
  if (rows > 1) storeRow<T>(vectors, c + 1 * cRow, c10, c11, columns, accumulate);
  if (rows > 2) storeRow<T>(vectors, c + 2 * cRow, c20, c21, columns, accumulate);
  if (rows > 3) storeRow<T>(vectors, c + 3 * cRow, c30, c31, columns, accumulate);
  if (rows > 4) storeRow<T>(vectors, c + 4 * cRow, c40, c41, columns, accumulate);
  if (rows > 5) storeRow<T>(vectors, c + 5 * cRow, c50, c51, columns, accumulate);
}

/** As wide as `columns` need: where they fit into one vector, a second would be work for nothing. */
@inline
function tileAsWide<T>(
  rows: i32, depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool,
): void {
  if (2 * columns > tileColumns<T>()) tile<T>(rows, 2, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
  else tile<T>(rows, 1, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

function tile1<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  tileAsWide<T>(1, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

function tile2<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  tileAsWide<T>(2, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

function tile3<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  tileAsWide<T>(3, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

function tile4<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  tileAsWide<T>(4, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

function tile5<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  tileAsWide<T>(5, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

function tile6<T>(depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  tileAsWide<T>(6, depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

/** `rows` rows of C, in one panel of B. */
@inline
function tileOf<T>(rows: i32, depth: i32, runs: i32, a: usize, aRow: usize, aStep: usize, aRun: usize, b: usize, bStep: usize, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  if (tileRows == 6) {
    if (rows == 6) return tile6<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
    if (rows == 5) return tile5<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
  }
  if (rows == 4) return tile4<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
  if (rows == 3) return tile3<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
  if (rows == 2) return tile2<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
  tile1<T>(depth, runs, a, aRow, aStep, aRun, b, bStep, c, cRow, columns, accumulate);
}

/** How many of `rows` rows the next tile has: whole tiles, but no tile that is lower than half of the rest. */
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
  while (rows > 0) {
    const height = nextRows(rows);
    let panel = b;
    let to = c;
    for (let left = columns; left > 0; left -= width) {
      tileOf<T>(height, depth, runs, a, aRow, aStep, aRun, panel, bStep, to, cRow, left, accumulate);
      panel += bPanel;
      to += 32;
    }
    rows -= height;
    a += <usize>height * aRow;
    c += <usize>height * cRow;
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

/** A depth by depth: what lies next to each other there, rows, also does so in `out`, `step` bytes from one depth to the next. */
function packDepths<T>(rows: i32, depth: i32, a: usize, rowStride: usize, columnStride: usize, out: usize, step: usize): void {
  for (let k = 0; k < depth; k++) {
    if (rowStride == sizeof<T>()) {
      for (let at: usize = 0; at < step; at += 16) v128.store(out + at, v128.load(a + at));
    } else {
      for (let row = 0; row < rows; row++) store<T>(out + <usize>row * sizeof<T>(), load<T>(a + <usize>row * rowStride));
    }
    a += columnStride;
    out += step;
  }
}

/** Depth of a block, so that a tile's rows of A and its panel of B share the first-level cache. */
const blockDepth: i32 = 256;
/** Columns of a block of B and rows of a packed block of A, so that both share the second-level cache. */
const blockColumns: i32 = 384;
const blockRows: i32 = 96;
/** Bytes of a B that stays in the first-level cache as it is: packing would cost more than it saves. */
const cachedBytes: i32 = 16384;
/** Bytes that a block of a transposed A may lie scattered over, and still be read where it is: tiles next to each other share its lines. */
const nearBytes: usize = 131072;

/** Bytes of scratch that {@link gemm} uses on each thread. */
export function gemmScratchBytes(): i32 {
  return (blockColumns + 8 + blockRows) * blockDepth * 8 + 128;
}

/** C in blocks, and those in tiles; its columns are contiguous, and the depth is at least 1. */
export function multiplyBlocked<T>(
  rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize,
  c: usize, cRow: usize, scratch: usize,
): void {
  const packedA = scratch;
  const packedB = scratch + <usize>(blockRows * blockDepth) * sizeof<T>();
  const isCached = bColumn == sizeof<T>() && columns * depth * <i32>sizeof<T>() <= cachedBytes;
  for (let column = 0; column < columns; column += blockColumns) {
    const columnCount = min(blockColumns, columns - column);
    for (let k = 0; k < depth; k += blockDepth) {
      const depthCount = min(blockDepth, depth - k);
      let panels = b + <usize>k * bRow + <usize>column * bColumn;
      let stepB = bRow;
      let panelBytes: usize = 32;
      if (!isCached) {
        packPanels<T>(depthCount, columnCount, panels, bRow, bColumn, packedB);
        panels = packedB;
        stepB = 32;
        panelBytes = <usize>depthCount * 32;
      }
      for (let row = 0; row < rows; row += blockRows) {
        const rowCount = min(blockRows, rows - row);
        let blockA = a + <usize>row * aRow + <usize>k * aColumn;
        let rowStride = aRow;
        let depthStride = aColumn;
        // The tile counts the depth by its steps through A, so that they must not be 0.
        const isNear = aRow == sizeof<T>() && aColumn != 0 && <usize>depthCount * aColumn <= nearBytes;
        if (aColumn != sizeof<T>() && !isNear) {
          const step = <usize>rowCount * sizeof<T>() + 15 & ~15;
          packDepths<T>(rowCount, depthCount, blockA, aRow, aColumn, packedA, step);
          blockA = packedA;
          rowStride = sizeof<T>();
          depthStride = step;
        }
        const to = c + <usize>row * cRow + <usize>column * sizeof<T>();
        multiplyBlock<T>(rowCount, columnCount, depthCount, 1, blockA, rowStride, depthStride, 0, panels, stepB, panelBytes, to, cRow, k > 0);
      }
    }
  }
}

/** Bytes of a row that {@link multiplyStreamed} and {@link multiplyDotted} work on at once: several share the first-level cache. */
const stretch: usize = 4096;

/** Adds `terms` rows of B, times elements of A, to `rows` rows of sums; both are constants where this is inlined. */
@inline
function addRows<T>(
  rows: i32, terms: i32, bytes: usize, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, sums: usize,
): void {
  const a00 = v128.load_splat<T>(a);
  const a01 = terms > 1 ? v128.load_splat<T>(a + aColumn) : a00;
  const a02 = terms > 1 ? v128.load_splat<T>(a + 2 * aColumn) : a00;
  const a03 = terms > 1 ? v128.load_splat<T>(a + 3 * aColumn) : a00;
  const next = a + aRow;
  const a10 = rows > 1 ? v128.load_splat<T>(next) : a00;
  const a11 = rows > 1 && terms > 1 ? v128.load_splat<T>(next + aColumn) : a00;
  const a12 = rows > 1 && terms > 1 ? v128.load_splat<T>(next + 2 * aColumn) : a00;
  const a13 = rows > 1 && terms > 1 ? v128.load_splat<T>(next + 3 * aColumn) : a00;
  const b1 = b + bRow;
  const b2 = b1 + bRow;
  const b3 = b2 + bRow;
  for (let at: usize = 0; at < bytes; at += 16) {
    let x = v128.load(b + at);
    let sum = multiplyAdd<T>(a00, x, v128.load(sums + at));
    let other = sum;
    if (rows > 1) other = multiplyAdd<T>(a10, x, v128.load(sums + at, stretch));
    if (terms > 1) {
      x = v128.load(b1 + at);
      sum = multiplyAdd<T>(a01, x, sum);
      if (rows > 1) other = multiplyAdd<T>(a11, x, other);
      x = v128.load(b2 + at);
      sum = multiplyAdd<T>(a02, x, sum);
      if (rows > 1) other = multiplyAdd<T>(a12, x, other);
      x = v128.load(b3 + at);
      sum = multiplyAdd<T>(a03, x, sum);
      if (rows > 1) other = multiplyAdd<T>(a13, x, other);
    }
    v128.store(sums + at, sum);
    if (rows > 1) v128.store(sums + at, other, stretch);
  }
}

/**
 * C of few rows, B of dense ones: they are read as they come, as fast as memory gives them, four at a time so that sums go
 * through registers and not through the cache alone.
 */
function multiplyStreamed<T>(
  rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize, sums: usize,
): void {
  const rowBytes = <usize>columns * sizeof<T>();
  for (let at: usize = 0; at < rowBytes; at += stretch) {
    const bytes = min(stretch, rowBytes - at);
    for (let row = 0; row < rows; row++) memory.fill(sums + <usize>row * stretch, 0, bytes + 15 & ~15);
    let from = b + at;
    let factor = a;
    let k = depth;
    for (; k >= 4; k -= 4) {
      let row = 0;
      for (; row + 2 <= rows; row += 2) addRows<T>(2, 4, bytes, factor + <usize>row * aRow, aRow, aColumn, from, bRow, sums + <usize>row * stretch);
      if (row < rows) addRows<T>(1, 4, bytes, factor + <usize>row * aRow, aRow, aColumn, from, bRow, sums + <usize>row * stretch);
      from += 4 * bRow;
      factor += 4 * aColumn;
    }
    for (; k > 0; k--) {
      for (let row = 0; row < rows; row++) addRows<T>(1, 1, bytes, factor + <usize>row * aRow, aRow, aColumn, from, bRow, sums + <usize>row * stretch);
      from += bRow;
      factor += aColumn;
    }
    for (let row = 0; row < rows; row++) memory.copy(c + <usize>row * cRow + at, sums + <usize>row * stretch, bytes);
  }
}

/** One element of C: what the lanes summed, and what was left of the depth. */
function storeDot<T>(sum: v128, a: usize, b: usize, bytes: usize, c: usize, accumulate: bool): void {
  let total = v128.extract_lane<T>(joinLanes<T, Sum>(sum), 0);
  for (let at = bytes & ~15; at < bytes; at += sizeof<T>()) total += load<T>(a + at) * load<T>(b + at);
  store<T>(c, accumulate ? load<T>(c) + total : total);
}

/** `rows`, a constant where this is inlined, times up to four columns of C; the depth is dense, `bytes` long. */
@inline
function dots<T>(
  rows: i32, columns: i32, bytes: usize, a: usize, aRow: usize, b: usize, bColumn: usize, c: usize, cRow: usize, cColumn: usize, accumulate: bool,
): void {
  const a1 = a + aRow;
  const b1 = b + (columns > 1 ? bColumn : 0);
  const b2 = b + (columns > 2 ? 2 * bColumn : 0);
  const b3 = b + (columns > 3 ? 3 * bColumn : 0);
  let c00 = v128.splat<T>(<T>0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  const end = bytes & ~15;
  for (let at: usize = 0; at < end; at += 16) {
    const x = v128.load(a + at);
    const y0 = v128.load(b + at);
    const y1 = v128.load(b1 + at);
    const y2 = v128.load(b2 + at);
    const y3 = v128.load(b3 + at);
    c00 = multiplyAdd<T>(x, y0, c00);
    c01 = multiplyAdd<T>(x, y1, c01);
    c02 = multiplyAdd<T>(x, y2, c02);
    c03 = multiplyAdd<T>(x, y3, c03);
    if (rows > 1) {
      const other = v128.load(a1 + at);
      c10 = multiplyAdd<T>(other, y0, c10);
      c11 = multiplyAdd<T>(other, y1, c11);
      c12 = multiplyAdd<T>(other, y2, c12);
      c13 = multiplyAdd<T>(other, y3, c13);
    }
  }
  storeDot<T>(c00, a, b, bytes, c, accumulate);
  if (columns > 1) storeDot<T>(c01, a, b1, bytes, c + cColumn, accumulate);
  if (columns > 2) storeDot<T>(c02, a, b2, bytes, c + 2 * cColumn, accumulate);
  if (columns > 3) storeDot<T>(c03, a, b3, bytes, c + 3 * cColumn, accumulate);
  if (rows > 1) {
    c += cRow;
    storeDot<T>(c10, a1, b, bytes, c, accumulate);
    if (columns > 1) storeDot<T>(c11, a1, b1, bytes, c + cColumn, accumulate);
    if (columns > 2) storeDot<T>(c12, a1, b2, bytes, c + 2 * cColumn, accumulate);
    if (columns > 3) storeDot<T>(c13, a1, b3, bytes, c + 3 * cColumn, accumulate);
  }
}

/** C of few rows, B of dense columns: vectors along the depth, so that B is read as it comes. */
function multiplyDotted<T>(
  rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bColumn: usize,
  c: usize, cRow: usize, cColumn: usize, packed: usize,
): void {
  const block = <i32>(stretch / sizeof<T>());
  for (let k = 0; k < depth; k += block) {
    const depthCount = min(block, depth - k);
    const bytes = <usize>depthCount * sizeof<T>();
    let rowsA = a + <usize>k * aColumn;
    let rowStride = aRow;
    if (aColumn != sizeof<T>()) {
      packRows<T>(rows, depthCount, rowsA, aRow, aColumn, packed);
      rowsA = packed;
      rowStride = bytes;
    }
    const columnsB = b + <usize>k * sizeof<T>();
    for (let column = 0; column < columns; column += 4) {
      const count = min(4, columns - column);
      const from = columnsB + <usize>column * bColumn;
      const to = c + <usize>column * cColumn;
      let row = 0;
      for (; row + 2 <= rows; row += 2) {
        dots<T>(2, count, bytes, rowsA + <usize>row * rowStride, rowStride, from, bColumn, to + <usize>row * cRow, cRow, cColumn, k > 0);
      }
      if (row < rows) dots<T>(1, count, bytes, rowsA + <usize>row * rowStride, rowStride, from, bColumn, to + <usize>row * cRow, cRow, cColumn, k > 0);
    }
  }
}

// How a product is made, as in src/matmul.ts.
const streamed: i32 = 1;
const dotted: i32 = 2;

function multiplyMatrices<T>(
  method: i32, rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize,
  c: usize, cRow: usize, cColumn: usize, scratch: usize, rank: i32, firstMatrix: i32, matrices: i32,
): void {
  startRows(rank, firstMatrix);
  for (; matrices > 0; matrices--) {
    const fromA = a + first;
    const fromB = b + second;
    const to = c + third;
    if (method == streamed) multiplyStreamed<T>(rows, columns, depth, fromA, aRow, aColumn, fromB, bRow, to, cRow, scratch);
    else if (method == dotted) multiplyDotted<T>(rows, columns, depth, fromA, aRow, aColumn, fromB, bColumn, to, cRow, cColumn, scratch);
    else multiplyBlocked<T>(rows, columns, depth, fromA, aRow, aColumn, fromB, bRow, bColumn, to, cRow, scratch);
    nextRow(rank);
  }
}

/**
 * The matrices `[firstMatrix, firstMatrix + matrices)` of a batch, which the odometer walks over. Strides in bytes; the
 * columns of C are contiguous unless the method is `dotted`. The depth is at least 1. `scratch` has a part for each thread.
 */
export function gemm(
  method: i32, dtype: i32, rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize,
  c: usize, cRow: usize, cColumn: usize, scratch: usize, rank: i32, firstMatrix: i32, matrices: i32,
): void {
  scratch = ownScratch(scratch, gemmScratchBytes());
  switch (dtype) {
    case 1: return multiplyMatrices<i32>(method, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, scratch, rank, firstMatrix, matrices);
    case 2: return multiplyMatrices<f32>(method, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, scratch, rank, firstMatrix, matrices);
    case 3: return multiplyMatrices<f64>(method, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, scratch, rank, firstMatrix, matrices);
  }
}
