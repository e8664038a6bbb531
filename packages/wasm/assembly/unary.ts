import { Cos, erf, Sin, Tan } from './float64Math';
import * as float32 from './float32Math';
import { choose, halveLanes, narrowMasks } from './vector';

/** The numbers of the operations, in the order of `unaryOperations` in src/elementwise.ts. */
const enum Operation {
  negate, abs, sign, reciprocal, square, sqrt, rsqrt,
  exp, expm1, log, log1p, log2,
  sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh,
  sigmoid, relu, erf,
  floor, ceil, round,
  isNaN, isFinite, not,
}

// Operations on a vector of lanes of type T. A class holds no data: it is the way to pass a function that is inlined.

class Negate {
  @inline apply<T>(x: v128): v128 { return v128.neg<T>(x); }
}
class Abs {
  @inline apply<T>(x: v128): v128 { return v128.abs<T>(x); }
}
class Sign {
  /** Zero and NaN are themselves. */
  @inline apply<T>(x: v128): v128 {
    const zero = v128.splat<T>(<T>0);
    const one = v128.splat<T>(<T>1);
    const positive = choose(v128.gt<T>(x, zero), one, x);
    return choose(v128.lt<T>(x, zero), v128.neg<T>(one), positive);
  }
}
class Reciprocal {
  @inline apply<T>(x: v128): v128 { return v128.div<T>(v128.splat<T>(<T>1), x); }
}
class Square {
  @inline apply<T>(x: v128): v128 { return v128.mul<T>(x, x); }
}
class Sqrt {
  @inline apply<T>(x: v128): v128 { return v128.sqrt<T>(x); }
}
class Rsqrt {
  @inline apply<T>(x: v128): v128 { return v128.div<T>(v128.splat<T>(<T>1), v128.sqrt<T>(x)); }
}
class Relu {
  /** NaN stays. */
  @inline apply<T>(x: v128): v128 { return v128.andnot(x, v128.lt<T>(x, v128.splat<T>(<T>0))); }
}
class Floor {
  @inline apply<T>(x: v128): v128 { return v128.floor<T>(x); }
}
class Ceil {
  @inline apply<T>(x: v128): v128 { return v128.ceil<T>(x); }
}
class Round {
  /** Half to even. */
  @inline apply<T>(x: v128): v128 { return v128.nearest<T>(x); }
}
class Exp32 {
  @inline apply<T>(x: v128): v128 { return float32.exp(x); }
}
class Expm132 {
  @inline apply<T>(x: v128): v128 { return float32.expm1(x); }
}
class Log32 {
  @inline apply<T>(x: v128): v128 { return float32.log(x); }
}
class Log1p32 {
  @inline apply<T>(x: v128): v128 { return float32.log1p(x); }
}
class Sin32 {
  @inline apply<T>(x: v128): v128 { return float32.sin(x); }
}
class Cos32 {
  @inline apply<T>(x: v128): v128 { return float32.cos(x); }
}
class Log232 {
  @inline apply<T>(x: v128): v128 { return float32.log2(x); }
}
class Tan32 {
  @inline apply<T>(x: v128): v128 { return float32.tan(x); }
}
class Asin32 {
  @inline apply<T>(x: v128): v128 { return float32.asin(x); }
}
class Acos32 {
  @inline apply<T>(x: v128): v128 { return float32.acos(x); }
}
class Atan32 {
  @inline apply<T>(x: v128): v128 { return float32.atan(x); }
}
class Sinh32 {
  @inline apply<T>(x: v128): v128 { return float32.sinh(x); }
}
class Cosh32 {
  @inline apply<T>(x: v128): v128 { return float32.cosh(x); }
}
class Asinh32 {
  @inline apply<T>(x: v128): v128 { return float32.asinh(x); }
}
class Acosh32 {
  @inline apply<T>(x: v128): v128 { return float32.acosh(x); }
}
class Atanh32 {
  @inline apply<T>(x: v128): v128 { return float32.atanh(x); }
}
class Tanh32 {
  @inline apply<T>(x: v128): v128 { return float32.tanh(x); }
}
class Sigmoid32 {
  @inline apply<T>(x: v128): v128 { return float32.sigmoid(x); }
}
class Erf32 {
  @inline apply<T>(x: v128): v128 { return float32.erf(x); }
}

// Operations on one float64.

