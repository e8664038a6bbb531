import { BackendError, bytesPerElement, sizeOf, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';

export function gather(device: Device, input: Strided, indices: Strided, out: Strided, axis: number): void {
  if (out.size === 0) return;
  const [source, places] = denseAddresses(device, [input, indices]);
  const outer = sizeOf(input.shape.slice(0, axis));
  const inner = sizeOf(input.shape.slice(axis + 1));
  device.kernels.gather(
    source!, places!, out.storage.address,
    outer, input.shape[axis]!, indices.size, inner * bytesPerElement(input.dtype),
  );
}

export function scatterAdd(device: Device, updates: Strided, indices: Strided, out: Strided, axis: number): void {
  if (out.dtype === 'bool') {
    throw new BackendError('scatterAdd: the wasm backend has no kernel for bool; convert to int32 first');
  }
  const [added, places] = denseAddresses(device, [updates, indices]);
  const outer = sizeOf(out.shape.slice(0, axis));
  const inner = sizeOf(out.shape.slice(axis + 1));
  device.kernels.scatterAdd(
    dtypeCodes[out.dtype], added!, places!, out.storage.address, outer, out.shape[axis]!, indices.size, inner,
  );
}
