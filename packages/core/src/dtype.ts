import { BackendError, DTypeError } from './errors.js';
import { formatText, formatValue } from './formatValue.js';

/** What the elements of a tensor are. A `bool` takes one byte, 0 or 1. */
export type DType = 'float32' | 'float64' | 'int32' | 'bool';

/** The dtypes that gradients exist for. */
export type FloatDType = 'float32' | 'float64';

/** The typed array that holds the elements of each dtype. */
export interface TypedArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  bool: Uint8Array;
}

/** A typed array of any dtype. */
export type TypedArray = TypedArrayOf[DType];

const bytesByDType: Record<DType, number> = { float32: 4, float64: 8, int32: 4, bool: 1 };

const arrayByDType = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

/** How many bytes one element takes. */
export function bytesPerElement(dtype: DType): number {
  return bytesByDType[dtype];
}

/** A typed array of `length` zeros that fits `dtype`. */
export function allocateArray<D extends DType>(dtype: D, length: number): TypedArrayOf[D] {
  try {
    return new arrayByDType[dtype](length) as TypedArrayOf[D];
  } catch (cause) {
    throw new BackendError(`an array of ${length} elements of ${dtype} does not fit into memory; expected a smaller shape`, { cause });
  }
}

/** A typed array over bytes that are already there; no byte is copied. */
export function viewBytes<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): TypedArrayOf[D] {
  return new arrayByDType[dtype](buffer as ArrayBuffer, byteOffset, length) as TypedArrayOf[D];
}

/** Whether `dtype` is `float32` or `float64`. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64';
}

/** All dtypes. */
export const dtypes: readonly DType[] = ['bool', 'int32', 'float32', 'float64'];

/** Those that random floats come in. */
export const floatDtypes: readonly FloatDType[] = ['float32', 'float64'];

/**
 * Checks that a dtype is one of those that are possible.
 *
 * @throws {@link DTypeError} naming `operation` otherwise.
 */
export function checkDtype(operation: string, dtype: DType, possible: readonly DType[] = dtypes): void {
  if (possible.includes(dtype)) return;
  throw new DTypeError(`${operation}: dtype is ${typeof dtype === 'string' ? formatText(dtype) : formatValue(dtype)}; expected ${possible.join(' or ')}`);
}

const rank: Record<DType, number> = { bool: 0, int32: 1, float32: 2, float64: 3 };

/**
 * The dtype of an operation on two tensors, by JAX's rules for these four: the higher of
 * `bool`, `int32`, `float32`, `float64`. An integer with a float gives that float.
 *
 * @example
 * ```ts
 * import { promote } from '@adjoint/core';
 *
 * promote('int32', 'float32'); // 'float32'
 * ```
 */
export function promote(left: DType, right: DType): DType {
  return rank[left] >= rank[right] ? left : right;
}
