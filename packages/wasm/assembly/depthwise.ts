/*
 * Convolutions of each channel with a kernel of its own, `[kh, kw, filters]`: vectors run over the channels. There are at
 * least as many as a vector has lanes; the last vector ends with the last channel, whatever it shares with the one before.
 */
import {
  dilationX, dilationY, filters, height, kernelHeight, kernelWidth, left, outHeight, outWidth, readGeometry, strideX, strideY, top, width,
} from './conv2d';
import {
  findReadingTaps, findWindowsOfTap, findWindowTaps, firstSource, firstTap, firstWindow, greatestCommonDivisor, tapCount, windowCount,
} from './windowTaps';

// The lines that meet in a line of the result: how many, and the steps in bytes of source and kernel.
let lines: i32 = 0;
let sourceLine: usize = 0;
let kernelLine: usize = 0;
// The same for the taps of a line.
let taps: i32 = 0;
let sourceTap: usize = 0;
let kernelTap: usize = 0;

/** A vector of channels of `pixels` pixels, 1 or 4, a constant where this is inlined; `step` and `toStep` from pixel to pixel. */
@inline
function sumPixels<T>(pixels: i32, source: usize, step: usize, kernel: usize, to: usize, toStep: usize): void {
  let a = v128.splat<T>(<T>0);
  let b = a;
  let c = a;
  let d = a;
  for (let line = 0; line < lines; line++, source += sourceLine, kernel += kernelLine) {
    let from = source;
    let weights = kernel;
    for (let tap = 0; tap < taps; tap++, from += sourceTap, weights += kernelTap) {
      const weight = v128.load(weights);
      a = v128.add<T>(a, v128.mul<T>(v128.load(from), weight));
      if (pixels > 1) {
        b = v128.add<T>(b, v128.mul<T>(v128.load(from + step), weight));
        c = v128.add<T>(c, v128.mul<T>(v128.load(from + 2 * step), weight));
        d = v128.add<T>(d, v128.mul<T>(v128.load(from + 3 * step), weight));
      }
    }
  }
  v128.store(to, a);
  if (pixels > 1) {
    v128.store(to + toStep, b);
    v128.store(to + 2 * toStep, c);
    v128.store(to + 3 * toStep, d);
  }
}

/** All channels of `pixels` pixels. */
@inline
function sumChannels<T>(pixels: i32, source: usize, step: usize, kernel: usize, to: usize, toStep: usize): void {
  const pixel = <usize>filters * sizeof<T>();
  for (let channel: usize = 0; channel < pixel; channel += 16) {
    const at = min(channel, pixel - 16);
    sumPixels<T>(pixels, source + at, step, kernel + at, to + at, toStep);
  }
}

function forward<T>(image: usize, kernel: usize, out: usize, firstLine: i32, count: i32): void {
  const pixel = <usize>filters * sizeof<T>();
  const imageLine = <usize>width * pixel;
  sourceLine = <usize>dilationY * imageLine;
  kernelLine = <usize>kernelWidth * pixel;
  sourceTap = <usize>dilationX * pixel;
  kernelTap = pixel;
  const step = <usize>strideX * pixel;
  let to = out + <usize>(firstLine * outWidth) * pixel;
  for (let line = firstLine; line < firstLine + count; line++) {
    const n = line / outHeight;
    findWindowTaps(line - n * outHeight, kernelHeight, strideY, dilationY, top, height);
    lines = tapCount;
    const source = image + <usize>(n * height + firstSource) * imageLine;
    const weights = kernel + <usize>firstTap * kernelLine;
    for (let ox = 0; ox < outWidth;) {
      findWindowTaps(ox + 3, kernelWidth, strideX, dilationX, left, width);
      const isBlock = ox + 4 <= outWidth && tapCount == kernelWidth;
      findWindowTaps(ox, kernelWidth, strideX, dilationX, left, width);
      taps = tapCount;
      const from = source + <usize>firstSource * pixel;
      const at = weights + <usize>firstTap * pixel;
      if (isBlock && taps == kernelWidth) {
        sumChannels<T>(4, from, step, at, to, pixel);
        ox += 4;
        to += 4 * pixel;
      } else {
        sumChannels<T>(1, from, step, at, to, pixel);
        ox++;
        to += pixel;
      }
    }
  }
}

/** The lines `[firstLine, firstLine + count)` of out `[n * outHeight, outWidth, filters]`. */
export function depthwiseForward(dtype: i32, image: usize, kernel: usize, out: usize, firstLine: i32, count: i32): void {
  readGeometry();
  if (dtype == 2) forward<f32>(image, kernel, out, firstLine, count);
  else forward<f64>(image, kernel, out, firstLine, count);
}

