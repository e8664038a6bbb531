/*
 * Matrix products, C = A B or C += A B, in the way of Goto and van de Geijn (2008), "Anatomy of high-performance
 * matrix multiplication": a register tile that stays in vector registers over the whole depth, over a panel of B that
 * stays in the first-level cache, over blocks of A and B that stay in the second.
 *
 * A is read through row pointers, one element broadcast at a time, so that rows with unit column stride need no
 * packing; B is packed into panels as wide as the tile: depth by depth, two vectors a step.
 */

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

/** One row of the tile. Strides are in bytes: `bStep` from one depth of B to the next. */
function tile1<T>(depth: i32, a: usize, b: usize, bStep: usize, c: usize, accumulate: bool): void {
  let c00 = v128.splat<T>(<T>0);
  let c01 = c00;
  const end = a + <usize>depth * sizeof<T>();
  for (; a < end; a += sizeof<T>()) {
    const a0 = v128.load_splat<T>(a);
    c00 = multiplyAdd<T>(a0, v128.load(b), c00);
    c01 = multiplyAdd<T>(a0, v128.load(b, 16), c01);
    b += bStep;
  }
  storeRow<T>(c, c00, c01, accumulate);
}

function tile4<T>(depth: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, accumulate: bool): void {
  let r0 = a;
  let r1 = r0 + aStride;
  let r2 = r1 + aStride;
  let r3 = r2 + aStride;
  let c00 = v128.splat<T>(<T>0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = r0 + <usize>depth * sizeof<T>();
  for (; r0 < end; r0 += sizeof<T>()) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += bStep;
    let row = v128.load_splat<T>(r0);
    c00 = multiplyAdd<T>(row, b0, c00);
    c01 = multiplyAdd<T>(row, b1, c01);
    row = v128.load_splat<T>(r1);
    c10 = multiplyAdd<T>(row, b0, c10);
    c11 = multiplyAdd<T>(row, b1, c11);
    row = v128.load_splat<T>(r2);
    c20 = multiplyAdd<T>(row, b0, c20);
    c21 = multiplyAdd<T>(row, b1, c21);
    row = v128.load_splat<T>(r3);
    c30 = multiplyAdd<T>(row, b0, c30);
    c31 = multiplyAdd<T>(row, b1, c31);
    r1 += sizeof<T>();
    r2 += sizeof<T>();
    r3 += sizeof<T>();
  }
  storeRow<T>(c, c00, c01, accumulate);
  storeRow<T>(c + cStride, c10, c11, accumulate);
  storeRow<T>(c + 2 * cStride, c20, c21, accumulate);
  storeRow<T>(c + 3 * cStride, c30, c31, accumulate);
}

function tile6<T>(depth: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, accumulate: bool): void {
  let r0 = a;
  let r1 = r0 + aStride;
  let r2 = r1 + aStride;
  let r3 = r2 + aStride;
  let r4 = r3 + aStride;
  let r5 = r4 + aStride;
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
  const end = r0 + <usize>depth * sizeof<T>();
  for (; r0 < end; r0 += sizeof<T>()) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += bStep;
    let row = v128.load_splat<T>(r0);
    c00 = multiplyAdd<T>(row, b0, c00);
    c01 = multiplyAdd<T>(row, b1, c01);
    row = v128.load_splat<T>(r1);
    c10 = multiplyAdd<T>(row, b0, c10);
    c11 = multiplyAdd<T>(row, b1, c11);
    row = v128.load_splat<T>(r2);
    c20 = multiplyAdd<T>(row, b0, c20);
    c21 = multiplyAdd<T>(row, b1, c21);
    row = v128.load_splat<T>(r3);
    c30 = multiplyAdd<T>(row, b0, c30);
    c31 = multiplyAdd<T>(row, b1, c31);
    row = v128.load_splat<T>(r4);
    c40 = multiplyAdd<T>(row, b0, c40);
    c41 = multiplyAdd<T>(row, b1, c41);
    row = v128.load_splat<T>(r5);
    c50 = multiplyAdd<T>(row, b0, c50);
    c51 = multiplyAdd<T>(row, b1, c51);
    r1 += sizeof<T>();
    r2 += sizeof<T>();
    r3 += sizeof<T>();
    r4 += sizeof<T>();
    r5 += sizeof<T>();
  }
  storeRow<T>(c, c00, c01, accumulate);
  storeRow<T>(c + cStride, c10, c11, accumulate);
  storeRow<T>(c + 2 * cStride, c20, c21, accumulate);
  storeRow<T>(c + 3 * cStride, c30, c31, accumulate);
  storeRow<T>(c + 4 * cStride, c40, c41, accumulate);
  storeRow<T>(c + 5 * cStride, c50, c51, accumulate);
}

/** Where a tile at the right edge is written before its valid columns are copied: a vector too many would hit other rows. */
const edgeTile: usize = memory.data(6 * 32, 16);

function addEdge<T>(rows: i32, columns: i32, c: usize, cStride: usize, accumulate: bool): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const to = c + <usize>row * cStride + <usize>column * sizeof<T>();
      const value = load<T>(edgeTile + <usize>row * 32 + <usize>column * sizeof<T>());
      store<T>(to, accumulate ? <T>(load<T>(to) + value) : value);
    }
  }
}

/** `rows` rows of C, in one panel of B. */
// @ts-ignore: decorator
@inline
function tileOf<T>(rows: i32, depth: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, accumulate: bool): void {
  if (rows == 6) tile6<T>(depth, a, aStride, b, bStep, c, cStride, accumulate);
  else if (rows == 4) tile4<T>(depth, a, aStride, b, bStep, c, cStride, accumulate);
  else tile1<T>(depth, a, b, bStep, c, accumulate);
}

/**
 * A block: A of `rows` rows `aStride` bytes apart and `depth` contiguous columns; B in panels, `bStep` bytes from one
 * depth to the next and `bPanel` bytes from one panel to the next; C of `columns` columns.
 */
export function multiplyBlock<T>(
  rows: i32, columns: i32, depth: i32, a: usize, aStride: usize, b: usize, bStep: usize, bPanel: usize, c: usize, cStride: usize, accumulate: bool,
): void {
  const width = tileColumns<T>();
  for (let column = 0; column < columns; column += width) {
    const edge = columns - column;
    const isEdge = edge < width;
    let row = 0;
    while (row < rows) {
      const left = rows - row;
      const height = left >= tileRows ? tileRows : left >= 4 ? 4 : 1;
      const from = a + <usize>row * aStride;
      const to = c + <usize>row * cStride;
      if (isEdge) {
        tileOf<T>(height, depth, from, aStride, b, bStep, edgeTile, 32, false);
        addEdge<T>(height, edge, to, cStride, accumulate);
      } else {
        tileOf<T>(height, depth, from, aStride, b, bStep, to, cStride, accumulate);
      }
      row += height;
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

/** Bytes of scratch that {@link multiply} may use. */
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
        multiplyBlock<T>(rowCount, columnCount, depthCount, blockA, strideA, panelB, stepB, panelBytes, to, cRow, k > 0);
      }
    }
  }
}

/** Strides in bytes; the columns of C are contiguous. The depth is at least 1. */
export function gemm(
  dtype: i32, rows: i32, columns: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, scratch: usize,
): void {
  switch (dtype) {
    case 1: return multiply<i32>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
    case 2: return multiply<f32>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
    case 3: return multiply<f64>(rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
  }
}
