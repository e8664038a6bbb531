import { normalQuantile } from './normalQuantile.js';

/** Below this, probabilities leave the range of a double. */
export const leastNormal = -37;

/**
 * The standard normal distribution function: the probability of a number below `x`. It is found as what {@link normalQuantile}
 * makes `x` of, by bisection: so the two are inverse to each other, and every engine gives the same bits.
 *
 * @param x - from `leastNormal` to 0, or `-Infinity`. For a positive one take 1 minus that of `-x`.
 */
export function normalProbability(x: number): number {
  if (x === -Infinity) return 0;
  let above = 0.5;
  while (normalQuantile(above / 2) >= x) above /= 2;
  let below = above / 2;
  for (;;) {
    const middle = (below + above) / 2;
    if (middle <= below || middle >= above) return above;
    if (normalQuantile(middle) < x) below = middle;
    else above = middle;
  }
}
