import { fromTypedArray, requireOptions, scope, showCollection, type OptionNames, type Tensor, type Tree } from '@adjoint/core';
import { OrderedMap, type Map } from 'immutable';
import { toBytes, type BinaryData } from './binaryData.js';
import { chosenNames, readChosen, type NamesOption } from './chosenNames.js';
import { concatenate } from './concatenate.js';
import { littleEndianBytes, readElements } from './elements.js';
import { namedTensors } from './namedTensors.js';
import {
  describeTensor, elementTypeOf, inLayoutOrder, readSafetensorsHeader, writeSafetensorsHeader, type SafetensorsEntry,
} from './safetensorsHeader.js';

/** What a safetensors file holds. */
export interface Safetensors {
  /** By name, in the order of the file. */
  readonly tensors: OrderedMap<string, Tensor>;
  /** What the writer said of the file. */
  readonly metadata: OrderedMap<string, string>;
}

/** How tensors are written. */
export interface SafetensorsEncodeOptions {
  /** What to say of the file, as names and texts. Default: nothing. */
  readonly metadata?: Readonly<Record<string, string>> | Map<string, string>;
}

/** How bytes are read. */
export interface SafetensorsDecodeOptions extends NamesOption {
  /** What error messages call the file. Default: `safetensors data`. */
  readonly name?: string;
}

const safetensorsEncodeOptionNames: OptionNames<SafetensorsEncodeOptions> = { metadata: true };

/**
 * The bytes of a safetensors file with the tensors of a tree by their dotted paths; byte for byte what the format's own
 * library writes.
 *
 * @throws `ArgumentError` when two tensors have one dotted path, or a name is `__metadata__` or has half a character.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { decodeSafetensors, encodeSafetensors } from '@adjoint/data';
 *
 * const bytes = encodeSafetensors({ dense: { kernel: tensor([[1, 2]]), bias: tensor([3]) } }, { metadata: { epoch: '7' } });
 * const { tensors, metadata } = decodeSafetensors(bytes);
 * [...tensors.keys()]; // ['dense.bias', 'dense.kernel']
 * tensors.get('dense.kernel'); // [[1, 2]]
 * metadata.get('epoch'); // '7'
 * ```
 */
export function encodeSafetensors(tensors: Tree, options: SafetensorsEncodeOptions = {}): Uint8Array<ArrayBuffer> {
  requireOptions('encodeSafetensors', options, safetensorsEncodeOptionNames);
  return concatenate([...safetensorsChunks('encodeSafetensors', tensors, options)]);
}

/** The bytes of a safetensors file piece by piece: the header, and then a tensor at a time. */
export function* safetensorsChunks(operation: string, tensors: Tree, { metadata = {} }: SafetensorsEncodeOptions): Generator<Uint8Array, void, void> {
  const ordered = inLayoutOrder(namedTensors(operation, tensors));
  yield writeSafetensorsHeader(operation, ordered, OrderedMap<string>(metadata as Readonly<Record<string, string>>));
  for (const [, tensor] of ordered) yield littleEndianBytes(tensor.data());
}

const safetensorsDecodeOptionNames: OptionNames<SafetensorsDecodeOptions> = { names: true, name: true };

/**
 * Reads the tensors in the bytes of a safetensors file, all or those that you name. `F32`, `F64`, `I32` and `BOOL` are read as they are; `F16` and `BF16` become
 * `float32`, and all other integers `int32`, with the same values.
 *
 * @param data - the whole file.
 * @throws `ArgumentError` when the data is not bytes, or the file has no tensor of one of the names.
 * @throws `DataFormatError` when this is another kind of file, the header is damaged, the tensors overlap, leave holes or do not fill
 * the file, or among the tensors to read, an integer is beyond `int32` or elements have a type that no dtype holds (`F8_E4M3`, `C64`).
 *
 * @example
 * ```ts
 * import { decodeSafetensors } from '@adjoint/data';
 *
 * const header = '{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}  ';
 * const bytes = new Uint8Array([header.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header), 0, 0x3c, 0, 0xc0]);
 * decodeSafetensors(bytes).tensors.get('x'); // [1, -2]
 * decodeSafetensors(bytes.subarray(0, -1), { name: 'x.safetensors' }); // throws DataFormatError: x.safetensors: at byte 67: the file has 67 bytes; expected 68
 * ```
 */
export function decodeSafetensors(data: BinaryData, options: SafetensorsDecodeOptions = {}): Safetensors {
  requireOptions('decodeSafetensors', options, safetensorsDecodeOptionNames);
  const { name = 'safetensors data', names } = options;
  const bytes = toBytes('decodeSafetensors', data);
  const { entries, metadata } = readSafetensorsHeader(bytes, bytes.length, name);
  const chosen = chosenNames('decodeSafetensors', name, entries.keys(), names);
  const tensors = scope(() => showCollection(OrderedMap(readChosen(chosen, (tensor) => {
    const entry = entries.get(tensor)!;
    return readTensor(bytes.subarray(entry.start, entry.end), entry, describeTensor(name, tensor));
  }))));
  return { tensors, metadata };
}

/**
 * A tensor of the bytes of its elements.
 *
 * @param what - names the tensor in messages.
 * @throws `DataFormatError` when no dtype holds its elements.
 */
export function readTensor(bytes: Uint8Array, entry: SafetensorsEntry, what: string): Tensor {
  const type = elementTypeOf(entry, what);
  const { dtype, data } = readElements(type, bytes, true, what);
  return fromTypedArray(data, entry.shape, dtype);
}
