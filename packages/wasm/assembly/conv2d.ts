/*
 * Convolutions as matrix products over patches: the patch matrix has a row for each output pixel and a column for each
 * tap and channel. It is never held. Of a dense kernel the product reads it out of the image; of a dilated one, a block of
 * its rows is gathered, multiplied while it is in the cache, and overwritten by the next.
 */
import { areFinite, notFinite, replaceNotFinite } from './finite';
import { multiplyAdd, multiplyBlock, packPanels, packRows, tileColumns } from './gemm';
import { ownScratch, parameters } from './thread';
import { storeLeading } from './vector';
import { findWindowsOfTap, firstWindow, windowCount } from './windowTaps';

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
export let kernelHeight: i32 = 0;
export let kernelWidth: i32 = 0;
export let filters: i32 = 0;
export let strideY: i32 = 1;
export let strideX: i32 = 1;
export let dilationY: i32 = 1;
export let dilationX: i32 = 1;
export let top: i32 = 0;
export let left: i32 = 0;

@inline
function parameter(index: usize): i32 {
  return load<i32>(parameters + (index << 2));
}

/**
 * Images of `height` by `width` pixels of `channels`, windows over `outHeight` by `outWidth` positions, `filters`, and how
 * the window walks: in the order in which src/convolutionGeometry.ts writes them.
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
}

/** Copies whole vectors: what spills over is overwritten by what follows, or lies in the scratch's room. */
@inline
export function copyVectors(from: usize, to: usize, byteLength: usize): void {
  const end = to + byteLength;
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
}

/** Spills as {@link copyVectors} does. */
@inline
export function zeroVectors(to: usize, byteLength: usize): void {
  const end = to + byteLength;
  for (; to < end; to += 16) v128.store(to, i64x2.splat(0));
}

/** The taps of one line of the kernel, `first` being the image's column under the first: zeros, pixels, zeros. */
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

/** The same where the taps lie apart. */
function gatherDilatedLine(line: usize, first: i32, count: i32, pixel: usize, out: usize): void {
  for (let i = 0, x = first; i < count; i++, x += dilationX) {
    if (x < 0 || x >= width) zeroVectors(out, pixel);
    else copyVectors(line + <usize>x * pixel, out, pixel);
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
    const line = image + <usize>(y * width) * pixel;
    const first = x0 + kx * dilationX;
    if (y < 0 || y >= height) zeroVectors(out, <usize>count * pixel);
    else if (dilationX == 1) gatherLine(line, first, count, pixel, out);
    else gatherDilatedLine(line, first, count, pixel, out);
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
  const isWhole = firstTap == 0 && lastTap == kernelHeight * kernelWidth && dilationX == 1;
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
@inline
function tapsPerBlock(taps: i32, depth: i32): i32 {
  return min(taps, max(1, patchDepth / max(1, depth)));
}

/**
 * From one row of patches to the next: an odd number of cache lines, so that a column's elements do not compete for the
 * same sets of the cache.
 */
@inline
function patchRowBytes(columns: i32, elementBytes: i32): usize {
  return <usize>((columns * elementBytes + 63) & ~63 | 64);
}

/** Bytes, and room behind them for a spilling vector and the alignment of what follows. */
@inline
function withRoom(byteLength: usize): usize {
  return byteLength + 127 & ~63;
}

/**
 * Bytes of scratch that each thread needs for convolutions of so many taps, channels and filters, over images that have
 * `padded` pixels with their zeros: a multiple of 64.
 */
export function conv2dScratchBytes(taps: i32, depth: i32, f: i32, padded: i32, elementBytes: i32): i32 {
  const columns = tapsPerBlock(taps, depth) * depth;
  const patches = patchRows * <i32>patchRowBytes(columns, elementBytes);
  const product = (f + 8) * taps * depth * elementBytes;
  return max(patches, padded * depth * elementBytes) + product + 511 & ~63;
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
      multiplyBlock<T>(count, filters, depth, 1, patches, rowBytes, sizeof<T>(), 0, panels, 32, <usize>depth * 32, to, filterBytes, tap > 0);
    }
  }
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
      multiplyBlock<T>(filters, columns, count, 1, cotangents, sizeof<T>(), filterBytes, 0, patches, rowBytes, 32, to, transposedBytes, row > firstRow);
    }
  }
  packRows<T>(taps * channels, filters, transposed, sizeof<T>(), transposedBytes, out);
}

