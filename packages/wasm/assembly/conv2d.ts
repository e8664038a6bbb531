/*
 * Convolutions as matrix products over patches: the patch matrix has a row for each output pixel and a column for each
 * tap and channel. It is never held whole: a block of its rows is gathered, multiplied while it is in the cache, and
 * overwritten by the next.
 */
import { multiplyBlock, packPanels, packRows } from './gemm';
import { ownScratch, parameters } from './thread';

/** Rows of the patch matrix that are gathered at a time. */
const patchRows: i32 = 96;
/** Columns of the patch matrix at most in a block (but at least one tap's channels). */
const patchDepth: i32 = 768;

// The geometry of the call, as `readGeometry` finds it.
export let height: i32 = 0;
export let width: i32 = 0;
export let channels: i32 = 0;
export let outHeight: i32 = 0;
export let outWidth: i32 = 0;
let kernelHeight: i32 = 0;
let kernelWidth: i32 = 0;
export let filters: i32 = 0;
let strideY: i32 = 1;
let strideX: i32 = 1;
let dilationY: i32 = 1;
let dilationX: i32 = 1;
export let top: i32 = 0;
export let left: i32 = 0;
/** Distance of the image's pixels: zeros lie between them when the input gradient of a strided convolution is taken. */
let spreadY: i32 = 1;
let spreadX: i32 = 1;

// @ts-ignore: decorator
@inline
function parameter(index: usize): i32 {
  return load<i32>(parameters + (index << 2));
}

/**
 * Images of `height` by `width` pixels of `channels`, windows over `outHeight` by `outWidth` positions, `filters`, and how
 * the window walks: in the order in which src/conv2d.ts writes them.
 */
export function readGeometry(): void {
  height = parameter(0);
  width = parameter(1);
  channels = parameter(2);
  outHeight = parameter(3);
  outWidth = parameter(4);
  kernelHeight = parameter(5);
  kernelWidth = parameter(6);
  filters = parameter(7);
  strideY = parameter(8);
  strideX = parameter(9);
  dilationY = parameter(10);
  dilationX = parameter(11);
  top = parameter(12);
  left = parameter(13);
  spreadY = parameter(14);
  spreadX = parameter(15);
}

/** Copies whole vectors: what spills over is overwritten by what follows, or lies in the scratch's room. */
// @ts-ignore: decorator
@inline
export function copyVectors(from: usize, to: usize, byteLength: usize): void {
  const end = to + byteLength;
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
}

/** Spills as {@link copyVectors} does. */
// @ts-ignore: decorator
@inline
export function zeroVectors(to: usize, byteLength: usize): void {
  const end = to + byteLength;
  for (; to < end; to += 16) v128.store(to, i64x2.splat(0));
}

/** The taps of one line of the kernel, `first` being the image's column under the first: zeros, pixels, zeros. */
// @ts-ignore: decorator
@inline
function gatherLine(line: usize, first: i32, count: i32, pixel: usize, out: usize): void {
  const before = min(count, max(0, -first));
  const inside = max(0, min(count, width - first) - before);
  if (before > 0) zeroVectors(out, <usize>before * pixel);
  out += <usize>before * pixel;
  if (inside > 0) copyVectors(line + <usize>(first + before) * pixel, out, <usize>inside * pixel);
  const after = count - before - inside;
  if (after > 0) zeroVectors(out + <usize>inside * pixel, <usize>after * pixel);
}

/** The same where the taps or the image's pixels lie apart. */
function gatherSpreadLine(line: usize, first: i32, count: i32, pixel: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    const x = first + i * dilationX;
    const ix = x / spreadX;
    if (x < 0 || ix >= width || ix * spreadX != x) zeroVectors(out, pixel);
    else copyVectors(line + <usize>ix * pixel, out, pixel);
    out += pixel;
  }
}

/** Columns `[firstTap, lastTap)` of the patch that begins at line `y0` and column `x0` of an image. */
function gatherPatch(image: usize, y0: i32, x0: i32, firstTap: i32, lastTap: i32, pixel: usize, out: usize): void {
  let ky = firstTap / kernelWidth;
  let kx = firstTap - ky * kernelWidth;
  for (let tap = firstTap; tap < lastTap;) {
    const count = min(kernelWidth - kx, lastTap - tap);
    const y = y0 + ky * dilationY;
    const iy = y / spreadY;
    const line = image + <usize>(iy * width) * pixel;
    const first = x0 + kx * dilationX;
    if (y < 0 || iy >= height || iy * spreadY != y) zeroVectors(out, <usize>count * pixel);
    else if (dilationX == 1 && spreadX == 1) gatherLine(line, first, count, pixel, out);
    else gatherSpreadLine(line, first, count, pixel, out);
    out += <usize>count * pixel;
    tap += count;
    ky++;
    kx = 0;
  }
}

