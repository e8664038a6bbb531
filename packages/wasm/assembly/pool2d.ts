/*
 * Pooling over images `[batch, height, width, channels]`, of which a call does `images` from `firstImage` on. The channels of one window are worked on in whole vectors;
 * where vectors may not spill over, the channels that are left are done one by one.
 */
import { parameters } from './thread';
import { choose } from './vector';

/** As src/pool2d.ts writes it into `parameters`. */
@unmanaged
class Pool {
  height: i32;
  width: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  sizeY: i32;
  sizeX: i32;
  strideY: i32;
  strideX: i32;
  top: i32;
  left: i32;
  dilationY: i32;
  dilationX: i32;
}

// @ts-ignore: decorator
@inline
function pool(): Pool {
  return changetype<Pool>(parameters);
}

// The taps of the present window that lie in the image: the pixel of the first, and how many in each direction.
let firstPixel: i32 = 0;
let tapsY: i32 = 0;
let tapsX: i32 = 0;

/** Sets out on window `(y, x)` of image `n`. */
function enterWindow(n: i32, y: i32, x: i32): void {
  const p = pool();
  const startY = y * p.strideY - p.top;
  const startX = x * p.strideX - p.left;
  const skippedY = startY < 0 ? (p.dilationY - 1 - startY) / p.dilationY : 0;
  const skippedX = startX < 0 ? (p.dilationX - 1 - startX) / p.dilationX : 0;
  const firstY = startY + skippedY * p.dilationY;
  const firstX = startX + skippedX * p.dilationX;
  tapsY = max(min(p.sizeY - skippedY, (p.height - firstY + p.dilationY - 1) / p.dilationY), 0);
  tapsX = max(min(p.sizeX - skippedX, (p.width - firstX + p.dilationX - 1) / p.dilationX), 0);
  firstPixel = tapsY * tapsX > 0 ? (n * p.height + firstY) * p.width + firstX : 0;
}

// What is done with the channels of one window. `input` and `values` are at its first tap, `result` is the pooled's.

class Maximum {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      let best = v128.splat<T>(isFloat<T>() ? <T>-Infinity : <T>i32.MIN_VALUE);
      for (let y = 0, row = input + channel; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) best = v128.max<T>(best, v128.load(tap));
      }
      v128.store(result + channel, best);
    }
  }
}

/** The lanes in which `x` is a better maximum than `best`: a first NaN is better than any number. */
// @ts-ignore: decorator
@inline
function wins<T>(x: v128, best: v128): v128 {
  const greater = v128.gt<T>(x, best);
  if (isInteger<T>()) return greater;
  return v128.or(greater, v128.andnot(v128.ne<T>(x, x), v128.ne<T>(best, best)));
}

class GatherMaximum {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      let best = v128.load(input + channel);
      let value = tapsY * tapsX > 0 ? v128.load(values + channel) : i32x4.splat(0);
      for (let y = 0, row = channel; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) {
          const candidate = v128.load(input + tap);
          const better = wins<T>(candidate, best);
          best = choose(better, candidate, best);
          value = choose(better, v128.load(values + tap), value);
        }
      }
      v128.store(result + channel, value);
    }
  }
}

class Average {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    const count = v128.splat<T>(<T>(tapsY * tapsX));
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      let total = v128.splat<T>(<T>0);
      for (let y = 0, row = input + channel; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) total = v128.add<T>(total, v128.load(tap));
      }
      v128.store(result + channel, v128.div<T>(total, count));
    }
  }
}

/** The lanes of a vector at `position` that lie before `bytes`. */
// @ts-ignore: decorator
@inline
function lanesBefore<T>(position: usize, bytes: usize): v128 {
  const left = <i32>(bytes - position) / <i32>sizeof<T>();
  if (sizeof<T>() == 8) return i64x2.gt_s(i64x2.splat(left), i64x2(0, 1));
  return i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3));
}

/**
 * Adds to the taps at `values`; `result` is the cotangent. What lies behind the channels gets 0 added: it may be another
 * pixel, which keeps its value.
 */
class ScatterMaximum {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    if (tapsY * tapsX == 0) return;
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      let best = v128.load(input + channel);
      let place = v128.splat<T>(<T>0);
      for (let y = 0, row = input + channel, index: T = <T>0; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep, index += <T>1) {
          const candidate = v128.load(tap);
          const better = wins<T>(candidate, best);
          best = choose(better, candidate, best);
          place = choose(better, v128.splat<T>(index), place);
        }
      }
      let cotangent = v128.load(result + channel);
      if (channel + 16 > bytes) cotangent = v128.and(cotangent, lanesBefore<T>(channel, bytes));
      for (let y = 0, row = values + channel, index: T = <T>0; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep, index += <T>1) {
          const share = v128.and(cotangent, v128.eq<T>(place, v128.splat<T>(index)));
          v128.store(tap, v128.add<T>(v128.load(tap), share));
        }
      }
    }
  }
}