/** Pixels in a line of the image with its zeros around, as far as the windows see it. */
@inline
function paddedWidth(): i32 {
  return (outWidth - 1) * strideX + kernelWidth;
}

@inline
function paddedHeight(): i32 {
  return (outHeight - 1) * strideY + kernelHeight;
}

@inline
function isBare(): bool {
  return top == 0 && left == 0 && paddedHeight() <= height && paddedWidth() <= width;
}

/** The lines `[first, last)` of the image with its zeros; line `first` goes to `out`. */
function padLines(image: usize, first: i32, last: i32, pixel: usize, out: usize): void {
  const across = paddedWidth();
  for (let y = first - top; y < last - top; y++) {
    if (y < 0 || y >= height) zeroVectors(out, <usize>across * pixel);
    else gatherLine(image + <usize>(y * width) * pixel, -left, across, pixel, out);
    out += <usize>across * pixel;
  }
}

/**
 * Dense kernels need no patches: the taps of one line of the kernel lie next to each other in the image, so that a patch is
 * a row of A that comes in as many runs as the kernel has lines.
 */
function forwardLines<T>(image: usize, kernel: usize, out: usize, firstLine: i32, lines: i32, scratch: usize): void {
  const pixel = <usize>channels * sizeof<T>();
  const filterBytes = <usize>filters * sizeof<T>();
  const depth = kernelHeight * kernelWidth * channels;
  const panelBytes = <usize>depth * 32;
  const bare = isBare();
  const lineBytes = <usize>(bare ? width : paddedWidth()) * pixel;
  const padded = scratch + withRoom(panelBytes * <usize>((filters + tileColumns<T>() - 1) / tileColumns<T>()));
  packPanels<T>(depth, filters, kernel, filterBytes, sizeof<T>(), scratch);
  const end = firstLine + lines;
  for (let line = firstLine; line < end;) {
    const n = line / outHeight;
    const first = line - n * outHeight;
    const last = min(outHeight, first + end - line);
    let source = image + <usize>(n * height * width) * pixel;
    if (bare) {
      source += <usize>(first * strideY) * lineBytes;
    } else {
      padLines(source, first * strideY, (last - 1) * strideY + kernelHeight, pixel, padded);
      source = padded;
    }
    let to = out + <usize>(line * outWidth) * filterBytes;
    let panel = scratch;
    for (let column = 0; column < filters; column += tileColumns<T>()) {
      for (let y = 0; y < last - first; y++) {
        multiplyBlock<T>(
          outWidth, min(tileColumns<T>(), filters - column), kernelWidth * channels, kernelHeight,
          source + <usize>(y * strideY) * lineBytes, <usize>strideX * pixel, sizeof<T>(), lineBytes,
          panel, 32, 0, to + <usize>(y * outWidth) * filterBytes, filterBytes, false,
        );
      }
      panel += panelBytes;
      to += 32;
    }
    line += last - first;
  }
}

/** Pixels of the output that are summed before the sums go to memory. */
const summedPixels: i32 = 112;

/** The elements under one line of the kernel are rows of A, the output's pixels its depth, in runs of a line. */
function kernelGradientLines<T>(image: usize, cotangent: usize, out: usize, firstLine: i32, lines: i32, padded: usize): void {
  const pixel = <usize>channels * sizeof<T>();
  const filterBytes = <usize>filters * sizeof<T>();
  const bare = isBare();
  const lineBytes = <usize>(bare ? width : paddedWidth()) * pixel;
  const block = max(1, summedPixels / outWidth);
  const end = firstLine + lines;
  for (let line = firstLine; line < end;) {
    const n = line / outHeight;
    const first = line - n * outHeight;
    const count = min(min(block, outHeight - first), end - line);
    let source = image + <usize>(n * height * width) * pixel;
    if (bare) {
      source += <usize>(first * strideY) * lineBytes;
    } else {
      padLines(source, first * strideY, (first + count - 1) * strideY + kernelHeight, pixel, padded);
      source = padded;
    }
    const from = cotangent + <usize>(line * outWidth) * filterBytes;
    for (let ky = 0; ky < kernelHeight; ky++) {
      multiplyBlock<T>(
        kernelWidth * channels, filters, outWidth, count,
        source + <usize>ky * lineBytes, sizeof<T>(), <usize>strideX * pixel, <usize>strideY * lineBytes,
        from, filterBytes, 32, out + <usize>(ky * kernelWidth * channels) * filterBytes, filterBytes, line > firstLine,
      );
    }
    line += count;
  }
}