class Exp {
  @inline apply(x: f64): f64 { return NativeMath.exp(x); }
}
class Expm1 {
  @inline apply(x: f64): f64 { return NativeMath.expm1(x); }
}
class Log {
  @inline apply(x: f64): f64 { return NativeMath.log(x); }
}
class Log1p {
  @inline apply(x: f64): f64 { return NativeMath.log1p(x); }
}
class Log2 {
  @inline apply(x: f64): f64 { return NativeMath.log2(x); }
}
class Asin {
  @inline apply(x: f64): f64 { return NativeMath.asin(x); }
}
class Acos {
  @inline apply(x: f64): f64 { return NativeMath.acos(x); }
}
class Atan {
  @inline apply(x: f64): f64 { return NativeMath.atan(x); }
}
class Sinh {
  @inline apply(x: f64): f64 { return NativeMath.sinh(x); }
}
class Cosh {
  @inline apply(x: f64): f64 { return NativeMath.cosh(x); }
}
class Tanh {
  @inline apply(x: f64): f64 { return NativeMath.tanh(x); }
}
class Asinh {
  /** Odd, and by log1p, so that small arguments keep their digits. */
  @inline apply(x: f64): f64 {
    const a = Math.abs(x);
    const y = a > 1e8
      ? NativeMath.log(a) + 0.69314718055994530942
      : NativeMath.log1p(a + (a * a) / (1 + Math.sqrt(a * a + 1)));
    return copysign<f64>(y, x);
  }
}
class Acosh {
  @inline apply(x: f64): f64 {
    if (x < 1) return NaN;
    if (x > 1e8) return NativeMath.log(x) + 0.69314718055994530942;
    const t = x - 1;
    return NativeMath.log1p(t + Math.sqrt(t * (x + 1)));
  }
}
class Atanh {
  @inline apply(x: f64): f64 {
    const a = Math.abs(x);
    return copysign<f64>(0.5 * NativeMath.log1p((2 * a) / (1 - a)), x);
  }
}
class Sigmoid {
  @inline apply(x: f64): f64 {
    const e = NativeMath.exp(-Math.abs(x));
    return (x < 0 ? e : 1) / (1 + e);
  }
}
class Erf {
  @inline apply(x: f64): f64 { return erf(x); }
}

// Tests on a vector of lanes, which give a mask.

class IsNaN {
  @inline apply<T>(x: v128): v128 { return v128.ne<T>(x, x); }
}
class IsFinite {
  @inline apply<T>(x: v128): v128 { return v128.lt<T>(v128.abs<T>(x), v128.splat<T>(<T>Infinity)); }
}
class Not {
  @inline apply<T>(x: v128): v128 { return v128.eq<T>(x, v128.splat<T>(<T>0)); }
}

