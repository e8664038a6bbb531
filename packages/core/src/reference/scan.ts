import type { ScanOperation, ScanOrder } from '../backend.js';
import { isFloat } from '../dtype.js';
import { positions, rowMajor, type Operand } from './rowMajor.js';

type Join = (total: number, value: number) => number;

const starts: Record<ScanOperation, number> = { sum: 0, product: 1 };

const joins: Record<ScanOperation, Join> = {
  sum: (total, value) => total + value,
  product: (total, value) => total * value,
};

/** Integers wrap at every step. */
const wrappingJoins: Record<ScanOperation, Join> = {
  sum: (total, value) => (total + value) | 0,
  product: Math.imul,
};

export function scan(operation: ScanOperation, input: Operand, out: Operand, axis: number, { reverse, exclusive }: ScanOrder): void {
  const join = (isFloat(input.dtype) ? joins : wrappingJoins)[operation];
  const values = rowMajor(input);
  const length = out.shape[axis]!;
  const stride = out.strides[axis]!;
  // Every lane along the axis begins where its first element lies.
  for (const first of positions({ ...out, shape: out.shape.map((size, other) => (other === axis ? Math.min(size, 1) : size)) })) {
    let total = starts[operation];
    for (let step = 0; step < length; step++) {
      const position = first + (reverse ? length - 1 - step : step) * stride;
      const joined = join(total, values[position]!);
      out.elements[position] = exclusive ? total : joined;
      total = joined;
    }
  }
}
