/*
 * Functions of the lanes of a vector of type T: for float32 those of float32Math.ts, for float64 one lane after the other.
 */
import { erf as erfOfNumber } from './float64Math';
import * as float32 from './float32Math';
import { choose } from './vector';

@inline
function first(x: v128): f64 {
  return f64x2.extract_lane(x, 0);
}

@inline
function second(x: v128): f64 {
  return f64x2.extract_lane(x, 1);
}

@inline
export function exp<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? float32.exp(x) : f64x2(NativeMath.exp(first(x)), NativeMath.exp(second(x)));
}

@inline
export function expm1<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? float32.expm1(x) : f64x2(NativeMath.expm1(first(x)), NativeMath.expm1(second(x)));
}

@inline
export function log1p<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? float32.log1p(x) : f64x2(NativeMath.log1p(first(x)), NativeMath.log1p(second(x)));
}

@inline
export function erf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? float32.erf(x) : f64x2(erfOfNumber(first(x)), erfOfNumber(second(x)));
}

/** By the exponential of a negative number only, which cannot overflow. */
@inline
export function sigmoid<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const e = exp<T>(v128.neg<T>(v128.abs<T>(x)));
  const numerator = choose(v128.lt<T>(x, v128.splat<T>(<T>0)), e, one);
  return v128.div<T>(numerator, v128.add<T>(one, e));
}
