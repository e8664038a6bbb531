/*
 * Convolutions with a dense 3 by 3 kernel and stride 1 by F(4x4, 3x3) of A. Lavin and S. Gray, "Fast algorithms for
 * convolutional neural networks" (2016): a tile of 4 by 4 outputs takes 36 products a channel and filter, not 144.
 *
 *     Y = A^T [ (G g G^T) * (B^T d B) ] A
 *
 * d is a tile of 6 by 6 pixels, g the kernel. For each of the 36 positions the products over channels are a product of
 * matrices: [tiles, channels] times [channels, filters]. The kernel's gradient is the transpose of the same sum:
 *
 *     dg = G^T [ (A dY A^T) * (B^T d B) ] G
 *
 * Channels and filters are multiples of 4, elements are float32, and the geometry is that of assembly/conv2d.ts.
 */
import {
  channels, copyVectors, filters, height, left, outHeight, outWidth, readGeometry, sumWindow, top, width, zeroVectors,
} from './conv2d';
import { areFinite, notFinite, replaceNotFinite } from './finite';
import { multiplyBlock } from './gemm';
import { ownScratch, tileVectors } from './thread';
import { float32Splat, multiplyAdd, negativeMultiplyAdd } from './vector';

const positions: usize = 36;

/** Bytes of a tile's transforms and products that are worked on together, so that they stay in the second-level cache. */
const blockBytes: i32 = 393216;

/** Tiles that are worked on together: a multiple of the product's 4 or 6 rows. */
@inline
function tilesPerBlock(c: i32, f: i32): i32 {
  const fitting = blockBytes / (<i32>positions * 4 * (c + f));
  return max(12, min(96, fitting / 12 * 12));
}

/**
 * Bytes from one position's matrix to the next: an odd number of cache lines, so that the positions of one tile do not
 * compete for the same sets of the cache.
 */
@inline
function matrixBytes(rows: i32, columns: i32): i32 {
  return (rows * columns * 4 + 63) & ~63 | 64;
}

@inline
function panelBytes(c: i32, f: i32): i32 {
  return matrixBytes(c, f + 7 & ~7);
}

/** Bytes of a transformed kernel. */
export function winogradKernelBytes(c: i32, f: i32): i32 {
  return <i32>positions * panelBytes(c, f);
}

/** Bytes of a part of a kernel's transformed gradient. */
export function winogradPartialBytes(c: i32, f: i32): i32 {
  return <i32>positions * matrixBytes(c, f);
}

/** Bytes of scratch that each thread needs. */
export function winogradScratchBytes(c: i32, f: i32): i32 {
  const tiles = tilesPerBlock(c, f);
  return <i32>positions * (matrixBytes(tiles, c) + matrixBytes(tiles, f) + 4 * max(c, f)) + 64 & ~63;
}

// The transforms of six or fewer vectors in a line, `step` bytes apart.

/** `B^T d`. */
@inline
function transformPixels(from: usize, step: usize, to: usize, toStep: usize): void {
  const four = float32Splat(4);
  const d0 = v128.load(from);
  const d1 = v128.load(from + step);
  const d2 = v128.load(from + 2 * step);
  const d3 = v128.load(from + 3 * step);
  const d4 = v128.load(from + 4 * step);
  const d5 = v128.load(from + 5 * step);
  const even = negativeMultiplyAdd(four, d2, d4);
  const odd = negativeMultiplyAdd(four, d1, d3);
  const low = f32x4.sub(d4, d2);
  const difference = f32x4.sub(d3, d1);
  const high = f32x4.add(difference, difference);
  v128.store(to, multiplyAdd(four, f32x4.sub(d0, d2), low));
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  v128.store(to + 3 * toStep, f32x4.add(low, high));
  v128.store(to + 4 * toStep, f32x4.sub(low, high));
  v128.store(to + 5 * toStep, negativeMultiplyAdd(four, difference, f32x4.sub(d5, d3)));
}

