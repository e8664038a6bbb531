import { bytesPerElement, type Strided } from '@adjoint/core';
import { addressOf, dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';
import { mergeAxes, rowsIn, writeOuterAxes, type Layout } from './layout.js';

/** What one thread does, about. */
const multiplicationsPerNanosecond = 20;

const noBatch: Layout = { lengths: [], strides: [] };

/** A multiple of the tile's rows and one of its columns, in any build and dtype. */
const rowUnit = 12;
const columnUnit = 8;

/** As in assembly/gemm.ts. */
const methods = { blocked: 0, streamed: 1, dotted: 2 } as const;

/** Up to so many rows are few: they would use what is packed too seldom. */
const fewRows = 8;

/** Up to so many columns are few: a tile of them would be too empty. */
const fewColumns = 6;

/** Below this depth a sum over vectors along it costs more than it saves. */
const leastDepth = 32;

/** Matrices of an operand: where the first begins, its strides in bytes, and from matrix to matrix those of the operand. */
interface Matrix {
  readonly address: number;
  readonly strides: readonly number[];
  readonly row: number;
  readonly column: number;
}

interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
}

function matrixOf(operand: Strided, bytes: number): Matrix {
  const { strides } = operand;
  const rank = strides.length;
  return { address: addressOf(operand), strides, row: strides[rank - 2]! * bytes, column: strides[rank - 1]! * bytes };
}

function transposed({ address, strides, row, column }: Matrix): Matrix {
  return { address, strides, row: column, column: row };
}

/** The transpose of a product is that of its operands, in reverse order. */
function transposedProduct({ rows, columns, a, b, c }: Product): Product {
  return { rows: columns, columns: rows, a: transposed(b), b: transposed(a), c: transposed(c) };
}

/**
 * How to make a product: it depends on all of it, not on a thread's part, so that every part is made in the same way. C of
 * few rows takes B as it lies, and C of few columns, which is the transpose of one of few rows, A.
 */
function choose(product: Product, depth: number, bytes: number): [number, Product] {
  const { rows, columns, a, b } = product;
  const isDeep = depth >= leastDepth;
  if (columns <= (isDeep ? fewColumns : 1) && a.column === bytes) return [methods.dotted, transposedProduct(product)];
  if (rows <= (isDeep ? fewRows : 1) && b.row === bytes) return [methods.dotted, product];
  if (rows <= fewRows && b.column === bytes) return [methods.streamed, product];
  if (columns === 1 && a.row === bytes) return [methods.streamed, transposedProduct(product)];
  return [methods.blocked, product];
}

/** `[..., m, k]` times `[..., k, n]`, one product a matrix of the leading axes. */
export function matmul(device: Device, left: Strided, right: Strided, out: Strided): void {
  if (out.size === 0) return;
  const { kernels, pool, workspace } = device;
  const lead = out.shape.length - 2;
  const depth = left.shape[lead + 1]!;
  const dtype = dtypeCodes[out.dtype];
  if (depth === 0) {
    kernels.fill(dtype, 0, out.storage.address, out.size);
    return;
  }
  const bytes = bytesPerElement(out.dtype);
  const [method, { rows, columns, a, b, c }] = choose({
    rows: out.shape[lead]!, columns: out.shape[lead + 1]!, a: matrixOf(left, bytes), b: matrixOf(right, bytes), c: matrixOf(out, bytes),
  }, depth, bytes);
  const batch = lead === 0 ? noBatch : mergeAxes(out.shape.slice(0, lead), [a.strides, b.strides, c.strides]);
  const rank = batch.lengths.length;
  const matrices = rowsIn(batch, rank);
  writeOuterAxes(device, batch, rank, [bytes, bytes, bytes]);
  const scratch = workspace.reserve(kernels.gemmScratchBytes() * pool.threads);
  const nanoseconds = (rows * columns * depth) / multiplicationsPerNanosecond;
  if (matrices >= 4 * pool.threads) {
    divide(device, 'gemm', { total: matrices, unit: 1, nanoseconds: matrices * nanoseconds }, (first, count) => [
      method, dtype, rows, columns, depth, a.address, a.row, a.column, b.address, b.row, b.column,
      c.address, c.row, c.column, scratch, rank, first, count,
    ]);
    return;
  }
  for (let matrix = 0; matrix < matrices; matrix++) {
    if (method === methods.blocked && rows >= columns) {
      divide(device, 'gemm', { total: rows, unit: rowUnit, nanoseconds, perThread: 1 }, (first, count) => [
        method, dtype, count, columns, depth, a.address + first * a.row, a.row, a.column, b.address, b.row, b.column,
        c.address + first * c.row, c.row, c.column, scratch, rank, matrix, 1,
      ]);
    } else {
      divide(device, 'gemm', { total: columns, unit: columnUnit, nanoseconds, perThread: 1 }, (first, count) => [
        method, dtype, rows, count, depth, a.address, a.row, a.column, b.address + first * b.column, b.row, b.column,
        c.address + first * c.column, c.row, c.column, scratch, rank, matrix, 1,
      ]);
    }
  }
}
