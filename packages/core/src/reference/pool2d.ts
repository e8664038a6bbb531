import type { PoolWindow2d } from '../backend.js';
import type { TypedArray } from '../dtype.js';
import { sizeOf, type Shape } from '../shape.js';
import { rowMajor, type Operand } from './rowMajor.js';
import { forEachTap } from './window.js';

/** Sees the positions of an input element and of the result element of a window that it lies in. */
type VisitElement = (input: number, result: number) => void;

function forEachElement(input: Shape, result: Shape, window: PoolWindow2d, visit: VisitElement): void {
  const channels = input[3]!;
  forEachTap(input, result, window.size, window, (pixel, place) => {
    for (let c = 0; c < channels; c++) visit(pixel * channels + c, place * channels + c);
  });
}

/** Where every window's first maximum lies in `inputs`; -1 for a window that is all padding. The first NaN wins. */
function argMaxima(inputs: TypedArray, input: Shape, result: Shape, window: PoolWindow2d): Int32Array {
  const maxima = new Int32Array(sizeOf(result)).fill(-1);
  forEachElement(input, result, window, (i, o) => {
    const best = inputs[maxima[o]!] ?? -Infinity;
    const wins = inputs[i]! > best || (Number.isNaN(inputs[i]) && !Number.isNaN(best));
    if (maxima[o] === -1 || wins) maxima[o] = i;
  });
  return maxima;
}

export function maxPool2d(input: Operand, out: Operand, window: PoolWindow2d): void {
  const inputs = rowMajor(input);
  argMaxima(inputs, input.shape, out.shape, window).forEach((i, o) => {
    out.elements[o] = inputs[i] ?? -Infinity;
  });
}

export function maxPool2dGather(input: Operand, values: Operand, out: Operand, window: PoolWindow2d): void {
  const gathered = rowMajor(values);
  argMaxima(rowMajor(input), input.shape, out.shape, window).forEach((i, o) => {
    out.elements[o] = gathered[i] ?? 0;
  });
}

export function maxPool2dScatter(input: Operand, cotangent: Operand, out: Operand, window: PoolWindow2d): void {
  const cotangents = rowMajor(cotangent);
  const sums = new Float64Array(out.elements.length);
  argMaxima(rowMajor(input), input.shape, cotangent.shape, window).forEach((i, o) => {
    if (i !== -1) sums[i]! += cotangents[o]!;
  });
  out.elements.set(sums);
}

/** How many elements of the input, padding left out, each window has. */
function counts(input: Shape, result: Shape, window: PoolWindow2d): Int32Array {
  const found = new Int32Array(sizeOf(result));
  forEachElement(input, result, window, (_, o) => found[o]!++);
  return found;
}

export function averagePool2d(input: Operand, out: Operand, window: PoolWindow2d): void {
  const inputs = rowMajor(input);
  const sums = new Float64Array(out.elements.length);
  forEachElement(input.shape, out.shape, window, (i, o) => {
    sums[o]! += inputs[i]!;
  });
  counts(input.shape, out.shape, window).forEach((count, o) => {
    out.elements[o] = sums[o]! / count;
  });
}

export function averagePool2dGradient(cotangent: Operand, out: Operand, window: PoolWindow2d): void {
  const cotangents = rowMajor(cotangent);
  const found = counts(out.shape, cotangent.shape, window);
  const sums = new Float64Array(out.elements.length);
  forEachElement(out.shape, cotangent.shape, window, (i, o) => {
    sums[i]! += cotangents[o]! / found[o]!;
  });
  out.elements.set(sums);
}
