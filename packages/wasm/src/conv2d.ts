/*
 * The three convolutions are two kernels: the gradient of the images is itself a convolution, of the cotangent with
 * the reversed kernel, where a stride of the forward pass becomes a distance between the cotangent's pixels.
 */
import { bytesPerElement, type Shape, type Strided, type Window2d } from '@adjoint/core';
import type { Geometry } from './convolutionGeometry.js';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';
import { prefersWinograd, winogradConvolution, winogradKernelGradient } from './winograd.js';

/** In the order in which `readGeometry` in assembly/conv2d.ts reads it. */
function writeGeometry(device: Device, { image, taps, out, strides, dilation, before, spread }: Geometry): void {
  device.memory.int32.set(
    [...image.slice(1), out[1]!, out[2]!, taps[0]!, taps[1]!, taps[3]!, ...strides, ...dilation, ...before, ...spread],
    device.parameters,
  );
}

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

export function conv2d(device: Device, input: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (kernel.size === 0) return fillZero(device, out);
  const { strides, dilation, padding } = window;
  const before = [padding[0][0], padding[1][0]] as const;
  convolve(device, input, kernel, out, {
    image: input.shape, taps: kernel.shape, out: out.shape, strides, dilation, before, spread: [1, 1],
  }, false);
}

export function conv2dInputGradient(device: Device, cotangent: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (cotangent.size === 0) return fillZero(device, out);
  const [kernelHeight, kernelWidth, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const { strides, dilation, padding } = window;
  const before = [
    (kernelHeight - 1) * dilation[0] - padding[0][0], (kernelWidth - 1) * dilation[1] - padding[1][0],
  ] as const;
  convolve(device, cotangent, kernel, out, {
    image: cotangent.shape, taps: [kernelHeight, kernelWidth, filters, channels], out: out.shape,
    strides: [1, 1], dilation, before, spread: strides,
  }, true);
}

/** `isReversed` says that the kernel is to be turned around, and its channels and filters exchanged, first. */
function convolve(
  device: Device, input: Strided, kernel: Strided, out: Strided, geometry: Geometry, isReversed: boolean,
): void {
  const { kernels, pool, workspace } = device;
  const dtype = dtypeCodes[out.dtype];
  const isFast = prefersWinograd(geometry, out.dtype);
  const [kernelHeight, kernelWidth, channels, filters] = geometry.taps as readonly [number, number, number, number];
  const own = isFast ? kernels.winogradScratchBytes(channels, filters) : scratchBytesFor(device, geometry, out);
  const transformed = isFast ? kernels.winogradKernelBytes(channels, filters) : 0;
  const reversed = isReversed ? Math.ceil((kernel.size * bytesPerElement(kernel.dtype)) / 64 + 1) * 64 : 0;
  const extra = own * pool.threads + transformed + reversed;
  const [image, given] = denseAddresses(device, [input, kernel], extra);
  const scratch = workspace.reserve(extra);
  let weights = given!;
  if (isReversed) {
    weights = scratch + own * pool.threads + transformed;
    kernels.conv2dTransposeKernel(dtype, given!, kernelHeight * kernelWidth, filters, channels, weights);
  }
  writeGeometry(device, geometry);
  if (isFast) {
    winogradConvolution(device, geometry, image!, weights, out, { address: scratch, own });
    return;
  }
  const work = { total: out.shape[0]! * out.shape[1]!, unit: 1, nanoseconds: nanosecondsFor(geometry) };
  divide(device, 'conv2dForward', work, (first, count) => [
    dtype, image!, weights, out.storage.address, first, count, scratch, own,
  ]);
}

/** So many parts of a kernel's gradient are summed at the end, on any number of threads, so that all give the same sum. */
const gradientParts = 4;

export function conv2dKernelGradient(device: Device, input: Strided, cotangent: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (input.size === 0 || cotangent.size === 0) return fillZero(device, out);
  const { kernels, pool, workspace } = device;
  const { strides, dilation, padding } = window;
  const geometry: Geometry = {
    image: input.shape, taps: out.shape, out: cotangent.shape,
    strides, dilation, before: [padding[0][0], padding[1][0]], spread: [1, 1],
  };
  const [, , channels, filters] = out.shape as readonly [number, number, number, number];
  const isFast = prefersWinograd(geometry, out.dtype);
  const own = isFast ? kernels.winogradScratchBytes(channels, filters) : scratchBytesFor(device, geometry, out);
  const bytes = bytesPerElement(out.dtype);
  const partBytes = isFast ? kernels.winogradPartialBytes(channels, filters) : Math.ceil((out.size * bytes) / 64 + 1) * 64;
  const extra = own * pool.threads + (gradientParts + 1) * partBytes;
  const [image, weights] = denseAddresses(device, [input, cotangent], extra);
  const scratch = workspace.reserve(extra);
  const partial = scratch + own * pool.threads;
  writeGeometry(device, geometry);
  if (isFast) {
    winogradKernelGradient(device, geometry, image!, weights!, out, { address: scratch, own }, partial, gradientParts);
    return;
  }
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
