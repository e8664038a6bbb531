import { bytesPerElement, type ConvolutionPrecision, type DType, type Strided } from '@adjoint/core';
import { writeGeometry, type Geometry } from './convolutionGeometry.js';
import { denseAddresses, denseAt } from './copy.js';
import { dtypeCodes, type Device } from './device.js';
import { divide } from './divide.js';
import { denseBytes } from './layout.js';

/** Fewer channels or filters leave the transforms more work than they save. */
const fewChannels = 8;

/** About how long one thread takes for a tile, channel and filter. */
const nanosecondsPerTile = 2.4;

function tilesOf({ out }: Geometry): number {
  return out[0]! * Math.ceil(out[1]! / 4) * Math.ceil(out[2]! / 4);
}

/** Whether the kernels of assembly/winograd.ts may do a convolution, can do it, and do it faster than the direct ones. */
export function prefersWinograd(geometry: Geometry, dtype: DType, precision: ConvolutionPrecision): boolean {
  const { taps, out, strides, dilation } = geometry;
  const [kernelHeight, kernelWidth, channels, filters] = taps as readonly [number, number, number, number];
  if (precision !== 'default' || dtype !== 'float32' || kernelHeight !== 3 || kernelWidth !== 3) return false;
  if ([...strides, ...dilation].some((step) => step !== 1)) return false;
  if (channels % 4 !== 0 || filters % 4 !== 0 || channels < fewChannels || filters < fewChannels) return false;
  // Tiles that hang over the edge are computed whole.
  return tilesOf(geometry) * 16 < 2 * out[0]! * out[1]! * out[2]!;
}

/** About how long one thread takes to transform a channel and filter of the kernel. */
const nanosecondsPerTaps = 20;

/** `isTurned` says that the kernel is to be turned around, and its channels and filters exchanged, first. */
export function winogradConvolution(
  device: Device, geometry: Geometry, input: Strided, kernel: Strided, out: Strided, isTurned: boolean,
): void {
  const { kernels, pool, workspace } = device;
  const [, , channels, filters] = geometry.taps as readonly [number, number, number, number];
  const own = kernels.winogradScratchBytes(channels, filters);
  const transformed = kernels.winogradKernelBytes(channels, filters);
  const turned = isTurned ? Math.ceil((kernel.size * bytesPerElement(kernel.dtype)) / 64 + 1) * 64 : 0;
  const extra = own * pool.threads + transformed + turned;
  const [image, given] = denseAddresses(device, [input, kernel], extra);
  const scratch = workspace.reserve(extra);
  const panels = scratch + own * pool.threads;
  const taps = isTurned ? panels + transformed : given!;
  if (isTurned) kernels.conv2dTransposeKernel(dtypeCodes[kernel.dtype], given!, 9, filters, channels, taps);
  divide(device, 'winogradKernel', { total: filters, unit: 8, nanoseconds: channels * filters * nanosecondsPerTaps }, (first, count) => [
    taps, channels, filters, first, count, panels,
  ]);
  writeGeometry(device, geometry);
  const tiles = tilesOf(geometry);
  const nanoseconds = tiles * channels * filters * nanosecondsPerTile;
  divide(device, 'winogradForward', { total: tiles, unit: 12, nanoseconds }, (first, count) => [
    image!, taps, panels, out.storage.address, first, count, scratch, own,
  ]);
}

/** The kernel's gradient, as the sum of `parts` parts; where it is not finite, it is taken from what `direct` writes. */
export function winogradKernelGradient(
  device: Device, geometry: Geometry, input: Strided, cotangent: Strided, out: Strided, parts: number, direct: (out: Strided) => void,
): void {
  const { kernels, pool, workspace } = device;
  const [, , channels, filters] = geometry.taps as readonly [number, number, number, number];
  const own = kernels.winogradScratchBytes(channels, filters);
  const partBytes = kernels.winogradPartialBytes(channels, filters);
  const extra = own * pool.threads + (parts + 1) * partBytes;
  const [image, cotangents] = denseAddresses(device, [input, cotangent], extra);
  const scratch = workspace.reserve(extra);
  const partial = scratch + own * pool.threads;
  writeGeometry(device, geometry);
  const tiles = tilesOf(geometry);
  const stretch = Math.ceil(tiles / parts);
  const count = Math.ceil(tiles / stretch);
  pool.run('winogradKernelGradient', count, (part) => [
    image!, cotangents!, partial + part * partBytes, part * stretch, Math.min(stretch, tiles - part * stretch), scratch, own,
  ]);
  const sum = count === 1 ? partial : partial + parts * partBytes;
  if (count > 1) kernels.reduceColumns(0, 2, partial, sum, 1, count, partBytes / 4, 0, partBytes / 4, scratch, 0);
  const isFinite = kernels.winogradCombine(sum, channels, filters, out.storage.address) !== 0;
  if (isFinite) return;
  const other = denseAt(out, device.standby.reserve(denseBytes(out)));
  direct(other);
  kernels.winogradReplace(out.storage.address, other.storage.address, channels, filters);
}
