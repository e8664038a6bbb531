import { BackendError, bytesPerElement, sizeOf, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

/** About how long one thread takes to find a slice, and to move it. */
const nanosecondsFor = (slices: number, bytes: number): number => 2 * slices + bytes / 4;

export function gather(device: Device, input: Strided, indices: Strided, out: Strided, axis: number): void {
  if (out.size === 0) return;
  const [source, places] = denseAddresses(device, [input, indices]);
  const bytes = bytesPerElement(out.dtype);
  const sliceBytes = sizeOf(input.shape, axis + 1) * bytes;
  const slices = (out.size * bytes) / sliceBytes;
  divide(device, 'gather', { total: slices, unit: 1, nanoseconds: nanosecondsFor(slices, out.size * bytes) }, (first, count) => [
    source!, places!, out.storage.address, input.shape[axis]!, indices.size, sliceBytes, first, count,
  ]);
}

export function scatterAdd(device: Device, updates: Strided, indices: Strided, out: Strided, axis: number): void {
  if (out.dtype === 'bool') {
    throw new BackendError('scatterAdd: the wasm backend has no kernel for bool; convert to int32 first');
  }
  if (out.size === 0) return;
  const [added, places] = denseAddresses(device, [updates, indices]);
  const length = out.shape[axis]!;
  const outer = sizeOf(out.shape, 0, axis);
  const inner = sizeOf(out.shape, axis + 1);
  const nanoseconds = nanosecondsFor(outer * indices.size, (out.size + updates.size) * bytesPerElement(out.dtype));
  // Each thread reads all indices and has some of the slices to itself: so the sums are those of one thread.
  divide(device, 'scatterAdd', { total: length, unit: 1, nanoseconds, perThread: 1 }, (first, count) => [
    dtypeCodes[out.dtype], added!, places!, out.storage.address, outer, length, indices.size, inner, first, count,
  ]);
}
