/** By the exponential of a negative number only, which cannot overflow. */
export function sigmoid(x: number): number {
  const exponential = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : exponential) / (1 + exponential);
}
