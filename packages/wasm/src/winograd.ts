import type { DType, Strided } from '@adjoint/core';
import type { Geometry } from './convolutionGeometry.js';
import type { Device } from './device.js';
import { divide } from './divide.js';

/** A scratch area with `own` bytes for each thread. */
interface Scratch {
  readonly address: number;
  readonly own: number;
}

/** Fewer channels or filters leave the transforms more work than they save. */
const fewChannels = 8;

/** About how long one thread takes for a tile, channel and filter. */
const nanosecondsPerTile = 2.4;

function tilesOf({ out }: Geometry): number {
  return out[0]! * Math.ceil(out[1]! / 4) * Math.ceil(out[2]! / 4);
}

/** Whether the kernels of assembly/winograd.ts can do a convolution, and do it faster than the direct ones. */
export function prefersWinograd(geometry: Geometry, dtype: DType): boolean {
  const { taps, out, strides, dilation, spread } = geometry;
  const [kernelHeight, kernelWidth, channels, filters] = taps as readonly [number, number, number, number];
  if (dtype !== 'float32' || kernelHeight !== 3 || kernelWidth !== 3) return false;
  if ([...strides, ...dilation, ...spread].some((step) => step !== 1)) return false;
  if (channels % 4 !== 0 || filters % 4 !== 0 || channels < fewChannels || filters < fewChannels) return false;
  // Tiles that hang over the edge are computed whole.
  return tilesOf(geometry) * 16 < 2 * out[0]! * out[1]! * out[2]!;
}

/** The convolution of contiguous images with a contiguous kernel; the geometry was written before. */
export function winogradConvolution(
  device: Device, geometry: Geometry, image: number, kernel: number, out: Strided, { address, own }: Scratch,
): void {
  const { kernels, pool } = device;
  const [, , channels, filters] = geometry.taps as readonly [number, number, number, number];
  const panels = address + own * pool.threads;
  kernels.winogradKernel(kernel, channels, filters, panels);
  const tiles = tilesOf(geometry);
  const nanoseconds = tiles * channels * filters * nanosecondsPerTile;
  divide(device, 'winogradForward', { total: tiles, unit: 12, nanoseconds }, (first, count) => [
    image, panels, out.storage.address, first, count, address, own,
  ]);
}

/** The kernel's gradient, as the sum of `parts` parts that lie from `partial` on, with room for that sum behind them. */
export function winogradKernelGradient(
  device: Device, geometry: Geometry, image: number, cotangent: number, out: Strided, { address, own }: Scratch,
  partial: number, parts: number,
): void {
  const { kernels, pool } = device;
  const [, , channels, filters] = geometry.taps as readonly [number, number, number, number];
  const tiles = tilesOf(geometry);
  const stretch = Math.ceil(tiles / parts);
  const count = Math.ceil(tiles / stretch);
  const partBytes = kernels.winogradPartialBytes(channels, filters);
  pool.run('winogradKernelGradient', count, (part) => [
    image, cotangent, partial + part * partBytes, part * stretch, Math.min(stretch, tiles - part * stretch), address, own,
  ]);
  const sum = count === 1 ? partial : partial + parts * partBytes;
  if (count > 1) kernels.reduceColumns(0, 2, partial, sum, 1, count, partBytes / 4, 0, partBytes / 4, address, 0);
  kernels.winogradCombine(sum, channels, filters, out.storage.address);
}
