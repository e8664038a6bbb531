/*
 * Functions of four float32 lanes. Each reduces its argument to a small interval and evaluates a polynomial there;
 * those of log, sin and cos are the ones of S. Moshier's Cephes library (single precision).
 */
import * as float64 from './float64Math';
import { choose, float32At, float32Splat as splat, multiplyAdd, negativeMultiplyAdd } from './vector';

/** 3 * 2^22, which has its last bit at 1: what is added to it is rounded to an integer, which the lowest bits then hold. */
const rounder = memory.data<f32>([12582912]);
const one = memory.data<f32>([1]);
const log2OfE = memory.data<f32>([1.44269504088896341]);
/** In two parts, of which the first times an exponent is exact. */
const logOf2 = memory.data<f32>([0.693359375, -2.12194440e-4]);
const expBounds = memory.data<f32>([-104, 89]);
/** A least-maximum fit of `(e^r - 1 - r) / r^2` for `|r| <= ln(2) / 2`, the highest power first. */
const expTerms = memory.data<f32>([1.3814540579915047e-3, 8.36874544620514e-3, 4.166838899254799e-2, 0.1666652113199234, 0.4999999403953552]);

/** Two to the power of an integer from -126 to 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(exponent: v128): v128 {
  return i32x4.add(i32x4.shl(exponent, 23), float32At(one));
}

/** `x - n ln 2`. */
// @ts-ignore: decorator
@inline
function reduceByLog2(x: v128, n: v128): v128 {
  return negativeMultiplyAdd(n, float32At(logOf2, 1), negativeMultiplyAdd(n, float32At(logOf2), x));
}

/** `e^r - 1` for `|r| <= ln(2) / 2`. */
// @ts-ignore: decorator
@inline
function expMinusOneReduced(r: v128): v128 {
  // Pairs of terms at once: one after the other they would have to wait for each other.
  const square = f32x4.mul(r, r);
  const far = multiplyAdd(float32At(expTerms), square, multiplyAdd(float32At(expTerms, 1), r, float32At(expTerms, 2)));
  const near = multiplyAdd(float32At(expTerms, 3), r, float32At(expTerms, 4));
  return multiplyAdd(multiplyAdd(far, square, near), square, r);
}

// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, float32At(expBounds, 1)), float32At(expBounds));
  const rounded = multiplyAdd(clamped, float32At(log2OfE), float32At(rounder));
  const exponent = i32x4.sub(rounded, float32At(rounder));
  const r = reduceByLog2(clamped, f32x4.sub(rounded, float32At(rounder)));
  const mantissa = f32x4.add(expMinusOneReduced(r), float32At(one));
  // In two factors, so that the result may overflow to infinity or end in a subnormal number.
  const half = i32x4.shr_s(exponent, 1);
  return f32x4.mul(f32x4.mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)));
}

// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-20));
  const rounded = multiplyAdd(clamped, float32At(log2OfE), float32At(rounder));
  const exponent = i32x4.sub(rounded, float32At(rounder));
  const p = expMinusOneReduced(reduceByLog2(clamped, f32x4.sub(rounded, float32At(rounder))));
  // 2^n (p + 1) - 1, doubled last because 2^128 is no float32.
  const halfScale = powerOfTwo(i32x4.sub(exponent, i32x4.splat(1)));
  const half = f32x4.add(f32x4.mul(halfScale, p), f32x4.sub(halfScale, splat(0.5)));
  const result = f32x4.add(half, half);
  // Keeps the sign of zero.
  return choose(f32x4.eq(x, splat(0)), x, result);
}

// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const subnormal = f32x4.lt(x, splat(1.17549435e-38));
  const bits = choose(subnormal, f32x4.mul(x, splat(8388608)), x);
  // The mantissa from sqrt(1/2) to sqrt(2): 0x3f3504f3 is sqrt(1/2).
  const exponent = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(bits, i32x4.shl(exponent, 23)), splat(1));
  const n = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(subnormal, splat(23)));
  const square = f32x4.mul(f, f);
  let p = splat(7.0376836292e-2);
  p = multiplyAdd(p, f, splat(-1.1514610310e-1));
  p = multiplyAdd(p, f, splat(1.1676998740e-1));
  p = multiplyAdd(p, f, splat(-1.2420140846e-1));
  p = multiplyAdd(p, f, splat(1.4249322787e-1));
  p = multiplyAdd(p, f, splat(-1.6668057665e-1));
  p = multiplyAdd(p, f, splat(2.0000714765e-1));
  p = multiplyAdd(p, f, splat(-2.4999993993e-1));
  p = multiplyAdd(p, f, splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, f), square);
  y = multiplyAdd(n, splat(-2.12194440e-4), y);
  y = negativeMultiplyAdd(splat(0.5), square, y);
  y = multiplyAdd(n, splat(0.693359375), f32x4.add(f, y));
  // Infinity and NaN are their own logarithms.
  y = choose(f32x4.lt(x, splat(Infinity)), y, x);
  y = choose(f32x4.lt(x, splat(0)), splat(NaN), y);
  return choose(f32x4.eq(x, splat(0)), splat(-Infinity), y);
}

/** `log(1 + x)`, plus what the rounding of `1 + x` lost over `1 + x`. */
// @ts-ignore: decorator
@inline
export function log1p(x: v128): v128 {
  const u = f32x4.add(x, splat(1));
  const lost = f32x4.sub(x, f32x4.sub(u, splat(1)));
  const y = f32x4.add(log(u), f32x4.div(lost, u));
  const isPlain = v128.and(f32x4.gt(x, splat(-1)), f32x4.lt(x, splat(Infinity)));
  return choose(f32x4.eq(x, splat(0)), x, choose(isPlain, y, log(u)));
}

// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const numerator = choose(f32x4.lt(x, splat(0)), e, splat(1));
  return f32x4.div(numerator, f32x4.add(splat(1), e));
}

/** `(e^2|x| - 1) / (e^2|x| + 1)` with the sign of `x`; 1 in float32 from 9.02 on. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.pmin(f32x4.abs(x), splat(10));
  const e = expm1(f32x4.add(magnitude, magnitude));
  return withSign(f32x4.div(e, f32x4.add(e, splat(2))), x);
}

/** The magnitude of `x` with the sign of `y`. */
// @ts-ignore: decorator
@inline
function withSign(x: v128, y: v128): v128 {
  return choose(i32x4.splat(0x7fffffff), x, y);
}

/** Least-maximum fits: of `erf(x) / x - 1` in `x^2` below 0.92, and of `log(erfc(|x|))` in `|x|` from there to 4. */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let near = splat(-6.013036472722888e-4);
  near = multiplyAdd(near, square, splat(4.997932817786932e-3));
  near = multiplyAdd(near, square, splat(-2.677018754184246e-2));
  near = multiplyAdd(near, square, splat(1.1281926184892654e-1));
  near = multiplyAdd(near, square, splat(-3.761250674724579e-1));
  near = multiplyAdd(near, square, splat(1.2837915122509003e-1));
  near = multiplyAdd(near, x, x);

  const t = f32x4.pmin(f32x4.abs(x), splat(4));
  let far = splat(1.9593826436903328e-4);
  far = multiplyAdd(far, t, splat(-3.0432266648858786e-3));
  far = multiplyAdd(far, t, splat(2.2226955741643906e-2));
  far = multiplyAdd(far, t, splat(-1.0393166542053223e-1));
  far = multiplyAdd(far, t, splat(-6.371821761131287e-1));
  far = multiplyAdd(far, t, splat(-1.1276756525039673));
  far = multiplyAdd(far, t, splat(-1.9566650735214353e-4));
  far = withSign(f32x4.sub(splat(1), exp(far)), x);

  return choose(f32x4.lt(t, splat(0.92)), near, far);
}

/** Lanes beyond this go through the scalar function, which reduces by as many bits of pi as it takes. */
const largestReducedAngle: f32 = 500000;

/** The multiple of pi/2 nearest to each of two float64 lanes. */
// @ts-ignore: decorator
@inline
function nearestQuarters(x: v128): v128 {
  return f64x2.nearest(f64x2.mul(x, f64x2.splat(0.63661977236758134308)));
}

/** `x - n pi/2`, with pi/2 in two parts of which the first (33 bits) times `n` is exact. */
// @ts-ignore: decorator
@inline
function reduceByQuarters(x: v128, n: v128): v128 {
  const high = f64x2.sub(x, f64x2.mul(n, f64x2.splat(1.57079632673412561417)));
  return f64x2.sub(high, f64x2.mul(n, f64x2.splat(6.07710050650619224932e-11)));
}

/** The sine of the angle plus `quarters` times pi/2, for angles up to `largestReducedAngle`. */
// @ts-ignore: decorator
@inline
function sinReduced(x: v128, quarters: i32): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  const lowN = nearestQuarters(low);
  const highN = nearestQuarters(high);
  const r = v128.shuffle<i32>(
    f32x4.demote_f64x2_zero(reduceByQuarters(low, lowN)),
    f32x4.demote_f64x2_zero(reduceByQuarters(high, highN)),
    0, 1, 4, 5,
  );
  const n = v128.shuffle<i32>(i32x4.trunc_sat_f64x2_s_zero(lowN), i32x4.trunc_sat_f64x2_s_zero(highN), 0, 1, 4, 5);
  const turn = i32x4.add(n, i32x4.splat(quarters));
  const square = f32x4.mul(r, r);

  let s = splat(-1.9515295891e-4);
  s = multiplyAdd(s, square, splat(8.3321608736e-3));
  s = multiplyAdd(s, square, splat(-1.6666654611e-1));
  const sine = multiplyAdd(f32x4.mul(s, square), r, r);

  let c = splat(2.443315711809948e-5);
  c = multiplyAdd(c, square, splat(-1.388731625493765e-3));
  c = multiplyAdd(c, square, splat(4.166664568298827e-2));
  const cosine = f32x4.add(
    multiplyAdd(f32x4.mul(c, square), square, f32x4.mul(splat(-0.5), square)),
    splat(1),
  );

  const isOdd = i32x4.eq(v128.and(turn, i32x4.splat(1)), i32x4.splat(1));
  const sign = i32x4.shl(v128.and(turn, i32x4.splat(2)), 30);
  return v128.xor(choose(isOdd, cosine, sine), sign);
}

// @ts-ignore: decorator
@inline
function hasLargeAngle(x: v128): bool {
  return v128.any_true(f32x4.ge(f32x4.abs(x), splat(largestReducedAngle)));
}

export function sin(x: v128): v128 {
  if (!hasLargeAngle(x)) return choose(f32x4.eq(x, splat(0)), x, sinReduced(x, 0));
  return f32x4(
    <f32>float64.sin(f32x4.extract_lane(x, 0)), <f32>float64.sin(f32x4.extract_lane(x, 1)),
    <f32>float64.sin(f32x4.extract_lane(x, 2)), <f32>float64.sin(f32x4.extract_lane(x, 3)),
  );
}

export function cos(x: v128): v128 {
  if (!hasLargeAngle(x)) return sinReduced(x, 1);
  return f32x4(
    <f32>float64.cos(f32x4.extract_lane(x, 0)), <f32>float64.cos(f32x4.extract_lane(x, 1)),
    <f32>float64.cos(f32x4.extract_lane(x, 2)), <f32>float64.cos(f32x4.extract_lane(x, 3)),
  );
}
