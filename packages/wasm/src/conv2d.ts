import { bytesPerElement, type ConvolutionPrecision, type Shape, type Strided, type Window2d } from '@adjoint/core';
import { geometryOf, type Geometry } from './convolutionGeometry.js';
import { divideLines, gradientParts, sumLines } from './convolutionLines.js';
import { depthwiseConvolution, depthwiseInputGradient, depthwiseKernelGradient, isDepthwise } from './depthwise.js';
import { dtypeCodes, type Device } from './device.js';
import { convolveGroups } from './groups.js';
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

/** Parts of the channels and filters that have nothing to do with each other. */
function groupsOf(images: Strided, kernel: Strided): number {
  return images.shape[3]! / kernel.shape[2]!;
}

export function conv2d(
  device: Device, input: Strided, kernel: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision,
): void {
  if (out.size === 0) return;
  if (kernel.size === 0) return fillZero(device, out);
  const groups = groupsOf(input, kernel);
  if (groups > 1) {
    if (isDepthwise(kernel)) depthwiseConvolution(device, input, kernel, out, window);
    else convolveGroups(device, conv2d, groups, input, kernel, out, window, precision);
    return;
  }
  const geometry = geometryOf(input.shape, kernel.shape, out.shape, window);
  if (prefersWinograd(geometry, out.dtype, precision)) {
    winogradConvolution(device, geometry, input, kernel, out, false);
    return;
  }
  const work = { nanoseconds: nanosecondsFor(geometry), scratchBytes: scratchBytesFor(device, geometry, out) };
  divideLines(device, 'conv2dForward', geometry, input, kernel, out, work);
}

export function conv2dInputGradient(
  device: Device, cotangent: Strided, kernel: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision,
): void {
  if (out.size === 0) return;
  if (cotangent.size === 0) return fillZero(device, out);
  const groups = groupsOf(out, kernel);
  if (groups > 1) {
    if (isDepthwise(kernel)) depthwiseInputGradient(device, cotangent, kernel, out, window);
    else convolveGroups(device, conv2dInputGradient, groups, cotangent, kernel, out, window, precision);
    return;
  }
  const geometry = geometryOf(out.shape, kernel.shape, cotangent.shape, window);
  const turned = reversed(geometry);
  if (prefersWinograd(turned, out.dtype, precision)) {
    winogradConvolution(device, turned, cotangent, kernel, out, true);
    return;
  }
  const [kernelHeight, kernelWidth, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const scratchBytes = device.kernels.conv2dInputGradientScratchBytes(
    kernelHeight, kernelWidth, channels, filters, cotangent.shape[2]!, bytesPerElement(out.dtype),
  );
  const work = { nanoseconds: nanosecondsFor(geometry), scratchBytes };
  divideLines(device, 'conv2dInputGradient', geometry, cotangent, kernel, out, work);
}

export function conv2dKernelGradient(
  device: Device, input: Strided, cotangent: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision,
): void {
  if (out.size === 0) return;
  if (input.size === 0 || cotangent.size === 0) return fillZero(device, out);
  const groups = groupsOf(input, out);
  if (groups > 1) {
    if (isDepthwise(out)) depthwiseKernelGradient(device, input, cotangent, out, window);
    else convolveGroups(device, conv2dKernelGradient, groups, input, cotangent, out, window, precision);
    return;
  }
  const geometry = geometryOf(input.shape, out.shape, cotangent.shape, window);
  const direct = (to: Strided): void =>
    sumLines(device, 'conv2dKernelGradient', geometry, input, cotangent, to, scratchBytesFor(device, geometry, to));
  if (prefersWinograd(geometry, out.dtype, precision)) winogradKernelGradient(device, geometry, input, cotangent, out, gradientParts, direct);
  else direct(out);
}
