/*
 * Pooling over images `[batch, height, width, channels]`, of which a call does `images` from `firstImage` on. The channels of one window are worked on in whole vectors.
 */
import { parameters } from './thread';
import { choose, isGreater, leadingLanes, maximum } from './vector';

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

@inline
function pool(): Pool {
  return changetype<Pool>(parameters);
}

// The taps of the present window that lie in the image, in each direction.
let tapsY: i32 = 0;
let tapsX: i32 = 0;
/** Whether no pixel lies in two windows. */
let areApart: bool = false;

/** Where along an axis the first tap in the image lies, of a window that begins at `start`. */
@inline
function firstTap(start: i32, dilation: i32): i32 {
  return start < 0 ? start + (dilation - 1 - start) / dilation * dilation : start;
}

/** How many of the `size` taps of a window that begins at `start` lie along an axis of `length` pixels. */
@inline
function tapsInside(start: i32, size: i32, dilation: i32, length: i32): i32 {
  if (start >= 0 && start + (size - 1) * dilation < length) return size;
  const first = firstTap(start, dilation);
  return max(min(size - (first - start) / dilation, (length - first + dilation - 1) / dilation), 0);
}

/**
 * Where the vector of channels at `channel` is read and written, so that none reaches past `bytes`: the last one begins
 * earlier, and does some channels again. Only where all channels are less than a vector it reaches further.
 */
@inline
function placeOf(channel: usize, bytes: usize): usize {
  return channel + 16 > bytes && bytes > 16 ? bytes - 16 : channel;
}

// What is done with the channels of one window. `input` and `values` are at its first tap, `result` is the pooled's.

class Maximum {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    if (tapsY == 2 && tapsX == 2) {
      for (let channel: usize = 0; channel < bytes; channel += 16) {
        const place = placeOf(channel, bytes);
        const row = input + place;
        const upper = maximum<T>(v128.load(row), v128.load(row + tapStep));
        const lower = maximum<T>(v128.load(row + rowStep), v128.load(row + rowStep + tapStep));
        v128.store(result + place, maximum<T>(upper, lower));
      }
      return;
    }
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      const place = placeOf(channel, bytes);
      let best = v128.splat<T>(isFloat<T>() ? <T>-Infinity : <T>i32.MIN_VALUE);
      for (let y = 0, row = input + place; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) best = maximum<T>(best, v128.load(tap));
      }
      v128.store(result + place, best);
    }
  }
}

class GatherMaximum {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      const place = placeOf(channel, bytes);
      let best = v128.load(input + place);
      let value = tapsY * tapsX > 0 ? v128.load(values + place) : i32x4.splat(0);
      for (let y = 0, row = place; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) {
          const candidate = v128.load(input + tap);
          const better = isGreater<T>(candidate, best);
          best = choose(better, candidate, best);
          value = choose(better, v128.load(values + tap), value);
        }
      }
      v128.store(result + place, value);
    }
  }
}

class Average {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    const count = v128.splat<T>(<T>(tapsY * tapsX));
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      const place = placeOf(channel, bytes);
      let total = v128.splat<T>(<T>0);
      for (let y = 0, row = input + place; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) total = v128.add<T>(total, v128.load(tap));
      }
      let average = v128.div<T>(total, count);
      const isFinite = v128.eq<T>(v128.sub<T>(total, total), v128.splat<T>(<T>0));
      if (v128.any_true(v128.not(isFinite))) average = choose(isFinite, average, this.scaled<T>(input + place, rowStep, tapStep, count));
      v128.store(result + place, average);
    }
  }

  /** By taps that are made small first, for a sum that overflows where the average does not. */
  scaled<T>(input: usize, rowStep: usize, tapStep: usize, count: v128): v128 {
    const unit: f64 = 9.313225746154785e-10; // 2 ** -30
    const units = v128.splat<T>(<T>unit);
    let total = v128.splat<T>(<T>0);
    for (let y = 0, row = input; y < tapsY; y++, row += rowStep) {
      for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep) total = v128.add<T>(total, v128.mul<T>(v128.load(tap), units));
    }
    return v128.mul<T>(v128.div<T>(total, count), v128.splat<T>(<T>(1 / unit)));
  }
}

/** The lanes of the vector at `place` that the one at `channel` has to do: no others that were done, and none past `bytes`. */
@inline
function ownLanes<T>(channel: usize, place: usize, bytes: usize): v128 {
  const done = leadingLanes<T>(<i32>(channel - place) / <i32>sizeof<T>());
  return v128.andnot(leadingLanes<T>(<i32>(bytes - place) / <i32>sizeof<T>()), done);
}

/** The lanes in which a tap has the window's maximum; NaN when one is. */
@inline
function hasMaximum<T>(tap: v128, greatest: v128): v128 {
  return v128.or(v128.eq<T>(tap, greatest), v128.ne<T>(tap, tap));
}

