import { subtractProduct } from './matrices';
import { addScaled, exchange } from './spans';

/** Columns that are eliminated at a time; what they change to the right and below is one product. */
const blockColumns: i32 = 32;

/** Elements of scratch for a matrix of `size` rows. */
export function luScratch(size: i32): i32 {
  return size * size;
}

/** L and U in the place of A, and behind them the row of A that each of their rows is. */
export function lu<T>(a: usize, size: i32, scratch: usize, gemmScratch: usize): void {
  const bytes = sizeof<T>();
  const row = <usize>size * bytes;
  const order = a + <usize>size * row;
  for (let i = 0; i < size; i++) store<T>(order + <usize>i * bytes, <T>i);
  for (let first = 0; first < size; first += blockColumns) {
    const columns = min(blockColumns, size - first);
    const end = first + columns;
    for (let k = first; k < end; k++) eliminate<T>(a, size, k, end, order);
    const corner = a + <usize>first * row + <usize>end * bytes;
    const rest = size - end;
    for (let i = 1; i < columns; i++) {
      const own = a + <usize>(first + i) * row + <usize>first * bytes;
      for (let p = 0; p < i; p++) {
        addScaled<T>(-load<T>(own + <usize>p * bytes), corner + <usize>p * row, corner + <usize>i * row, rest);
      }
    }
    const below = a + <usize>end * row;
    subtractProduct<T>(
      rest, rest, columns, below + <usize>first * bytes, row, bytes, corner, row, bytes, below + <usize>end * bytes, row,
      scratch, gemmScratch,
    );
  }
}

/** Takes the first largest element of column `k` for a pivot, and clears the column below it, up to column `end`. */
function eliminate<T>(a: usize, size: i32, k: i32, end: i32, order: usize): void {
  const bytes = sizeof<T>();
  const row = <usize>size * bytes;
  const own = a + <usize>k * row;
  const column = <usize>k * bytes;
  let best = k;
  let largest = abs<T>(load<T>(own + column));
  for (let i = k + 1, at = own + row + column; i < size; i++, at += row) {
    const magnitude = abs<T>(load<T>(at));
    if (magnitude > largest) {
      largest = magnitude;
      best = i;
    }
  }
  if (best != k) {
    exchange<T>(own, a + <usize>best * row, size);
    exchange<T>(order + column, order + <usize>best * bytes, 1);
  }
  const pivot = load<T>(own + column);
  if (pivot == 0) return;
  for (let i = k + 1, at = own + row + column; i < size; i++, at += row) {
    const factor = load<T>(at) / pivot;
    store<T>(at, factor);
    addScaled<T>(-factor, own + column + bytes, at + bytes, end - k - 1);
  }
}
