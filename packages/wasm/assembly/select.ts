import { first, nextRow, second, startRows, third } from './odometer';
import { choose, loadOrSplat } from './vector';

/** The lanes of type T whose byte at `condition` is not 0; of one byte for all when it repeats. */
@inline
function maskOf<T>(condition: usize, repeats: bool): v128 {
  if (repeats) return load<u8>(condition) != 0 ? i32x4.splat(-1) : i32x4.splat(0);
  if (sizeof<T>() == 1) return i8x16.ne(v128.load(condition), i8x16.splat(0));
  const bytes = i32x4.splat(load<i32>(condition));
  const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
  if (sizeof<T>() == 4) return i32x4.ne(words, i32x4.splat(0));
  return i64x2.ne(i64x2.extend_low_i32x4_u(words), i64x2.splat(0));
}

function selectRowsOf<T>(
  condition: usize, conditionRepeats: bool, whenTrue: usize, trueRepeats: bool, whenFalse: usize, falseRepeats: bool,
  out: usize, count: i32, rank: i32, firstRow: i32, rows: i32,
): void {
  const conditionStep: usize = conditionRepeats ? 0 : 16 / sizeof<T>();
  const trueStep: usize = trueRepeats ? 0 : 16;
  const falseStep: usize = falseRepeats ? 0 : 16;
  out += <usize>firstRow * <usize>count * sizeof<T>();
  for (startRows(rank, firstRow); rows > 0; rows--, nextRow(rank)) {
    const end = out + <usize>count * sizeof<T>();
    let c = condition + first;
    let x = whenTrue + second;
    let y = whenFalse + third;
    for (let o = out; o < end; o += 16) {
      v128.store(o, choose(maskOf<T>(c, conditionRepeats), loadOrSplat<T>(x, trueRepeats), loadOrSplat<T>(y, falseRepeats)));
      c += conditionStep;
      x += trueStep;
      y += falseStep;
    }
    out = end;
  }
}

/** `rows` rows from `firstRow` on of elements of 1, 4 or 8 bytes, as the odometer tells where each operand's begins. */
export function selectRows(
  elementBytes: i32, condition: usize, conditionRepeats: bool, whenTrue: usize, trueRepeats: bool,
  whenFalse: usize, falseRepeats: bool, out: usize, count: i32, rank: i32, firstRow: i32, rows: i32,
): void {
  switch (elementBytes) {
    case 1: return selectRowsOf<u8>(condition, conditionRepeats, whenTrue, trueRepeats, whenFalse, falseRepeats, out, count, rank, firstRow, rows);
    case 4: return selectRowsOf<i32>(condition, conditionRepeats, whenTrue, trueRepeats, whenFalse, falseRepeats, out, count, rank, firstRow, rows);
    case 8: return selectRowsOf<i64>(condition, conditionRepeats, whenTrue, trueRepeats, whenFalse, falseRepeats, out, count, rank, firstRow, rows);
  }
}
