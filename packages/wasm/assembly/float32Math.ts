/*
 * Functions of four float32 lanes. Each reduces its argument to a small interval and evaluates a polynomial there;
 * those of log, sin and cos are the ones of S. Moshier's Cephes library (single precision), the others least-maximum fits.
 */
import { Cos, remainder as remainderOfNumbers, Sin, Tan } from './float64Math';
import { choose, float32At, float32Splat as splat, halveLanes, multiplyAdd, negativeMultiplyAdd } from './vector';

/** The coefficient of the highest power first. `degree`, from 2 to 8, is a constant where this is inlined. */
@inline
function polynomial(degree: i32, table: usize, x: v128): v128 {
  let value = multiplyAdd(multiplyAdd(float32At(table), x, float32At(table, 1)), x, float32At(table, 2));
  if (degree > 2) value = multiplyAdd(value, x, float32At(table, 3));
  if (degree > 3) value = multiplyAdd(value, x, float32At(table, 4));
  if (degree > 4) value = multiplyAdd(value, x, float32At(table, 5));
  if (degree > 5) value = multiplyAdd(value, x, float32At(table, 6));
  if (degree > 6) value = multiplyAdd(value, x, float32At(table, 7));
  if (degree > 7) value = multiplyAdd(value, x, float32At(table, 8));
  return value;
}

/** 3 * 2^22, which has its last bit at 1: what is added to it is rounded to an integer, which the lowest bits then hold. */
const rounder = memory.data<f32>([12582912]);
const one = memory.data<f32>([1]);
const log2OfE = memory.data<f32>([1.44269504088896341]);
/** In two parts, of which the first times an exponent is exact. */
const logOf2 = memory.data<f32>([0.693359375, -2.12194440e-4]);
const expBounds = memory.data<f32>([-104, 90]);
/** A least-maximum fit of `(e^r - 1 - r) / r^2` for `|r| <= ln(2) / 2`, the highest power first. */
const expTerms = memory.data<f32>([1.3814540579915047e-3, 8.36874544620514e-3, 4.166838899254799e-2, 0.1666652113199234, 0.4999999403953552]);

/** Two to the power of an integer from -126 to 127. */
@inline
function powerOfTwo(exponent: v128): v128 {
  return i32x4.add(i32x4.shl(exponent, 23), float32At(one));
}

/** `x - n ln 2`. */
@inline
function reduceByLog2(x: v128, n: v128): v128 {
  return negativeMultiplyAdd(n, float32At(logOf2, 1), negativeMultiplyAdd(n, float32At(logOf2), x));
}

/** `e^r - 1` for `|r| <= ln(2) / 2`. */
@inline
function expMinusOneReduced(r: v128): v128 {
  // Pairs of terms at once: one after the other they would have to wait for each other.
  const square = f32x4.mul(r, r);
  const far = multiplyAdd(float32At(expTerms), square, multiplyAdd(float32At(expTerms, 1), r, float32At(expTerms, 2)));
  const near = multiplyAdd(float32At(expTerms, 3), r, float32At(expTerms, 4));
  return multiplyAdd(multiplyAdd(far, square, near), square, r);
}

@inline
export function exp(x: v128): v128 {
  return scaledExp(x, 0);
}

/** `e^x` times two to the power of `shift`, also where `e^x` itself overflows. */
@inline
function scaledExp(x: v128, shift: i32): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, float32At(expBounds, 1)), float32At(expBounds));
  const rounded = multiplyAdd(clamped, float32At(log2OfE), float32At(rounder));
  const exponent = i32x4.add(i32x4.sub(rounded, float32At(rounder)), i32x4.splat(shift));
  const r = reduceByLog2(clamped, f32x4.sub(rounded, float32At(rounder)));
  const mantissa = f32x4.add(expMinusOneReduced(r), float32At(one));
  // In two factors, so that the result may overflow to infinity or end in a subnormal number.
  const half = i32x4.shr_s(exponent, 1);
  return f32x4.mul(f32x4.mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)));
}

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

