/* What all reductions share: their options and axes, the shape rule, and the dimensions that are kept. */
import { requireFlag, formatType, normalizeAxes, ShapeError, type OptionNames, type Shape, type Tensor, type TensorType } from '@adjoint/core';
import { reshape } from '../shape/reshape.js';

/** Along which axes to reduce. */
export interface ReduceOptions {
  /** One axis or several; negative ones count from the end. Default: all. */
  readonly axes?: number | readonly number[];
  /** Keep the reduced axes with length 1. Default: false. */
  readonly keepDims?: boolean;
}

export const reduceOptionNames: OptionNames<ReduceOptions> = { axes: true, keepDims: true };

/** The attributes of a reduction: the axes, in rising order. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
}

/** The type of a reduction's result: the shape without the reduced axes. */
export function inferReduced(input: TensorType, { axes }: ReduceAttrs): TensorType {
  const shape: number[] = [];
  for (let axis = 0; axis < input.shape.length; axis++) if (!axes.includes(axis)) shape.push(input.shape[axis]!);
  return { shape, dtype: input.dtype };
}

/** A shape with the reduced axes of length 1. */
export function keptShape(shape: Shape, axes: readonly number[]): number[] {
  const kept: number[] = [];
  for (let axis = 0; axis < shape.length; axis++) kept.push(axes.includes(axis) ? 1 : shape[axis]!);
  return kept;
}

/** How many elements become one. */
export function elementsAlong(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * shape[axis]!, 1);
}

/**
 * Checks that there is something to reduce.
 *
 * @throws `ShapeError` that names the operation.
 */
export function requireElements(name: string, input: TensorType, axes: readonly number[]): void {
  if (axes.some((axis) => input.shape[axis] === 0)) {
    throw new ShapeError(`${name}: ${formatType(input)} has no element along axes [${axes.join(',')}]; the extreme of nothing is not defined`);
  }
}

/** Does a reduction by name over the options' axes, and keeps the dimensions if asked. */
export function reduceBy(name: string, input: Tensor, options: ReduceOptions, reduction: (axes: number[]) => Tensor): Tensor {
  const { keepDims = false } = options;
  requireFlag(name, 'keepDims', keepDims);
  const axes = normalizeAxes(name, options.axes, input.shape.length);
  const reduced = reduction(axes);
  return keepDims ? reshape(reduced, keptShape(input.shape, axes)) : reduced;
}