/** `A^T m`. Gives a sum of the results, which is finite only where all of them are: the second lies between terms of the fourth. */
@inline
function transformProducts(from: usize, step: usize, to: usize, toStep: usize): v128 {
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const sum = f32x4.add(m1, m2);
  const difference = f32x4.sub(m1, m2);
  const farSum = f32x4.add(m3, m4);
  const farDifference = f32x4.sub(m3, m4);
  const first = f32x4.add(f32x4.add(v128.load(from), sum), farSum);
  const third = multiplyAdd(float32Splat(4), farSum, sum);
  const fourth = f32x4.add(multiplyAdd(float32Splat(8), farDifference, difference), v128.load(from + 5 * step));
  v128.store(to, first);
  v128.store(to + toStep, multiplyAdd(float32Splat(2), farDifference, difference));
  v128.store(to + 2 * toStep, third);
  v128.store(to + 3 * toStep, fourth);
  return f32x4.add(f32x4.add(first, third), fourth);
}

/** `A y`. */
@inline
function transformCotangents(from: usize, step: usize, to: usize, toStep: usize): void {
  const y0 = v128.load(from);
  const y1 = v128.load(from + step);
  const y2 = v128.load(from + 2 * step);
  const y3 = v128.load(from + 3 * step);
  const even = f32x4.add(y0, y2);
  const odd = f32x4.add(y1, y3);
  const farEven = multiplyAdd(float32Splat(4), y2, y0);
  const farOdd = multiplyAdd(float32Splat(8), y3, f32x4.add(y1, y1));
  v128.store(to, y0);
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  v128.store(to + 3 * toStep, f32x4.add(farEven, farOdd));
  v128.store(to + 4 * toStep, f32x4.sub(farEven, farOdd));
  v128.store(to + 5 * toStep, y3);
}

/** `G g`. */
@inline
function transformTaps(from: usize, step: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + step);
  const g2 = v128.load(from + 2 * step);
  const even = f32x4.mul(f32x4.add(g0, g2), float32Splat(-1.0 / 6.0));
  const odd = f32x4.mul(g1, float32Splat(1.0 / 6.0));
  const farEven = multiplyAdd(g0, float32Splat(1.0 / 24.0), f32x4.mul(g2, float32Splat(1.0 / 6.0)));
  const farOdd = f32x4.mul(g1, float32Splat(1.0 / 12.0));
  v128.store(to, f32x4.mul(g0, float32Splat(0.25)));
  v128.store(to + toStep, f32x4.sub(even, odd));
  v128.store(to + 2 * toStep, f32x4.add(even, odd));
  v128.store(to + 3 * toStep, f32x4.add(farEven, farOdd));
  v128.store(to + 4 * toStep, f32x4.sub(farEven, farOdd));
  v128.store(to + 5 * toStep, g2);
}

/** `G^T u`. */
@inline
function transformGradients(from: usize, step: usize, to: usize, toStep: usize): void {
  const u1 = v128.load(from + step);
  const u2 = v128.load(from + 2 * step);
  const u3 = v128.load(from + 3 * step);
  const u4 = v128.load(from + 4 * step);
  const sum = f32x4.mul(f32x4.add(u1, u2), float32Splat(1.0 / 6.0));
  const difference = f32x4.mul(f32x4.sub(u2, u1), float32Splat(1.0 / 6.0));
  const farSum = f32x4.add(u3, u4);
  const farDifference = f32x4.sub(u3, u4);
  const near = multiplyAdd(v128.load(from), float32Splat(0.25), f32x4.mul(farSum, float32Splat(1.0 / 24.0)));
  v128.store(to, f32x4.sub(near, sum));
  v128.store(to + toStep, multiplyAdd(farDifference, float32Splat(1.0 / 12.0), difference));
  v128.store(to + 2 * toStep, f32x4.add(multiplyAdd(farSum, float32Splat(1.0 / 6.0), v128.load(from + 5 * step)), f32x4.neg(sum)));
}

