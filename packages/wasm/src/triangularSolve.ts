import { bytesPerElement, isContiguous, sizeOf, type Strided, type Triangle } from '@adjoint/core';
import { copyStrided, denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

/** What a thread does in a nanosecond, about. */
const multiplicationsPerNanosecond = 4;

/** The right sides are copied to where the solutions will be, and are replaced there. */
export function triangularSolve(
  device: Device, matrix: Strided, right: Strided, out: Strided, { lower, transpose, unitDiagonal }: Triangle,
): void {
  if (out.size === 0) return;
  const { kernels, pool, workspace } = device;
  const [size, columns] = out.shape.slice(-2) as [number, number];
  copyStrided(device, right, out.storage.address);
  const bytes = bytesPerElement(out.dtype);
  const scratchBytes = kernels.triangularSolveScratchBytes(columns, bytes);
  const ownBytes = (scratchBytes + kernels.gemmScratchBytes()) * pool.threads;
  const shared = withoutRepeats(matrix);
  const [a] = denseAddresses(device, [shared], ownBytes);
  const scratch = workspace.reserve(ownBytes);
  const gemmScratch = scratch + scratchBytes * pool.threads;
  const aMatrix = shared === matrix ? size * size * bytes : 0;
  const aRow = transpose ? bytes : size * bytes;
  const aColumn = transpose ? size * bytes : bytes;
  const total = out.size / (size * columns);
  const nanoseconds = (out.size * size) / 2 / multiplicationsPerNanosecond;
  divide(device, 'triangularSolve', { total, unit: 1, nanoseconds }, (first, count) => [
    dtypeCodes[out.dtype], Number(lower !== transpose), Number(unitDiagonal), count, size, columns,
    a! + first * aMatrix, aMatrix, aRow, aColumn, out.storage.address + first * size * columns * bytes,
    scratch, scratchBytes, gemmScratch,
  ]);
}

/** One matrix where all are the same by a stride of 0. */
function withoutRepeats(matrix: Strided): Strided {
  const lead = matrix.shape.length - 2;
  const isRepeated = lead > 0 && matrix.strides.slice(0, lead).every((stride) => stride === 0);
  if (!isRepeated) return matrix;
  const shape = matrix.shape.slice(lead);
  const strides = matrix.strides.slice(lead);
  return { ...matrix, shape, strides, size: sizeOf(shape), isContiguous: isContiguous(shape, strides) };
}
