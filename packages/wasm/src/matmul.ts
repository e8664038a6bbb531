import { bytesPerElement, type Strided } from '@adjoint/core';
import { addressOf, dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

/** What one thread does, about. */
const multiplicationsPerNanosecond = 20;

/** A multiple of the tile's rows and one of its columns, in any build and dtype. */
const rowUnit = 12;
const columnUnit = 8;

/** `[..., m, k]` times `[..., k, n]`, one product a matrix of the leading axes. */
export function matmul(device: Device, left: Strided, right: Strided, out: Strided): void {
  if (out.size === 0) return;
  const { kernels, pool, workspace } = device;
  const rank = out.shape.length;
  const rows = out.shape[rank - 2]!;
  const columns = out.shape[rank - 1]!;
  const depth = left.shape[rank - 1]!;
  const dtype = dtypeCodes[out.dtype];
  if (depth === 0) {
    kernels.fill(dtype, 0, out.storage.address, out.size);
    return;
  }
  const bytes = bytesPerElement(out.dtype);
  const scratch = workspace.reserve(kernels.gemmScratchBytes() * pool.threads);
  const aRow = left.strides[rank - 2]! * bytes;
  const aColumn = left.strides[rank - 1]! * bytes;
  const bRow = right.strides[rank - 2]! * bytes;
  const bColumn = right.strides[rank - 1]! * bytes;
  const cRow = columns * bytes;
  const nanoseconds = (rows * columns * depth) / multiplicationsPerNanosecond;
  const multiply = (a: number, b: number, c: number): void => {
    if (rows >= columns) {
      divide(device, 'gemm', { total: rows, unit: rowUnit, nanoseconds, perThread: 1 }, (first, count) => [
        dtype, count, columns, depth, a + first * aRow, aRow, aColumn, b, bRow, bColumn, c + first * cRow, cRow, scratch,
      ]);
    } else {
      divide(device, 'gemm', { total: columns, unit: columnUnit, nanoseconds, perThread: 1 }, (first, count) => [
        dtype, rows, count, depth, a, aRow, aColumn, b + first * bColumn, bRow, bColumn, c + first * bytes, cRow, scratch,
      ]);
    }
  };
  const matrixBytes = rows * columns * bytes;
  let written = out.storage.address;
  const overBatch = (axis: number, a: number, b: number): void => {
    if (axis === rank - 2) {
      multiply(a, b, written);
      written += matrixBytes;
      return;
    }
    for (let index = 0; index < out.shape[axis]!; index++) {
      overBatch(axis + 1, a + index * left.strides[axis]! * bytes, b + index * right.strides[axis]! * bytes);
    }
  };
  overBatch(0, addressOf(left), addressOf(right));
}
