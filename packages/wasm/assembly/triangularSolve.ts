import { subtractProduct } from './matrices';
import { addScaled } from './spans';
import { ownScratch } from './thread';

/** Rows that are solved for at a time; what those before contribute is one product. */
const blockRows: i32 = 32;

/** Bytes of scratch on each thread for right sides of `columns` columns. */
export function triangularSolveScratchBytes(columns: i32, elementBytes: i32): i32 {
  return (blockRows * columns * elementBytes + 127) & ~63;
}

/** X in the place of B. `aRow` and `aColumn`, in bytes, are exchanged for a transposed triangle. */
function solve<T>(
  isLower: bool, isUnit: bool, size: i32, columns: i32, a: usize, aRow: usize, aColumn: usize, b: usize,
  scratch: usize, gemmScratch: usize,
): void {
  const row = <usize>columns * sizeof<T>();
  const blocks = (size + blockRows - 1) / blockRows;
  for (let block = 0; block < blocks; block++) {
    const first = (isLower ? block : blocks - 1 - block) * blockRows;
    const rows = min(blockRows, size - first);
    const known = isLower ? 0 : first + rows;
    const count = isLower ? first : size - known;
    subtractProduct<T>(
      rows, columns, count, a + <usize>first * aRow + <usize>known * aColumn, aRow, aColumn, b + <usize>known * row, row, sizeof<T>(),
      b + <usize>first * row, row, scratch, gemmScratch,
    );
    for (let step = 0; step < rows; step++) {
      const i = isLower ? first + step : first + rows - 1 - step;
      const own = b + <usize>i * row;
      const from = isLower ? first : i + 1;
      const end = isLower ? i : first + rows;
      const places = a + <usize>i * aRow;
      for (let j = from; j < end; j++) addScaled<T>(-load<T>(places + <usize>j * aColumn), b + <usize>j * row, own, columns);
      if (!isUnit) divide<T>(own, columns, load<T>(places + <usize>i * aColumn));
    }
  }
}

/** Each element by `divisor`, as a division: it rounds once, and 0 by 0 is NaN. */
function divide<T>(x: usize, count: i32, divisor: T): void {
  for (const end = x + <usize>count * sizeof<T>(); x < end; x += sizeof<T>()) store<T>(x, load<T>(x) / divisor);
}

/** `count` systems one after the other; the matrices are `aMatrix` bytes apart, 0 where all are the same. */
export function triangularSolve(
  dtype: i32, isLower: bool, isUnit: bool, count: i32, size: i32, columns: i32,
  a: usize, aMatrix: usize, aRow: usize, aColumn: usize, b: usize, scratch: usize, scratchBytes: i32, gemmScratch: usize,
): void {
  scratch = ownScratch(scratch, scratchBytes);
  const bytes = <usize>size * <usize>columns * (dtype == 2 ? 4 : 8);
  for (; count > 0; count--, a += aMatrix, b += bytes) {
    if (dtype == 2) solve<f32>(isLower, isUnit, size, columns, a, aRow, aColumn, b, scratch, gemmScratch);
    else solve<f64>(isLower, isUnit, size, columns, a, aRow, aColumn, b, scratch, gemmScratch);
  }
}
