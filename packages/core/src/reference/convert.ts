import type { DType } from '../dtype.js';

const int32Max = 2 ** 31 - 1;
const int32Min = -(2 ** 31);

/**
 * A number as an element of `dtype`. To `int32` it truncates towards zero; what is out of range becomes the
 * nearest `int32`, and NaN becomes 0. To `bool` it is 1 unless it is zero. A float is rounded where it is stored.
 */
export function convert(value: number, dtype: DType): number {
  switch (dtype) {
    case 'bool':
      return value !== 0 ? 1 : 0;
    case 'int32':
      return Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), int32Min), int32Max);
    default:
      return value;
  }
}
