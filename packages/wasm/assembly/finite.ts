/*
 * Infinities and NaN: where a kernel has them in its result, and how to put another one's elements in their places.
 */

/** All bits of the lanes that hold an infinity or NaN. */
@inline
export function notFinite<T>(x: v128): v128 {
  const difference = v128.sub<T>(x, x);
  return v128.ne<T>(difference, difference);
}

/** Whether none of `count` elements is an infinity or NaN. */
export function areFinite<T>(from: usize, count: i32): bool {
  const end = from + <usize>count * sizeof<T>();
  let found = i64x2.splat(0);
  for (; from + 16 <= end; from += 16) found = v128.or(found, notFinite<T>(v128.load(from)));
  if (v128.any_true(found)) return false;
  for (; from < end; from += sizeof<T>()) if (!isFinite<T>(load<T>(from))) return false;
  return true;
}

/** Copies the columns of a matrix in which `to` has an infinity or NaN. */
export function replaceNotFinite<T>(to: usize, from: usize, rows: i32, columns: i32): void {
  const rowBytes = <usize>columns * sizeof<T>();
  for (let column = 0; column < columns; column++, to += sizeof<T>(), from += sizeof<T>()) {
    let finite = true;
    for (let row: usize = 0; row < <usize>rows; row++) finite = finite && isFinite<T>(load<T>(to + row * rowBytes));
    if (finite) continue;
    for (let row: usize = 0; row < <usize>rows; row++) store<T>(to + row * rowBytes, load<T>(from + row * rowBytes));
  }
}
