import * as float32 from './float32Math';
import { power, remainder } from './float64Math';
import { first, nextRow, second, startRows } from './odometer';
import { choose, halveLanes, loadOrSplat, narrowMasks } from './vector';

/** The numbers of the operations, in the order of `binaryOperations` in src/elementwise.ts. */
const enum Operation {
  add, subtract, multiply, divide, power, remainder, minimum, maximum, atan2, hypot,
  reluGradient, tanhGradient, sigmoidGradient,
  equal, notEqual, less, lessEqual, greater, greaterEqual,
  and, or,
}

// Operations on two vectors of lanes of type T. A class holds no data: it is the way to pass a function that is inlined.

class Add {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.add<T>(x, y); }
}
class Subtract {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.sub<T>(x, y); }
}
class Multiply {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.mul<T>(x, y); }
}
class Divide {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.div<T>(x, y); }
}
class Minimum {
  /** NaN wins. */
  @inline apply<T>(x: v128, y: v128): v128 { return v128.min<T>(x, y); }
}
class Maximum {
  /** NaN wins. */
  @inline apply<T>(x: v128, y: v128): v128 { return v128.max<T>(x, y); }
}
class Hypot {
  /** By the ratio of both, so that no square overflows. Infinite beside NaN too. */
  @inline apply<T>(x: v128, y: v128): v128 {
    const a = v128.abs<T>(x);
    const b = v128.abs<T>(y);
    const larger = v128.max<T>(a, b);
    const ratio = v128.div<T>(v128.min<T>(a, b), larger);
    const factor = v128.sqrt<T>(v128.add<T>(v128.splat<T>(<T>1), v128.mul<T>(ratio, ratio)));
    const length = choose(v128.eq<T>(larger, v128.splat<T>(<T>0)), larger, v128.mul<T>(larger, factor));
    const infinity = v128.splat<T>(<T>Infinity);
    return choose(v128.or(v128.eq<T>(a, infinity), v128.eq<T>(b, infinity)), infinity, length);
  }
}
class ReluGradient {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.and(x, v128.gt<T>(y, v128.splat<T>(<T>0))); }
}
class TanhGradient {
  @inline apply<T>(x: v128, y: v128): v128 {
    const one = v128.splat<T>(<T>1);
    return v128.mul<T>(x, v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y)));
  }
}
class SigmoidGradient {
  @inline apply<T>(x: v128, y: v128): v128 {
    return v128.mul<T>(x, v128.mul<T>(y, v128.sub<T>(v128.splat<T>(<T>1), y)));
  }
}
class And {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.and(isTrue<T>(x), isTrue<T>(y)); }
}
class Or {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.or(isTrue<T>(x), isTrue<T>(y)); }
}
class Equal {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.eq<T>(x, y); }
}
class NotEqual {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.ne<T>(x, y); }
}
class Less {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.lt<T>(x, y); }
}
class LessEqual {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.le<T>(x, y); }
}
class Greater {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.gt<T>(x, y); }
}
class GreaterEqual {
  @inline apply<T>(x: v128, y: v128): v128 { return v128.ge<T>(x, y); }
}

@inline
function isTrue<T>(x: v128): v128 {
  return v128.ne<T>(x, v128.splat<T>(<T>0));
}

class Power32 {
  @inline apply<T>(x: v128, y: v128): v128 { return float32.power(x, y); }
}
class Remainder32 {
  @inline apply<T>(x: v128, y: v128): v128 { return float32.remainder(x, y); }
}
class Atan232 {
  @inline apply<T>(x: v128, y: v128): v128 { return float32.atan2(x, y); }
}

// Operations on two numbers of int32 or float64.

class Power {
  @inline apply<T>(x: T, y: T): T {
    return isInteger<T>() ? <T>integerPower(<i32>x, <i32>y) : <T>power(<f64>x, <f64>y);
  }
}
class Remainder {
  @inline apply<T>(x: T, y: T): T {
    return isInteger<T>() ? <T>integerRemainder(<i32>x, <i32>y) : <T>remainder(<f64>x, <f64>y);
  }
}
class Atan2 {
  @inline apply<T>(x: T, y: T): T { return <T>NativeMath.atan2(<f64>x, <f64>y); }
}

