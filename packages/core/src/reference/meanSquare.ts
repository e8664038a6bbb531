/* Means that hold over the whole range of a double: no sum and no square of theirs overflows where the result does not. */

/** The mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  // A power of two, so that nothing is rounded but what is far below the largest.
  const unit = unitOf(values, 0);
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]! * unit;
  return sum / values.length / unit;
}

/** The mean square of the values, less `shift` and times `unit`: a power of two that brings the largest value or `least` near 1. */
export function meanSquare(values: ArrayLike<number>, shift = 0, least = 0): { unit: number; square: number } {
  const unit = unitOf(values, least);
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index]! * unit - shift * unit) ** 2;
  return { unit, square: sum / values.length };
}

function unitOf(values: ArrayLike<number>, least: number): number {
  let largest = least;
  for (let index = 0; index < values.length; index++) largest = Math.max(largest, Math.abs(values[index]!) || 0);
  const exponent = largest === 0 ? 0 : Math.floor(Math.log2(largest));
  return 2 ** -Math.min(Math.max(exponent, -1000), 1000);
}
