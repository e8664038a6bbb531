/*
 * The three convolutions are two kernels: the gradient of the images is itself a convolution, of the cotangent with
 * the reversed kernel, where a stride of the forward pass becomes a distance between the cotangent's pixels.
 */
import { bytesPerElement, sizeOf, type Shape, type Strided, type Window2d } from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { dtypeCodes, type Device } from './device.js';

/** The geometry of windows over images `[n, h, w, c]`, of taps `[kh, kw, c, f]`, that give `[n, oh, ow, f]`. */
function setGeometry({ kernels }: Device, image: Shape, taps: Shape, out: Shape): void {
  kernels.conv2dGeometry(image[1]!, image[2]!, image[3]!, out[1]!, out[2]!, taps[0]!, taps[1]!, taps[3]!);
}

function setWindow({ kernels }: Device, { strides, dilation, padding }: Window2d): void {
  kernels.conv2dWindow(strides[0], strides[1], dilation[0], dilation[1], padding[0][0], padding[1][0], 1, 1);
}

function fillZero({ kernels }: Device, out: Strided): void {
  kernels.fill(dtypeCodes[out.dtype], 0, out.storage.address, out.size);
}

/** Bytes of scratch, a multiple of 64. */
function scratchBytes({ kernels }: Device, out: Strided): number {
  return Math.ceil(kernels.conv2dScratchBytes(bytesPerElement(out.dtype)) / 64) * 64;
}

export function conv2d(device: Device, input: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (kernel.size === 0) return fillZero(device, out);
  setGeometry(device, input.shape, kernel.shape, out.shape);
  setWindow(device, window);
  const extra = scratchBytes(device, out);
  const [image, weights] = denseAddresses(device, [input, kernel], extra);
  const scratch = device.workspace.reserve(extra);
  device.kernels.conv2dForward(dtypeCodes[out.dtype], image!, weights!, out.storage.address, sizeOf(out.shape.slice(0, 3)), scratch);
}

export function conv2dInputGradient(device: Device, cotangent: Strided, kernel: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (cotangent.size === 0) return fillZero(device, out);
  const [kernelHeight, kernelWidth, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const reversed = [kernelHeight, kernelWidth, filters, channels];
  const { kernels } = device;
  setGeometry(device, cotangent.shape, reversed, out.shape);
  const { strides, dilation, padding } = window;
  const top = (kernelHeight - 1) * dilation[0] - padding[0][0];
  const left = (kernelWidth - 1) * dilation[1] - padding[1][0];
  kernels.conv2dWindow(1, 1, dilation[0], dilation[1], top, left, strides[0], strides[1]);
  const dtype = dtypeCodes[out.dtype];
  const base = scratchBytes(device, out);
  const extra = base + Math.ceil((kernel.size * bytesPerElement(kernel.dtype)) / 64 + 1) * 64;
  const [images, weights] = denseAddresses(device, [cotangent, kernel], extra);
  const scratch = device.workspace.reserve(extra);
  kernels.conv2dTransposeKernel(dtype, weights!, kernelHeight * kernelWidth, channels, filters, scratch + base);
  kernels.conv2dForward(dtype, images!, scratch + base, out.storage.address, sizeOf(out.shape.slice(0, 3)), scratch);
}

export function conv2dKernelGradient(device: Device, input: Strided, cotangent: Strided, out: Strided, window: Window2d): void {
  if (out.size === 0) return;
  if (input.size === 0 || cotangent.size === 0) return fillZero(device, out);
  setGeometry(device, input.shape, out.shape, cotangent.shape);
  setWindow(device, window);
  const extra = scratchBytes(device, out);
  const [image, weights] = denseAddresses(device, [input, cotangent], extra);
  const scratch = device.workspace.reserve(extra);
  device.kernels.conv2dKernelGradient(dtypeCodes[out.dtype], image!, weights!, out.storage.address, sizeOf(cotangent.shape.slice(0, 3)), scratch);
}
