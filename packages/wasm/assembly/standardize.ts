import { scaledMean, sumInParts } from './reduce';
import { exponentOf, isSafe, largestMagnitude, powerOfTwo, scaledMeanSquare, sumOfProducts } from './squares';

@inline
function meanOf<T>(input: usize, count: i32): T {
  return <T>(sumInParts<T>(input, count) / <f64>count);
}

/** The mean square of what lies beside the mean. */
@inline
function meanSquareOf<T>(input: usize, count: i32, mean: T): f64 {
  return sumOfProducts<T>(input, input, count, mean, true) / <f64>count;
}

// A row in float64, times a power of two that brings its largest element, or the root of epsilon, near 1.
let unitExponent: i32 = 0;
let unit: f64 = 0;
let scaledShift: f64 = 0;
let scaledFactor: f64 = 0;

function prepareRow<T>(input: usize, count: i32, centred: bool, epsilon: f64): void {
  unitExponent = exponentOf(max(largestMagnitude<T>(input, count), Math.sqrt(epsilon)));
  unit = powerOfTwo(-unitExponent);
  scaledShift = centred ? scaledMean<T>(input, sizeof<T>(), count, unit) : 0;
  scaledFactor = 1 / Math.sqrt(scaledMeanSquare<T>(input, count, unit, scaledShift) + epsilon * unit * unit);
}

@inline
function standardized<T>(input: usize): f64 {
  return (<f64>load<T>(input) * unit - scaledShift) * scaledFactor;
}

/** For a row whose squares overflow or lose digits in the dtype. */
function standardizeScaled<T>(input: usize, out: usize, count: i32, centred: bool, epsilon: f64): void {
  prepareRow<T>(input, count, centred, epsilon);
  for (const end = out + <usize>count * sizeof<T>(); out < end; out += sizeof<T>(), input += sizeof<T>()) {
    store<T>(out, <T>standardized<T>(input));
  }
}

function standardize<T>(input: usize, out: usize, rows: i32, count: i32, centred: bool, epsilon: f64): void {
  const rowBytes = <usize>count * sizeof<T>();
  for (; rows > 0; rows--) {
    const mean = centred ? meanOf<T>(input, count) : <T>0;
    const meanSquare = meanSquareOf<T>(input, count, mean) + epsilon;
    if (!isSafe<T>(meanSquare)) {
      standardizeScaled<T>(input, out, count, centred, epsilon);
      input += rowBytes;
      out += rowBytes;
      continue;
    }
    const scale = <T>(1 / Math.sqrt(meanSquare));
    const means = v128.splat<T>(mean);
    const scales = v128.splat<T>(scale);
    const end = input + rowBytes;
    for (; input + 16 <= end; input += 16, out += 16) v128.store(out, v128.mul<T>(v128.sub<T>(v128.load(input), means), scales));
    for (; input < end; input += sizeof<T>(), out += sizeof<T>()) store<T>(out, <T>((load<T>(input) - mean) * scale));
  }
}

/** Each of `rows` rows of `count` elements, at least 1. */
export function standardizeRows(dtype: i32, input: usize, out: usize, rows: i32, count: i32, centred: i32, epsilon: f64): void {
  if (dtype == 2) standardize<f32>(input, out, rows, count, centred != 0, epsilon);
  else standardize<f64>(input, out, rows, count, centred != 0, epsilon);
}

/** Whether products of a row's cotangents and deviations, with this mean, overflow or lose digits in the dtype. */
@inline
function areProductsSafe<T>(along: f64, shift: f64, cotangent: usize, count: i32, meanSquare: f64): bool {
  // Neither is finite if an element is infinite or a sum overflows.
  if (!(along - along == 0 && shift - shift == 0)) return false;
  if (Math.abs(along) > (sizeof<T>() == 4 ? 7.888609052210118e-31 : 1.1830521861667747e-271)) return true;
  const largest = largestMagnitude<T>(cotangent, count);
  return largest == 0 || largest * Math.sqrt(meanSquare) > (sizeof<T>() == 4 ? 8.673617379884035e-19 : 1.4996968138956309e-241);
}

