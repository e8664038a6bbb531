import type { Strided } from '../backend.js';
import { allocateArray, type TypedArray } from '../dtype.js';
import { broadcastStrides, sizeOf, type Shape } from '../shape.js';

/** A kernel's operand: a strided tensor, and its storage's bytes seen as elements of its dtype. */
export interface Operand extends Pick<Strided, 'shape' | 'strides' | 'offset' | 'dtype'> {
  readonly elements: TypedArray;
}

/**
 * A copy of the operand's elements in row-major order, broadcast to `shape`.
 *
 * Every kernel of this backend starts with it: after that, strides, offsets and broadcasting are dealt with.
 */
export function rowMajor(operand: Operand, shape: Shape = operand.shape): TypedArray {
  const { elements, dtype, offset } = operand;
  const strides = broadcastStrides(operand.shape, operand.strides, shape);
  const values = allocateArray(dtype, sizeOf(shape));
  positions({ shape, strides, offset }).forEach((position, index) => {
    values[index] = elements[position]!;
  });
  return values;
}

/** Where in its storage each element of a strided tensor lies, in row-major order. */
export function positions({ shape, strides, offset }: Pick<Strided, 'shape' | 'strides' | 'offset'>): Int32Array {
  const found = new Int32Array(sizeOf(shape));
  let written = 0;
  const walk = (axis: number, position: number): void => {
    if (axis === shape.length) {
      found[written++] = position;
      return;
    }
    for (let index = 0; index < shape[axis]!; index++) walk(axis + 1, position + index * strides[axis]!);
  };
  walk(0, offset);
  return found;
}

/** The operand with its axes in the order that `axes` names them. */
export function permuted(operand: Operand, axes: readonly number[]): Operand {
  return {
    ...operand,
    shape: axes.map((axis) => operand.shape[axis]!),
    strides: axes.map((axis) => operand.strides[axis]!),
  };
}
