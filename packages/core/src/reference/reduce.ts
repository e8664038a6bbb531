import type { ReduceOperation } from '../backend.js';
import { isFloat, type DType, type TypedArray } from '../dtype.js';
import { unknownOperation } from '../unknownOperation.js';
import { mean, meanSquare } from './meanSquare.js';
import { permuted, rowMajor, type Operand } from './rowMajor.js';

type Reduction = (values: TypedArray) => number;

const reductions: Record<ReduceOperation, Reduction> = {
  sum: (values) => fold(values, 0, (sum, value) => sum + value),
  product: (values) => fold(values, 1, (product, value) => product * value),
  max: (values) => fold(values, -Infinity, Math.max),
  min: (values) => fold(values, Infinity, Math.min),
  argMax: (values) => firstIndex(values, (value, best) => value > best),
  argMin: (values) => firstIndex(values, (value, best) => value < best),
  mean,
  norm: (values) => (values.length === 0 ? 0 : rootOf(values, values.length)),
  rootMeanSquare: (values) => rootOf(values, 1),
};

/** The root of the mean square times `factor`. */
function rootOf(values: TypedArray, factor: number): number {
  const { unit, square } = meanSquare(values);
  return Math.sqrt(square * factor) / unit;
}

/** Integers wrap at every step, as the exact product may lie beyond what a number holds. */
const wrappingReductions: Partial<typeof reductions> = {
  sum: (values) => fold(values, 0, (sum, value) => (sum + value) | 0),
  product: (values) => fold(values, 1, Math.imul),
};

/** Of no elements, too. */
const boolReductions: Partial<typeof reductions> = {
  max: (values) => Number(values.includes(1)),
  min: (values) => Number(!values.includes(0)),
};

function reductionOf(operation: ReduceOperation, dtype: DType): Reduction {
  const special = dtype === 'bool' ? boolReductions : isFloat(dtype) ? {} : wrappingReductions;
  return special[operation] ?? reductions[operation];
}

export function reduce(operation: ReduceOperation, input: Operand, axes: readonly number[], out: Operand): void {
  if (!Object.hasOwn(reductions, operation)) throw unknownOperation('reference', operation, Object.keys(reductions));
  const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const values = rowMajor(permuted(input, [...kept, ...axes]));
  const count = axes.reduce((product, axis) => product * input.shape[axis]!, 1);
  const reduction = reductionOf(operation, input.dtype);
  out.elements.forEach((_, index) => {
    out.elements[index] = reduction(values.subarray(index * count, (index + 1) * count));
  });
}

function fold(values: TypedArray, start: number, combine: (total: number, value: number) => number): number {
  let total = start;
  for (const value of values) total = combine(total, value);
  return total;
}

/** The first index whose value is better than all before; the first NaN is better than any number. */
function firstIndex(values: TypedArray, better: (value: number, best: number) => boolean): number {
  let best = 0;
  for (let index = 0; index < values.length; index++) {
    if (Number.isNaN(values[index])) return index;
    if (better(values[index]!, values[best]!)) best = index;
  }
  return best;
}
