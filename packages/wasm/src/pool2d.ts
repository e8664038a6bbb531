import { BackendError, bytesPerElement, type DType, type PoolWindow2d, type Shape, type Strided } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import type { Device } from './device.js';
import { divide } from './divide.js';
import type { KernelArguments, KernelName } from './threadPool.js';

/** The kernels of one pooling, by dtype. */
type ByDType<Name extends KernelName> = Partial<Record<DType, Name>>;

const maxKernels = {
  int32: 'maxPool2dInt32', float32: 'maxPool2dFloat32', float64: 'maxPool2dFloat64',
} as const satisfies ByDType<KernelName>;
const gatherKernels = {
  float32: 'maxPool2dGatherFloat32', float64: 'maxPool2dGatherFloat64',
} as const satisfies ByDType<KernelName>;
const scatterKernels = {
  float32: 'maxPool2dScatterFloat32', float64: 'maxPool2dScatterFloat64',
} as const satisfies ByDType<KernelName>;
const averageKernels = {
  float32: 'averagePool2dFloat32', float64: 'averagePool2dFloat64',
} as const satisfies ByDType<KernelName>;
const averageGradientKernels = {
  float32: 'averagePool2dGradientFloat32', float64: 'averagePool2dGradientFloat64',
} as const satisfies ByDType<KernelName>;

export function maxPool2d(device: Device, input: Strided, out: Strided, window: PoolWindow2d): void {
  const kernel = kernelFor('maxPool2d', maxKernels, input.dtype);
  const [source] = denseAddresses(device, [input]);
  writePool(device, input.shape, out.shape, window);
  divideImages(device, kernel, input, (first, images) => [source!, out.storage.address, first, images]);
}

export function maxPool2dGather(
  device: Device, input: Strided, values: Strided, out: Strided, window: PoolWindow2d,
): void {
  const kernel = kernelFor('maxPool2dGather', gatherKernels, input.dtype);
  const [source, gathered] = denseAddresses(device, [input, values]);
  writePool(device, input.shape, out.shape, window);
  divideImages(device, kernel, input, (first, images) => [source!, gathered!, out.storage.address, first, images]);
}

export function maxPool2dScatter(
  device: Device, input: Strided, cotangent: Strided, out: Strided, window: PoolWindow2d,
): void {
  const kernel = kernelFor('maxPool2dScatter', scatterKernels, input.dtype);
  const [source, scattered] = denseAddresses(device, [input, cotangent]);
  writePool(device, input.shape, cotangent.shape, window);
  divideImages(device, kernel, input, (first, images) => [source!, scattered!, out.storage.address, first, images]);
}

export function averagePool2d(device: Device, input: Strided, out: Strided, window: PoolWindow2d): void {
  const kernel = kernelFor('averagePool2d', averageKernels, input.dtype);
  const [source] = denseAddresses(device, [input]);
  writePool(device, input.shape, out.shape, window);
  divideImages(device, kernel, input, (first, images) => [source!, out.storage.address, first, images]);
}

export function averagePool2dGradient(device: Device, cotangent: Strided, out: Strided, window: PoolWindow2d): void {
  const kernel = kernelFor('averagePool2dGradient', averageGradientKernels, cotangent.dtype);
  const [source] = denseAddresses(device, [cotangent]);
  writePool(device, out.shape, cotangent.shape, window);
  divideImages(device, kernel, out, (first, images) => [source!, out.storage.address, first, images]);
}

/** `unpooled` has the shape of the larger images. */
function divideImages<Name extends KernelName>(
  device: Device, kernel: Name, unpooled: Strided, argumentsOf: (first: number, images: number) => KernelArguments<Name>,
): void {
  const [images, , , channels] = unpooled.shape as [number, number, number, number];
  // Where a pixel is less than a vector, kernels write into the next one, which must not be another thread's.
  const unit = channels * bytesPerElement(unpooled.dtype) >= 16 ? 1 : images;
  divide(device, kernel, { total: images, unit, nanoseconds: unpooled.size / 4 }, argumentsOf);
}

function kernelFor<Name extends KernelName>(operation: string, kernels: ByDType<Name>, dtype: DType): Name {
  const kernel = kernels[dtype];
  if (kernel === undefined) {
    throw new BackendError(`${operation}: the wasm backend has no kernel for ${dtype}; convert to a float first`);
  }
  return kernel;
}

/** In the order of the fields of `Pool` in assembly/pool2d.ts. */
function writePool(
  device: Device, input: Shape, pooled: Shape, { size, strides, padding, dilation }: PoolWindow2d,
): void {
  device.memory.int32.set(
    [...input.slice(1), pooled[1]!, pooled[2]!, ...size, ...strides, padding[0][0], padding[1][0], ...dilation],
    device.parameters,
  );
}
