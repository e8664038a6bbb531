/*
 * Walks over the outer axes of up to three strided operands. The host writes lengths and byte strides into
 * `parameters` before a call; see src/layout.ts.
 */

/** The most outer axes that remain after merging. */
const maximumRank = 16;

/** Lengths, then the strides of each operand, then the odometer's own digits. */
const area = memory.data(5 * maximumRank * sizeof<i32>(), 16);
const digits = area + 4 * maximumRank * sizeof<i32>();

/** Where the host writes lengths and strides, and the sizes of a pooling. */
export function parameters(): usize {
  return area;
}

// @ts-ignore: decorator
@inline
function lengthOf(axis: i32): i32 {
  return load<i32>(area + ((<usize>axis) << 2));
}

// @ts-ignore: decorator
@inline
export function strideOf(operand: i32, axis: i32): i32 {
  return load<i32>(area + (<usize>(operand * maximumRank + maximumRank + axis) << 2));
}

/** Byte offsets of the present row in each operand. */
export let first: i32 = 0;
export let second: i32 = 0;
export let third: i32 = 0;

export function startRows(): void {
  memory.fill(digits, 0, maximumRank * sizeof<i32>());
  first = 0;
  second = 0;
  third = 0;
}

/** Moves on to the next row; false when there is none. */
export function nextRow(rank: i32): bool {
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
    if (!isCarry) return true;
  }
  return false;
}
