import { allocateArray, fromTypedArray, isFloat, withBackend, type Tensor } from '@adjoint/core';

/** A table of numbers of their row and column, as the dtype of a tensor (`float32` for one that is no float), where it lies. */
export function tableOf(like: Tensor, [rows, columns]: readonly [number, number], value: (row: number, column: number) => number): Tensor {
  const dtype = isFloat(like.dtype) ? like.dtype : 'float32';
  const values = allocateArray(dtype, rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[row * columns + column] = value(row, column);
  }
  return withBackend(like.backend, () => fromTypedArray(values, [rows, columns], dtype));
}
