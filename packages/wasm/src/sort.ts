import { bytesPerElement, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

/** As in assembly/sort.ts: how often each value of a byte occurs. */
const countBytes = 256 * 4;

export function argSort(device: Device, input: Strided, out: Strided, descending: boolean): void {
  if (out.size === 0) return;
  const length = input.shape.at(-1)!;
  const taken = out.shape.at(-1)!;
  const bytes = bytesPerElement(input.dtype);
  // Keys of 4 or 8 bytes with their positions, twice.
  const scratchBytes = Math.ceil((2 * length * (Math.max(bytes, 4) + 4) + countBytes) / 64) * 64;
  const threadsBytes = scratchBytes * device.pool.threads;
  const [source] = denseAddresses(device, [input], threadsBytes);
  const scratch = device.workspace.reserve(threadsBytes);
  divide(device, 'argSortRows', { total: out.size / taken, unit: 1, nanoseconds: 20 * input.size }, (first, rows) => [
    dtypeCodes[input.dtype], source! + first * length * bytes, out.storage.address + first * taken * 4, rows, length, taken,
    Number(descending), scratch, scratchBytes,
  ]);
}
