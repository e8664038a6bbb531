import { contiguousStrides, fromTypedArray, requireOptions, requireTensor, scope, view, type OptionNames, type Tensor } from '@adjoint/core';
import { toBytes, type BinaryData } from './binaryData.js';
import { concatenate } from './concatenate.js';
import { littleEndianBytes, readElements } from './elements.js';
import { readNpyHeader, writeNpyHeader } from './npyHeader.js';

/** How a .npy file is read. */
export interface NpyDecodeOptions {
  /** What error messages call the file. Default: `npy data`. */
  readonly name?: string;
}

/**
 * The bytes of a .npy file, as `numpy.save` writes them.
 *
 * @numpy np.save
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { decodeNpy, encodeNpy } from '@adjoint/data';
 *
 * const bytes = encodeNpy(tensor([[1, 2], [3, 4]]));
 * bytes.length; // 144
 * decodeNpy(bytes); // [[1, 2], [3, 4]]
 * ```
 */
export function encodeNpy(tensor: Tensor): Uint8Array<ArrayBuffer> {
  requireTensor('encodeNpy', 'tensor', tensor);
  return concatenate([writeNpyHeader(tensor), littleEndianBytes(tensor.data())]);
}

const npyDecodeOptionNames: OptionNames<NpyDecodeOptions> = { name: true };

/**
 * Reads the bytes of a .npy file (versions 1 to 3, either byte order). `float32`, `float64`, `int32` and `bool` are read as
 * they are; `float16` becomes `float32`, and all other integers `int32`, with the same values. An array in Fortran order
 * becomes a tensor of such strides.
 *
 * @param data - the whole file.
 * @throws `ArgumentError` when the data is not bytes.
 * @throws `DataFormatError` when this is another kind of file, the header is damaged or does not fit the number of bytes, an integer is beyond
 * `int32`, or the elements are of another type (complex numbers, text, records, Python objects).
 * @numpy np.load
 *
 * @example
 * ```ts
 * import { decodeNpy } from '@adjoint/data';
 *
 * const header = "{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }\n";
 * const text = `\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}\x00\x07\x01\x00`;
 * decodeNpy(Uint8Array.from(text, (character) => character.charCodeAt(0))); // [7, 256]
 * ```
 */
export function decodeNpy(data: BinaryData, options: NpyDecodeOptions = {}): Tensor {
  requireOptions('decodeNpy', options, npyDecodeOptionNames);
  const { name = 'npy data' } = options;
  return tensorOfNpy(toBytes('decodeNpy', data), name);
}

/** The tensor of the bytes of a .npy file. */
export function tensorOfNpy(bytes: Uint8Array, name: string): Tensor {
  const { type, littleEndian, fortranOrder, shape, headerLength } = readNpyHeader(bytes, name);
  const { dtype, data } = readElements(type, bytes.subarray(headerLength), littleEndian, name);
  if (!fortranOrder) return fromTypedArray(data, shape, dtype);
  const reversed = [...shape].reverse();
  return scope(() => view(fromTypedArray(data, reversed, dtype), shape, contiguousStrides(reversed).reverse()));
}
