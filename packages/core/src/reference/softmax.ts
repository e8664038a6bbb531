import { rowMajor, type Operand } from './rowMajor.js';

/** Calls `visit` with each row of the last axis, minus its maximum, so that no exponential overflows. */
function forEachShiftedRow(input: Operand, visit: (row: readonly number[], start: number) => void): void {
  const length = input.shape.at(-1)!;
  const inputs = rowMajor(input);
  for (let start = 0; start < inputs.length; start += length) {
    const row = Array.from(inputs.subarray(start, start + length));
    const maximum = row.reduce((best, value) => Math.max(best, value), -Infinity);
    visit(row.map((value) => value - maximum), start);
  }
}

function sumOfExponentials(row: readonly number[]): number {
  return row.reduce((sum, value) => sum + Math.exp(value), 0);
}

export function softmax(input: Operand, out: Operand): void {
  forEachShiftedRow(input, (row, start) => {
    const sum = sumOfExponentials(row);
    row.forEach((value, index) => {
      out.elements[start + index] = Math.exp(value) / sum;
    });
  });
}

export function logSoftmax(input: Operand, out: Operand): void {
  forEachShiftedRow(input, (row, start) => {
    const logOfSum = Math.log(sumOfExponentials(row));
    row.forEach((value, index) => {
      out.elements[start + index] = value - logOfSum;
    });
  });
}

export function crossEntropy(logits: Operand, labels: Operand, out: Operand): void {
  const classes = rowMajor(labels);
  forEachShiftedRow(logits, (row, start) => {
    const index = start / row.length;
    out.elements[index] = Math.log(sumOfExponentials(row)) - row[classes[index]!]!;
  });
}

export function crossEntropyGradient(cotangent: Operand, logits: Operand, labels: Operand, out: Operand): void {
  const cotangents = rowMajor(cotangent);
  const classes = rowMajor(labels);
  forEachShiftedRow(logits, (row, start) => {
    const index = start / row.length;
    const sum = sumOfExponentials(row);
    row.forEach((value, place) => {
      out.elements[start + place] = cotangents[index]! * (Math.exp(value) / sum - Number(place === classes[index]));
    });
  });
}
