import type { Standardization } from '../backend.js';
import { rowMajor, type Operand } from './rowMajor.js';

interface Row {
  readonly values: readonly number[];
  /** One over the root of the mean square. */
  readonly scale: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The rows of the last axis, standardized; `scale` is what they were multiplied by. */
function standardizedRows(input: Operand, { centred, epsilon }: Standardization): Row[] {
  const length = input.shape.at(-1)!;
  const inputs = rowMajor(input);
  return Array.from({ length: inputs.length / length }, (_, row) => {
    const values = Array.from(inputs.subarray(row * length, (row + 1) * length));
    const shift = centred ? mean(values) : 0;
    const scale = 1 / Math.sqrt(mean(values.map((value) => (value - shift) ** 2)) + epsilon);
    return { values: values.map((value) => (value - shift) * scale), scale };
  });
}

export function standardize(input: Operand, out: Operand, options: Standardization): void {
  if (input.shape.includes(0)) return;
  out.elements.set(standardizedRows(input, options).flatMap(({ values }) => values));
}

/** With the standardized row y, the Jacobian of a row is `scale (I - y y^T / n)`, minus the mean of each column if centred. */
export function standardizeGradient(cotangent: Operand, input: Operand, out: Operand, options: Standardization): void {
  if (input.shape.includes(0)) return;
  const length = input.shape.at(-1)!;
  const cotangents = rowMajor(cotangent);
  standardizedRows(input, options).forEach(({ values, scale }, row) => {
    const incoming = Array.from(cotangents.subarray(row * length, (row + 1) * length));
    const shift = options.centred ? mean(incoming) : 0;
    const along = mean(incoming.map((value, index) => value * values[index]!));
    incoming.forEach((value, index) => {
      out.elements[row * length + index] = scale * (value - shift - values[index]! * along);
    });
  });
}