/** Writes a vector of channels. Where all are less than a vector, the lanes behind are another pixel, which keeps its value. */
@inline
function storeOwn<T>(address: usize, vector: v128, bytes: usize): void {
  v128.store(address, bytes >= 16 ? vector : choose(ownLanes<T>(0, 0, bytes), vector, v128.load(address)));
}

/** Adds to the taps at `values`, or writes the four of a window that shares none; `result` is the cotangent. */
class ScatterMaximum {
  @inline vectors<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    if (areApart && tapsY == 2 && tapsX == 2) this.writeFour<T>(input, values, result, rowStep, tapStep, bytes);
    else if (tapsY * tapsX > 0) this.addToEach<T>(input, values, result, rowStep, tapStep, bytes);
  }

  @inline writeFour<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      const place = placeOf(channel, bytes);
      const tap = input + place;
      const a = v128.load(tap);
      const b = v128.load(tap + tapStep);
      const c = v128.load(tap + rowStep);
      const d = v128.load(tap + rowStep + tapStep);
      const greatest = maximum<T>(maximum<T>(a, b), maximum<T>(c, d));
      const inA = hasMaximum<T>(a, greatest);
      const inAB = v128.or(inA, hasMaximum<T>(b, greatest));
      const inABC = v128.or(inAB, hasMaximum<T>(c, greatest));
      const cotangent = v128.load(result + place);
      const value = values + place;
      storeOwn<T>(value, v128.and(cotangent, inA), bytes);
      storeOwn<T>(value + tapStep, v128.and(cotangent, v128.andnot(inAB, inA)), bytes);
      storeOwn<T>(value + rowStep, v128.and(cotangent, v128.andnot(inABC, inAB)), bytes);
      storeOwn<T>(value + rowStep + tapStep, v128.andnot(cotangent, inABC), bytes);
    }
  }

  @inline addToEach<T>(input: usize, values: usize, result: usize, rowStep: usize, tapStep: usize, bytes: usize): void {
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      const place = placeOf(channel, bytes);
      let best = v128.load(input + place);
      let winner = v128.splat<T>(<T>0);
      for (let y = 0, row = input + place, index: T = <T>0; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep, index += <T>1) {
          const candidate = v128.load(tap);
          const better = isGreater<T>(candidate, best);
          best = choose(better, candidate, best);
          winner = choose(better, v128.splat<T>(index), winner);
        }
      }
      let cotangent = v128.load(result + place);
      if (channel + 16 > bytes) cotangent = v128.and(cotangent, ownLanes<T>(channel, place, bytes));
      for (let y = 0, row = values + place, index: T = <T>0; y < tapsY; y++, row += rowStep) {
        for (let x = 0, tap = row; x < tapsX; x++, tap += tapStep, index += <T>1) {
          const share = v128.and(cotangent, v128.eq<T>(winner, v128.splat<T>(index)));
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
  areApart = p.strideY >= (p.sizeY - 1) * p.dilationY + 1 && p.strideX >= (p.sizeX - 1) * p.dilationX + 1;
  for (let n = firstImage; n < firstImage + images; n++) {
    for (let y = 0; y < p.outHeight; y++) {
      const top = y * p.strideY - p.top;
      const line = (n * p.height + firstTap(top, p.dilationY)) * p.width;
      tapsY = tapsInside(top, p.sizeY, p.dilationY, p.height);
      for (let x = 0; x < p.outWidth; x++, result += bytes) {
        const left = x * p.strideX - p.left;
        tapsX = tapsInside(left, p.sizeX, p.dilationX, p.width);
        const pixel = tapsY * tapsX > 0 ? line + firstTap(left, p.dilationX) : 0;
        const start = <usize>pixel * bytes;
        changetype<Op>(0).vectors<T>(input + start, values + start, result, rowStep, tapStep, bytes);
      }
    }
  }
}

/** Whether the windows, two by two, lie side by side and leave no pixel out: all of their taps are written then. */
function areTiles(): bool {
  const p = pool();
  return p.sizeY == 2 && p.sizeX == 2 && p.strideY == 2 && p.strideX == 2 && p.dilationY == 1 && p.dilationX == 1 &&
    p.top == 0 && p.left == 0 && p.outHeight * 2 == p.height && p.outWidth * 2 == p.width;
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
  if (!areTiles()) clear<f32>(out, firstImage, images);
  forEachWindow<f32, ScatterMaximum>(input, out, cotangent, firstImage, images);
}

export function maxPool2dScatterFloat64(input: usize, cotangent: usize, out: usize, firstImage: i32, images: i32): void {
  if (!areTiles()) clear<f64>(out, firstImage, images);
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
