/*
 * Convolutions of single channels. Where a channel has several filters, the images are first repeated for them, so that
 * there is one channel a filter.
 */
import { bytesPerElement, type Strided, type Window2d } from '@adjoint/core';
import { geometryOf, type Geometry } from './convolutionGeometry.js';
import { divideLines, sumLines } from './convolutionLines.js';
import { denseAt } from './copy.js';
import type { Device } from './device.js';
import { reduce } from './reduce.js';

/** What one thread does, about. */
const multiplicationsPerNanosecond = 4;

function workOf({ taps, out }: Geometry): Parameters<typeof divideLines>[6] {
  return { nanoseconds: (out[0]! * out[1]! * out[2]! * out[3]! * taps[0]! * taps[1]!) / multiplicationsPerNanosecond, scratchBytes: 0 };
}

/** Whether the kernels of assembly/depthwise.ts can do a convolution in groups with this kernel. */
export function isDepthwise(kernel: Strided): boolean {
  return kernel.shape[2] === 1 && kernel.shape[3]! * bytesPerElement(kernel.dtype) >= 16;
}

/** `[n, h, w, c]` as `[n, h, w, c, filters / c]`, every channel repeated. */
function repeated(images: Strided, filters: number): Strided {
  const [n, h, w, c] = images.shape as readonly [number, number, number, number];
  if (filters === c) return images;
  return {
    shape: [n, h, w, c, filters / c], strides: [...images.strides, 0], size: n * h * w * filters, isContiguous: false,
    dtype: images.dtype, offset: images.offset, storage: images.storage,
  };
}

export function depthwiseConvolution(device: Device, input: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  const geometry = geometryOf(input.shape, kernel.shape, out.shape, window);
  divideLines(device, 'depthwiseForward', geometry, repeated(input, kernel.shape[3]!), kernel, out, workOf(geometry));
}

export function depthwiseInputGradient(device: Device, cotangent: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  const geometry = geometryOf(out.shape, kernel.shape, cotangent.shape, window);
  const ofFilters = repeated(out, kernel.shape[3]!);
  if (ofFilters === out) {
    divideLines(device, 'depthwiseInputGradient', geometry, cotangent, kernel, out, workOf(geometry));
    return;
  }
  const gradients = denseAt(ofFilters, device.staging.reserve(ofFilters.size * bytesPerElement(out.dtype)));
  divideLines(device, 'depthwiseInputGradient', geometry, cotangent, kernel, gradients, workOf(geometry));
  reduce(device, 'sum', gradients, [4], out);
}

export function depthwiseKernelGradient(device: Device, input: Strided, cotangent: Strided, out: Strided, window: Window2d): void {
  const geometry = geometryOf(input.shape, out.shape, cotangent.shape, window);
  sumLines(device, 'depthwiseKernelGradient', geometry, repeated(input, out.shape[3]!), cotangent, out, 0);
}