/**
 * The filters `[first, first + count)` of a kernel `[3, 3, c, f]` as 36 matrices `[c, f]` in panels of 8 columns, zeros to
 * the right; `first` is a multiple of 8.
 */
export function winogradKernel(kernel: usize, c: i32, f: i32, first: i32, count: i32, out: usize): void {
  const tap = <usize>(c * f) * 4;
  const toStep = <usize>panelBytes(c, f);
  for (let column = first; column < first + count; column += 4) {
    const panel = out + <usize>((column >> 3) * c * 32 + (column & 4) * 4);
    for (let channel = 0; channel < c; channel++) {
      const from = kernel + <usize>(channel * f + column) * 4;
      const to = panel + <usize>channel * 32;
      for (let x: usize = 0; x < 3; x++) transformTaps(from + x * tap, 3 * tap, tileVectors + x * 16, 48);
      for (let y: usize = 0; y < 6; y++) transformTaps(tileVectors + y * 48, 16, to + y * 6 * toStep, toStep);
      if (column + 4 == f && (f & 4) != 0) {
        for (let position: usize = 0; position < positions; position++) v128.store(to + position * toStep, float32Splat(0), 16);
      }
    }
  }
}

// The tile at which the walk over the images stands.
let tileImage: i32 = 0;
let tileY: i32 = 0;
let tileX: i32 = 0;

function startTiles(tile: i32): void {
  const across = outWidth + 3 >> 2;
  const down = outHeight + 3 >> 2;
  const line = tile / across;
  tileX = tile - line * across;
  tileImage = line / down;
  tileY = line - tileImage * down;
}

@inline
function nextTile(): void {
  if (++tileX << 2 < outWidth) return;
  tileX = 0;
  if (++tileY << 2 < outHeight) return;
  tileY = 0;
  tileImage++;
}

/** Lines `[y, y + size)` and columns `[x, x + size)` of an image `[h, w, c]`, zeros outside of it. */
function copyTile(image: usize, h: i32, w: i32, y: i32, x: i32, size: i32, pixel: usize, to: usize): void {
  const before = min(size, max(0, -x));
  const inside = max(0, min(size, w - x) - before);
  for (let line = y; line < y + size; line++) {
    if (line < 0 || line >= h || inside == 0) {
      zeroVectors(to, <usize>size * pixel);
    } else {
      zeroVectors(to, <usize>before * pixel);
      copyVectors(image + <usize>(line * w + x + before) * pixel, to + <usize>before * pixel, <usize>inside * pixel);
      zeroVectors(to + <usize>(before + inside) * pixel, <usize>(size - before - inside) * pixel);
    }
    to += <usize>size * pixel;
  }
}

/** The transforms of `count` tiles of the image from `first` on: 36 matrices `[count, channels]`. */
function transformImage(image: usize, first: i32, count: i32, out: usize, outStep: usize, padded: usize): void {
  const pixel = <usize>channels * 4;
  const imageBytes = <usize>(height * width) * pixel;
  startTiles(first);
  for (let tile = 0; tile < count; tile++, nextTile(), out += pixel) {
    const y = tileY * 4 - top;
    const x = tileX * 4 - left;
    let from = image + <usize>tileImage * imageBytes;
    let line = <usize>width * pixel;
    if (y < 0 || x < 0 || y + 6 > height || x + 6 > width) {
      copyTile(from, height, width, y, x, 6, pixel, padded);
      from = padded;
      line = 6 * pixel;
    } else {
      from += <usize>(y * width + x) * pixel;
    }
    for (let channel: usize = 0; channel < pixel; channel += 16) {
      for (let column: usize = 0; column < 6; column++) {
        transformPixels(from + channel + column * pixel, line, tileVectors + column * 16, 96);
      }
      for (let row: usize = 0; row < 6; row++) {
        transformPixels(tileVectors + row * 96, 16, out + channel + row * 6 * outStep, outStep);
      }
    }
  }
}

