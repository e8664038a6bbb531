/*
 * Squares of the elements of a row. Those of float32 overflow beyond 1e19 and lose digits below 1e-19, so a row whose mean
 * square leaves the safe range is summed again: in float64, with its elements times a power of two that brings the largest
 * near 1. Which way a row takes depends on its own elements only.
 */
import { lanes } from './thread';

/** How many products are added in the dtype before their sum is added in float64. */
export const summedElements = 1024;

@inline
function sumOfLanes<T>(x: v128): f64 {
  v128.store(lanes, x);
  let total: f64 = 0;
  for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) total += <f64>load<T>(lanes + lane);
  return total;
}

/** The sum of `x (y - shift)` or, where `squares`, of `(y - shift)^2`, over a row. */
export function sumOfProducts<T>(x: usize, y: usize, count: i32, shift: T, squares: bool): f64 {
  const shifts = v128.splat<T>(shift);
  let total: f64 = 0;
  while (count > 0) {
    const stretch = min(count, summedElements);
    const end = y + <usize>stretch * sizeof<T>();
    let a = v128.splat<T>(<T>0);
    let b = a;
    for (; y + 32 <= end; y += 32, x += 32) {
      const low = v128.sub<T>(v128.load(y), shifts);
      const high = v128.sub<T>(v128.load(y, 16), shifts);
      a = v128.add<T>(a, v128.mul<T>(squares ? low : v128.load(x), low));
      b = v128.add<T>(b, v128.mul<T>(squares ? high : v128.load(x, 16), high));
    }
    total += sumOfLanes<T>(v128.add<T>(a, b));
    for (; y < end; y += sizeof<T>(), x += sizeof<T>()) {
      const difference = load<T>(y) - shift;
      total += <f64>((squares ? difference : load<T>(x)) * difference);
    }
    count -= stretch;
  }
  return total;
}

/** Mean squares between these neither overflow nor lose digits in the dtype. */
@inline
export function leastSquare<T>(): T { return sizeof<T>() == 4 ? <T>8.271806125530277e-25 : <T>1.4996968138956309e-241; }
@inline
export function greatestSquare<T>(): T { return sizeof<T>() == 4 ? <T>1.2676506002282294e30 : <T>8.452712498170644e270; }

/** Whether the squares of a row with this mean square neither overflow nor lose digits in the dtype; not for NaN. */
@inline
export function isSafe<T>(meanSquare: f64): bool {
  return meanSquare > <f64>leastSquare<T>() && meanSquare < <f64>greatestSquare<T>();
}

/** The largest magnitude of a row; NaN does not count. */
export function largestMagnitude<T>(input: usize, count: i32): f64 {
  const end = input + <usize>count * sizeof<T>();
  let largest = v128.splat<T>(<T>0);
  for (; input + 16 <= end; input += 16) largest = v128.pmax<T>(largest, v128.abs<T>(v128.load(input)));
  v128.store(lanes, largest);
  let result: f64 = 0;
  for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) result = max(result, <f64>load<T>(lanes + lane));
  for (; input < end; input += sizeof<T>()) {
    const magnitude = Math.abs(<f64>load<T>(input));
    if (magnitude > result) result = magnitude;
  }
  return result;
}

/** The exponent of a number that is not negative, bounded so that the powers of two of it and of its negative are normal. */
export function exponentOf(x: f64): i32 {
  return min(max(<i32>(reinterpret<u64>(x) >> 52) - 1023, -1000), 1000);
}

/** For exponents from -1022 to 1023. */
@inline
export function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>((<u64>(1023 + exponent)) << 52);
}

/** The mean square of the row times `unit`, less `shift`. */
export function scaledMeanSquare<T>(input: usize, count: i32, unit: f64, shift: f64): f64 {
  let total: f64 = 0;
  for (let index = 0; index < count; index++, input += sizeof<T>()) {
    const difference = <f64>load<T>(input) * unit - shift;
    total += difference * difference;
  }
  return total / <f64>count;
}

/** The root of the sum of the squares of a row, or of their mean. */
function lengthOfRow<T>(input: usize, count: i32, ofMean: bool): f64 {
  const divisor: f64 = ofMean ? <f64>count : 1;
  const sum = sumOfProducts<T>(input, input, count, <T>0, true);
  if (count == 0 || isSafe<T>(sum / <f64>count)) return Math.sqrt(sum / divisor);
  const largest = largestMagnitude<T>(input, count);
  const exponent = exponentOf(largest);
  const meanSquare = scaledMeanSquare<T>(input, count, powerOfTwo(-exponent), 0);
  return Math.sqrt(ofMean ? meanSquare : meanSquare * <f64>count) * powerOfTwo(exponent);
}

function lengthRows<T>(input: usize, out: usize, outer: i32, length: i32, ofMean: bool): void {
  for (; outer > 0; outer--, out += sizeof<T>(), input += <usize>length * sizeof<T>()) store<T>(out, <T>lengthOfRow<T>(input, length, ofMean));
}

/** Each of `outer` rows of `length` floats becomes its Euclidean norm (operation 7) or its root mean square (8). */
export function squareReduceRows(operation: i32, dtype: i32, input: usize, out: usize, outer: i32, length: i32): void {
  if (dtype == 2) lengthRows<f32>(input, out, outer, length, operation == 8);
  else lengthRows<f64>(input, out, outer, length, operation == 8);
}