@inline
function isDense(): bool {
  return dilationY == 1 && dilationX == 1;
}

/*
 * Padding adds nothing to a sum. The kernels above read it as zeros, and a zero times an infinity is NaN; so where a result is
 * not finite, it is summed again without the padding.
 */

/** Whether no window reaches beyond an image. */
@inline
function isInside(): bool {
  return top <= 0 && left <= 0
    && (outHeight - 1) * strideY - top + (kernelHeight - 1) * dilationY < height
    && (outWidth - 1) * strideX - left + (kernelWidth - 1) * dilationX < width;
}

/** The output of one window of an image, a vector of filters from `filter` on, by its taps within the image. */
export function sumWindow<T>(image: usize, kernel: usize, oy: i32, ox: i32, filter: i32): v128 {
  const pixel = <usize>channels * sizeof<T>();
  const filterBytes = <usize>filters * sizeof<T>();
  let a = v128.splat<T>(<T>0);
  let b = a;
  let c = a;
  let d = a;
  for (let ky = 0, y = oy * strideY - top; ky < kernelHeight; ky++, y += dilationY) {
    if (y < 0 || y >= height) continue;
    for (let kx = 0, x = ox * strideX - left; kx < kernelWidth; kx++, x += dilationX) {
      if (x < 0 || x >= width) continue;
      let from = image + <usize>(y * width + x) * pixel;
      let weights = kernel + <usize>((ky * kernelWidth + kx) * channels) * filterBytes + <usize>filter * sizeof<T>();
      const end = from + pixel;
      for (; from + 4 * sizeof<T>() <= end; from += 4 * sizeof<T>(), weights += 4 * filterBytes) {
        a = multiplyAdd<T>(v128.load_splat<T>(from), v128.load(weights), a);
        b = multiplyAdd<T>(v128.load_splat<T>(from + sizeof<T>()), v128.load(weights + filterBytes), b);
        c = multiplyAdd<T>(v128.load_splat<T>(from + 2 * sizeof<T>()), v128.load(weights + 2 * filterBytes), c);
        d = multiplyAdd<T>(v128.load_splat<T>(from + 3 * sizeof<T>()), v128.load(weights + 3 * filterBytes), d);
      }
      for (; from < end; from += sizeof<T>(), weights += filterBytes) a = multiplyAdd<T>(v128.load_splat<T>(from), v128.load(weights), a);
    }
  }
  return v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d));
}

/** Sums again what is not finite, of the windows that reach beyond the image. */
function mendEdges<T>(image: usize, kernel: usize, out: usize, firstLine: i32, lines: i32): void {
  const filterBytes = <usize>filters * sizeof<T>();
  const imageBytes = <usize>(height * width * channels) * sizeof<T>();
  let to = out + <usize>(firstLine * outWidth) * filterBytes;
  for (let line = firstLine; line < firstLine + lines; line++) {
    const n = line / outHeight;
    const oy = line - n * outHeight;
    const y = oy * strideY - top;
    const isInner = y >= 0 && y + (kernelHeight - 1) * dilationY < height;
    for (let ox = 0; ox < outWidth; ox++, to += filterBytes) {
      const x = ox * strideX - left;
      if (isInner && x >= 0 && x + (kernelWidth - 1) * dilationX < width) continue;
      for (let filter = 0; filter < filters; filter += 16 / <i32>sizeof<T>()) {
        const at = to + <usize>filter * sizeof<T>();
        const old = v128.load(at);
        const mask = notFinite<T>(old);
        if (!v128.any_true(mask)) continue;
        const sum = sumWindow<T>(image + <usize>n * imageBytes, kernel, oy, ox, filter);
        storeLeading<T>(at, v128.bitselect(sum, old, mask), filters - filter);
      }
    }
  }
}

