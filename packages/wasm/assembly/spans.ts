/* Rows of matrices that lie next to each other: whole vectors first, then single elements, and nothing past the end. */

/** The bytes of the whole vectors in `count` elements. */
@inline
function wholeVectors<T>(count: i32): usize {
  return (<usize>count * sizeof<T>()) & ~(<usize>15);
}

/** The sum of a vector's lanes. */
@inline
function sumLanes<T>(x: v128): T {
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1));
  return <T>(
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** The inner product of two rows. */
export function dot<T>(x: usize, y: usize, count: i32): T {
  const end = x + <usize>count * sizeof<T>();
  let first = v128.splat<T>(<T>0);
  let second = first;
  const pairs = x + (wholeVectors<T>(count) & ~(<usize>31));
  for (; x < pairs; x += 32, y += 32) {
    first = v128.add<T>(first, v128.mul<T>(v128.load(x), v128.load(y)));
    second = v128.add<T>(second, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)));
  }
  let total = sumLanes<T>(v128.add<T>(first, second));
  for (; x < end; x += sizeof<T>(), y += sizeof<T>()) total += load<T>(x) * load<T>(y);
  return total;
}

/** `y += factor * x`. */
export function addScaled<T>(factor: T, x: usize, y: usize, count: i32): void {
  const end = x + <usize>count * sizeof<T>();
  const vectors = x + wholeVectors<T>(count);
  const scale = v128.splat<T>(factor);
  for (; x < vectors; x += 16, y += 16) v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(scale, v128.load(x))));
  for (; x < end; x += sizeof<T>(), y += sizeof<T>()) store<T>(y, load<T>(y) + factor * load<T>(x));
}

/** `x *= factor`. */
export function scale<T>(factor: T, x: usize, count: i32): void {
  const end = x + <usize>count * sizeof<T>();
  const vectors = x + wholeVectors<T>(count);
  const factors = v128.splat<T>(factor);
  for (; x < vectors; x += 16) v128.store(x, v128.mul<T>(v128.load(x), factors));
  for (; x < end; x += sizeof<T>()) store<T>(x, load<T>(x) * factor);
}

/** `x` becomes `cosine * x - sine * y`, and `y` becomes `sine * x + cosine * y`. */
export function rotate<T>(x: usize, y: usize, count: i32, cosine: T, sine: T): void {
  const end = x + <usize>count * sizeof<T>();
  const vectors = x + wholeVectors<T>(count);
  const cosines = v128.splat<T>(cosine);
  const sines = v128.splat<T>(sine);
  for (; x < vectors; x += 16, y += 16) {
    const left = v128.load(x);
    const right = v128.load(y);
    v128.store(x, v128.sub<T>(v128.mul<T>(cosines, left), v128.mul<T>(sines, right)));
    v128.store(y, v128.add<T>(v128.mul<T>(sines, left), v128.mul<T>(cosines, right)));
  }
  for (; x < end; x += sizeof<T>(), y += sizeof<T>()) {
    const left = load<T>(x);
    const right = load<T>(y);
    store<T>(x, cosine * left - sine * right);
    store<T>(y, sine * left + cosine * right);
  }
}

/** Exchanges two rows. */
export function exchange<T>(x: usize, y: usize, count: i32): void {
  for (const end = x + <usize>count * sizeof<T>(); x < end; x += sizeof<T>(), y += sizeof<T>()) {
    const kept = load<T>(x);
    store<T>(x, load<T>(y));
    store<T>(y, kept);
  }
}

/** All elements become `value`. */
export function fillSpan<T>(value: T, x: usize, count: i32): void {
  for (const end = x + <usize>count * sizeof<T>(); x < end; x += sizeof<T>()) store<T>(x, value);
}
