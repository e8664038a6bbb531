import { bytesPerElement, type Activation, type ActivationName, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import type { Device } from './device.js';
import { divide, elementUnit } from './divide.js';

/** In the order of the numbers in assembly/activation.ts. */
const activations: readonly ActivationName[] = [
  'leakyRelu', 'relu6', 'elu', 'softplus', 'silu', 'hardSwish', 'gelu', 'geluTanh',
];

export function activation(device: Device, of: Activation, input: Strided, out: Strided): void {
  const [source] = denseAddresses(device, [input]);
  run(device, of, 0, source!, out);
}

export function activationGradient(device: Device, of: Activation, cotangent: Strided, input: Strided, out: Strided): void {
  const [factor, source] = denseAddresses(device, [cotangent, input]);
  run(device, of, factor!, source!, out);
}

/** `cotangent` is 0 where there is none. */
function run(device: Device, { name, constants = [] }: Activation, cotangent: number, source: number, out: Strided): void {
  const kernel = out.dtype === 'float64' ? 'activationFloat64' : 'activationFloat32';
  const code = activations.indexOf(name);
  const [first = 0, second = 0] = constants;
  const bytes = bytesPerElement(out.dtype);
  divide(device, kernel, { total: out.size, unit: elementUnit, nanoseconds: out.size }, (start, count) => [
    code, cotangent === 0 ? 0 : cotangent + start * bytes, source + start * bytes, out.storage.address + start * bytes,
    count, first, second,
  ]);
}
