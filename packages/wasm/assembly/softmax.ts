import { exp } from './float32Math';
import { joinSpan, Max } from './reduce';

/** The first `count` lanes of a float32 vector; all from 4 on. */
// @ts-ignore: decorator
@inline
function leadingLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** Writes `e^(x - maximum)` of a row where `keeps`, and returns their sum. */
// @ts-ignore: decorator
@inline
function exponentials(input: usize, out: usize, count: i32, maximum: f32, keeps: bool): f32 {
  const shift = f32x4.splat(maximum);
  let total = f32x4.splat(0);
  let other = f32x4.splat(0);
  for (; count >= 8; count -= 8, input += 32, out += 32) {
    const a = exp(f32x4.sub(v128.load(input), shift));
    const b = exp(f32x4.sub(v128.load(input, 16), shift));
    if (keeps) {
      v128.store(out, a);
      v128.store(out, b, 16);
    }
    total = f32x4.add(total, a);
    other = f32x4.add(other, b);
  }
  total = f32x4.add(total, other);
  for (; count > 0; count -= 4, input += 16, out += 16) {
    const e = exp(f32x4.sub(v128.load(input), shift));
    if (keeps) v128.store(out, e);
    total = f32x4.add(total, v128.and(e, leadingLanes(count)));
  }
  return (
    f32x4.extract_lane(total, 0) + f32x4.extract_lane(total, 1) +
    (f32x4.extract_lane(total, 2) + f32x4.extract_lane(total, 3))
  );
}

export function softmaxFloat32(input: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * 4;
  for (; rows > 0; rows--, input += rowBytes, out += rowBytes) {
    const total = exponentials(input, out, count, joinSpan<f32, Max>(input, count), true);
    const scale = f32x4.splat(1 / total);
    for (let position: usize = 0; position < rowBytes; position += 16) {
      v128.store(out + position, f32x4.mul(v128.load(out + position), scale));
    }
  }
}

export function logSoftmaxFloat32(input: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * 4;
  for (; rows > 0; rows--, input += rowBytes, out += rowBytes) {
    const maximum = joinSpan<f32, Max>(input, count);
    const total = exponentials(input, out, count, maximum, false);
    const shift = f32x4.splat(maximum);
    const logTotal = f32x4.splat(<f32>NativeMath.log(<f64>total));
    for (let position: usize = 0; position < rowBytes; position += 16) {
      v128.store(out + position, f32x4.sub(f32x4.sub(v128.load(input + position), shift), logTotal));
    }
  }
}

export function softmaxFloat64(input: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * 8;
  for (; rows > 0; rows--, input += rowBytes, out += rowBytes) {
    const maximum = joinSpan<f64, Max>(input, count);
    let total: f64 = 0;
    for (let position: usize = 0; position < rowBytes; position += 8) {
      const e = NativeMath.exp(load<f64>(input + position) - maximum);
      store<f64>(out + position, e);
      total += e;
    }
    for (let position: usize = 0; position < rowBytes; position += 8) {
      store<f64>(out + position, load<f64>(out + position) / total);
    }
  }
}

export function logSoftmaxFloat64(input: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * 8;
  for (; rows > 0; rows--, input += rowBytes, out += rowBytes) {
    const maximum = joinSpan<f64, Max>(input, count);
    let total: f64 = 0;
    for (let position: usize = 0; position < rowBytes; position += 8) {
      total += NativeMath.exp(load<f64>(input + position) - maximum);
    }
    const logTotal = NativeMath.log(total);
    for (let position: usize = 0; position < rowBytes; position += 8) {
      store<f64>(out + position, load<f64>(input + position) - maximum - logTotal);
    }
  }
}