function mapVectors<T, Op>(input: usize, out: usize, count: i32): void {
  const operation = changetype<Op>(0);
  const end = out + <usize>count * sizeof<T>();
  for (; out + 48 < end; out += 64, input += 64) {
    const a = operation.apply<T>(v128.load(input));
    const b = operation.apply<T>(v128.load(input, 16));
    const c = operation.apply<T>(v128.load(input, 32));
    const d = operation.apply<T>(v128.load(input, 48));
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (; out < end; out += 16, input += 16) v128.store(out, operation.apply<T>(v128.load(input)));
}

function mapNumbers<Op>(input: usize, out: usize, count: i32): void {
  const operation = changetype<Op>(0);
  const end = out + <usize>count * sizeof<f64>();
  for (; out < end; out += sizeof<f64>(), input += sizeof<f64>()) store<f64>(out, operation.apply(load<f64>(input)));
}

/** By 16 elements, each of which gives a byte of 0 or 1. */
function mapToBool<T, Op>(input: usize, out: usize, count: i32): void {
  const end = out + count;
  for (; out < end; out += 16, input += 16 * sizeof<T>()) v128.store(out, testSixteen<T, Op>(input));
}

@inline
function testSixteen<T, Op>(input: usize): v128 {
  const operation = changetype<Op>(0);
  if (sizeof<T>() == 1) return v128.and(operation.apply<T>(v128.load(input)), i8x16.splat(1));
  if (sizeof<T>() == 4) {
    return narrowMasks(
      operation.apply<T>(v128.load(input)), operation.apply<T>(v128.load(input, 16)),
      operation.apply<T>(v128.load(input, 32)), operation.apply<T>(v128.load(input, 48)),
    );
  }
  return narrowMasks(
    halveLanes(operation.apply<T>(v128.load(input)), operation.apply<T>(v128.load(input, 16))),
    halveLanes(operation.apply<T>(v128.load(input, 32)), operation.apply<T>(v128.load(input, 48))),
    halveLanes(operation.apply<T>(v128.load(input, 64)), operation.apply<T>(v128.load(input, 80))),
    halveLanes(operation.apply<T>(v128.load(input, 96)), operation.apply<T>(v128.load(input, 112))),
  );
}

/** What int32 and the floats share. */
function unaryNumber<T>(operation: i32, input: usize, out: usize, count: i32): void {
  switch (operation) {
    case Operation.negate: return mapVectors<T, Negate>(input, out, count);
    case Operation.abs: return mapVectors<T, Abs>(input, out, count);
    case Operation.sign: return mapVectors<T, Sign>(input, out, count);
    case Operation.square: return mapVectors<T, Square>(input, out, count);
    case Operation.relu: return mapVectors<T, Relu>(input, out, count);
    case Operation.not: return mapToBool<T, Not>(input, out, count);
  }
}

/** What the floats share. */
function unaryFloat<T>(operation: i32, input: usize, out: usize, count: i32): void {
  switch (operation) {
    case Operation.reciprocal: return mapVectors<T, Reciprocal>(input, out, count);
    case Operation.sqrt: return mapVectors<T, Sqrt>(input, out, count);
    case Operation.rsqrt: return mapVectors<T, Rsqrt>(input, out, count);
    case Operation.floor: return mapVectors<T, Floor>(input, out, count);
    case Operation.ceil: return mapVectors<T, Ceil>(input, out, count);
    case Operation.round: return mapVectors<T, Round>(input, out, count);
    case Operation.isNaN: return mapToBool<T, IsNaN>(input, out, count);
    case Operation.isFinite: return mapToBool<T, IsFinite>(input, out, count);
  }
  unaryNumber<T>(operation, input, out, count);
}

export function unaryFloat32(operation: i32, input: usize, out: usize, count: i32): void {
  switch (operation) {
    case Operation.exp: return mapVectors<f32, Exp32>(input, out, count);
    case Operation.expm1: return mapVectors<f32, Expm132>(input, out, count);
    case Operation.log: return mapVectors<f32, Log32>(input, out, count);
    case Operation.log1p: return mapVectors<f32, Log1p32>(input, out, count);
    case Operation.sin: return mapVectors<f32, Sin32>(input, out, count);
    case Operation.cos: return mapVectors<f32, Cos32>(input, out, count);
    case Operation.log2: return mapVectors<f32, Log232>(input, out, count);
    case Operation.tan: return mapVectors<f32, Tan32>(input, out, count);
    case Operation.asin: return mapVectors<f32, Asin32>(input, out, count);
    case Operation.acos: return mapVectors<f32, Acos32>(input, out, count);
    case Operation.atan: return mapVectors<f32, Atan32>(input, out, count);
    case Operation.sinh: return mapVectors<f32, Sinh32>(input, out, count);
    case Operation.cosh: return mapVectors<f32, Cosh32>(input, out, count);
    case Operation.asinh: return mapVectors<f32, Asinh32>(input, out, count);
    case Operation.acosh: return mapVectors<f32, Acosh32>(input, out, count);
    case Operation.atanh: return mapVectors<f32, Atanh32>(input, out, count);
    case Operation.tanh: return mapVectors<f32, Tanh32>(input, out, count);
    case Operation.sigmoid: return mapVectors<f32, Sigmoid32>(input, out, count);
    case Operation.erf: return mapVectors<f32, Erf32>(input, out, count);
  }
  unaryFloat<f32>(operation, input, out, count);
}

export function unaryFloat64(operation: i32, input: usize, out: usize, count: i32): void {
  switch (operation) {
    case Operation.exp: return mapNumbers<Exp>(input, out, count);
    case Operation.expm1: return mapNumbers<Expm1>(input, out, count);
    case Operation.log: return mapNumbers<Log>(input, out, count);
    case Operation.log1p: return mapNumbers<Log1p>(input, out, count);
    case Operation.sin: return mapNumbers<Sin>(input, out, count);
    case Operation.cos: return mapNumbers<Cos>(input, out, count);
    case Operation.log2: return mapNumbers<Log2>(input, out, count);
    case Operation.tan: return mapNumbers<Tan>(input, out, count);
    case Operation.asin: return mapNumbers<Asin>(input, out, count);
    case Operation.acos: return mapNumbers<Acos>(input, out, count);
    case Operation.atan: return mapNumbers<Atan>(input, out, count);
    case Operation.sinh: return mapNumbers<Sinh>(input, out, count);
    case Operation.cosh: return mapNumbers<Cosh>(input, out, count);
    case Operation.asinh: return mapNumbers<Asinh>(input, out, count);
    case Operation.acosh: return mapNumbers<Acosh>(input, out, count);
    case Operation.atanh: return mapNumbers<Atanh>(input, out, count);
    case Operation.tanh: return mapNumbers<Tanh>(input, out, count);
    case Operation.sigmoid: return mapNumbers<Sigmoid>(input, out, count);
    case Operation.erf: return mapNumbers<Erf>(input, out, count);
  }
  unaryFloat<f64>(operation, input, out, count);
}

export function unaryInt32(operation: i32, input: usize, out: usize, count: i32): void {
  switch (operation) {
    case Operation.floor: case Operation.ceil: case Operation.round:
      return memory.copy(out, input, <usize>count << 2);
    case Operation.isNaN: return memory.fill(out, 0, count);
    case Operation.isFinite: return memory.fill(out, 1, count);
  }
  unaryNumber<i32>(operation, input, out, count);
}

export function unaryBool(operation: i32, input: usize, out: usize, count: i32): void {
  if (operation == Operation.not) mapToBool<u8, Not>(input, out, count);
}
