/*
 * The gradient of a convolution's images, line by line. Which lines of the cotangent, and of the kernel, meet in a line of
 * the image follows a fixed step, whatever strides and dilation are, so that they are the runs of one product:
 *
 *     products[ox, kx, c] = sum over ky, f of cotangent[oy(ky), ox, f] kernel[ky, kx, c, f]
 *
 * The line is the sum of the products' rows, each added where its window lies. Zeros between or around the pixels are
 * neither stored nor multiplied.
 */
import {
  channels, dilationX, dilationY, filters, height, kernelHeight, kernelWidth, left, outHeight, outWidth, readGeometry,
  strideX, strideY, top, width,
} from './conv2d';
import { multiplyBlock, packPanels, tileColumns } from './gemm';
import { ownScratch } from './thread';
import { findReadingTaps, firstSource, firstTap, greatestCommonDivisor, tapCount } from './windowTaps';

/** Products that are made before they are added up: no more than the second-level cache holds beside the kernel. */
const productBytes: usize = 131072;

/** Elements in a row of products: whole tiles, so that none is written in part. */
@inline
function productColumns(taps: i32, c: i32, elementBytes: i32): i32 {
  const tile = 32 / elementBytes;
  return (taps * c + tile - 1) / tile * tile;
}

/** Bytes of scratch that each thread needs for a kernel `[kh, kw, c, f]` and `across` windows in a line: a multiple of 64. */
export function conv2dInputGradientScratchBytes(kh: i32, kw: i32, c: i32, f: i32, across: i32, elementBytes: i32): i32 {
  const rowBytes = productColumns(kw, c, elementBytes) * elementBytes;
  return kh * f * rowBytes + max(<i32>productBytes, across * rowBytes) + 63 & ~63;
}

/** Where the kernel's lines `residue`, `residue + period`, … begin, when lines are sorted by their residues. */
@inline
function firstOfResidue(residue: i32, period: i32): i32 {
  return residue * (kernelHeight / period) + min(residue, kernelHeight % period);
}

/** Panels of the kernel `[kh, kw, c, f]`: columns over `kw, c`, depth over `kh, f`, lines sorted by their residues. */
function packKernel<T>(kernel: usize, period: i32, out: usize): void {
  const columns = kernelWidth * channels;
  const filterBytes = <usize>filters * sizeof<T>();
  for (let column = 0; column < columns; column += tileColumns<T>()) {
    const count = min(tileColumns<T>(), columns - column);
    for (let residue = 0; residue < min(period, kernelHeight); residue++) {
      for (let ky = residue; ky < kernelHeight; ky += period) {
        packPanels<T>(filters, count, kernel + <usize>(ky * columns + column) * filterBytes, sizeof<T>(), filterBytes, out);
        out += <usize>filters * 32;
      }
    }
  }
}

/** Adds `count` elements, and touches no others. */
@inline
function addRun<T>(from: usize, to: usize, count: i32): void {
  const end = to + <usize>count * sizeof<T>();
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.add<T>(v128.load(to), v128.load(from)));
  for (; to < end; to += sizeof<T>(), from += sizeof<T>()) store<T>(to, load<T>(to) + load<T>(from));
}

/** A line of the image: the sum of rows of products. */
function addProducts<T>(products: usize, rowBytes: usize, line: usize): void {
  const dense = dilationX == 1;
  const taps = dense ? kernelWidth : 1;
  const tapBytes = <usize>channels * sizeof<T>();
  for (let ox = 0; ox < outWidth; ox++, products += rowBytes) {
    for (let kx = 0; kx < kernelWidth; kx += taps) {
      const x = ox * strideX - left + kx * dilationX;
      const first = max(0, -x);
      const last = min(taps, width - x);
      if (first < last) {
        addRun<T>(products + <usize>(kx + first) * tapBytes, line + <usize>(x + first) * tapBytes, (last - first) * channels);
      }
    }
  }
}

function inputGradient<T>(cotangent: usize, kernel: usize, out: usize, firstLine: i32, lines: i32, scratch: usize): void {
  const common = greatestCommonDivisor(strideY, dilationY);
  const period = strideY / common;
  const step = dilationY / common;
  const columns = productColumns(kernelWidth, channels, sizeof<T>());
  const rowBytes = <usize>columns * sizeof<T>();
  const filterBytes = <usize>filters * sizeof<T>();
  const cotangentLine = <usize>outWidth * filterBytes;
  const outLine = <usize>(width * channels) * sizeof<T>();
  const productLine = <usize>outWidth * rowBytes;
  const panelBytes = <usize>(kernelHeight * filters) * 32;
  const products = scratch + panelBytes * <usize>(columns / tileColumns<T>());
  const block = max(1, <i32>(productBytes / productLine));
  packKernel<T>(kernel, period, scratch);
  const end = firstLine + lines;
  for (let line = firstLine; line < end;) {
    const n = line / height;
    const first = line - n * height;
    const count = min(min(block, height - first), end - line);
    for (let panel: usize = 0; panel * 32 < rowBytes; panel++) {
      for (let y = 0; y < count; y++) {
        findReadingTaps(first + y, kernelHeight, strideY, dilationY, top, outHeight, common);
        if (tapCount == 0) continue;
        const run = firstOfResidue(firstTap % period, period) + firstTap / period;
        multiplyBlock<T>(
          outWidth, tileColumns<T>(), filters, tapCount,
          cotangent + <usize>(n * outHeight + firstSource) * cotangentLine, filterBytes, sizeof<T>(), 0 - <usize>step * cotangentLine,
          scratch + panel * panelBytes + <usize>(run * filters) * 32, 32, 0,
          products + <usize>y * productLine + panel * 32, rowBytes, false,
        );
      }
    }
    for (let y = 0; y < count; y++) {
      const to = out + <usize>(line + y) * outLine;
      memory.fill(to, 0, outLine);
      findReadingTaps(first + y, kernelHeight, strideY, dilationY, top, outHeight, common);
      if (tapCount > 0) addProducts<T>(products + <usize>y * productLine, rowBytes, to);
    }
    line += count;
  }
}

/** The lines `[firstLine, firstLine + lines)` of out `[n * height, width, channels]`, of a contiguous cotangent and kernel. */
export function conv2dInputGradient(
  dtype: i32, cotangent: usize, kernel: usize, out: usize, firstLine: i32, lines: i32, scratch: usize, scratchBytes: i32,
): void {
  readGeometry();
  scratch = ownScratch(scratch, scratchBytes);
  if (dtype == 2) inputGradient<f32>(cotangent, kernel, out, firstLine, lines, scratch);
  else inputGradient<f64>(cotangent, kernel, out, firstLine, lines, scratch);
}