const logCoefficients = memory.data<f32>([
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
]);
const logConstants = memory.data<f32>([1.17549435e-38, 8388608, 1, 23, 0.5, Infinity, 0.44269504088896341]);

@inline
function isSubnormal(x: v128): v128 {
  return f32x4.lt(x, float32At(logConstants));
}

/** Subnormal numbers times 2^23, others as they are. */
@inline
function normal(x: v128): v128 {
  return choose(isSubnormal(x), f32x4.mul(x, float32At(logConstants, 1)), x);
}

/** Of a normal number, so that the mantissa lies between sqrt(1/2), 0x3f3504f3, and sqrt(2). */
@inline
function exponentOf(bits: v128): v128 {
  return i32x4.shr_s(i32x4.sub(bits, i32x4.splat(0x3f3504f3)), 23);
}

@inline
function binaryExponent(x: v128): v128 {
  const exponent = f32x4.convert_i32x4_s(exponentOf(normal(x)));
  return f32x4.sub(exponent, v128.and(isSubnormal(x), float32At(logConstants, 3)));
}

@inline
function mantissaBeyondOne(x: v128): v128 {
  const bits = normal(x);
  return f32x4.sub(i32x4.sub(bits, i32x4.shl(exponentOf(bits), 23)), float32At(logConstants, 2));
}

/** `log(1 + f) - f` for a mantissa `1 + f`. */
@inline
function logBeyondLinear(f: v128): v128 {
  const square = f32x4.mul(f, f);
  const y = f32x4.mul(f32x4.mul(polynomial(8, logCoefficients, f), f), square);
  return negativeMultiplyAdd(float32At(logConstants, 4), square, y);
}

/** What a logarithm is where it is no number: infinity and NaN are their own, 0 has minus infinity. */
@inline
function withEndsOfLog(y: v128, x: v128): v128 {
  const infinity = float32At(logConstants, 5);
  const zero = i32x4.splat(0);
  const finite = choose(f32x4.lt(x, infinity), y, x);
  return choose(f32x4.eq(x, zero), f32x4.neg(infinity), v128.or(finite, f32x4.lt(x, zero)));
}

@inline
export function log(x: v128): v128 {
  const f = mantissaBeyondOne(x);
  const n = binaryExponent(x);
  const y = multiplyAdd(n, float32At(logOf2, 1), logBeyondLinear(f));
  return withEndsOfLog(multiplyAdd(n, float32At(logOf2), f32x4.add(f, y)), x);
}

/** `n` and the logarithm of the mantissa over that of 2, by a factor of which the 1 is added for itself. */
@inline
export function log2(x: v128): v128 {
  const f = mantissaBeyondOne(x);
  const n = binaryExponent(x);
  const y = logBeyondLinear(f);
  const factor = float32At(logConstants, 6);
  const small = f32x4.add(multiplyAdd(f, factor, f32x4.mul(y, factor)), y);
  return withEndsOfLog(f32x4.add(f32x4.add(small, f), n), x);
}

/** `log(1 + x)`, plus what the rounding of `1 + x` lost over `1 + x`. */
@inline
export function log1p(x: v128): v128 {
  const u = f32x4.add(x, float32At(one));
  const lost = f32x4.sub(x, f32x4.sub(u, float32At(one)));
  const y = log(u);
  const isPlain = v128.and(f32x4.gt(u, i32x4.splat(0)), f32x4.lt(u, float32At(logConstants, 5)));
  return withZero(f32x4.add(y, v128.and(f32x4.div(lost, u), isPlain)), x);
}

@inline
export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const numerator = choose(f32x4.lt(x, i32x4.splat(0)), e, float32At(one));
  return f32x4.div(numerator, f32x4.add(float32At(one), e));
}

const tanhNumerator = memory.data<f32>([
  1.3384740427113684e-8, 2.0636189219658263e-5, 3.497482743114233e-3, 1.338271051645279e-1, 1,
]);
const tanhDenominator = memory.data<f32>([
  7.790447966726788e-7, 3.2885558903217316e-4, 2.5884462520480156e-2, 4.6716031432151794e-1, 1,
]);
/** In float32 the hyperbolic tangent is 1 from here on. */
const tanhLimit = memory.data<f32>([9.0109]);

