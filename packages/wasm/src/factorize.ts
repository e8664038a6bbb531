import { bytesPerElement, sizeOf, type Factorization, type Strided } from '@adjoint/core';
import { assign } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

/** The number of each operation in assembly/factorize.ts. */
const codes: Record<Factorization, number> = { cholesky: 0, lu: 1, qr: 2, eigh: 3, svd: 4 };

/** About how many operations a decomposition takes, over the rows and twice the columns. */
const work: Record<Factorization, number> = { cholesky: 0.3, lu: 0.7, qr: 3, eigh: 9, svd: 20 };

/** What a thread does of them in a nanosecond, about. */
const operationsPerNanosecond = 4;

/** The matrices are copied to where their factors will be, and are replaced there. */
export function factorize(device: Device, operation: Factorization, input: Strided, out: Strided): void {
  if (out.size === 0) return;
  const { kernels, pool, workspace } = device;
  const rank = input.shape.length;
  const rows = input.shape[rank - 2]!;
  const columns = input.shape[rank - 1]!;
  const matrixSize = sizeOf(out.shape, -2);
  assign(device, input, {
    ...out, shape: input.shape, size: input.size, offset: operation === 'eigh' ? columns : 0, isContiguous: false,
  });
  const code = codes[operation];
  const scratchBytes = kernels.factorizeScratchBytes(code, rows, columns);
  const scratch = workspace.reserve((scratchBytes + kernels.gemmScratchBytes()) * pool.threads);
  const gemmScratch = scratch + scratchBytes * pool.threads;
  const matrixBytes = matrixSize * bytesPerElement(out.dtype);
  const total = out.size / matrixSize;
  const nanoseconds = (total * work[operation] * rows * columns * columns) / operationsPerNanosecond;
  divide(device, 'factorize', { total, unit: 1, nanoseconds }, (first, count) => [
    code, dtypeCodes[out.dtype], out.storage.address + first * matrixBytes, count, matrixBytes, rows, columns,
    scratch, scratchBytes, gemmScratch,
  ]);
}