function gradientScaled<T>(cotangent: usize, input: usize, out: usize, count: i32, centred: bool, epsilon: f64): void {
  prepareRow<T>(input, count, centred, epsilon);
  const exponent = exponentOf(largestMagnitude<T>(cotangent, count));
  const cotangentUnit = powerOfTwo(-exponent);
  const shift = centred ? scaledMean<T>(cotangent, sizeof<T>(), count, cotangentUnit) : 0;
  let along: f64 = 0;
  const rowBytes = <usize>count * sizeof<T>();
  for (let place: usize = 0; place < rowBytes; place += sizeof<T>()) {
    along += <f64>load<T>(cotangent + place) * cotangentUnit * standardized<T>(input + place);
  }
  along /= <f64>count;
  // In two factors, since one may lie beyond float64.
  const half = (exponent - unitExponent) >> 1;
  const first = powerOfTwo(half);
  const second = powerOfTwo(exponent - unitExponent - half);
  for (let place: usize = 0; place < rowBytes; place += sizeof<T>()) {
    const difference = <f64>load<T>(cotangent + place) * cotangentUnit - shift - standardized<T>(input + place) * along;
    store<T>(out + place, <T>(difference * scaledFactor * first * second));
  }
}

/**
 * With `y = (x - mean) scale`, the gradient is `scale (g - mean(g) - y mean(g y))`, without the mean of g where not
 * centred.
 */
function gradient<T>(cotangent: usize, input: usize, out: usize, rows: i32, count: i32, centred: bool, epsilon: f64): void {
  const rowBytes = <usize>count * sizeof<T>();
  for (; rows > 0; rows--) {
    const mean = centred ? meanOf<T>(input, count) : <T>0;
    const meanSquare = meanSquareOf<T>(input, count, mean) + epsilon;
    const along = sumOfProducts<T>(cotangent, input, count, mean, false) / <f64>count;
    const shift = centred ? meanOf<T>(cotangent, count) : <T>0;
    if (!isSafe<T>(meanSquare) || !areProductsSafe<T>(along, <f64>shift, cotangent, count, meanSquare)) {
      gradientScaled<T>(cotangent, input, out, count, centred, epsilon);
      cotangent += rowBytes;
      input += rowBytes;
      out += rowBytes;
      continue;
    }
    const scale = 1 / Math.sqrt(meanSquare);
    const factor = <T>scale;
    const slope = <T>(along * scale);
    const means = v128.splat<T>(mean);
    const factors = v128.splat<T>(factor);
    const slopes = v128.splat<T>(slope);
    const shifts = v128.splat<T>(shift);
    const end = input + rowBytes;
    for (; input + 16 <= end; input += 16, cotangent += 16, out += 16) {
      const output = v128.mul<T>(v128.sub<T>(v128.load(input), means), factors);
      const incoming = v128.sub<T>(v128.load(cotangent), shifts);
      v128.store(out, v128.mul<T>(v128.sub<T>(incoming, v128.mul<T>(output, slopes)), factors));
    }
    for (; input < end; input += sizeof<T>(), cotangent += sizeof<T>(), out += sizeof<T>()) {
      const output = <T>((load<T>(input) - mean) * factor);
      store<T>(out, <T>((load<T>(cotangent) - shift - output * slope) * factor));
    }
  }
}

export function standardizeGradientRows(
  dtype: i32, cotangent: usize, input: usize, out: usize, rows: i32, count: i32, centred: i32, epsilon: f64,
): void {
  if (dtype == 2) gradient<f32>(cotangent, input, out, rows, count, centred != 0, epsilon);
  else gradient<f64>(cotangent, input, out, rows, count, centred != 0, epsilon);
}
