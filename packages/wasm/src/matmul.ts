import { bytesPerElement, type Strided } from '@adjoint/core';
import { addressOf, dtypeCodes, type Device } from './device.js';

/** `[..., m, k]` times `[..., k, n]`, one product a matrix of the leading axes. */
export function matmul({ kernels, workspace }: Device, left: Strided, right: Strided, out: Strided): void {
  if (out.size === 0) return;
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
  const scratch = workspace.reserve(kernels.gemmScratchBytes());
  const multiply = (a: number, b: number, c: number): void =>
    kernels.gemm(
      dtype, rows, columns, depth,
      a, left.strides[rank - 2]! * bytes, left.strides[rank - 1]! * bytes,
      b, right.strides[rank - 2]! * bytes, right.strides[rank - 1]! * bytes,
      c, columns * bytes, scratch,
    );
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