/** `x` times a quotient of polynomials in its square. */
@inline
export function tanh(x: v128): v128 {
  const limit = float32At(tanhLimit);
  const near = f32x4.pmax(f32x4.pmin(x, limit), f32x4.neg(limit));
  const square = f32x4.mul(near, near);
  const y = f32x4.div(f32x4.mul(near, polynomial(4, tanhNumerator, square)), polynomial(4, tanhDenominator, square));
  return choose(f32x4.ge(f32x4.abs(x), limit), withSign(float32At(one), x), y);
}

/** The magnitude of `x` with the sign of `y`. */
@inline
function withSign(x: v128, y: v128): v128 {
  return choose(i32x4.splat(0x7fffffff), x, y);
}

const erfNear = memory.data<f32>([
  -6.013036472722888e-4, 4.997932817786932e-3, -2.677018754184246e-2,
  1.1281926184892654e-1, -3.761250674724579e-1, 1.2837915122509003e-1,
]);
/** From where on erf is by its complement, and where that is below the least digit. */
const erfBounds = memory.data<f32>([0.92, 4]);
const erfFar = memory.data<f32>([
  1.9593826436903328e-4, -3.0432266648858786e-3, 2.2226955741643906e-2,
  -1.0393166542053223e-1, -6.371821761131287e-1, -1.1276756525039673, -1.9566650735214353e-4,
]);

/** By fits of `erf(x) / x - 1` in `x^2` below 0.92, and of `log(erfc(|x|))` in `|x|` from there to 4. */
@inline
export function erf(x: v128): v128 {
  const near = multiplyAdd(polynomial(5, erfNear, f32x4.mul(x, x)), x, x);
  const t = f32x4.pmin(f32x4.abs(x), float32At(erfBounds, 1));
  const far = withSign(f32x4.sub(float32At(one), exp(polynomial(6, erfFar, t))), x);
  return choose(f32x4.lt(t, float32At(erfBounds)), near, far);
}

/** Lanes beyond this go through the scalar function, which reduces by as many bits of pi as it takes. */
const largestReducedAngle: f32 = 500000;

/** 2 / pi, and pi / 2 in two parts of which the first (33 bits) times a whole number is exact. */
const quarterTurn = memory.data<f64>([0.63661977236758134308, 1.57079632673412561417, 6.07710050650619224932e-11]);
const sinCoefficients = memory.data<f32>([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]);
const cosCoefficients = memory.data<f32>([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]);
const cosConstants = memory.data<f32>([-0.5, 1]);

@inline
function constant64(table: usize, index: usize): v128 {
  return v128.load_splat<f64>(table + 8 * index);
}

/** The first two lanes in float64. */
@inline
function lowPair(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The last two lanes in float64. */
@inline
function highPair(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1));
}

