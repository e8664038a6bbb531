/*
 * Softmax of rows of `count` elements. The exponentials are what takes time; so each is worked out once, and a row is in the
 * first cache when it is read again.
 */
import { exp } from './lanes';
import { joinLanes, joinVectors, Max, Sum } from './reduce';
import { leadingLanes, storeLeading } from './vector';

/** The greatest element of a row, in every lane. */
@inline
export function maximumOf<T>(input: usize, count: i32): v128 {
  return joinVectors<T, Max>(input, count);
}

/** `e^(x - maximum)` of the vector at `input`. */
@inline
function exponential<T>(input: usize, maximum: v128): v128 {
  return exp<T>(v128.sub<T>(v128.load(input), maximum));
}

/** The sum of `e^(x - maximum)` over a row, in every lane; `keeps` writes them to `out`. */
@inline
export function sumOfExponentials<T>(input: usize, out: usize, count: i32, maximum: v128, keeps: bool): v128 {
  const step = 16 / <i32>sizeof<T>();
  let total = v128.splat<T>(<T>0);
  // With no store between them the four read the constants of the exponential once.
  for (; count >= 4 * step; count -= 4 * step, input += 64, out += 64) {
    const a = exponential<T>(input, maximum);
    const b = exponential<T>(input + 16, maximum);
    const c = exponential<T>(input + 32, maximum);
    const d = exponential<T>(input + 48, maximum);
    if (keeps) {
      v128.store(out, a);
      v128.store(out, b, 16);
      v128.store(out, c, 32);
      v128.store(out, d, 48);
    }
    total = v128.add<T>(total, v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d)));
  }
  for (; count > 0; count -= step, input += 16, out += 16) {
    const e = exponential<T>(input, maximum);
    if (keeps) storeLeading<T>(out, e, count);
    total = v128.add<T>(total, v128.and(e, leadingLanes<T>(count)));
  }
  return joinLanes<T, Sum>(total);
}

/** Multiplies a row in place. */
@inline
export function scaleRow<T>(row: usize, count: i32, factor: v128): void {
  const step = 16 / <i32>sizeof<T>();
  for (; count > 0; count -= step, row += 16) storeLeading<T>(row, v128.mul<T>(v128.load(row), factor), count);
}

/** The logarithm of the number in every lane. */
@inline
export function logOf<T>(x: v128): T {
  return <T>NativeMath.log(<f64>v128.extract_lane<T>(x, 0));
}

function softmax<T>(input: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * sizeof<T>();
  for (; rows > 0; rows--, input += rowBytes, out += rowBytes) {
    const total = sumOfExponentials<T>(input, out, count, maximumOf<T>(input, count), true);
    scaleRow<T>(out, count, v128.div<T>(v128.splat<T>(<T>1), total));
  }
}

function logSoftmax<T>(input: usize, out: usize, rows: i32, count: i32): void {
  const step = 16 / <i32>sizeof<T>();
  for (; rows > 0; rows--) {
    const maximum = maximumOf<T>(input, count);
    const logTotal = v128.splat<T>(logOf<T>(sumOfExponentials<T>(input, out, count, maximum, false)));
    for (let left = count; left > 0; left -= step) {
      storeLeading<T>(out, v128.sub<T>(v128.sub<T>(v128.load(input), maximum), logTotal), left);
      const bytes = <usize>min(left, step) * sizeof<T>();
      input += bytes;
      out += bytes;
    }
  }
}

export function softmaxFloat32(input: usize, out: usize, rows: i32, count: i32): void {
  softmax<f32>(input, out, rows, count);
}

export function softmaxFloat64(input: usize, out: usize, rows: i32, count: i32): void {
  softmax<f64>(input, out, rows, count);
}

export function logSoftmaxFloat32(input: usize, out: usize, rows: i32, count: i32): void {
  logSoftmax<f32>(input, out, rows, count);
}

export function logSoftmaxFloat64(input: usize, out: usize, rows: i32, count: i32): void {
  logSoftmax<f64>(input, out, rows, count);
}
