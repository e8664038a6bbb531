/*
 * Plane rotations by at most 45 degrees, from the tangent of half the angle. Computed this way, the errors of sine and cosine
 * have no bias, and rotated rows keep their lengths on average. `1 / sqrt(1 + t^2)` is rounded up for most small angles: a row
 * that is rotated hundreds of times grows by a rounding error each time.
 */

/** The tangent of half the angle with this tangent. */
@inline
export function halfTangent(tangent: f64): f64 {
  return tangent / (1 + sqrt<f64>(1 + tangent * tangent));
}

/** The sine of an angle, from the tangent of its half. */
@inline
export function sineOfHalf(half: f64): f64 {
  return (2 * half) / (1 + half * half);
}

/** The cosine of an angle, from the tangent of its half. */
@inline
export function cosineOfHalf(half: f64): f64 {
  return 1 - half * sineOfHalf(half);
}
