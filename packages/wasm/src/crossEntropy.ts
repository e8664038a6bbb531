import { bytesPerElement, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

const labelBytes = bytesPerElement('int32');

export function crossEntropy(device: Device, logits: Strided, labels: Strided, out: Strided): void {
  if (out.size === 0) return;
  const count = logits.shape.at(-1)!;
  const bytes = bytesPerElement(logits.dtype);
  const [source, classes] = denseAddresses(device, [logits, labels]);
  divide(device, 'crossEntropyRows', { total: out.size, unit: 1, nanoseconds: logits.size }, (first, rows) => [
    dtypeCodes[logits.dtype], source! + first * count * bytes, classes! + first * labelBytes, out.storage.address + first * bytes, rows, count,
  ]);
}

export function crossEntropyGradient(device: Device, cotangent: Strided, logits: Strided, labels: Strided, out: Strided): void {
  if (out.size === 0) return;
  const count = logits.shape.at(-1)!;
  const bytes = bytesPerElement(logits.dtype);
  const [incoming, source, classes] = denseAddresses(device, [cotangent, logits, labels]);
  divide(device, 'crossEntropyGradientRows', { total: out.size / count, unit: 1, nanoseconds: out.size }, (first, rows) => [
    dtypeCodes[logits.dtype], incoming! + first * bytes, source! + first * count * bytes, classes! + first * labelBytes,
    out.storage.address + first * count * bytes, rows, count,
  ]);
}