/** The transforms of `count` tiles of the cotangent from `first` on: 36 matrices `[count, filters]`. */
function transformCotangent(cotangent: usize, first: i32, count: i32, out: usize, outStep: usize, padded: usize): void {
  const pixel = <usize>filters * 4;
  const imageBytes = <usize>(outHeight * outWidth) * pixel;
  startTiles(first);
  for (let tile = 0; tile < count; tile++, nextTile(), out += pixel) {
    const y = tileY * 4;
    const x = tileX * 4;
    let from = cotangent + <usize>tileImage * imageBytes;
    let line = <usize>outWidth * pixel;
    if (y + 4 > outHeight || x + 4 > outWidth) {
      copyTile(from, outHeight, outWidth, y, x, 4, pixel, padded);
      from = padded;
      line = 4 * pixel;
    } else {
      from += <usize>(y * outWidth + x) * pixel;
    }
    for (let filter: usize = 0; filter < pixel; filter += 16) {
      for (let column: usize = 0; column < 4; column++) {
        transformCotangents(from + filter + column * pixel, line, tileVectors + column * 16, 64);
      }
      for (let row: usize = 0; row < 6; row++) {
        transformCotangents(tileVectors + row * 64, 16, out + filter + row * 6 * outStep, outStep);
      }
    }
  }
}

/**
 * Sums the outputs of the present tile directly, for the filters of which one is not finite. An infinity or NaN goes through the
 * transforms to outputs whose windows do not hold it, and so do sums of huge elements that overflow there.
 */
function mendTile(image: usize, kernel: usize, to: usize, rows: i32, columns: i32): void {
  const pixel = <usize>filters * 4;
  const line = <usize>outWidth * pixel;
  const from = image + <usize>(tileImage * height * width * channels) * 4;
  for (let filter = 0; filter < filters; filter += 4, to += 16) {
    let mask = i64x2.splat(0);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        mask = v128.or(mask, notFinite<f32>(v128.load(to + <usize>row * line + <usize>column * pixel)));
      }
    }
    if (!v128.any_true(mask)) continue;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = to + <usize>row * line + <usize>column * pixel;
        const sum = sumWindow<f32>(from, kernel, tileY * 4 + row, tileX * 4 + column, filter);
        v128.store(at, v128.bitselect(sum, v128.load(at), mask));
      }
    }
  }
}

/** The outputs of `count` tiles from `first` on, of 36 matrices `[count, filters]` of products. */
function writeTiles(products: usize, step: usize, image: usize, kernel: usize, out: usize, first: i32, count: i32): void {
  const pixel = <usize>filters * 4;
  const line = <usize>outWidth * pixel;
  const whole = tileVectors + 576;
  startTiles(first);
  for (let tile = 0; tile < count; tile++, nextTile(), products += pixel) {
    const rows = min(4, outHeight - tileY * 4);
    const columns = min(4, outWidth - tileX * 4);
    const to = out + <usize>((tileImage * outHeight + tileY * 4) * outWidth + tileX * 4) * pixel;
    let sums = float32Splat(0);
    for (let filter: usize = 0; filter < pixel; filter += 16) {
      for (let column: usize = 0; column < 6; column++) {
        transformProducts(products + filter + column * step, 6 * step, tileVectors + column * 16, 96);
      }
      if (rows == 4 && columns == 4) {
        for (let row: usize = 0; row < 4; row++) {
          sums = f32x4.add(sums, transformProducts(tileVectors + row * 96, 16, to + filter + row * line, pixel));
        }
        continue;
      }
      for (let row = 0; row < rows; row++) {
        sums = f32x4.add(sums, transformProducts(tileVectors + <usize>row * 96, 16, whole, 16));
        const edge = to + filter + <usize>row * line;
        for (let column = 0; column < columns; column++) v128.store(edge + <usize>column * pixel, v128.load(whole + <usize>column * 16));
      }
    }
    if (v128.any_true(notFinite<f32>(sums))) mendTile(image, kernel, to, rows, columns);
  }
}