function inputGradient<T>(cotangent: usize, kernel: usize, out: usize, firstLine: i32, count: i32): void {
  const pixel = <usize>filters * sizeof<T>();
  const cotangentLine = <usize>outWidth * pixel;
  const commonY = greatestCommonDivisor(strideY, dilationY);
  const commonX = greatestCommonDivisor(strideX, dilationX);
  sourceLine = 0 - <usize>(dilationY / commonY) * cotangentLine;
  kernelLine = <usize>(strideY / commonY * kernelWidth) * pixel;
  sourceTap = 0 - <usize>(dilationX / commonX) * pixel;
  kernelTap = <usize>(strideX / commonX) * pixel;
  const toStep = <usize>strideX * pixel;
  for (let line = firstLine; line < firstLine + count; line++) {
    const n = line / height;
    const to = out + <usize>(line * width) * pixel;
    findReadingTaps(line - n * height, kernelHeight, strideY, dilationY, top, outHeight, commonY);
    lines = tapCount;
    const source = cotangent + <usize>(n * outHeight + firstSource) * cotangentLine;
    const weights = kernel + <usize>(firstTap * kernelWidth) * pixel;
    // Pixels that are a stride apart take the same taps, of neighbouring windows.
    for (let residue = 0; residue < min(strideX, width); residue++) {
      for (let x = residue; x < width;) {
        const end = x + 3 * strideX;
        findReadingTaps(end, kernelWidth, strideX, dilationX, left, outWidth, commonX);
        const endTap = firstTap;
        const endTaps = end < width ? tapCount : -1;
        findReadingTaps(x, kernelWidth, strideX, dilationX, left, outWidth, commonX);
        taps = tapCount;
        const from = source + <usize>firstSource * pixel;
        const at = weights + <usize>firstTap * pixel;
        if (taps > 0 && taps == endTaps && firstTap == endTap) {
          sumChannels<T>(4, from, pixel, at, to + <usize>x * pixel, toStep);
          x += 4 * strideX;
        } else {
          sumChannels<T>(1, from, pixel, at, to + <usize>x * pixel, toStep);
          x += strideX;
        }
      }
    }
  }
}

/** The lines `[firstLine, firstLine + count)` of out `[n * height, width, filters]`. */
export function depthwiseInputGradient(dtype: i32, cotangent: usize, kernel: usize, out: usize, firstLine: i32, count: i32): void {
  readGeometry();
  if (dtype == 2) inputGradient<f32>(cotangent, kernel, out, firstLine, count);
  else inputGradient<f64>(cotangent, kernel, out, firstLine, count);
}

/** A vector of channels of the products of `count` pixels of two lines, `step` and `otherStep` bytes apart, summed. */
@inline
function sumProducts<T>(line: usize, step: usize, other: usize, otherStep: usize, count: i32): v128 {
  let a = v128.splat<T>(<T>0);
  let b = a;
  for (; count > 1; count -= 2) {
    a = v128.add<T>(a, v128.mul<T>(v128.load(line), v128.load(other)));
    b = v128.add<T>(b, v128.mul<T>(v128.load(line + step), v128.load(other + otherStep)));
    line += 2 * step;
    other += 2 * otherStep;
  }
  if (count > 0) a = v128.add<T>(a, v128.mul<T>(v128.load(line), v128.load(other)));
  return v128.add<T>(a, b);
}

function kernelGradient<T>(image: usize, cotangent: usize, out: usize, firstLine: i32, count: i32): void {
  const pixel = <usize>filters * sizeof<T>();
  const tapBytes = <usize>kernelWidth * pixel;
  memory.fill(out, 0, <usize>kernelHeight * tapBytes);
  // The lanes of the last vector that the one before does not have.
  const shared = <i32>((0 - pixel & 15) >> 2);
  const isNew = i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(shared));
  for (let line = firstLine; line < firstLine + count; line++) {
    const n = line / outHeight;
    findWindowTaps(line - n * outHeight, kernelHeight, strideY, dilationY, top, height);
    const rows = tapCount;
    const source = image + <usize>((n * height + firstSource) * width) * pixel;
    const cotangents = cotangent + <usize>(line * outWidth) * pixel;
    const to = out + <usize>firstTap * tapBytes;
    for (let ky = 0; ky < rows; ky++) {
      const pixels = source + <usize>(ky * dilationY * width) * pixel;
      for (let kx = 0; kx < kernelWidth; kx++) {
        findWindowsOfTap(kx, strideX, dilationX, left, width, outWidth);
        if (windowCount == 0) continue;
        const first = firstWindow;
        const x = kx * dilationX - left + first * strideX;
        const sums = to + <usize>ky * tapBytes + <usize>kx * pixel;
        for (let channel: usize = 0; channel < pixel; channel += 16) {
          const at = min(channel, pixel - 16);
          let sum = sumProducts<T>(pixels + <usize>x * pixel + at, <usize>strideX * pixel, cotangents + <usize>first * pixel + at, pixel, windowCount);
          if (at != channel) sum = v128.and(sum, isNew);
          v128.store(sums + at, v128.add<T>(v128.load(sums + at), sum));
        }
      }
    }
  }
}

/** What the lines `[firstLine, firstLine + count)` of the cotangent give to the kernel's gradient. */
export function depthwiseKernelGradient(dtype: i32, image: usize, cotangent: usize, out: usize, firstLine: i32, count: i32): void {
  readGeometry();
  if (dtype == 2) kernelGradient<f32>(image, cotangent, out, firstLine, count);
  else kernelGradient<f64>(image, cotangent, out, firstLine, count);
}