/** Two pairs of float64 as four float32. */
@inline
function joinPairs(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** The multiple of pi/2 nearest to each of two float64 lanes. */
@inline
function nearestQuarters(x: v128): v128 {
  return f64x2.nearest(f64x2.mul(x, constant64(quarterTurn, 0)));
}

/** What is left of an angle without its nearest quarter turns. */
@inline
function restOfPair(x: v128): v128 {
  const n = nearestQuarters(x);
  const high = f64x2.sub(x, f64x2.mul(n, constant64(quarterTurn, 1)));
  return f64x2.sub(high, f64x2.mul(n, constant64(quarterTurn, 2)));
}

@inline
function restOfAngle(x: v128): v128 {
  return joinPairs(restOfPair(lowPair(x)), restOfPair(highPair(x)));
}

/** How many quarter turns are nearest to an angle. */
@inline
function quartersOfAngle(x: v128): v128 {
  const low = i32x4.trunc_sat_f64x2_s_zero(nearestQuarters(lowPair(x)));
  const high = i32x4.trunc_sat_f64x2_s_zero(nearestQuarters(highPair(x)));
  return v128.shuffle<i32>(low, high, 0, 1, 4, 5);
}

@inline
function sinOfRest(r: v128): v128 {
  const square = f32x4.mul(r, r);
  return multiplyAdd(f32x4.mul(polynomial(2, sinCoefficients, square), square), r, r);
}

@inline
function cosOfRest(r: v128): v128 {
  const square = f32x4.mul(r, r);
  const small = f32x4.mul(float32At(cosConstants), square);
  return f32x4.add(multiplyAdd(f32x4.mul(polynomial(2, cosCoefficients, square), square), square, small), float32At(cosConstants, 1));
}

@inline
function isOdd(n: v128): v128 {
  return i32x4.eq(v128.and(n, i32x4.splat(1)), i32x4.splat(1));
}

/** The sine of the angle plus `quarters` times pi/2, for angles up to `largestReducedAngle`. */
@inline
function sinReduced(x: v128, quarters: i32): v128 {
  const r = restOfAngle(x);
  const turn = i32x4.add(quartersOfAngle(x), i32x4.splat(quarters));
  const sign = i32x4.shl(v128.and(turn, i32x4.splat(2)), 30);
  return v128.xor(choose(isOdd(turn), cosOfRest(r), sinOfRest(r)), sign);
}

/** By the sine and the cosine; a quarter turn on, it is their quotient the other way round, negated. */
@inline
function tanReduced(x: v128): v128 {
  const r = restOfAngle(x);
  const turn = quartersOfAngle(x);
  const swaps = isOdd(turn);
  const sine = sinOfRest(r);
  const cosine = cosOfRest(r);
  return v128.xor(f32x4.div(choose(swaps, cosine, sine), choose(swaps, sine, cosine)), i32x4.shl(turn, 31));
}

/** The scalar function of a large angle, else `y`. */
@inline
function ofLarge<Op>(x: f32, y: f32): f32 {
  return abs<f32>(x) >= largestReducedAngle ? <f32>changetype<Op>(0).apply(x) : y;
}

/** `y`, but the scalar function where `x` is large: lane by lane, because no element may depend on its neighbors. */
@inline
function withLargeAngles<Op>(y: v128, x: v128): v128 {
  return f32x4(
    ofLarge<Op>(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)), ofLarge<Op>(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)),
    ofLarge<Op>(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)), ofLarge<Op>(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)),
  );
}

@inline
function hasLargeAngle(x: v128): bool {
  return v128.any_true(f32x4.ge(f32x4.abs(x), splat(largestReducedAngle)));
}

// Each decides before it computes: what is needed after the calls of the scalar function would slow down all vectors.

export function sin(x: v128): v128 {
  return hasLargeAngle(x) ? withLargeAngles<Sin>(withZero(sinReduced(x, 0), x), x) : withZero(sinReduced(x, 0), x);
}

export function cos(x: v128): v128 {
  return hasLargeAngle(x) ? withLargeAngles<Cos>(sinReduced(x, 1), x) : sinReduced(x, 1);
}

export function tan(x: v128): v128 {
  return hasLargeAngle(x) ? withLargeAngles<Tan>(withZero(tanReduced(x), x), x) : withZero(tanReduced(x), x);
}

/** `y`, but a zero for itself, with its sign. */
@inline
function withZero(y: v128, x: v128): v128 {
  return choose(f32x4.eq(x, i32x4.splat(0)), x, y);
}

/** `asin(s) / s - 1` over `s^2`, in `s^2` below 1/4. */
const asinCoefficients = memory.data<f32>([
  0.04221732169389725, 0.02414826862514019, 0.04547698795795441, 0.07495242357254028, 0.16666753590106964,
]);
/** `atan(t) / t - 1` over `t^2`, in `t^2` below 1. */
const atanCoefficients = memory.data<f32>([
  -0.0018257272895425558, 0.01105781365185976, -0.03144340589642525, 0.05822227895259857, -0.08418747782707214,
  0.1095733568072319, -0.1426520049571991, 0.19998633861541748, -0.33333301544189453,
]);
const arcConstants = memory.data<f32>([0.5, 1, 1.57079632679489661923, 3.14159265358979323846]);

