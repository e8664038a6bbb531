import { subtractProduct } from './matrices';
import { dot, fillSpan } from './spans';

/** Columns that are worked out at a time; what those before contribute is one product. */
const blockColumns: i32 = 32;

/** Elements of scratch for a matrix of `size` rows. */
export function choleskyScratch(size: i32): i32 {
  return size * blockColumns;
}

/** L in the place of A, of which the lower triangle is read; NaN where A is not positive definite. */
export function cholesky<T>(a: usize, size: i32, scratch: usize, gemmScratch: usize): void {
  const bytes = sizeof<T>();
  const row = <usize>size * bytes;
  for (let first = 0; first < size; first += blockColumns) {
    const columns = min(blockColumns, size - first);
    const left = a + <usize>first * row;
    const corner = left + <usize>first * bytes;
    subtractProduct<T>(size - first, columns, first, left, row, bytes, left, bytes, row, corner, row, scratch, gemmScratch);
    for (let i = 0; first + i < size; i++) {
      const own = corner + <usize>i * row;
      const known = min(i, columns);
      let other = corner;
      for (let j = 0; j < known; j++, other += row) {
        const place = own + <usize>j * bytes;
        store<T>(place, (load<T>(place) - dot<T>(own, other, j)) / load<T>(other + <usize>j * bytes));
      }
      if (i >= columns) continue;
      const place = own + <usize>i * bytes;
      const rest = load<T>(place) - dot<T>(own, own, i);
      if (!(rest > 0)) return fillSpan<T>(<T>NaN, a, size * size);
      store<T>(place, sqrt<T>(rest));
    }
  }
  for (let i = 0; i < size; i++, a += row) fillSpan<T>(<T>0, a + <usize>(i + 1) * bytes, size - i - 1);
}
