import { BackendError, broadcastStrides, bytesPerElement, formatShape, type Shape, type Strided } from '@adjoint/core';
import type { Device } from './device.js';

/** As in assembly/odometer.ts. */
const maximumRank = 16;

/** Axes, fewer than a tensor's, that visit the same elements in the same order. */
export interface Layout {
  readonly lengths: number[];
  /** For each operand, one stride an axis, in elements. */
  readonly strides: number[][];
}

/** Drops axes of length 1, and merges neighbours that every operand walks without a seam. */
export function mergeAxes(shape: Shape, operandStrides: readonly (readonly number[])[]): Layout {
  const lengths: number[] = [];
  const strides: number[][] = operandStrides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    if (length === 1) continue;
    const last = lengths.length - 1;
    const seamless = last >= 0 && operandStrides.every((given, k) => strides[k]![last] === given[axis]! * length);
    if (seamless) lengths[last]! *= length;
    else lengths.push(length);
    operandStrides.forEach((given, k) => {
      if (seamless) strides[k]![last] = given[axis]!;
      else strides[k]!.push(given[axis]!);
    });
  }
  return { lengths, strides };
}

/** The layout of inputs that broadcast to `shape`. */
export function broadcastLayout(shape: Shape, inputs: readonly Strided[]): Layout {
  return mergeAxes(shape, inputs.map((input) => broadcastStrides(input.shape, input.strides, shape)));
}

/**
 * Tells the odometer the outermost `rank` axes of a layout.
 *
 * @throws `BackendError` when there are more than it has digits for.
 */
export function writeOuterAxes(device: Device, layout: Layout, rank: number, elementBytes: readonly number[]): void {
  if (rank > maximumRank) {
    throw new BackendError(
      `the wasm backend walks over at most ${maximumRank} separate outer axes, ` +
        `but ${formatShape(layout.lengths)} has ${rank}; make the operands contiguous first`,
    );
  }
  const words = device.memory.int32;
  const start = device.parameters;
  for (let axis = 0; axis < rank; axis++) {
    words[start + axis] = layout.lengths[axis]!;
    for (let operand = 0; operand < elementBytes.length; operand++) {
      words[start + (operand + 1) * maximumRank + axis] = layout.strides[operand]![axis]! * elementBytes[operand]!;
    }
  }
}

/** How many rows the outermost `rank` axes count. */
export function rowsIn({ lengths }: Layout, rank: number): number {
  let rows = 1;
  for (let axis = 0; axis < rank; axis++) rows *= lengths[axis]!;
  return rows;
}

/** How many bytes the elements of a tensor take when they lie next to each other. */
export function denseBytes(tensor: Strided): number {
  return tensor.size * bytesPerElement(tensor.dtype);
}