/** The angle whose sine is `a` from 0 to 1/2; beyond, half the angle whose cosine is `a`. */
@inline
function arc(a: v128, isLarge: v128): v128 {
  const half = float32At(arcConstants);
  const square = choose(isLarge, f32x4.mul(f32x4.sub(float32At(arcConstants, 1), a), half), f32x4.mul(a, a));
  const s = choose(isLarge, f32x4.sqrt(square), a);
  return multiplyAdd(f32x4.mul(s, square), polynomial(4, asinCoefficients, square), s);
}

export function asin(x: v128): v128 {
  const a = f32x4.abs(x);
  const isLarge = f32x4.gt(a, float32At(arcConstants));
  const p = arc(a, isLarge);
  return withSign(choose(isLarge, f32x4.sub(float32At(arcConstants, 2), f32x4.add(p, p)), p), x);
}

export function acos(x: v128): v128 {
  const a = f32x4.abs(x);
  const isLarge = f32x4.gt(a, float32At(arcConstants));
  const p = arc(a, isLarge);
  const twice = f32x4.add(p, p);
  const far = choose(f32x4.lt(x, i32x4.splat(0)), f32x4.sub(float32At(arcConstants, 3), twice), twice);
  return choose(isLarge, far, f32x4.sub(float32At(arcConstants, 2), withSign(p, x)));
}

/** The angle whose tangent is `t` from 0 to 1. */
@inline
function atanReduced(t: v128): v128 {
  const square = f32x4.mul(t, t);
  return multiplyAdd(f32x4.mul(t, square), polynomial(8, atanCoefficients, square), t);
}

export function atan(x: v128): v128 {
  const a = f32x4.abs(x);
  const isSteep = f32x4.gt(a, float32At(arcConstants, 1));
  const p = atanReduced(choose(isSteep, f32x4.div(float32At(arcConstants, 1), a), a));
  return withSign(choose(isSteep, f32x4.sub(float32At(arcConstants, 2), p), p), x);
}

export function atan2(y: v128, x: v128): v128 {
  const a = f32x4.abs(x);
  const b = f32x4.abs(y);
  const larger = f32x4.max(a, b);
  // Equal ones have no quotient when both are infinite, and none when both are 0, of which the angle is 0.
  const one = v128.and(f32x4.gt(larger, i32x4.splat(0)), float32At(arcConstants, 1));
  const p = atanReduced(choose(f32x4.eq(a, b), one, f32x4.div(f32x4.min(a, b), larger)));
  const steep = choose(f32x4.gt(b, a), f32x4.sub(float32At(arcConstants, 2), p), p);
  const isBehind = i32x4.lt_s(x, i32x4.splat(0));
  const angle = withSign(choose(isBehind, f32x4.sub(float32At(arcConstants, 3), steep), steep), y);
  return choose(f32x4.eq(larger, larger), angle, larger);
}

/** `sinh(x) / x - 1` over `x^2`, in `x^2` below 1. */
const sinhCoefficients = memory.data<f32>([2.817446556946379e-6, 1.9836064893752337e-4, 8.333350531756878e-3, 0.1666666716337204]);
const quarterAndOne = memory.data<f32>([0.25, 1]);

export function sinh(x: v128): v128 {
  const a = f32x4.abs(x);
  const half = scaledExp(a, -1);
  const large = f32x4.sub(half, f32x4.div(float32At(quarterAndOne), half));
  const square = f32x4.mul(x, x);
  const small = multiplyAdd(f32x4.mul(x, square), polynomial(3, sinhCoefficients, square), x);
  return choose(f32x4.lt(a, float32At(quarterAndOne, 1)), small, withSign(large, x));
}

