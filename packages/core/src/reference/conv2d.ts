import type { Window2d } from '../backend.js';
import type { Shape } from '../shape.js';
import { rowMajor, type Operand } from './rowMajor.js';
import { forEachTap } from './window.js';

/*
 * A convolution multiplies every element of the input with every element of the kernel that meets it and adds the
 * product to an element of the result. It and its two gradients visit the same triples; each adds to another of them.
 * Sums are direct and in double precision, so there is nothing for a `ConvolutionPrecision` to choose.
 */

/** Sees the positions, in row-major order, of an input element, a kernel element and the result element they add to. */
type VisitProduct = (input: number, kernel: number, result: number) => void;

function forEachProduct(input: Shape, kernel: Shape, result: Shape, window: Window2d, visit: VisitProduct): void {
  const [, , depth, filters] = kernel as [number, number, number, number];
  const channels = input[3]!;
  const filtersOfGroup = (filters * depth) / channels;
  forEachTap(input, result, kernel, window, (pixel, place, tap) => {
    for (let f = 0; f < filters; f++) {
      const first = Math.floor(f / filtersOfGroup) * depth;
      for (let c = 0; c < depth; c++) {
        visit(pixel * channels + first + c, (tap * depth + c) * filters + f, place * filters + f);
      }
    }
  });
}

export function conv2d(input: Operand, kernel: Operand, out: Operand, window: Window2d): void {
  const inputs = rowMajor(input);
  const kernels = rowMajor(kernel);
  const sums = new Float64Array(out.elements.length);
  forEachProduct(input.shape, kernel.shape, out.shape, window, (i, k, o) => {
    sums[o]! += inputs[i]! * kernels[k]!;
  });
  out.elements.set(sums);
}

export function conv2dInputGradient(cotangent: Operand, kernel: Operand, out: Operand, window: Window2d): void {
  const cotangents = rowMajor(cotangent);
  const kernels = rowMajor(kernel);
  const sums = new Float64Array(out.elements.length);
  forEachProduct(out.shape, kernel.shape, cotangent.shape, window, (i, k, o) => {
    sums[i]! += cotangents[o]! * kernels[k]!;
  });
  out.elements.set(sums);
}

export function conv2dKernelGradient(input: Operand, cotangent: Operand, out: Operand, window: Window2d): void {
  const inputs = rowMajor(input);
  const cotangents = rowMajor(cotangent);
  const sums = new Float64Array(out.elements.length);
  forEachProduct(input.shape, out.shape, cotangent.shape, window, (i, k, o) => {
    sums[k]! += inputs[i]! * cotangents[o]!;
  });
  out.elements.set(sums);
}
