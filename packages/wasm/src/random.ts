import type { KeyWords, Strided } from '@adjoint/core';
import { copyStrided } from './copy.js';
import { addressOf, type Device } from './device.js';

export function randomBits(device: Device, key: KeyWords, out: Strided): void {
  device.kernels.randomBits(key.high, key.low, out.storage.address, out.size);
}

export function randomUniform(device: Device, key: KeyWords, out: Strided): void {
  const { randomUniformFloat32, randomUniformFloat64 } = device.kernels;
  const kernel = out.dtype === 'float64' ? randomUniformFloat64 : randomUniformFloat32;
  kernel(key.high, key.low, out.storage.address, out.size);
}

export function dropout(device: Device, input: Strided, out: Strided, key: KeyWords, rate: number): void {
  const { dropoutFloat32, dropoutFloat64 } = device.kernels;
  const target = out.storage.address;
  if (!input.isContiguous) copyStrided(device, input, target);
  const source = input.isContiguous ? addressOf(input) : target;
  const kernel = out.dtype === 'float64' ? dropoutFloat64 : dropoutFloat32;
  // A uniform is a whole number of 2^-24, so that it is below the rate exactly when that number is below this one.
  const threshold = Math.ceil(rate * 2 ** 24);
  kernel(key.high, key.low, threshold, 1 / (1 - rate), source, target, out.size);
}
