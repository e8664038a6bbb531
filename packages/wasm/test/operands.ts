import {
  allocateArray, bytesPerElement, contiguousStrides, isContiguous, sizeOf,
  type Backend, type DType, type Shape, type Strided, type TypedArray,
} from '@adjoint/core';

/** A view as a kernel sees one, made by hand so that these tests need no tensor. */
export interface View {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** The whole storage. */
  readonly values: TypedArray;
}

/** A view whose elements are all of `values`, in row-major order. */
export function dense(dtype: DType, shape: Shape, values: ArrayLike<number>): View {
  const array = allocateArray(dtype, sizeOf(shape));
  array.set(values);
  return { dtype, shape, strides: contiguousStrides(shape), offset: 0, values: array };
}

export function put(backend: Backend, { dtype, shape, strides, offset, values }: View): Strided {
  const storage = backend.allocate(values.byteLength);
  backend.write(storage.address, values);
  return { dtype, shape, strides, offset, size: sizeOf(shape), storage, isContiguous: isContiguous(shape, strides) };
}

/** Runs one kernel: puts the views on the backend, makes `out`, and reads it; then gives all the memory back. */
export function run(
  backend: Backend, views: readonly View[], dtype: DType, shape: Shape, kernel: (inputs: Strided[], out: Strided) => void,
): TypedArray {
  const inputs = views.map((view) => put(backend, view));
  const size = sizeOf(shape);
  const storage = backend.allocate(size * bytesPerElement(dtype));
  const out: Strided = { dtype, shape, strides: contiguousStrides(shape), offset: 0, size, storage, isContiguous: true };
  kernel(inputs, out);
  const result = backend.readSync!(storage.address, dtype, 0, size);
  for (const operand of [out, ...inputs]) backend.free(operand.storage);
  return result;
}

/** The position of the first element that differs, or -1. `toEqual` takes seconds for large arrays. */
export function firstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Math.min(actual.length, expected.length);
  for (let index = 0; index < actual.length; index++) if (!Object.is(actual[index], expected[index])) return index;
  return -1;
}
