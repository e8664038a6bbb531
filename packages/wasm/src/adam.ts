import type { AdamCoefficients, Strided } from '@adjoint/core';
import { addressOf, type Device } from './device.js';
import { divide, elementUnit } from './divide.js';

/** `inputs` are the parameter, its gradient, the first moment and the root of the second. */
export function adam(device: Device, inputs: readonly Strided[], out: Strided, coefficients: AdamCoefficients): void {
  const { stepSize, beta1, beta2, epsilon } = coefficients;
  const [parameter, gradient, firstMoment, secondRoot] = inputs.map(addressOf) as [number, number, number, number];
  const { size, dtype } = inputs[0]!;
  const kernel = dtype === 'float64' ? 'adamFloat64' : 'adamFloat32';
  divide(device, kernel, { total: size, unit: elementUnit, nanoseconds: size }, (first, count) => [
    parameter, gradient, firstMoment, secondRoot, out.storage.address, size, first, count,
    stepSize, beta1, beta2, epsilon,
  ]);
}
