import { bytesPerElement, type Shape, type Strided, type Window2d } from '@adjoint/core';
import { writeGeometry, type Geometry } from './convolutionGeometry.js';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';
import { prefersWinograd, winogradConvolution, winogradKernelGradient } from './winograd.js';

function fillZero({ kernels }: Device, out: Strided): void {
  kernels.fill(dtypeCodes[out.dtype], 0, out.storage.address, out.size);
}

/** What one thread does, about. */
const multiplicationsPerNanosecond = 20;

function pixelsOf(shape: Shape): number {
  return shape[0]! * shape[1]! * shape[2]!;
}

function nanosecondsFor({ taps, out }: Geometry): number {
  return (pixelsOf(out) * taps[0]! * taps[1]! * taps[2]! * taps[3]!) / multiplicationsPerNanosecond;
}

function scratchBytesFor({ kernels }: Device, { taps, out, strides }: Geometry, { dtype }: Strided): number {
  const padded = ((out[1]! - 1) * strides[0] + taps[0]!) * ((out[2]! - 1) * strides[1] + taps[1]!);
  return kernels.conv2dScratchBytes(taps[0]! * taps[1]!, taps[2]!, taps[3]!, padded, bytesPerElement(dtype));
}

/** The images' gradient is itself a convolution of stride 1, of the cotangent with the kernel turned around. */
function reversed({ image, taps, out, dilation, before, ...rest }: Geometry): Geometry {
  const [kernelHeight, kernelWidth, channels, filters] = taps as readonly [number, number, number, number];
  return {
    ...rest, image: out, taps: [kernelHeight, kernelWidth, filters, channels], out: image, dilation,
    before: [(kernelHeight - 1) * dilation[0] - before[0], (kernelWidth - 1) * dilation[1] - before[1]],
  };
}

function geometryOf(image: Shape, taps: Shape, out: Shape, { strides, dilation, padding }: Window2d): Geometry {
  return { image, taps, out, strides, dilation, before: [padding[0][0], padding[1][0]] };
}

export function conv2d(device: Device, input: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (kernel.size === 0) return fillZero(device, out);
  const geometry = geometryOf(input.shape, kernel.shape, out.shape, window);
  if (prefersWinograd(geometry, out.dtype)) {
    winogradConvolution(device, geometry, input, kernel, out, false);
    return;
  }
  divideLines(device, 'conv2dForward', geometry, input, kernel, out, scratchBytesFor(device, geometry, out));
}

export function conv2dInputGradient(device: Device, cotangent: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (cotangent.size === 0) return fillZero(device, out);
  const geometry = geometryOf(out.shape, kernel.shape, cotangent.shape, window);
  const turned = reversed(geometry);
  if (prefersWinograd(turned, out.dtype)) {
    winogradConvolution(device, turned, cotangent, kernel, out, true);
    return;
  }
  const [kernelHeight, kernelWidth, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const own = device.kernels.conv2dInputGradientScratchBytes(
    kernelHeight, kernelWidth, channels, filters, cotangent.shape[2]!, bytesPerElement(out.dtype),
  );
  divideLines(device, 'conv2dInputGradient', geometry, cotangent, kernel, out, own);
}

/** Calls a kernel for all lines of `out`; each thread has `own` bytes of scratch. */
function divideLines(
  device: Device, name: 'conv2dForward' | 'conv2dInputGradient', geometry: Geometry,
  input: Strided, kernel: Strided, out: Strided, own: number,
): void {
  const { pool, workspace } = device;
  const extra = own * pool.threads;
  const [image, weights] = denseAddresses(device, [input, kernel], extra);
  const scratch = workspace.reserve(extra);
  writeGeometry(device, geometry);
  const work = { total: out.shape[0]! * out.shape[1]!, unit: 1, nanoseconds: nanosecondsFor(geometry) };
  divide(device, name, work, (first, count) => [
    dtypeCodes[out.dtype], image!, weights!, out.storage.address, first, count, scratch, own,
  ]);
}

/** So many parts of a kernel's gradient are summed at the end, on any number of threads, so that all give the same sum. */
const gradientParts = 4;

export function conv2dKernelGradient(device: Device, input: Strided, cotangent: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (input.size === 0 || cotangent.size === 0) return fillZero(device, out);
  const geometry = geometryOf(input.shape, out.shape, cotangent.shape, window);
  if (prefersWinograd(geometry, out.dtype)) {
    winogradKernelGradient(device, geometry, input, cotangent, out, gradientParts);
    return;
  }
  const { kernels, pool, workspace } = device;
  const own = scratchBytesFor(device, geometry, out);
  const bytes = bytesPerElement(out.dtype);
  const partBytes = Math.ceil((out.size * bytes) / 64 + 1) * 64;
  const extra = own * pool.threads + gradientParts * partBytes;
  const [image, weights] = denseAddresses(device, [input, cotangent], extra);
  const scratch = workspace.reserve(extra);
  const partial = scratch + own * pool.threads;
  writeGeometry(device, geometry);
  const lines = cotangent.shape[0]! * cotangent.shape[1]!;
  const stretch = Math.ceil(lines / gradientParts);
  const parts = Math.ceil(lines / stretch);
  const dtype = dtypeCodes[out.dtype];
  const { address } = out.storage;
  pool.run('conv2dKernelGradient', parts, (part) => [
    dtype, image!, weights!, parts === 1 ? address : partial + part * out.size * bytes,
    part * stretch, Math.min(stretch, lines - part * stretch), scratch, own,
  ]);
  if (parts > 1) kernels.reduceColumns(0, dtype, partial, address, 1, parts, out.size, 0, out.size, scratch, 0);
}
