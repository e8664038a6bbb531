/*
 * Walks over the outer axes of up to three strided operands. The host writes lengths and byte strides into
 * `parameters` before a call; see src/layout.ts.
 */
import { digits, parameters } from './thread';

/** The most outer axes that remain after merging. */
const maximumRank = 16;

@inline
function lengthOf(axis: i32): i32 {
  return load<i32>(parameters + ((<usize>axis) << 2));
}

@inline
function strideOf(operand: i32, axis: i32): i32 {
  return load<i32>(parameters + (<usize>(operand * maximumRank + maximumRank + axis) << 2));
}

/** Byte offsets of the present row in each operand. */
export let first: i32 = 0;
export let second: i32 = 0;
export let third: i32 = 0;

/** Sets out on row `row`, counted in row-major order. */
export function startRows(rank: i32, row: i32): void {
  first = 0;
  second = 0;
  third = 0;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const length = lengthOf(axis);
    const index = row % length;
    row /= length;
    store<i32>(digits + ((<usize>axis) << 2), index);
    first += index * strideOf(0, axis);
    second += index * strideOf(1, axis);
    third += index * strideOf(2, axis);
  }
}

/** Moves on to the next row. */
export function nextRow(rank: i32): void {
  for (let axis = rank - 1; axis >= 0; axis--) {
    const digit = digits + ((<usize>axis) << 2);
    const length = lengthOf(axis);
    const index = load<i32>(digit) + 1;
    const isCarry = index == length;
    const steps = isCarry ? 1 - length : 1;
    store<i32>(digit, isCarry ? 0 : index);
    first += steps * strideOf(0, axis);
    second += steps * strideOf(1, axis);
    third += steps * strideOf(2, axis);
    if (!isCarry) return;
  }
}
