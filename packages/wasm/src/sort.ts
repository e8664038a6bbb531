import { bytesPerElement, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

export function argSort(device: Device, input: Strided, out: Strided, descending: boolean): void {
  if (out.size === 0) return;
  const length = input.shape.at(-1)!;
  const taken = out.shape.at(-1)!;
  const bytes = bytesPerElement(input.dtype);
  const rows = out.size / taken;
  const scratchBytes = device.kernels.argSortScratchBytes(length, taken, bytes) >>> 0;
  // A single row is sorted by the thread that calls.
  const threadsBytes = scratchBytes * (rows === 1 ? 1 : device.pool.threads);
  const [source] = denseAddresses(device, [input], threadsBytes);
  const scratch = device.workspace.reserve(threadsBytes);
  divide(device, 'argSortRows', { total: rows, unit: 1, nanoseconds: 20 * input.size }, (first, count) => [
    dtypeCodes[input.dtype], source! + first * length * bytes, out.storage.address + first * taken * 4, count, length, taken,
    Number(descending), scratch, scratchBytes,
  ]);
}
