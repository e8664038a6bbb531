/**
 * The natural logarithm of a positive number, within 2 units in the last place or so, by additions, multiplications and
 * divisions alone, which every engine rounds alike; `Math.log` may differ in the last bit, and the same key must give the same
 * numbers everywhere.
 */
export function portableLog(x: number): number {
  let exponent = 0;
  let mantissa = x;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  while (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let sum = 0;
  for (let power = 25; power >= 1; power -= 2) sum = sum * square + 1 / power;
  return 2 * ratio * sum + exponent * Math.LN2;
}
