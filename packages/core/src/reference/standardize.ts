import type { Standardization } from '../backend.js';
import { mean, meanSquare } from './meanSquare.js';
import { rowMajor, type Operand } from './rowMajor.js';

interface Row {
  readonly values: readonly number[];
  /** One over the root of the mean square is `factor * unit`; the product itself may overflow. */
  readonly factor: number;
  readonly unit: number;
}

/** The rows of the last axis, standardized. */
function standardizedRows(input: Operand, { centred, epsilon }: Standardization): Row[] {
  const length = input.shape.at(-1)!;
  const inputs = rowMajor(input);
  return Array.from({ length: inputs.length / length }, (_, row) => {
    const values = Array.from(inputs.subarray(row * length, (row + 1) * length));
    const shift = centred ? mean(values) : 0;
    const { unit, square } = meanSquare(values, shift, Math.sqrt(epsilon));
    const factor = 1 / Math.sqrt(square + epsilon * unit * unit);
    return { values: values.map((value) => (value * unit - shift * unit) * factor), factor, unit };
  });
}

export function standardize(input: Operand, out: Operand, options: Standardization): void {
  if (input.shape.includes(0)) return;
  out.elements.set(standardizedRows(input, options).flatMap(({ values }) => values));
}

/** With the standardized row y, the Jacobian of a row is `s (I - y y^T / n)`, minus the mean of each column if centred; s is what the row was multiplied by. */
export function standardizeGradient(cotangent: Operand, input: Operand, out: Operand, options: Standardization): void {
  if (input.shape.includes(0)) return;
  const length = input.shape.at(-1)!;
  const cotangents = rowMajor(cotangent);
  standardizedRows(input, options).forEach(({ values, factor, unit }, row) => {
    const incoming = Array.from(cotangents.subarray(row * length, (row + 1) * length));
    const shift = options.centred ? mean(incoming) : 0;
    const along = mean(incoming.map((value, index) => value * values[index]!));
    incoming.forEach((value, index) => {
      out.elements[row * length + index] = (value - shift - values[index]! * along) * factor * unit;
    });
  });
}