/** Wraps as repeated multiplication does. A negative power is the reciprocal's whole part, and 0 of 0. */
function integerPower(base: i32, exponent: i32): i32 {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
  let result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

/** With the divisor's sign; 0 when the divisor is 0, as in NumPy. */
function integerRemainder(x: i32, y: i32): i32 {
  // -1 would overflow with the least integer.
  if (y == 0 || y == -1) return 0;
  const r = x % y;
  return r != 0 && (r ^ y) < 0 ? r + y : r;
}

/** One row: each operand is a row too, or (`repeats`) one element. */
@inline
function zipVectors<T, Op>(left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32): void {
  const end = out + <usize>count * sizeof<T>();
  if (leftRepeats) zipFirst<T, Op>(v128.splat<T>(load<T>(left)), right, rightRepeats, out, end);
  else if (rightRepeats) zipSecond<T, Op>(left, v128.splat<T>(load<T>(right)), out, end);
  else zipBoth<T, Op>(left, right, out, end);
}

function zipBoth<T, Op>(left: usize, right: usize, out: usize, end: usize): void {
  const operation = changetype<Op>(0);
  for (; out + 48 < end; out += 64, left += 64, right += 64) {
    const a = operation.apply<T>(v128.load(left), v128.load(right));
    const b = operation.apply<T>(v128.load(left, 16), v128.load(right, 16));
    const c = operation.apply<T>(v128.load(left, 32), v128.load(right, 32));
    const d = operation.apply<T>(v128.load(left, 48), v128.load(right, 48));
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (; out < end; out += 16, left += 16, right += 16) {
    v128.store(out, operation.apply<T>(v128.load(left), v128.load(right)));
  }
}

function zipSecond<T, Op>(left: usize, right: v128, out: usize, end: usize): void {
  const operation = changetype<Op>(0);
  for (; out + 48 < end; out += 64, left += 64) {
    const a = operation.apply<T>(v128.load(left), right);
    const b = operation.apply<T>(v128.load(left, 16), right);
    const c = operation.apply<T>(v128.load(left, 32), right);
    const d = operation.apply<T>(v128.load(left, 48), right);
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (; out < end; out += 16, left += 16) v128.store(out, operation.apply<T>(v128.load(left), right));
}

function zipFirst<T, Op>(left: v128, right: usize, rightRepeats: bool, out: usize, end: usize): void {
  const operation = changetype<Op>(0);
  const step: usize = rightRepeats ? 0 : 16;
  for (; out < end; out += 16, right += step) {
    v128.store(out, operation.apply<T>(left, loadOrSplat<T>(right, rightRepeats)));
  }
}

function zipNumbers<T, Op>(left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32): void {
  const operation = changetype<Op>(0);
  const leftStep = leftRepeats ? 0 : sizeof<T>();
  const rightStep = rightRepeats ? 0 : sizeof<T>();
  const end = out + <usize>count * sizeof<T>();
  for (; out < end; out += sizeof<T>(), left += leftStep, right += rightStep) {
    store<T>(out, operation.apply<T>(load<T>(left), load<T>(right)));
  }
}

/** By 16 elements, each of which gives a byte of 0 or 1. */
function zipToBool<T, Op>(left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32): void {
  const leftStep = leftRepeats ? 0 : sizeof<T>();
  const rightStep = rightRepeats ? 0 : sizeof<T>();
  const end = out + count;
  for (; out < end; out += 16, left += leftStep * 16, right += rightStep * 16) {
    v128.store(out, compareSixteen<T, Op>(left, leftRepeats, right, rightRepeats));
  }
}

@inline
function compareVector<T, Op>(left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, offset: usize): v128 {
  return changetype<Op>(0).apply<T>(
    loadOrSplat<T>(leftRepeats ? left : left + offset, leftRepeats),
    loadOrSplat<T>(rightRepeats ? right : right + offset, rightRepeats),
  );
}

@inline
function compareSixteen<T, Op>(left: usize, leftRepeats: bool, right: usize, rightRepeats: bool): v128 {
  if (sizeof<T>() == 1) {
    return v128.and(compareVector<T, Op>(left, leftRepeats, right, rightRepeats, 0), i8x16.splat(1));
  }
  if (sizeof<T>() == 4) {
    return narrowMasks(
      compareVector<T, Op>(left, leftRepeats, right, rightRepeats, 0),
      compareVector<T, Op>(left, leftRepeats, right, rightRepeats, 16),
      compareVector<T, Op>(left, leftRepeats, right, rightRepeats, 32),
      compareVector<T, Op>(left, leftRepeats, right, rightRepeats, 48),
    );
  }
  return narrowMasks(
    comparePair<T, Op>(left, leftRepeats, right, rightRepeats, 0),
    comparePair<T, Op>(left, leftRepeats, right, rightRepeats, 32),
    comparePair<T, Op>(left, leftRepeats, right, rightRepeats, 64),
    comparePair<T, Op>(left, leftRepeats, right, rightRepeats, 96),
  );
}

@inline
function comparePair<T, Op>(left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, offset: usize): v128 {
  return halveLanes(
    compareVector<T, Op>(left, leftRepeats, right, rightRepeats, offset),
    compareVector<T, Op>(left, leftRepeats, right, rightRepeats, offset + 16),
  );
}

/** What every dtype has. */
function compare<T>(
  operation: i32, left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32,
): void {
  switch (operation) {
    case Operation.equal: return zipToBool<T, Equal>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.notEqual: return zipToBool<T, NotEqual>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.less: return zipToBool<T, Less>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.lessEqual: return zipToBool<T, LessEqual>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.greater: return zipToBool<T, Greater>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.greaterEqual: return zipToBool<T, GreaterEqual>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.and: return zipToBool<T, And>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.or: return zipToBool<T, Or>(left, leftRepeats, right, rightRepeats, out, count);
  }
}

/** What int32 and the floats share. */
function binaryNumber<T>(
  operation: i32, left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32,
): void {
  switch (operation) {
    case Operation.add: return zipVectors<T, Add>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.subtract: return zipVectors<T, Subtract>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.multiply: return zipVectors<T, Multiply>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.minimum: return zipVectors<T, Minimum>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.maximum: return zipVectors<T, Maximum>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.reluGradient: return zipVectors<T, ReluGradient>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.power: return zipNumbers<T, Power>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.remainder: return zipNumbers<T, Remainder>(left, leftRepeats, right, rightRepeats, out, count);
  }
  compare<T>(operation, left, leftRepeats, right, rightRepeats, out, count);
}

function binaryFloat<T>(
  operation: i32, left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32,
): void {
  if (sizeof<T>() == 4) {
    switch (operation) {
      case Operation.power: return zipVectors<f32, Power32>(left, leftRepeats, right, rightRepeats, out, count);
      case Operation.remainder: return zipVectors<f32, Remainder32>(left, leftRepeats, right, rightRepeats, out, count);
      case Operation.atan2: return zipVectors<f32, Atan232>(left, leftRepeats, right, rightRepeats, out, count);
    }
  }
  switch (operation) {
    case Operation.divide: return zipVectors<T, Divide>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.tanhGradient: return zipVectors<T, TanhGradient>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.sigmoidGradient: return zipVectors<T, SigmoidGradient>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.hypot: return zipVectors<T, Hypot>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.atan2: return zipNumbers<T, Atan2>(left, leftRepeats, right, rightRepeats, out, count);
  }
  binaryNumber<T>(operation, left, leftRepeats, right, rightRepeats, out, count);
}

function binaryBool(
  operation: i32, left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32,
): void {
  switch (operation) {
    case Operation.minimum: case Operation.multiply:
      return zipToBool<u8, And>(left, leftRepeats, right, rightRepeats, out, count);
    case Operation.maximum: case Operation.add:
      return zipToBool<u8, Or>(left, leftRepeats, right, rightRepeats, out, count);
  }
  compare<u8>(operation, left, leftRepeats, right, rightRepeats, out, count);
}

/** A row of `out`, `count` elements of `dtype` (or of bool for a comparison) by one of each operand or one element of it. */
export function binaryRow(
  operation: i32, dtype: i32, left: usize, leftRepeats: bool, right: usize, rightRepeats: bool, out: usize, count: i32,
): void {
  switch (dtype) {
    case 0: return binaryBool(operation, left, leftRepeats, right, rightRepeats, out, count);
    case 1: return binaryNumber<i32>(operation, left, leftRepeats, right, rightRepeats, out, count);
    case 2: return binaryFloat<f32>(operation, left, leftRepeats, right, rightRepeats, out, count);
    case 3: return binaryFloat<f64>(operation, left, leftRepeats, right, rightRepeats, out, count);
  }
}

/** `rows` rows from `firstRow` on, of which the odometer tells where each operand's begins; `out` is where row 0 goes. */
export function binaryRows(
  operation: i32, dtype: i32, left: usize, leftRepeats: bool, right: usize, rightRepeats: bool,
  out: usize, count: i32, outRowBytes: i32, rank: i32, firstRow: i32, rows: i32,
): void {
  out += <usize>firstRow * <usize>outRowBytes;
  for (startRows(rank, firstRow); rows > 0; rows--, nextRow(rank)) {
    binaryRow(operation, dtype, left + first, leftRepeats, right + second, rightRepeats, out, count);
    out += outRowBytes;
  }
}
