/*
 * Eigenvalues of symmetric matrices: Householder's reflections to a tridiagonal matrix, then the QL iteration with
 * implicit shifts. G. Golub and C. Van Loan, "Matrix computations", section 8.3. In double precision, whatever the dtype.
 *
 * The eigenvectors are built up as rows, which lie next to each other, so that a rotation mixes two of them.
 */
import { convertSpan, scaleOf, transposeInto } from './matrices';
import { cosineOfHalf, halfTangent, sineOfHalf } from './rotation';
import { addScaled, dot, exchange, fillSpan, rotate, scale } from './spans';

/** An eigenvalue is found in two or three steps of the iteration. */
const mostSteps: i32 = 60;

/**
 * After these steps, an element that is negligible next to the largest is dropped. A step that begins in elements of very
 * different sizes may underflow to no rotation at all, so that the iteration would stand still.
 */
const mostPatientSteps: i32 = 10;

const precision: f64 = 2.220446049250313e-16;

/** Sums of squares below this, in a matrix of about 1, are what rounding left of 0: squares lose their precision there. */
const leastSquares: f64 = 1e-280;

/** Elements of scratch, in double precision, of {@link eigh} for a matrix of `size` rows. */
export function eighScratch(size: i32): i32 {
  return 2 * size * size + size + eigenvectorScratch(size);
}

/** Elements of scratch of {@link eigenvectorRows}. */
export function eigenvectorScratch(size: i32): i32 {
  return 3 * size;
}

/** One row of eigenvalues at `out`, then the eigenvectors in columns, in the place of the symmetric A. */
export function eigh<T>(out: usize, size: i32, scratch: usize): void {
  const count = size * size;
  const a = out + <usize>size * sizeof<T>();
  const work = scratch;
  const vectors = work + (<usize>count << 3);
  const values = vectors + (<usize>count << 3);
  convertSpan<T, f64>(a, work, count);
  const unit = scaleOf(work, count);
  if (unit != unit) return fillSpan<T>(<T>NaN, out, size + count);
  scale<f64>(1 / unit, work, count);
  eigenvectorRows(work, size, values, vectors, values + (<usize>size << 3));
  scale<f64>(unit, values, size);
  convertSpan<f64, T>(values, out, size);
  transposeInto<T>(vectors, size, size, a);
}

/**
 * The eigenvalues of `a`, which is finite, symmetric and overwritten, in rising order in `values`; the eigenvectors in the
 * rows of `vectors`.
 */
export function eigenvectorRows(a: usize, size: i32, values: usize, vectors: usize, scratch: usize): void {
  const row = <usize>size << 3;
  const offDiagonal = scratch;
  const scales = scratch + row;
  tridiagonalise(a, size, values, offDiagonal, scales, scratch + 2 * row);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) store<f64>(vectors + <usize>i * row + (<usize>j << 3), i == j ? 1 : 0);
  }
  // From the right, last reflection first: rows above it are rows of the identity still.
  for (let k = size - 3; k >= 0; k--) {
    const v = a + <usize>k * row + (<usize>(k + 1) << 3);
    const factor = load<f64>(scales + (<usize>k << 3));
    const count = size - k - 1;
    for (let i = k + 1; i < size; i++) {
      const own = vectors + <usize>i * row + (<usize>(k + 1) << 3);
      addScaled<f64>(-factor * dot<f64>(own, v, count), v, own, count);
    }
  }
  let largest: f64 = 0;
  for (let i = 0; i < size; i++) {
    const at = <usize>i << 3;
    largest = max<f64>(largest, max<f64>(abs<f64>(load<f64>(values + at)), abs<f64>(load<f64>(offDiagonal + at))));
  }
  for (let k = 0; k < size; k++) iterate(k, size, largest, values, offDiagonal, vectors);
  sort(size, values, vectors);
}