export function cosh(x: v128): v128 {
  const half = scaledExp(f32x4.abs(x), -1);
  return f32x4.add(half, f32x4.div(float32At(quarterAndOne), half));
}

/** 1, from where on the 1 beside it does not count, log(2), 1/2. */
const areaConstants = memory.data<f32>([1, 16777216, 0.69314718055994530942, 0.5]);

/** `log1p(y)`, and of large ones, whose square overflows, `log(2 x)`. */
@inline
function area(x: v128, y: v128): v128 {
  const isLarge = f32x4.gt(x, float32At(areaConstants, 1));
  return f32x4.add(log1p(choose(isLarge, x, y)), v128.and(isLarge, float32At(areaConstants, 2)));
}

/** Odd, and by log1p, so that small arguments keep their digits. */
export function asinh(x: v128): v128 {
  const one = float32At(areaConstants);
  const a = f32x4.abs(x);
  const square = f32x4.mul(a, a);
  const y = f32x4.add(a, f32x4.div(square, f32x4.add(one, f32x4.sqrt(f32x4.add(square, one)))));
  return withSign(area(a, y), x);
}

export function acosh(x: v128): v128 {
  const one = float32At(areaConstants);
  const t = f32x4.sub(x, one);
  const y = f32x4.add(t, f32x4.sqrt(f32x4.mul(t, f32x4.add(x, one))));
  // All bits set is NaN.
  return v128.or(area(x, y), f32x4.lt(x, one));
}

export function atanh(x: v128): v128 {
  const a = f32x4.abs(x);
  const y = log1p(f32x4.div(f32x4.add(a, a), f32x4.sub(float32At(areaConstants), a)));
  return withSign(f32x4.mul(float32At(areaConstants, 3), y), x);
}

/** `log2(m)` over `s = (m - 1) / (m + 1)` in `s^2`, for a mantissa `m` between sqrt(1/2) and sqrt(2). */
const log2Coefficients = memory.data<f64>([
  0.28290784677763897, 0.3199051247481609, 0.41220926729029844, 0.5770779422060931, 0.9617966941139348, 2.8853900817778495,
]);
/** Two to the power of `r` from -1/2 to 1/2. */
const exp2Coefficients = memory.data<f64>([
  1.5316158989645614e-5, 1.54697318062929e-4, 1.3333423969709801e-3, 9.618025603597742e-3,
  0.055504109744539766, 0.24022651213589213, 0.6931471805355434, 0.9999999999595491,
]);
const powerConstants = memory.data<f64>([1, Infinity, 200]);

@inline
function step64(p: v128, x: v128, table: usize, index: usize): v128 {
  return f64x2.add(f64x2.mul(p, x), constant64(table, index));
}

/** Of two numbers that are not negative and not subnormal. */
@inline
function log2OfPair(x: v128): v128 {
  const one = constant64(powerConstants, 0);
  const infinity = constant64(powerConstants, 1);
  const exponent = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const mantissa = i64x2.sub(x, i64x2.shl(exponent, 52));
  const s = f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one));
  const square = f64x2.mul(s, s);
  let p = step64(constant64(log2Coefficients, 0), square, log2Coefficients, 1);
  p = step64(p, square, log2Coefficients, 2);
  p = step64(p, square, log2Coefficients, 3);
  p = step64(p, square, log2Coefficients, 4);
  p = step64(p, square, log2Coefficients, 5);
  const whole = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2));
  const y = choose(f64x2.eq(x, infinity), infinity, f64x2.add(whole, f64x2.mul(p, s)));
  return choose(f64x2.eq(x, i64x2.splat(0)), f64x2.neg(infinity), y);
}

