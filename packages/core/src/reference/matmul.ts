import { isFloat } from '../dtype.js';
import { rowMajor, type Operand } from './rowMajor.js';

export function matmul(left: Operand, right: Operand, out: Operand): void {
  const lefts = rowMajor(left);
  const rights = rowMajor(right);
  const [rows, inner] = left.shape.slice(-2) as [number, number];
  const columns = right.shape.at(-1)!;
  const add = isFloat(out.dtype)
    ? (sum: number, a: number, b: number) => sum + a * b
    : (sum: number, a: number, b: number) => (sum + Math.imul(a, b)) | 0;
  out.elements.forEach((_, index) => {
    const column = index % columns;
    const row = Math.floor(index / columns); // Counted through all the matrices of the leading axes.
    const matrix = Math.floor(row / rows);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum = add(sum, lefts[row * inner + k]!, rights[(matrix * inner + k) * columns + column]!);
    }
    out.elements[index] = sum;
  });
}
