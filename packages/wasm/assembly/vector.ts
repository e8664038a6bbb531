/*
 * Kernels work in whole 16-byte vectors. Past its last element an input may be read, and an output written, up to
 * the end of an unrolled step: the host keeps 64 bytes of room behind every output and more at the end of memory.
 * Rows of an output are therefore written in rising order, so that what spills over is overwritten.
 */

/** `a * b + c`, rounded once where the build has relaxed SIMD. */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** `c - a * b`, rounded once where the build has relaxed SIMD. */
@inline
export function negativeMultiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b));
}

/** All lanes of `x` where the mask is set, of `y` elsewhere. */
@inline
export function choose(mask: v128, x: v128, y: v128): v128 {
  return v128.bitselect(x, y, mask);
}

@inline
export function float32Splat(value: f32): v128 {
  return f32x4.splat(value);
}

/**
 * The `index`-th number of static data, in all lanes. It is one instruction: engines make a vector that is a constant of the
 * code from scratch each time that a loop comes by.
 */
@inline
export function float32At(table: usize, index: usize = 0): v128 {
  return v128.load32_splat(table + 4 * index);
}

/** The greater of each two lanes; NaN where either is. Two instructions more than without NaN, where `v128.max` takes seven. */
@inline
export function maximum<T>(x: v128, y: v128): v128 {
  if (isInteger<T>()) return v128.max<T>(x, y);
  return v128.or(v128.pmax<T>(x, y), v128.ne<T>(y, y));
}

/** The smaller of each two lanes; NaN where either is. */
@inline
export function minimum<T>(x: v128, y: v128): v128 {
  if (isInteger<T>()) return v128.min<T>(x, y);
  return v128.or(v128.pmin<T>(x, y), v128.ne<T>(y, y));
}

/** The lanes in which `x` is a better maximum than `best`: a first NaN is better than any number. */
@inline
export function isGreater<T>(x: v128, best: v128): v128 {
  if (isInteger<T>()) return v128.gt<T>(x, best);
  return v128.or(v128.gt<T>(x, best), v128.andnot(v128.ne<T>(x, x), v128.ne<T>(best, best)));
}

/** The lanes in which `x` is a better minimum than `best`: a first NaN is better than any number. */
@inline
export function isLess<T>(x: v128, best: v128): v128 {
  if (isInteger<T>()) return v128.lt<T>(x, best);
  return v128.or(v128.lt<T>(x, best), v128.andnot(v128.ne<T>(x, x), v128.ne<T>(best, best)));
}

/** The first `count` lanes; all where there are no more. */
@inline
export function leadingLanes<T>(count: i32): v128 {
  if (sizeof<T>() == 8) return i64x2.gt_s(i64x2.splat(count), i64x2(0, 1));
  if (sizeof<T>() == 4) return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
  return i8x16.gt_s(i8x16.splat(<i8>min(count, 16)), i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/** Writes the first `count` lanes, at most all, and nothing behind. */
@inline
export function storeLeading<T>(address: usize, x: v128, count: i32): void {
  if (count >= 16 / <i32>sizeof<T>()) {
    v128.store(address, x);
  } else if (sizeof<T>() == 8) {
    v128.store64_lane(address, x, 0);
  } else {
    if (count & 2) {
      v128.store64_lane(address, x, 0);
      address += 8;
      x = v128.shuffle<i64>(x, x, 1, 1);
    }
    if (count & 1) v128.store32_lane(address, x, 0);
  }
}

/** The vector at `address`, or the one element there in every lane when the operand repeats. */
@inline
export function loadOrSplat<T>(address: usize, repeats: bool): v128 {
  return repeats ? v128.splat<T>(load<T>(address)) : v128.load(address);
}

/** Four masks of 32-bit lanes as 16 bytes of 0 or 1. */
@inline
export function narrowMasks(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.and(
    i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)),
    i8x16.splat(1),
  );
}

/** Two masks or small integers of 64-bit lanes as one vector of 32-bit lanes. */
@inline
export function halveLanes(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}
