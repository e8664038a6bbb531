import { bytesPerElement, type KeyWords, type Strided } from '@adjoint/core';
import { copyStrided } from './copy.js';
import { addressOf, type Device } from './device.js';
import { divide, elementUnit } from './divide.js';

export function randomBits(device: Device, key: KeyWords, out: Strided): void {
  const { address } = out.storage;
  divide(device, 'randomBits', { total: out.size, unit: elementUnit, nanoseconds: 2 * out.size }, (first, count) => [
    key.high, key.low, address + first * bytesPerElement('int32'), first, count,
  ]);
}

export function randomUniform(device: Device, key: KeyWords, out: Strided): void {
  const { address } = out.storage;
  const bytes = bytesPerElement(out.dtype);
  const kernel = out.dtype === 'float64' ? 'randomUniformFloat64' : 'randomUniformFloat32';
  divide(device, kernel, { total: out.size, unit: elementUnit, nanoseconds: 2 * out.size }, (first, count) => [
    key.high, key.low, address + first * bytes, first, count,
  ]);
}

export function dropout(device: Device, input: Strided, out: Strided, key: KeyWords, rate: number): void {
  const target = out.storage.address;
  if (!input.isContiguous) copyStrided(device, input, target);
  const source = input.isContiguous ? addressOf(input) : target;
  const kernel = out.dtype === 'float64' ? 'dropoutFloat64' : 'dropoutFloat32';
  // A uniform is a whole number of 2^-24, so that it is below the rate exactly when that number is below this one.
  const threshold = Math.ceil(rate * 2 ** 24);
  const bytes = bytesPerElement(out.dtype);
  divide(device, kernel, { total: out.size, unit: elementUnit, nanoseconds: 2 * out.size }, (first, count) => [
    key.high, key.low, threshold, 1 / (1 - rate), source + first * bytes, target + first * bytes, first, count,
  ]);
}
