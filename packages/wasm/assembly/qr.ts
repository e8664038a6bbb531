import { addScaled, fillSpan } from './spans';

/** Rows whose products are summed before they are added to the sums of the rows above. */
const blockRows: i32 = 32;

/** Elements of scratch for a matrix of `columns` columns. */
export function qrScratch(columns: i32): i32 {
  return 3 * columns;
}

/** Q in the place of A, of `rows` >= `columns`, and behind it R transposed. The reflections are LAPACK's, and so are the signs. */
export function qr<T>(a: usize, rows: i32, columns: i32, scratch: usize): void {
  const bytes = sizeof<T>();
  const row = <usize>columns * bytes;
  const scales = scratch;
  const along = scratch + row;
  for (let k = 0; k < columns; k++) {
    const corner = a + <usize>k * row + <usize>k * bytes;
    const factor = reflection<T>(corner, rows - k, row);
    store<T>(scales + <usize>k * bytes, factor);
    reflect<T>(corner, rows - k, columns - k - 1, row, factor, along);
  }
  const triangle = a + <usize>rows * row;
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) {
      const from = a + <usize>i * row + <usize>j * bytes;
      store<T>(triangle + <usize>j * row + <usize>i * bytes, j < i ? <T>0 : load<T>(from));
      if (j > i) store<T>(from, <T>0);
    }
  }
  for (let k = columns - 1; k >= 0; k--) {
    const corner = a + <usize>k * row + <usize>k * bytes;
    const factor = load<T>(scales + <usize>k * bytes);
    reflect<T>(corner, rows - k, columns - k - 1, row, factor, along);
    store<T>(corner, <T>1 - factor);
    for (let i = 1, at = corner + row; i < rows - k; i++, at += row) store<T>(at, -factor * load<T>(at));
  }
}

/**
 * The reflection `I - factor v v^T` that makes zeros of a column but for its first element. It leaves the new element in
 * its place, and v, whose first element is 1, below; and returns the factor, 0 where there is nothing to do.
 */
function reflection<T>(column: usize, rows: i32, row: usize): T {
  let largest: T = 0;
  const end = column + <usize>rows * row;
  for (let at = column + row; at < end; at += row) {
    const magnitude = abs<T>(load<T>(at));
    if (!(magnitude <= largest)) largest = magnitude;
  }
  if (largest == 0) return <T>0;
  // In units of the largest element: a column of denormal numbers, which rounding leaves of a dependent one, has few bits.
  const unit = max<f64>(<f64>largest, abs<f64>(<f64>load<T>(column)));
  const head = <f64>load<T>(column) / unit;
  let squares = head * head;
  // A compensated sum (Kahan 1965): repeated rows leave equal elements, whose plain sum is rounded to the same side each time.
  let excess: f64 = 0;
  for (let at = column + row; at < end; at += row) {
    const part = <f64>load<T>(at) / unit;
    const next = part * part - excess;
    const sum = squares + next;
    excess = sum - squares - next;
    squares = sum;
  }
  const result = -copysign<f64>(sqrt<f64>(squares), head);
  store<T>(column, <T>(unit * result));
  for (let at = column + row; at < end; at += row) store<T>(at, <T>(<f64>load<T>(at) / unit / (head - result)));
  return <T>((result - head) / result);
}

/**
 * Applies a reflection, whose v is in the column at `corner`, to the `columns` columns to the right of it. The sums over
 * rows are taken block by block: repeated rows have equal products, and in one long sum all their rounding errors may have
 * the same sign.
 */
function reflect<T>(corner: usize, rows: i32, columns: i32, row: usize, factor: T, along: usize): void {
  const right = corner + sizeof<T>();
  const ofBlock = along + row;
  fillSpan<T>(<T>0, along, columns);
  addScaled<T>(<T>1, right, along, columns);
  for (let i = 1, offset = row; i < rows;) {
    fillSpan<T>(<T>0, ofBlock, columns);
    for (const end = min(i + blockRows, rows); i < end; i++, offset += row) {
      addScaled<T>(load<T>(corner + offset), right + offset, ofBlock, columns);
    }
    addScaled<T>(<T>1, ofBlock, along, columns);
  }
  addScaled<T>(-factor, along, right, columns);
  for (let i = 1, offset = row; i < rows; i++, offset += row) {
    addScaled<T>(-factor * load<T>(corner + offset), along, right + offset, columns);
  }
}
