/*
 * Convolutions as matrix products over patches: the patch matrix has a row for each output pixel and a column for each
 * tap and channel. It is never held whole: a block of its rows is gathered, multiplied while it is in the cache, and
 * overwritten by the next.
 */
import { multiplyBlock, packPanels, packRows } from './gemm';

/** Rows of the patch matrix that are gathered at a time. */
const patchRows: i32 = 96;
/** Columns of the patch matrix at most in a block (but at least one tap's channels). */
const patchDepth: i32 = 768;

// The geometry of the call, set by `conv2dGeometry`: one at a time, as calls do not overlap.
let height: i32 = 0;
let width: i32 = 0;
let channels: i32 = 0;
let outHeight: i32 = 0;
let outWidth: i32 = 0;
let kernelHeight: i32 = 0;
let kernelWidth: i32 = 0;
let filters: i32 = 0;
let strideY: i32 = 1;
let strideX: i32 = 1;
let dilationY: i32 = 1;
let dilationX: i32 = 1;
let top: i32 = 0;
let left: i32 = 0;
/** Distance of the image's pixels: zeros lie between them when the input gradient of a strided convolution is taken. */
let spreadY: i32 = 1;
let spreadX: i32 = 1;

/** Images of `h` by `w` pixels of `c` channels, windows over `oh` by `ow` positions with `kh` by `kw` taps, and `f` filters. */
export function conv2dGeometry(h: i32, w: i32, c: i32, oh: i32, ow: i32, kh: i32, kw: i32, f: i32): void {
  height = h;
  width = w;
  channels = c;
  outHeight = oh;
  outWidth = ow;
  kernelHeight = kh;
  kernelWidth = kw;
  filters = f;
}

/** How the window walks: strides, dilations, padding before, and the distance of the image's pixels. */
export function conv2dWindow(sy: i32, sx: i32, dy: i32, dx: i32, padTop: i32, padLeft: i32, py: i32, px: i32): void {
  strideY = sy;
  strideX = sx;
  dilationY = dy;
  dilationX = dx;
  top = padTop;
  left = padLeft;
  spreadY = py;
  spreadX = px;
}

// @ts-ignore: decorator
@inline
function copyElements<T>(from: usize, to: usize, count: i32): void {
  const end = to + <usize>count * sizeof<T>();
  if (count * <i32>sizeof<T>() >= 16) {
    // Whole vectors; what spills over is overwritten by the next tap or lies in the scratch's room.
    for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
  } else {
    for (; to < end; to += sizeof<T>(), from += sizeof<T>()) store<T>(to, load<T>(from));
  }
}

// @ts-ignore: decorator
@inline
function zeroElements<T>(to: usize, count: i32): void {
  const end = to + <usize>count * sizeof<T>();
  for (; to < end; to += sizeof<T>()) store<T>(to, <T>0);
}

/** Columns `[firstTap, lastTap)` of the rows `[firstRow, firstRow + rows)` of the patch matrix, row after row. */
function gatherPatches<T>(image: usize, firstRow: i32, rows: i32, firstTap: i32, lastTap: i32, out: usize): void {
  const pixel = <usize>channels * sizeof<T>();
  const pixels = outHeight * outWidth;
  const runs = dilationX == 1 && spreadX == 1;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const n = row / pixels;
    const position = row - n * pixels;
    const oy = position / outWidth;
    const ox = position - oy * outWidth;
    const base = image + <usize>n * <usize>(height * width) * pixel;
    const x0 = ox * strideX - left;
    const y0 = oy * strideY - top;
    let tap = firstTap;
    while (tap < lastTap) {
      const ky = tap / kernelWidth;
      const kx = tap - ky * kernelWidth;
      const rowTaps = min(kernelWidth - kx, lastTap - tap);
      const y = y0 + ky * dilationY;
      const iy = y / spreadY;
      tap += rowTaps;
      if (y < 0 || iy >= height || iy * spreadY != y) {
        zeroElements<T>(out, rowTaps * channels);
        out += <usize>rowTaps * pixel;
        continue;
      }
      const line = base + <usize>(iy * width) * pixel;
      const first = x0 + kx * dilationX;
      if (runs && first >= 0 && first + rowTaps <= width) {
        copyElements<T>(line + <usize>first * pixel, out, rowTaps * channels);
        out += <usize>rowTaps * pixel;
        continue;
      }
      for (let i = 0; i < rowTaps; i++) {
        const x = first + i * dilationX;
        const ix = x / spreadX;
        if (x < 0 || ix >= width || ix * spreadX != x) zeroElements<T>(out, channels);
        else copyElements<T>(line + <usize>ix * pixel, out, channels);
        out += pixel;
      }
    }
  }
}

