/*
 * Functions of one float64 that the standard library lacks, or for which NumPy's rules differ from JavaScript's.
 */

/**
 * For `|x| < 2.25` the series `2/sqrt(pi) x e^(-x^2) sum (2 x^2)^k / (1 3 ... (2k + 1))` (Abramowitz and Stegun
 * 7.1.6), all of whose terms have one sign; beyond, 1 minus the continued fraction of erfc (7.1.14).
 */
export function erf(x: f64): f64 {
  const magnitude = Math.abs(x);
  if (!(magnitude < 6)) return magnitude >= 6 ? copysign<f64>(1, x) : x;
  const square = x * x;
  if (magnitude < 2.25) {
    let term: f64 = 1;
    let total: f64 = 1;
    for (let k: f64 = 3; term > total * 1e-17; k += 2) {
      term *= (2 * square) / k;
      total += term;
    }
    return 1.12837916709551257390 * x * NativeMath.exp(-square) * total;
  }
  let fraction: f64 = 0;
  for (let k: f64 = 40; k >= 1; k--) fraction = (k * 0.5) / (magnitude + fraction);
  const complement = (NativeMath.exp(-square) * 0.56418958354775628695) / (magnitude + fraction);
  return copysign<f64>(1 - complement, x);
}

/** As C and NumPy: 1 to any power is 1, and so is -1 to an infinite one. */
export function power(x: f64, y: f64): f64 {
  if (x == 1) return 1;
  if (x == -1 && Math.abs(y) == Infinity) return 1;
  return NativeMath.pow(x, y);
}

/** NumPy's `mod`: the remainder has the divisor's sign. */
export function remainder(x: f64, y: f64): f64 {
  const r = NativeMath.mod(x, y);
  if (r == 0) return copysign<f64>(0, y);
  return r < 0 != y < 0 ? r + y : r;
}

/*
 * Sine, cosine and tangent. For magnitudes from 2^20 pi/2 to 2^22 the standard library's reduction looks up bits of 1/pi
 * before the start of its table, whatever lies there; there the argument is reduced here, by Cody and Waite: pi/2 in four
 * parts, of which the first three have few enough bits that a product with the quotient is exact.
 */
const beyondLibrary: f64 = 1647099;
const withinLibrary: f64 = 4194304;
const halfPi1: f64 = 1.570796325802803;
const halfPi2: f64 = 9.920935791635221e-10;
const halfPi3: f64 = 5.17018297889025e-19;
const halfPi4: f64 = 2.9038559739793605e-28;

@inline
function isMisjudged(x: f64): bool {
  const magnitude = Math.abs(x);
  return magnitude >= beyondLibrary && magnitude < withinLibrary;
}

/** The sine of `x + quarters pi/2`. */
function reducedSine(x: f64, quarters: i32): f64 {
  const quotient = nearest(x * 0.63661977236758134308);
  const first = x - quotient * halfPi1;
  const second = first - quotient * halfPi2;
  const secondRest = first - second - quotient * halfPi2;
  const third = second - quotient * halfPi3;
  const rest = second - third - quotient * halfPi3 + secondRest - quotient * halfPi4;
  const angle = third + rest;
  const remainder = third - angle + rest;
  const sine = NativeMath.sin(angle);
  const cosine = NativeMath.cos(angle);
  const quadrant = <i32>quotient + quarters & 3;
  const value = quadrant & 1 ? cosine - remainder * sine : sine + remainder * cosine;
  return quadrant & 2 ? -value : value;
}

export function sin(x: f64): f64 {
  return isMisjudged(x) ? reducedSine(x, 0) : NativeMath.sin(x);
}

export function cos(x: f64): f64 {
  return isMisjudged(x) ? reducedSine(x, 1) : NativeMath.cos(x);
}

export function tan(x: f64): f64 {
  return isMisjudged(x) ? reducedSine(x, 0) / reducedSine(x, 1) : NativeMath.tan(x);
}

// Functions as classes that hold no data: the way to pass one that is inlined.

export class Sin {
  @inline apply(x: f64): f64 { return sin(x); }
}
export class Cos {
  @inline apply(x: f64): f64 { return cos(x); }
}
export class Tan {
  @inline apply(x: f64): f64 { return tan(x); }
}
