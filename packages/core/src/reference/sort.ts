import { rowMajor, type Operand } from './rowMajor.js';

/** Whether `x` comes before `y`; NaN counts as the greatest. */
function isLess(x: number, y: number): boolean {
  return x < y || (Number.isNaN(y) && !Number.isNaN(x));
}

export function argSort(input: Operand, out: Operand, descending: boolean): void {
  const values = rowMajor(input);
  const length = input.shape.at(-1)!;
  const taken = out.shape.at(-1)!;
  for (let row = 0; row * taken < out.elements.length; row++) {
    const at = (position: number): number => values[row * length + position]!;
    // `toSorted` is stable, so that equal elements keep their order.
    const positions = Array.from({ length }, (_, position) => position).toSorted((a, b) => {
      const [first, second] = descending ? [at(b), at(a)] : [at(a), at(b)];
      return Number(isLess(second, first)) - Number(isLess(first, second));
    });
    out.elements.set(positions.slice(0, taken), row * taken);
  }
}
