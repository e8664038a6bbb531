import { sizeOf } from '../shape.js';
import { rowMajor, type Operand } from './rowMajor.js';

/** Sees the positions of an element of the whole (`gather`'s input) and of one of the slices that are taken from it. */
type VisitPair = (whole: number, slices: number) => void;

/** Visits each element of the taken slices, with the element of `whole` that its index names. */
function forEachTaken(whole: Operand, indices: Operand, axis: number, visit: VisitPair): void {
  const outer = sizeOf(whole.shape, 0, axis);
  const length = whole.shape[axis]!;
  const inner = sizeOf(whole.shape, axis + 1);
  const taken = rowMajor(indices);
  for (let o = 0; o < outer; o++) {
    taken.forEach((index, place) => {
      for (let i = 0; i < inner; i++) visit((o * length + index) * inner + i, (o * taken.length + place) * inner + i);
    });
  }
}

export function gather(input: Operand, indices: Operand, out: Operand, axis: number): void {
  const inputs = rowMajor(input);
  forEachTaken(input, indices, axis, (whole, slices) => {
    out.elements[slices] = inputs[whole]!;
  });
}

export function scatterAdd(updates: Operand, indices: Operand, out: Operand, axis: number): void {
  const added = rowMajor(updates);
  const sums = new Float64Array(out.elements.length);
  forEachTaken(out, indices, axis, (whole, slices) => {
    sums[whole]! += added[slices]!;
  });
  out.elements.set(sums);
}