/** Leaves the diagonal and the one beside it, and each reflection's v to the right of the diagonal in its row. */
function tridiagonalise(a: usize, size: i32, diagonal: usize, offDiagonal: usize, scales: usize, product: usize): void {
  const row = <usize>size << 3;
  for (let k = 0; k < size; k++) {
    const own = a + <usize>k * row;
    store<f64>(diagonal + (<usize>k << 3), load<f64>(own + (<usize>k << 3)));
    const count = size - k - 1;
    const v = own + (<usize>(k + 1) << 3);
    if (count < 2) {
      store<f64>(offDiagonal + (<usize>k << 3), count == 1 ? load<f64>(v) : 0);
      continue;
    }
    const head = load<f64>(v);
    const tail = dot<f64>(v + 8, v + 8, count - 1);
    if (tail < leastSquares) {
      store<f64>(offDiagonal + (<usize>k << 3), head);
      store<f64>(scales + (<usize>k << 3), 0);
      continue;
    }
    const result = -copysign<f64>(sqrt<f64>(head * head + tail), head);
    const factor = (result - head) / result;
    store<f64>(v, 1);
    for (let j = 1; j < count; j++) {
      const place = v + (<usize>j << 3);
      store<f64>(place, load<f64>(place) / (head - result));
    }
    store<f64>(offDiagonal + (<usize>k << 3), result);
    store<f64>(scales + (<usize>k << 3), factor);
    // A - v q^T - q v^T, with p = factor A v and q = p - (factor / 2) (p v) v.
    const rest = v + row;
    for (let i = 0; i < count; i++) {
      store<f64>(product + (<usize>i << 3), factor * dot<f64>(rest + <usize>i * row, v, count));
    }
    addScaled<f64>(-0.5 * factor * dot<f64>(product, v, count), v, product, count);
    for (let i = 0; i < count; i++) {
      addScaled<f64>(-load<f64>(v + (<usize>i << 3)), product, rest + <usize>i * row, count);
      addScaled<f64>(-load<f64>(product + (<usize>i << 3)), v, rest + <usize>i * row, count);
    }
  }
}

/** Steps of the iteration on the block that begins at `first`, until its first eigenvalue stands alone. */
function iterate(first: i32, size: i32, largest: f64, diagonal: usize, offDiagonal: usize, vectors: usize): void {
  const row = <usize>size << 3;
  for (let step = 0; step < mostSteps; step++) {
    let last = first;
    for (; last < size - 1; last++) {
      const at = <usize>last << 3;
      const neighbors = abs<f64>(load<f64>(diagonal + at)) + abs<f64>(load<f64>(diagonal + at + 8));
      const magnitude = step < mostPatientSteps ? neighbors : largest;
      if (abs<f64>(load<f64>(offDiagonal + at)) <= precision * magnitude) break;
    }
    if (last == first) return;
    const top = <usize>first << 3;
    const shift = wilkinsonShift(load<f64>(diagonal + top), load<f64>(diagonal + top + 8), load<f64>(offDiagonal + top));
    // A rotation at the lower end brings the shift in; each further one chases what it leaves beside the band upwards.
    let x = load<f64>(diagonal + (<usize>last << 3)) - shift;
    let cosine: f64 = 1;
    let sine: f64 = 1;
    let change: f64 = 0;
    let i = last - 1;
    for (; i >= first; i--) {
      const at = <usize>i << 3;
      const beside = load<f64>(offDiagonal + at);
      const y = sine * beside;
      const kept = cosine * beside;
      // In units of the larger, so that the rotation is one for denormal numbers too.
      const isSteep = abs<f64>(y) > abs<f64>(x);
      const larger = isSteep ? y : x;
      if (larger == 0) {
        store<f64>(offDiagonal + at + 8, 0);
        store<f64>(diagonal + at + 8, load<f64>(diagonal + at + 8) - change);
        store<f64>(offDiagonal + (<usize>last << 3), 0);
        break;
      }
      const ratio = (isSteep ? x : y) / larger;
      const half = halfTangent(ratio);
      sine = isSteep ? cosineOfHalf(half) : sineOfHalf(half);
      cosine = isSteep ? sineOfHalf(half) : cosineOfHalf(half);
      store<f64>(offDiagonal + at + 8, larger * sqrt<f64>(1 + ratio * ratio));
      const lower = load<f64>(diagonal + at + 8) - change;
      const mixed = (load<f64>(diagonal + at) - lower) * sine + 2 * cosine * kept;
      change = sine * mixed;
      store<f64>(diagonal + at + 8, lower + change);
      x = cosine * mixed - kept;
      rotate<f64>(vectors + <usize>i * row, vectors + <usize>(i + 1) * row, size, cosine, sine);
    }
    if (i >= first) continue;
    store<f64>(diagonal + top, load<f64>(diagonal + top) - change);
    store<f64>(offDiagonal + top, x);
    store<f64>(offDiagonal + (<usize>last << 3), 0);
  }
}

/** The eigenvalue of `[[p, off], [off, q]]` that is nearer to `p`. */
function wilkinsonShift(p: f64, q: f64, off: f64): f64 {
  const half = (q - p) / (2 * off);
  return p - off / (half + copysign<f64>(sqrt<f64>(1 + half * half), half));
}

/** Brings the eigenvalues into rising order, with their vectors. */
function sort(size: i32, values: usize, vectors: usize): void {
  const row = <usize>size << 3;
  for (let i = 0; i < size - 1; i++) {
    let least = i;
    for (let j = i + 1; j < size; j++) {
      if (load<f64>(values + (<usize>j << 3)) < load<f64>(values + (<usize>least << 3))) least = j;
    }
    if (least == i) continue;
    exchange<f64>(values + (<usize>i << 3), values + (<usize>least << 3), 1);
    exchange<f64>(vectors + <usize>i * row, vectors + <usize>least * row, size);
  }
}