/** Adds to the taps at `values`, in which nothing may be written past `bytes`; `result` is the cotangent. */
class ScatterAverage {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    const count = <T>(tapsY * tapsX);
    for (let y = 0, row = values; y < tapsY; y++, row += rowStep) {
      for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) {
        let channel: usize = 0;
        for (; channel + 16 <= bytes; channel += 16) {
          const share = v128.div<T>(v128.load(result + channel), v128.splat<T>(count));
          v128.store(tap + channel, v128.add<T>(v128.load(tap + channel), share));
        }
        for (; channel < bytes; channel += sizeof<T>()) {
          store<T>(tap + channel, load<T>(tap + channel) + load<T>(result + channel) / count);
        }
      }
    }
  }
}

function forEachWindow<T, Op>(input: usize, values: usize, result: usize, firstImage: i32, images: i32): void {
  const p = pool();
  const bytes = <usize>p.channels * sizeof<T>();
  result += <usize>firstImage * <usize>(p.outHeight * p.outWidth) * bytes;
  const tapStep = <usize>p.dilationX * bytes;
  const rowStep = <usize>p.dilationY * <usize>p.width * bytes;
  for (let n = firstImage; n < firstImage + images; n++) {
    for (let y = 0; y < p.outHeight; y++) {
      for (let x = 0; x < p.outWidth; x++) {
        enterWindow(n, y, x);
        const start = <usize>firstPixel * bytes;
        changetype<Op>(0).vectors<T>(input + start, values + start, result, rowStep, tapStep, bytes);
        result += bytes;
      }
    }
  }
}

function clear<T>(out: usize, firstImage: i32, images: i32): void {
  const p = pool();
  const imageBytes = <usize>p.height * <usize>p.width * <usize>p.channels * sizeof<T>();
  memory.fill(out + <usize>firstImage * imageBytes, 0, <usize>images * imageBytes);
}

export function maxPool2dInt32(input: usize, out: usize, firstImage: i32, images: i32): void {
  forEachWindow<i32, Maximum>(input, input, out, firstImage, images);
}

export function maxPool2dFloat32(input: usize, out: usize, firstImage: i32, images: i32): void {
  forEachWindow<f32, Maximum>(input, input, out, firstImage, images);
}

export function maxPool2dFloat64(input: usize, out: usize, firstImage: i32, images: i32): void {
  forEachWindow<f64, Maximum>(input, input, out, firstImage, images);
}

export function maxPool2dGatherFloat32(input: usize, values: usize, out: usize, firstImage: i32, images: i32): void {
  forEachWindow<f32, GatherMaximum>(input, values, out, firstImage, images);
}

export function maxPool2dGatherFloat64(input: usize, values: usize, out: usize, firstImage: i32, images: i32): void {
  forEachWindow<f64, GatherMaximum>(input, values, out, firstImage, images);
}

export function maxPool2dScatterFloat32(input: usize, cotangent: usize, out: usize, firstImage: i32, images: i32): void {
  clear<f32>(out, firstImage, images);
  forEachWindow<f32, ScatterMaximum>(input, out, cotangent, firstImage, images);
}

export function maxPool2dScatterFloat64(input: usize, cotangent: usize, out: usize, firstImage: i32, images: i32): void {
  clear<f64>(out, firstImage, images);
  forEachWindow<f64, ScatterMaximum>(input, out, cotangent, firstImage, images);
}

export function averagePool2dFloat32(input: usize, out: usize, firstImage: i32, images: i32): void {
  forEachWindow<f32, Average>(input, input, out, firstImage, images);
}

export function averagePool2dFloat64(input: usize, out: usize, firstImage: i32, images: i32): void {
  forEachWindow<f64, Average>(input, input, out, firstImage, images);
}

export function averagePool2dGradientFloat32(cotangent: usize, out: usize, firstImage: i32, images: i32): void {
  clear<f32>(out, firstImage, images);
  forEachWindow<f32, ScatterAverage>(out, out, cotangent, firstImage, images);
}

export function averagePool2dGradientFloat64(cotangent: usize, out: usize, firstImage: i32, images: i32): void {
  clear<f64>(out, firstImage, images);
  forEachWindow<f64, ScatterAverage>(out, out, cotangent, firstImage, images);
}
