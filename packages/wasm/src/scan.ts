import { bytesPerElement, sizeOf, type ScanOperation, type ScanOrder, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

/** The number of each operation in assembly/scan.ts. */
const codes: Record<ScanOperation, number> = { sum: 0, product: 1 };

/** Each column's total is a float64 at most. */
const totalBytes = 8;

export function scan(
  device: Device, operation: ScanOperation, input: Strided, out: Strided, axis: number, { reverse, exclusive }: ScanOrder,
): void {
  if (out.size === 0) return;
  const { shape, dtype } = input;
  const outer = sizeOf(shape, 0, axis);
  const rows = shape[axis]!;
  const inner = sizeOf(shape, axis + 1);
  const scratchBytes = Math.ceil((inner * totalBytes) / 64) * 64;
  const scratch = scratchBytes * device.pool.threads;
  const [source] = denseAddresses(device, [input], scratch);
  const totals = device.workspace.reserve(scratch);
  const target = out.storage.address;
  const matrixBytes = rows * inner * bytesPerElement(dtype);
  const byMatrices = outer > 1;
  // Columns of whole cache lines, so that two threads do not write into one.
  const work = { total: byMatrices ? outer : inner, unit: byMatrices ? 1 : 16, nanoseconds: out.size };
  divide(device, 'scan', work, (first, count) => {
    const start = byMatrices ? first * matrixBytes : 0;
    const matrices = byMatrices ? count : 1;
    const [firstColumn, columns] = byMatrices ? [0, inner] : [first, count];
    return [
      codes[operation], dtypeCodes[dtype], source! + start, target + start, matrices, rows, inner, firstColumn, columns,
      Number(reverse), Number(exclusive), totals, scratchBytes,
    ];
  });
}
