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