/** Of two numbers; beyond the range of float32 it is enough that the result lies beyond it too. */
@inline
function exp2OfPair(x: v128): v128 {
  const limit = constant64(powerConstants, 2);
  const t = f64x2.pmax(f64x2.pmin(x, limit), f64x2.neg(limit));
  const n = f64x2.nearest(t);
  const r = f64x2.sub(t, n);
  let p = step64(constant64(exp2Coefficients, 0), r, exp2Coefficients, 1);
  p = step64(p, r, exp2Coefficients, 2);
  p = step64(p, r, exp2Coefficients, 3);
  p = step64(p, r, exp2Coefficients, 4);
  p = step64(p, r, exp2Coefficients, 5);
  p = step64(p, r, exp2Coefficients, 6);
  p = step64(p, r, exp2Coefficients, 7);
  return i64x2.add(p, i64x2.shl(i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n)), 52));
}

/** Of a magnitude. 1 has logarithm 0, and to an infinite power is 1. */
@inline
function powerOfPair(x: v128, y: v128): v128 {
  const logarithm = log2OfPair(x);
  return exp2OfPair(v128.andnot(f64x2.mul(y, logarithm), f64x2.eq(logarithm, i64x2.splat(0))));
}

/** By logarithms in float64, which have the digits that a large exponent takes. As in C and NumPy, 1 to any power is 1. */
export function power(x: v128, y: v128): v128 {
  const zero = i32x4.splat(0);
  const one = float32At(arcConstants, 1);
  const a = f32x4.abs(x);
  const magnitude = joinPairs(powerOfPair(lowPair(a), lowPair(y)), powerOfPair(highPair(a), highPair(y)));
  const halfOfY = f32x4.mul(y, float32At(arcConstants));
  const isWhole = f32x4.eq(f32x4.trunc(y), y);
  const isOddPower = v128.andnot(isWhole, f32x4.eq(f32x4.trunc(halfOfY), halfOfY));
  const signed = v128.xor(magnitude, v128.and(v128.and(isOddPower, x), i32x4.splat(0x80000000)));
  // All bits set is NaN.
  const isRoot = v128.andnot(v128.and(f32x4.lt(x, zero), f32x4.lt(a, float32At(logConstants, 5))), isWhole);
  const isNaN = v128.or(v128.or(f32x4.ne(x, x), f32x4.ne(y, y)), isRoot);
  return choose(v128.or(f32x4.eq(y, zero), f32x4.eq(x, one)), one, v128.or(signed, isNaN));
}

/** Below this a quotient times its divisor is exact in float64. */
const largestQuotient: f64 = 268435456;

/** `x - floor(x / y) y`; the quotient may have been rounded up to a whole number. */
@inline
function remainderOfPair(x: v128, y: v128, quotient: v128): v128 {
  const zero = i64x2.splat(0);
  const r = f64x2.sub(x, f64x2.mul(f64x2.floor(quotient), y));
  const isBelow = v128.andnot(v128.xor(f64x2.lt(r, zero), f64x2.lt(y, zero)), f64x2.eq(r, zero));
  return f64x2.add(r, v128.and(isBelow, y));
}

/** NumPy's `mod`: the remainder has the divisor's sign. Quotients that are too large go through the scalar function. */
export function remainder(x: v128, y: v128): v128 {
  const low = f64x2.div(lowPair(x), lowPair(y));
  const high = f64x2.div(highPair(x), highPair(y));
  const r = joinPairs(remainderOfPair(lowPair(x), lowPair(y), low), remainderOfPair(highPair(x), highPair(y), high));
  const near = choose(f32x4.eq(r, i32x4.splat(0)), v128.and(y, i32x4.splat(0x80000000)), r);
  const limit = f64x2.splat(largestQuotient);
  const isLarge = halveLanes(f64x2.ge(f64x2.abs(low), limit), f64x2.ge(f64x2.abs(high), limit));
  const isFar = v128.or(isLarge, f32x4.eq(f32x4.abs(y), float32At(logConstants, 5)));
  return v128.any_true(isFar) ? choose(isFar, remainderByLane(x, y), near) : near;
}

@inline
function remainderByLane(x: v128, y: v128): v128 {
  return f32x4(
    <f32>remainderOfNumbers(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)),
    <f32>remainderOfNumbers(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)),
    <f32>remainderOfNumbers(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)),
    <f32>remainderOfNumbers(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)),
  );
}