/** The kernel's gradient, tap by tap, each by the windows that see the image with it. */
function kernelGradientInside<T>(image: usize, cotangent: usize, out: usize, firstLine: i32, lines: i32): void {
  const pixel = <usize>channels * sizeof<T>();
  const filterBytes = <usize>filters * sizeof<T>();
  memory.fill(out, 0, <usize>(kernelHeight * kernelWidth * channels) * filterBytes);
  for (let line = firstLine; line < firstLine + lines; line++) {
    const n = line / outHeight;
    const cotangents = cotangent + <usize>(line * outWidth) * filterBytes;
    for (let ky = 0, y = (line - n * outHeight) * strideY - top; ky < kernelHeight; ky++, y += dilationY) {
      if (y < 0 || y >= height) continue;
      const pixels = image + <usize>((n * height + y) * width) * pixel;
      for (let kx = 0; kx < kernelWidth; kx++) {
        findWindowsOfTap(kx, strideX, dilationX, left, width, outWidth);
        if (windowCount == 0) continue;
        const x = kx * dilationX - left + firstWindow * strideX;
        multiplyBlock<T>(
          channels, filters, windowCount, 1, pixels + <usize>x * pixel, sizeof<T>(), <usize>strideX * pixel, 0,
          cotangents + <usize>firstWindow * filterBytes, filterBytes, 32,
          out + <usize>((ky * kernelWidth + kx) * channels) * filterBytes, filterBytes, true,
        );
      }
    }
  }
}

function forwardOf<T>(image: usize, kernel: usize, out: usize, firstLine: i32, lines: i32, scratch: usize): void {
  if (isDense()) forwardLines<T>(image, kernel, out, firstLine, lines, scratch);
  else forward<T>(image, kernel, out, firstLine * outWidth, lines * outWidth, scratch);
  if (!isInside() && !areFinite<T>(kernel, kernelHeight * kernelWidth * channels * filters)) mendEdges<T>(image, kernel, out, firstLine, lines);
}

/** The lines `[firstLine, firstLine + lines)` of out `[n * outHeight, outWidth, filters]`, of contiguous images and a contiguous kernel. */
export function conv2dForward(
  dtype: i32, image: usize, kernel: usize, out: usize, firstLine: i32, lines: i32, scratch: usize, scratchBytes: i32,
): void {
  readGeometry();
  scratch = ownScratch(scratch, scratchBytes);
  if (dtype == 2) forwardOf<f32>(image, kernel, out, firstLine, lines, scratch);
  else forwardOf<f64>(image, kernel, out, firstLine, lines, scratch);
}

function kernelGradientOf<T>(image: usize, cotangent: usize, out: usize, firstLine: i32, lines: i32, scratch: usize): void {
  if (isDense()) kernelGradientLines<T>(image, cotangent, out, firstLine, lines, scratch);
  else kernelGradient<T>(image, cotangent, out, firstLine * outWidth, lines * outWidth, scratch);
  const count = kernelHeight * kernelWidth * channels * filters;
  if (isInside() || areFinite<T>(out, count)) return;
  kernelGradientInside<T>(image, cotangent, scratch, firstLine, lines);
  replaceNotFinite<T>(out, scratch, 1, count);
}

/**
 * What the lines `[firstLine, firstLine + lines)` of the cotangent `[n * outHeight, outWidth, filters]`, at least 1, give to
 * the kernel's gradient, `[kh, kw, c, filters]`.
 */
export function conv2dKernelGradient(
  dtype: i32, image: usize, cotangent: usize, out: usize, firstLine: i32, lines: i32, scratch: usize, scratchBytes: i32,
): void {
  readGeometry();
  scratch = ownScratch(scratch, scratchBytes);
  if (dtype == 2) kernelGradientOf<f32>(image, cotangent, out, firstLine, lines, scratch);
  else kernelGradientOf<f64>(image, cotangent, out, firstLine, lines, scratch);
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
