import type { DType, TypedArray } from './dtype.js';
import type { TensorType } from './shape.js';

/** Tensors of more elements than this print only the first and last `edge` entries of their long axes. */
const threshold = 1000;
const edge = 3;

/**
 * Row-major elements as NumPy prints them: aligned columns, long axes elided, and the type at the end.
 */
export function formatArray(data: TypedArray, type: TensorType): string {
  const { shape } = type;
  const elide = data.length > threshold;
  const shown = (length: number): (number | null)[] =>
    elide && length > 2 * edge
      ? [...range(0, edge), null, ...range(length - edge, length)]
      : range(0, length);

  const format = elementFormatter(visible(data, shape, shown), type.dtype);
  const print = (axis: number, offset: number, stride: number): string => {
    if (axis === shape.length) return format(data[offset]!);
    const length = shape[axis]!;
    const inner = length === 0 ? 0 : stride / length;
    const parts = shown(length).map((index) => (index === null ? '...' : print(axis + 1, offset + index * inner, inner)));
    const depth = shape.length - axis;
    const separator = depth === 1 ? ', ' : `,${'\n'.repeat(depth - 1)}${' '.repeat('Tensor('.length + axis + 1)}`;
    return `[${parts.join(separator)}]`;
  };
  const suffix = shape.length === 0 ? type.dtype : `${type.dtype} [${shape.join(',')}]`;
  return `Tensor(${print(0, 0, data.length)}, ${suffix})`;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

function visible(data: TypedArray, shape: readonly number[], shown: (length: number) => (number | null)[]): number[] {
  let offsets = [0];
  let stride = data.length;
  for (const length of shape) {
    if (length === 0) return [];
    stride /= length;
    const inner = stride;
    offsets = offsets.flatMap((offset) => shown(length).flatMap((index) => (index === null ? [] : [offset + index * inner])));
  }
  return offsets.map((offset) => data[offset]!);
}

function elementFormatter(values: readonly number[], dtype: DType): (value: number) => string {
  const write = dtype === 'bool' ? (value: number) => String(value !== 0) : dtype === 'int32' ? String : floatFormatter(values);
  const width = largestOf(values.map((value) => write(value).length));
  return (value) => write(value).padStart(width);
}

function floatFormatter(values: readonly number[]): (value: number) => string {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.every((value) => Number.isInteger(value) && Math.abs(value) < 1e8)) return String;
  const magnitudes = finite.filter((value) => value !== 0).map(Math.abs);
  const largest = largestOf(magnitudes);
  const smallest = magnitudes.reduce((least, value) => Math.min(least, value), Infinity);
  const exponential = largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e6;
  if (exponential) return (value) => (Number.isFinite(value) ? value.toExponential(4) : String(value));
  const digits = finite.map((value) => String(Number(value.toFixed(4))).split('.')[1]?.length ?? 0);
  // At least one, so that what rounds to whole numbers is seen to be no integer.
  const decimals = Math.max(1, largestOf(digits));
  return (value) => (Number.isFinite(value) ? value.toFixed(decimals) : String(value));
}

/** The largest of lengths or magnitudes, 0 of none. Many axes print more elements than a call takes arguments. */
function largestOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
