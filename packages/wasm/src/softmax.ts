import { bytesPerElement, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import type { Device } from './device.js';
import { divide } from './divide.js';

export function softmax(device: Device, input: Strided, out: Strided): void {
  normalize(device, input.dtype === 'float64' ? 'softmaxFloat64' : 'softmaxFloat32', input, out);
}

export function logSoftmax(device: Device, input: Strided, out: Strided): void {
  normalize(device, input.dtype === 'float64' ? 'logSoftmaxFloat64' : 'logSoftmaxFloat32', input, out);
}

type SoftmaxKernelName = 'softmaxFloat32' | 'softmaxFloat64' | 'logSoftmaxFloat32' | 'logSoftmaxFloat64';

function normalize(device: Device, kernel: SoftmaxKernelName, input: Strided, out: Strided): void {
  if (out.size === 0) return;
  const count = input.shape.at(-1)!;
  const rowBytes = count * bytesPerElement(input.dtype);
  const [source] = denseAddresses(device, [input]);
  divide(device, kernel, { total: out.size / count, unit: 1, nanoseconds: out.size }, (first, rows) => [
    source! + first * rowBytes, out.storage.address + first * rowBytes, rows, count,
  ]);
}
