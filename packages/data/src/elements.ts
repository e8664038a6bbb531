/*
 * The elements of arrays in files. A file has more types than there are dtypes here; each is read into the dtype that
 * holds its values exactly, or refused where none does.
 */
import { DataFormatError, type DType, type TypedArray } from '@adjoint/core';

/** The element types of files that can be read, by NumPy's names. */
export type ElementType =
  | 'bool' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64'
  | 'float16' | 'bfloat16' | 'float32' | 'float64';

/** Bytes whose offset in their buffer fits their elements, which are in the order of this machine. */
type Aligned = Uint8Array;

interface ElementReader {
  readonly bytes: number;
  readonly dtype: DType;
  /** May be a view of the bytes. */
  readonly read: (bytes: Aligned, what: string) => TypedArray;
}

/** A view of the bytes as elements of some size. */
function as<T>(array: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T, bytesPerElement: number): (bytes: Aligned) => T {
  return ({ buffer, byteOffset, byteLength }) => new array(buffer, byteOffset, byteLength / bytesPerElement);
}

const uint16 = as(Uint16Array, 2);
const uint32 = as(Uint32Array, 4);
const int64 = as(BigInt64Array, 8);
const uint64 = as(BigUint64Array, 8);

const readers: Readonly<Record<ElementType, ElementReader>> = {
  bool: { bytes: 1, dtype: 'bool', read: booleans },
  int8: { bytes: 1, dtype: 'int32', read: (bytes) => new Int32Array(as(Int8Array, 1)(bytes)) },
  uint8: { bytes: 1, dtype: 'int32', read: (bytes) => new Int32Array(bytes) },
  int16: { bytes: 2, dtype: 'int32', read: (bytes) => new Int32Array(as(Int16Array, 2)(bytes)) },
  uint16: { bytes: 2, dtype: 'int32', read: (bytes) => new Int32Array(uint16(bytes)) },
  int32: { bytes: 4, dtype: 'int32', read: as(Int32Array, 4) },
  uint32: { bytes: 4, dtype: 'int32', read: (bytes, what) => narrow(uint32(bytes), what) },
  int64: { bytes: 8, dtype: 'int32', read: (bytes, what) => narrow(int64(bytes), what) },
  uint64: { bytes: 8, dtype: 'int32', read: (bytes, what) => narrow(uint64(bytes), what) },
  float16: { bytes: 2, dtype: 'float32', read: (bytes) => floatsOfHalves(uint16(bytes)) },
  bfloat16: { bytes: 2, dtype: 'float32', read: (bytes) => floatsOfBits(uint16(bytes), (bits) => bits << 16) },
  float32: { bytes: 4, dtype: 'float32', read: as(Float32Array, 4) },
  float64: { bytes: 8, dtype: 'float64', read: as(Float64Array, 8) },
};

function booleans(bytes: Aligned, what: string): Uint8Array {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong === -1) return bytes;
  throw new DataFormatError(`${what}: element ${wrong} is the byte ${bytes[wrong]}; expected booleans, which are 0 or 1`);
}

function narrow(values: Uint32Array | BigInt64Array | BigUint64Array, what: string): Int32Array {
  const narrowed = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = Number(values[index]);
    if (value !== (value | 0)) {
      throw new DataFormatError(
        `${what}: element ${index} is ${values[index]}; expected numbers from -2147483648 to 2147483647, since integers are read as int32. ` +
          'Cast it to a float type before it is saved',
      );
    }
    narrowed[index] = value;
  }
  return narrowed;
}

function floatsOfBits(halves: Uint16Array, convert: (bits: number) => number): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) words[index] = convert(halves[index]!);
  return new Float32Array(words.buffer);
}

/** IEEE 754 binary16: a sign, 5 bits of exponent and 10 of fraction. Every value is one of float32 too. */
function floatsOfHalves(halves: Uint16Array): Float32Array {
  const floats = floatsOfBits(halves, (half) => {
    const exponent = (half >>> 10) & 31;
    // The bias is 127 in place of 15; infinities and NaN have all ones in both.
    const rebiased = exponent === 31 ? 255 : exponent + 112;
    return ((half & 0x8000) << 16) | (rebiased << 23) | ((half & 1023) << 13);
  });
  halves.forEach((half, index) => {
    if ((half & 0x7c00) === 0) floats[index] = (half & 0x8000 ? -1 : 1) * (half & 1023) * 2 ** -24;
  });
  return floats;
}

const isLittleEndianHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** How many bytes an element takes in a file. */
export function bytesPerStored(type: ElementType): number {
  return readers[type].bytes;
}

/**
 * Whole elements of a file as those of the dtype that holds them: `int32` for all integers, `float32` for shorter floats.
 * The array may be a view of the bytes.
 *
 * @param what - names the array in messages.
 * @throws `DataFormatError` when an integer is beyond `int32`, or a boolean is neither 0 nor 1.
 */
export function readElements(type: ElementType, bytes: Uint8Array, littleEndian: boolean, what: string): { readonly dtype: DType; readonly data: TypedArray } {
  const { dtype, read, bytes: size } = readers[type];
  const swap = size > 1 && littleEndian !== isLittleEndianHost;
  // A Buffer's slice would be a view.
  const aligned = swap ? swapped(bytes, size) : bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return { dtype, data: read(aligned, what) };
}

/** The bytes of elements as files have them, little-endian. May be a view of the array. */
export function littleEndianBytes(data: TypedArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return isLittleEndianHost || data.BYTES_PER_ELEMENT === 1 ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT);
}

/** A copy with the bytes of each element in the other order. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += size) {
    for (let byte = 0; byte < size; byte++) copy[start + byte] = bytes[start + size - 1 - byte]!;
  }
  return copy;
}
