/** Where the power series gives way to the continued fraction. */
const crossover = 1.25;
/** Beyond this, 1 - erf(x) is less than half of the last place of 1. */
const saturation = 6;
/** Enough for the fraction at the crossover, where it converges most slowly. */
const fractionDepth = 200;

/**
 * The error function, within 6 units in the last place of the true value.
 *
 * Up to 1.25 by the series of positive terms, Abramowitz and Stegun 7.1.6:
 * `erf(x) = 2 / sqrt(pi) exp(-x^2) (x + 2 x^3 / 3 + 4 x^5 / (3 * 5) + ...)`; beyond by the continued fraction of
 * the complement, 7.1.14: `erfc(x) = exp(-x^2) / sqrt(pi) * 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...))))`.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const magnitude = Math.abs(x);
  if (magnitude >= saturation) return Math.sign(x);
  return magnitude < crossover ? erfBySeries(x) : Math.sign(x) * (1 - erfcByFraction(magnitude));
}

function erfBySeries(x: number): number {
  let term = x;
  let sum = 0;
  for (let n = 1; sum + term !== sum; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 1);
  }
  // A sum that starts at 0 would lose the sign of -0.
  return sum === 0 ? x : (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function erfcByFraction(x: number): number {
  let denominator = x;
  for (let n = fractionDepth; n >= 1; n--) denominator = x + n / 2 / denominator;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / denominator;
}
