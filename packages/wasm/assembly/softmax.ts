import { exp } from './float32Math';
import { joinLanes, joinSpan, joinVectors, Max, Sum } from './reduce';
import { leadingLanes } from './vector';

/** `e^(x - maximum)` of the vector at `input`. */
// @ts-ignore: decorator
@inline
function exponential(input: usize, maximum: v128): v128 {
  return exp(f32x4.sub(v128.load(input), maximum));
}

/** The sum of `e^(x - maximum)` over a row, in every lane; `keeps` writes them to `out`. */
// @ts-ignore: decorator
@inline
function sumOfExponentials(input: usize, out: usize, count: i32, maximum: v128, keeps: bool): v128 {
  let total = f32x4.splat(0);
  // With no store between them the four read the constants of the exponential once.
  for (; count >= 16; count -= 16, input += 64, out += 64) {
    const a = exponential(input, maximum);
    const b = exponential(input + 16, maximum);
    const c = exponential(input + 32, maximum);
    const d = exponential(input + 48, maximum);
    if (keeps) {
      v128.store(out, a);
      v128.store(out, b, 16);
      v128.store(out, c, 32);
      v128.store(out, d, 48);
    }
    total = f32x4.add(total, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  for (; count > 0; count -= 4, input += 16, out += 16) {
    const e = exponential(input, maximum);
    if (keeps) v128.store(out, e);
    total = f32x4.add(total, v128.and(e, leadingLanes<f32>(count)));
  }
  return joinLanes<f32, Sum>(total);
}

export function softmaxFloat32(input: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * 4;
  for (; rows > 0; rows--, input += rowBytes, out += rowBytes) {
    const total = sumOfExponentials(input, out, count, joinVectors<f32, Max>(input, count), true);
    const scale = f32x4.div(f32x4.splat(1), total);
    for (let position: usize = 0; position < rowBytes; position += 16) {
      v128.store(out + position, f32x4.mul(v128.load(out + position), scale));
    }
  }
}

export function logSoftmaxFloat32(input: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * 4;
  for (; rows > 0; rows--, input += rowBytes, out += rowBytes) {
    const maximum = joinVectors<f32, Max>(input, count);
    const total = sumOfExponentials(input, out, count, maximum, false);
    const logTotal = f32x4.splat(<f32>NativeMath.log(<f64>f32x4.extract_lane(total, 0)));
    for (let position: usize = 0; position < rowBytes; position += 16) {
      v128.store(out + position, f32x4.sub(f32x4.sub(v128.load(input + position), maximum), logTotal));
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
