import type { Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import type { Device } from './device.js';

export function softmax(device: Device, input: Strided, out: Strided): void {
  if (out.size === 0) return;
  const { softmaxFloat32, softmaxFloat64 } = device.kernels;
  const count = input.shape.at(-1)!;
  const kernel = input.dtype === 'float64' ? softmaxFloat64 : softmaxFloat32;
  kernel(denseAddresses(device, [input])[0]!, out.storage.address, out.size / count, count);
}

export function logSoftmax(device: Device, input: Strided, out: Strided): void {
  if (out.size === 0) return;
  const { logSoftmaxFloat32, logSoftmaxFloat64 } = device.kernels;
  const count = input.shape.at(-1)!;
  const kernel = input.dtype === 'float64' ? logSoftmaxFloat64 : logSoftmaxFloat32;
  kernel(denseAddresses(device, [input])[0]!, out.storage.address, out.size / count, count);
}
