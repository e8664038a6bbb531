import { bytesPerElement, type Standardization, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

export function standardize(device: Device, input: Strided, out: Strided, { centred, epsilon }: Standardization): void {
  if (out.size === 0) return;
  const count = input.shape.at(-1)!;
  const rowBytes = count * bytesPerElement(input.dtype);
  const [source] = denseAddresses(device, [input]);
  divide(device, 'standardizeRows', { total: out.size / count, unit: 1, nanoseconds: out.size }, (first, rows) => [
    dtypeCodes[input.dtype], source! + first * rowBytes, out.storage.address + first * rowBytes, rows, count, Number(centred), epsilon,
  ]);
}

export function standardizeGradient(
  device: Device, cotangent: Strided, input: Strided, out: Strided, { centred, epsilon }: Standardization,
): void {
  if (out.size === 0) return;
  const count = input.shape.at(-1)!;
  const rowBytes = count * bytesPerElement(input.dtype);
  const [incoming, source] = denseAddresses(device, [cotangent, input]);
  divide(device, 'standardizeGradientRows', { total: out.size / count, unit: 1, nanoseconds: 2 * out.size }, (first, rows) => [
    dtypeCodes[input.dtype], incoming! + first * rowBytes, source! + first * rowBytes, out.storage.address + first * rowBytes,
    rows, count, Number(centred), epsilon,
  ]);
}