/**
 * Columns `[firstTap, lastTap)` of the rows `[firstRow, firstRow + rows)` of the patch matrix, `rowBytes` from one row
 * to the next.
 */
function gatherPatches<T>(images: usize, firstRow: i32, rows: i32, firstTap: i32, lastTap: i32, out: usize, rowBytes: usize): void {
  const pixel = <usize>channels * sizeof<T>();
  const imageBytes = <usize>(height * width) * pixel;
  const lineStep = <usize>(dilationY * width) * pixel;
  const lineBytes = <usize>kernelWidth * pixel;
  const isWhole = firstTap == 0 && lastTap == kernelHeight * kernelWidth && dilationX == 1 && spreadX == 1 && spreadY == 1;
  const lastX = width - kernelWidth;
  const lastY = height - (kernelHeight - 1) * dilationY - 1;
  const n = firstRow / (outHeight * outWidth);
  const position = firstRow - n * outHeight * outWidth;
  let oy = position / outWidth;
  let ox = position - oy * outWidth;
  let image = images + <usize>n * imageBytes;
  for (let row = 0; row < rows; row++) {
    const x0 = ox * strideX - left;
    const y0 = oy * strideY - top;
    if (isWhole && x0 >= 0 && x0 <= lastX && y0 >= 0 && y0 <= lastY) {
      let line = image + <usize>(y0 * width + x0) * pixel;
      let to = out;
      for (let ky = 0; ky < kernelHeight; ky++) {
        copyVectors(line, to, lineBytes);
        line += lineStep;
        to += lineBytes;
      }
    } else {
      gatherPatch(image, y0, x0, firstTap, lastTap, pixel, out);
    }
    out += rowBytes;
    if (++ox == outWidth) {
      ox = 0;
      if (++oy == outHeight) {
        oy = 0;
        image += imageBytes;
      }
    }
  }
}

/** Taps in one block of the patch matrix's columns. */
// @ts-ignore: decorator
@inline
function tapsPerBlock(taps: i32, depth: i32): i32 {
  return min(taps, max(1, patchDepth / max(1, depth)));
}

/**
 * From one row of patches to the next: an odd number of cache lines, so that a column's elements do not compete for the
 * same sets of the cache.
 */
// @ts-ignore: decorator
@inline
function patchRowBytes(columns: i32, elementBytes: i32): usize {
  return <usize>((columns * elementBytes + 63) & ~63 | 64);
}

/** Bytes, and room behind them for a spilling vector and the alignment of what follows. */
// @ts-ignore: decorator
@inline
function withRoom(byteLength: usize): usize {
  return byteLength + 127 & ~63;
}

/** Bytes of scratch that each thread needs for convolutions of so many taps, channels and filters: a multiple of 64. */
export function conv2dScratchBytes(taps: i32, depth: i32, f: i32, elementBytes: i32): i32 {
  const columns = tapsPerBlock(taps, depth) * depth;
  const patches = patchRows * <i32>patchRowBytes(columns, elementBytes);
  const panels = (f + 8) * max(columns, patchRows) * elementBytes;
  const transposed = taps * depth * f * elementBytes;
  return patches + panels + transposed + 511 & ~63;
}

function forward<T>(image: usize, kernel: usize, out: usize, firstRow: i32, rows: i32, scratch: usize): void {
  const taps = kernelHeight * kernelWidth;
  const block = tapsPerBlock(taps, channels);
  const patches = scratch;
  const panels = patches + withRoom(<usize>patchRows * patchRowBytes(block * channels, sizeof<T>()));
  const filterBytes = <usize>filters * sizeof<T>();
  const end = firstRow + rows;
  for (let tap = 0; tap < taps; tap += block) {
    const lastTap = min(tap + block, taps);
    const depth = (lastTap - tap) * channels;
    const rowBytes = patchRowBytes(depth, sizeof<T>());
    packPanels<T>(depth, filters, kernel + <usize>(tap * channels) * filterBytes, filterBytes, sizeof<T>(), panels);
    for (let row = firstRow; row < end; row += patchRows) {
      const count = min(patchRows, end - row);
      gatherPatches<T>(image, row, count, tap, lastTap, patches, rowBytes);
      const to = out + <usize>row * filterBytes;
      multiplyBlock<T>(count, filters, depth, patches, rowBytes, sizeof<T>(), panels, 32, <usize>depth * 32, to, filterBytes, tap > 0);
    }
  }
}