/** Tiles `[firstTile, firstTile + tiles)` of out, of contiguous images and a contiguous kernel, and its transform. */
export function winogradForward(
  image: usize, kernel: usize, panels: usize, out: usize, firstTile: i32, tiles: i32, scratch: usize, scratchBytes: i32,
): void {
  readGeometry();
  const block = tilesPerBlock(channels, filters);
  const pixels = ownScratch(scratch, scratchBytes);
  const pixelStep = <usize>matrixBytes(block, channels);
  const products = pixels + positions * pixelStep;
  const productStep = <usize>matrixBytes(block, filters);
  const padded = products + positions * productStep;
  const panelStep = <usize>panelBytes(channels, filters);
  const channelBytes = <usize>channels * 4;
  const filterBytes = <usize>filters * 4;
  for (let tile = 0; tile < tiles; tile += block) {
    const count = min(block, tiles - tile);
    transformImage(image, firstTile + tile, count, pixels, pixelStep, padded);
    for (let position: usize = 0; position < positions; position++) {
      multiplyBlock<f32>(
        count, filters, channels, 1, pixels + position * pixelStep, channelBytes, 4, 0,
        panels + position * panelStep, 32, <usize>channels * 32, products + position * productStep, filterBytes, false,
      );
    }
    writeTiles(products, productStep, image, kernel, out, firstTile + tile, count);
  }
}

/** What the tiles `[firstTile, firstTile + tiles)`, at least 1, give to the kernel's transformed gradient: 36 matrices `[c, f]`. */
export function winogradKernelGradient(
  image: usize, cotangent: usize, out: usize, firstTile: i32, tiles: i32, scratch: usize, scratchBytes: i32,
): void {
  readGeometry();
  const block = tilesPerBlock(channels, filters);
  const pixels = ownScratch(scratch, scratchBytes);
  const pixelStep = <usize>matrixBytes(block, channels);
  const cotangents = pixels + positions * pixelStep;
  const cotangentStep = <usize>matrixBytes(block, filters);
  const padded = cotangents + positions * cotangentStep;
  const outStep = <usize>matrixBytes(channels, filters);
  const channelBytes = <usize>channels * 4;
  const filterBytes = <usize>filters * 4;
  for (let tile = 0; tile < tiles; tile += block) {
    const count = min(block, tiles - tile);
    transformImage(image, firstTile + tile, count, pixels, pixelStep, padded);
    transformCotangent(cotangent, firstTile + tile, count, cotangents, cotangentStep, padded);
    for (let position: usize = 0; position < positions; position++) {
      multiplyBlock<f32>(
        channels, filters, count, 1, pixels + position * pixelStep, 4, channelBytes, 0,
        cotangents + position * cotangentStep, filterBytes, 32, out + position * outStep, filterBytes, tile > 0,
      );
    }
  }
}

/** The kernel's gradient `[3, 3, c, f]` of its transform; gives whether all of it is finite. */
export function winogradCombine(gradient: usize, c: i32, f: i32, out: usize): bool {
  const step = <usize>matrixBytes(c, f);
  const tap = <usize>(c * f) * 4;
  for (let position: usize = 0; position < tap; position += 16) {
    for (let column: usize = 0; column < 6; column++) {
      transformGradients(gradient + position + column * step, 6 * step, tileVectors + column * 16, 96);
    }
    for (let row: usize = 0; row < 3; row++) transformGradients(tileVectors + row * 96, 16, out + position + row * 3 * tap, tap);
  }
  return areFinite<f32>(out, 9 * c * f);
}

/** Takes from the direct gradient all taps of a channel and filter for which those of `out` are not finite. */
export function winogradReplace(out: usize, direct: usize, c: i32, f: i32): void {
  replaceNotFinite<f32>(out, direct, 9, c * f);
}
