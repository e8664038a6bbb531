import { sumSpan } from './reduce';
import { lanes } from './thread';

/** So many products are added in the dtype before their sum is added up in float64. */
const summedElements = 1024;

@inline
function sumOfLanes<T>(x: v128): f64 {
  v128.store(lanes, x);
  let total: f64 = 0;
  for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) total += <f64>load<T>(lanes + lane);
  return total;
}

/** The sum of `x (y - shift)` or, where `squares`, of `(y - shift)^2`, over a row. */
function sumOfProducts<T>(x: usize, y: usize, count: i32, shift: T, squares: bool): f64 {
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

@inline
function meanOf<T>(input: usize, count: i32): T {
  return <T>(<f64>sumSpan<T>(input, count) / <f64>count);
}

/** One over the root of the mean square of what lies beside the mean. */
@inline
function scaleOf<T>(input: usize, count: i32, mean: T, epsilon: f64): f64 {
  return 1 / Math.sqrt(sumOfProducts<T>(input, input, count, mean, true) / <f64>count + epsilon);
}

function standardize<T>(input: usize, out: usize, rows: i32, count: i32, centred: bool, epsilon: f64): void {
  for (; rows > 0; rows--) {
    const mean = centred ? meanOf<T>(input, count) : <T>0;
    const scale = <T>scaleOf<T>(input, count, mean, epsilon);
    const means = v128.splat<T>(mean);
    const scales = v128.splat<T>(scale);
    const end = input + <usize>count * sizeof<T>();
    for (; input + 16 <= end; input += 16, out += 16) v128.store(out, v128.mul<T>(v128.sub<T>(v128.load(input), means), scales));
    for (; input < end; input += sizeof<T>(), out += sizeof<T>()) store<T>(out, <T>((load<T>(input) - mean) * scale));
  }
}

/** Each of `rows` rows of `count` elements, at least 1. */
export function standardizeRows(dtype: i32, input: usize, out: usize, rows: i32, count: i32, centred: i32, epsilon: f64): void {
  if (dtype == 2) standardize<f32>(input, out, rows, count, centred != 0, epsilon);
  else standardize<f64>(input, out, rows, count, centred != 0, epsilon);
}

/**
 * With `y = (x - mean) scale`, the gradient is `scale (g - mean(g) - y mean(g y))`, without the mean of g where not
 * centred: `a g + b (x - mean) + c` with three numbers a row.
 */
function gradient<T>(cotangent: usize, input: usize, out: usize, rows: i32, count: i32, centred: bool, epsilon: f64): void {
  for (; rows > 0; rows--) {
    const mean = centred ? meanOf<T>(input, count) : <T>0;
    const scale = scaleOf<T>(input, count, mean, epsilon);
    const along = sumOfProducts<T>(cotangent, input, count, mean, false) / <f64>count;
    const factor = <T>scale;
    const slope = <T>(-along * scale * scale * scale);
    const shift = centred ? meanOf<T>(cotangent, count) : <T>0;
    const means = v128.splat<T>(mean);
    const factors = v128.splat<T>(factor);
    const slopes = v128.splat<T>(slope);
    const shifts = v128.splat<T>(shift);
    const end = input + <usize>count * sizeof<T>();
    for (; input + 16 <= end; input += 16, cotangent += 16, out += 16) {
      const incoming = v128.mul<T>(v128.sub<T>(v128.load(cotangent), shifts), factors);
      v128.store(out, v128.add<T>(incoming, v128.mul<T>(v128.sub<T>(v128.load(input), means), slopes)));
    }
    for (; input < end; input += sizeof<T>(), cotangent += sizeof<T>(), out += sizeof<T>()) {
      store<T>(out, <T>((load<T>(cotangent) - shift) * factor + (load<T>(input) - mean) * slope));
    }
  }
}

export function standardizeGradientRows(
  dtype: i32, cotangent: usize, input: usize, out: usize, rows: i32, count: i32, centred: i32, epsilon: f64,
): void {
  if (dtype == 2) gradient<f32>(cotangent, input, out, rows, count, centred != 0, epsilon);
  else gradient<f64>(cotangent, input, out, rows, count, centred != 0, epsilon);
}