/** Rows `[firstRow, firstRow + rows)` of out `[outputPixels, filters]`, of contiguous images and a contiguous kernel. */
export function conv2dForward(
  dtype: i32, image: usize, kernel: usize, out: usize, firstRow: i32, rows: i32, scratch: usize, scratchBytes: i32,
): void {
  readGeometry();
  scratch = ownScratch(scratch, scratchBytes);
  if (dtype == 2) forward<f32>(image, kernel, out, firstRow, rows, scratch);
  else forward<f64>(image, kernel, out, firstRow, rows, scratch);
}

/** `gradient^T = cotangent^T patches`: the patches serve as panels of B where they lie. */
function kernelGradient<T>(image: usize, cotangent: usize, out: usize, firstRow: i32, rows: i32, scratch: usize): void {
  const taps = kernelHeight * kernelWidth;
  const block = tapsPerBlock(taps, channels);
  const filterBytes = <usize>filters * sizeof<T>();
  const patches = scratch;
  const transposed = patches + withRoom(<usize>patchRows * patchRowBytes(block * channels, sizeof<T>()));
  const transposedBytes = <usize>(taps * channels) * sizeof<T>();
  const end = firstRow + rows;
  for (let row = firstRow; row < end; row += patchRows) {
    const count = min(patchRows, end - row);
    const cotangents = cotangent + <usize>row * filterBytes;
    for (let tap = 0; tap < taps; tap += block) {
      const lastTap = min(tap + block, taps);
      const columns = (lastTap - tap) * channels;
      const rowBytes = patchRowBytes(columns, sizeof<T>());
      gatherPatches<T>(image, row, count, tap, lastTap, patches, rowBytes);
      const to = transposed + <usize>(tap * channels) * sizeof<T>();
      multiplyBlock<T>(filters, columns, count, cotangents, sizeof<T>(), filterBytes, patches, rowBytes, 32, to, transposedBytes, row > firstRow);
    }
  }
  packRows<T>(taps * channels, filters, transposed, sizeof<T>(), transposedBytes, out);
}

/** `gradient = patches^T cotangent`, for few taps and channels, which would leave most of a panel empty. */
function narrowKernelGradient<T>(image: usize, cotangent: usize, out: usize, firstRow: i32, rows: i32, scratch: usize): void {
  const taps = kernelHeight * kernelWidth;
  const columns = taps * channels;
  const filterBytes = <usize>filters * sizeof<T>();
  const rowBytes = patchRowBytes(columns, sizeof<T>());
  const panels = scratch + withRoom(<usize>patchRows * rowBytes);
  const end = firstRow + rows;
  for (let row = firstRow; row < end; row += patchRows) {
    const count = min(patchRows, end - row);
    gatherPatches<T>(image, row, count, 0, taps, scratch, rowBytes);
    packPanels<T>(count, filters, cotangent + <usize>row * filterBytes, filterBytes, sizeof<T>(), panels);
    multiplyBlock<T>(columns, filters, count, scratch, sizeof<T>(), rowBytes, panels, 32, <usize>count * 32, out, filterBytes, row > firstRow);
  }
}

/** Taps and channels up to which a kernel counts as narrow. */
const narrow: i32 = 32;

/**
 * What the rows `[firstRow, firstRow + rows)` of the cotangent `[outputPixels, filters]`, at least 1, give to the kernel's
 * gradient, `[kh, kw, c, filters]`.
 */
export function conv2dKernelGradient(
  dtype: i32, image: usize, cotangent: usize, out: usize, firstRow: i32, rows: i32, scratch: usize, scratchBytes: i32,
): void {
  readGeometry();
  scratch = ownScratch(scratch, scratchBytes);
  const isNarrow = kernelHeight * kernelWidth * channels <= narrow;
  if (dtype == 2) {
    if (isNarrow) narrowKernelGradient<f32>(image, cotangent, out, firstRow, rows, scratch);
    else kernelGradient<f32>(image, cotangent, out, firstRow, rows, scratch);
  } else {
    if (isNarrow) narrowKernelGradient<f64>(image, cotangent, out, firstRow, rows, scratch);
    else kernelGradient<f64>(image, cotangent, out, firstRow, rows, scratch);
  }
}

function transposeKernel<T>(kernel: usize, taps: i32, c: i32, f: i32, out: usize): void {
  for (let tap = taps - 1; tap >= 0; tap--) {
    packRows<T>(f, c, kernel + <usize>(tap * c * f) * sizeof<T>(), sizeof<T>(), <usize>f * sizeof<T>(), out);
    out += <usize>(c * f) * sizeof<T>();
  }
}

/** A kernel `[taps, c, f]` with its taps in reverse order and channels and filters exchanged: `[taps, f, c]`. */
export function conv2dTransposeKernel(dtype: i32, kernel: usize, taps: i32, c: i32, f: i32, out: usize): void {
  if (dtype == 2) transposeKernel<f32>(kernel, taps, c, f, out);
  else transposeKernel<f64>(kernel, taps, c, f, out);
}
