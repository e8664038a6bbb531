import { bytesPerElement, type Strided } from '@adjoint/core';
import { writeGeometry, type Geometry } from './convolutionGeometry.js';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';

/** How long one thread takes for all lines, about, and how many bytes of scratch each thread needs. */
interface LineWork {
  readonly nanoseconds: number;
  readonly scratchBytes: number;
}

/** Calls a kernel for all lines of its result `out`. */
export function divideLines(
  device: Device, name: 'conv2dForward' | 'conv2dInputGradient' | 'depthwiseForward' | 'depthwiseInputGradient', geometry: Geometry,
  images: Strided, kernel: Strided, out: Strided, { nanoseconds, scratchBytes }: LineWork,
): void {
  const extra = scratchBytes * device.pool.threads;
  const [image, weights] = denseAddresses(device, [images, kernel], extra);
  const scratch = device.workspace.reserve(extra);
  writeGeometry(device, geometry);
  divide(device, name, { total: out.shape[0]! * out.shape[1]!, unit: 1, nanoseconds }, (first, count) => [
    dtypeCodes[out.dtype], image!, weights!, out.storage.address, first, count, scratch, scratchBytes,
  ]);
}

/** So many parts of a kernel's gradient are summed at the end, on any number of threads, so that all give the same sum. */
export const gradientParts = 4;

/** Sums what a kernel gives for all lines of the cotangent. */
export function sumLines(
  device: Device, name: 'conv2dKernelGradient' | 'depthwiseKernelGradient', geometry: Geometry,
  images: Strided, cotangent: Strided, out: Strided, scratchBytes: number,
): void {
  const { kernels, pool, workspace } = device;
  const bytes = bytesPerElement(out.dtype);
  const partBytes = Math.ceil((out.size * bytes) / 64 + 1) * 64;
  const extra = scratchBytes * pool.threads + gradientParts * partBytes;
  const [image, cotangents] = denseAddresses(device, [images, cotangent], extra);
  const scratch = workspace.reserve(extra);
  const partial = scratch + scratchBytes * pool.threads;
  writeGeometry(device, geometry);
  const lines = cotangent.shape[0]! * cotangent.shape[1]!;
  const stretch = Math.ceil(lines / gradientParts);
  const parts = Math.ceil(lines / stretch);
  const dtype = dtypeCodes[out.dtype];
  const { address } = out.storage;
  pool.run(name, parts, (part) => [
    dtype, image!, cotangents!, parts === 1 ? address : partial + part * out.size * bytes,
    part * stretch, Math.min(stretch, lines - part * stretch), scratch, scratchBytes,
  ]);
  if (parts > 1) kernels.reduceColumns(0, dtype, partial, address, 1, parts, out.size, 0, out.size, scratch, 0);
}
