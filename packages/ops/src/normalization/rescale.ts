import { formatValue, ArgumentError, formatShape, formatType, ShapeError, sameShape, type Shape, type Tensor } from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { requireTensor } from '../operand.js';
import { reshape } from '../shape/reshape.js';

/** What a normalization's result is multiplied by, and what is added then. */
export interface RescaleOptions {
  /** Of the lengths of the axes that share no statistics, as the operation says. Default: 1. */
  readonly scale?: Tensor;
  /** As `scale`. Default: 0. */
  readonly bias?: Tensor;
}

/** `input * scale + bias`, both of which lie along `axes` of the input. */
export function rescale(input: Tensor, axes: readonly number[], { scale, bias }: RescaleOptions): Tensor {
  const placed = (values: Tensor): Tensor => reshape(values, input.shape.map((length, axis) => (axes.includes(axis) ? length : 1)));
  const scaled = scale === undefined ? input : mul(input, placed(scale));
  return bias === undefined ? scaled : add(scaled, placed(bias));
}

/**
 * Checks the shapes of scale, bias and the like before anything runs.
 *
 * @throws `ShapeError` that names the operation and the argument.
 */
export function requireVectors(operation: string, lengths: Shape, vectors: Readonly<Record<string, Tensor | undefined>>): void {
  for (const [argument, values] of Object.entries(vectors)) {
    if (values === undefined) continue;
    requireTensor(operation, argument, values);
    if (sameShape(values.shape, lengths)) continue;
    throw new ShapeError(`${operation}: ${argument} is ${formatType(values)}; expected ${formatShape(lengths)}`);
  }
}

/**
 * Checks what is added to a variance.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireEpsilon(operation: string, epsilon: number): void {
  if (Number.isFinite(epsilon) && epsilon >= 0) return;
  throw new ArgumentError(`${operation}: epsilon is ${formatValue(epsilon)}; expected a finite number from 0`);
}