/** Taps in one block of the patch matrix's columns. */
function tapsPerBlock(): i32 {
  return min(kernelHeight * kernelWidth, max(1, patchDepth / max(1, channels)));
}

/** Bytes of scratch that the convolutions of this geometry need. */
export function conv2dScratchBytes(elementBytes: i32): i32 {
  const depth = tapsPerBlock() * channels;
  const taps = kernelHeight * kernelWidth * channels;
  const panels = max((filters + 8) * depth, (depth + 8) * patchRows);
  return (patchRows * (depth + filters) + panels + taps * filters) * elementBytes + 512;
}

function forward<T>(image: usize, kernel: usize, out: usize, rows: i32, scratch: usize): void {
  const taps = kernelHeight * kernelWidth;
  const block = tapsPerBlock();
  const patches = scratch;
  const panels = scratch + (<usize>(patchRows * block * channels) * sizeof<T>() + 127 & ~63);
  const filterBytes = <usize>filters * sizeof<T>();
  for (let tap = 0; tap < taps; tap += block) {
    const lastTap = min(tap + block, taps);
    const depth = (lastTap - tap) * channels;
    packPanels<T>(depth, filters, kernel + <usize>(tap * channels) * filterBytes, filterBytes, sizeof<T>(), panels);
    for (let row = 0; row < rows; row += patchRows) {
      const count = min(patchRows, rows - row);
      gatherPatches<T>(image, row, count, tap, lastTap, patches);
      const to = out + <usize>row * filterBytes;
      multiplyBlock<T>(count, filters, depth, patches, <usize>depth * sizeof<T>(), panels, 32, <usize>depth * 32, to, filterBytes, tap > 0);
    }
  }
}

/** Out `[rows, filters]` of contiguous images and a contiguous kernel; `rows` counts the output's pixels. */
export function conv2dForward(dtype: i32, image: usize, kernel: usize, out: usize, rows: i32, scratch: usize): void {
  if (dtype == 2) forward<f32>(image, kernel, out, rows, scratch);
  else forward<f64>(image, kernel, out, rows, scratch);
}

function kernelGradient<T>(image: usize, cotangent: usize, out: usize, rows: i32, scratch: usize): void {
  const taps = kernelHeight * kernelWidth;
  const block = tapsPerBlock();
  const filterBytes = <usize>filters * sizeof<T>();
  // The product is gradient^T = cotangent^T patches: few rows, and panels of B that the patches fill without a transpose.
  const transposed = scratch;
  const patches = transposed + (<usize>(taps * channels * filters) * sizeof<T>() + 127 & ~63);
  const cotangents = patches + (<usize>(patchRows * block * channels) * sizeof<T>() + 127 & ~63);
  const panels = cotangents + (<usize>(patchRows * filters) * sizeof<T>() + 127 & ~63);
  const rowBytes = <usize>(taps * channels) * sizeof<T>();
  for (let row = 0; row < rows; row += patchRows) {
    const count = min(patchRows, rows - row);
    packRows<T>(filters, count, cotangent + <usize>row * filterBytes, sizeof<T>(), filterBytes, cotangents);
    for (let tap = 0; tap < taps; tap += block) {
      const lastTap = min(tap + block, taps);
      const columns = (lastTap - tap) * channels;
      gatherPatches<T>(image, row, count, tap, lastTap, patches);
      packPanels<T>(count, columns, patches, <usize>columns * sizeof<T>(), sizeof<T>(), panels);
      const to = transposed + <usize>(tap * channels) * sizeof<T>();
      multiplyBlock<T>(filters, columns, count, cotangents, <usize>count * sizeof<T>(), panels, 32, <usize>count * 32, to, rowBytes, row > 0);
    }
  }
  packRows<T>(taps * channels, filters, transposed, sizeof<T>(), rowBytes, out);
}

/** Out `[kh, kw, c, filters]` of contiguous images and cotangents; `rows`, the output's pixels, at least 1. */
export function conv2dKernelGradient(dtype: i32, image: usize, cotangent: usize, out: usize, rows: i32, scratch: usize): void {
  if (dtype == 2) kernelGradient<f32>(image, cotangent, out, rows, scratch);
  else kernelGradient<f64>(image, cotangent, out, rows, scratch);
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
