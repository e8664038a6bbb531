/*
 * The safetensors format: the length of the header as a 64-bit little-endian number, the header, which is a JSON object
 * of tensors by name, padded with spaces, and then the elements of all tensors, one behind the other.
 */
import { ArgumentError, DataFormatError, showCollection, sizeOf, type DType, type Shape, type TensorType } from '@adjoint/core';
import { OrderedMap } from 'immutable';
import { bytesPerStored, type ElementType } from './elements.js';
import { wrongKindError } from './fileKind.js';
import { formatError } from './namedBytes.js';
import { parseStrictJson, shorten, show } from './strictJson.js';

/** What the header of a safetensors file says of a tensor. */
export interface SafetensorsEntry {
  /** As the format names it: `F32`, `BF16`. */
  readonly dtype: string;
  readonly shape: Shape;
  /** The first byte in the file, and the one behind the last. */
  readonly start: number;
  readonly end: number;
}

/** What stands before the elements. */
export interface SafetensorsHeader {
  /** By name, in the order of the file. */
  readonly entries: OrderedMap<string, SafetensorsEntry>;
  readonly metadata: OrderedMap<string, string>;
}

/** The names of our dtypes in the format, in the order in which the format's own library lays them out. */
const dtypeNames: Readonly<Record<DType, string>> = { float64: 'F64', float32: 'F32', int32: 'I32', bool: 'BOOL' };
const layoutOrder: readonly string[] = Object.values(dtypeNames);

const readable = new Map<string, ElementType>(Object.entries({
  BOOL: 'bool', U8: 'uint8', I8: 'int8', U16: 'uint16', I16: 'int16', F16: 'float16', BF16: 'bfloat16',
  U32: 'uint32', I32: 'int32', F32: 'float32', U64: 'uint64', I64: 'int64', F64: 'float64',
}));

/** The bits of elements that have no dtype here; a file may still hold such tensors beside others. */
const unreadable = new Map(Object.entries({
  F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, C64: 64,
}));

/** How the format names types; those that it gets one day are of an unknown size. */
const typeName = /^[A-Z][A-Z0-9_]*$/;

const lengthBytes = 8;
const maxHeaderLength = 100_000_000;
const metadataName = '__metadata__';
/** The header, a tensor's entry, its shape. */
const headerDepth = 3;
/** What NumPy and PyTorch take at most. */
const maxAxes = 64;

/**
 * The type of a tensor's elements.
 *
 * @param what - names the tensor in messages.
 * @throws `DataFormatError` when no dtype holds them.
 */
export function elementTypeOf({ dtype }: SafetensorsEntry, what: string): ElementType {
  const type = readable.get(dtype);
  if (type !== undefined) return type;
  throw unreadable.has(dtype) ? new DataFormatError(`${what}: no dtype holds ${dtype}; cast it to F32 before it is saved`) : unknownType(what, dtype);
}

function unknownType(what: string, dtype: unknown): DataFormatError {
  return formatError(what, lengthBytes, `dtype is ${show(dtype)}`, `one of ${[...readable.keys(), ...unreadable.keys()].join(', ')}`);
}

/**
 * How many bytes the header takes, with its length.
 *
 * @param start - at least the first bytes of the file, as many as tell its kind.
 * @throws `DataFormatError` when it is longer than the file, or than the format allows.
 */
export function safetensorsHeaderLength(start: Uint8Array, fileLength: number, name: string): number {
  const wrongKind = () => wrongKindError(name, start, 'safetensors');
  if (fileLength < lengthBytes) throw wrongKind() ?? formatError(name, fileLength, 'the file ends', `the ${lengthBytes} bytes of a header's length`);
  const length = new DataView(start.buffer, start.byteOffset, start.byteLength).getBigUint64(0, true);
  if (length > maxHeaderLength) throw wrongKind() ?? formatError(name, 0, `the header's length is ${length}`, `at most ${maxHeaderLength}, as the format has it`);
  if (length > fileLength - lengthBytes) {
    throw wrongKind() ?? formatError(name, 0, `the header's length is ${length}`, `at most ${fileLength - lengthBytes}, which is what the file has behind it`);
  }
  return lengthBytes + Number(length);
}

/**
 * Reads the header and checks that its tensors fill the file, without a hole and without sharing a byte.
 *
 * @param start - at least the bytes of the header.
 * @throws `DataFormatError` that says what is wrong.
 */
export function readSafetensorsHeader(start: Uint8Array, fileLength: number, name: string): SafetensorsHeader {
  const headerLength = safetensorsHeaderLength(start, fileLength, name);
  const { [metadataName]: metadata, ...tensors } = parseHeader(start, headerLength, name);
  const entries = OrderedMap(tensors)
    .map((entry, tensor) => readEntry(entry, headerLength, describeTensor(name, tensor)))
    .sort((left, right) => left.start - right.start || left.end - right.end);
  let end = headerLength;
  for (const [tensor, entry] of entries) {
    if (entry.start !== end) {
      const came = `its elements begin at byte ${entry.start}, ${entry.start < end ? 'inside of the tensor before' : 'behind a hole'}`;
      throw formatError(describeTensor(name, tensor), headerLength, came, `byte ${end}, where the tensor before ends`);
    }
    end = entry.end;
  }
  if (end !== fileLength) {
    throw formatError(name, Math.min(end, fileLength), `the file has ${fileLength} bytes`, `${end}, where the last tensor of the header ends`);
  }
  return { entries: showCollection(entries), metadata: showCollection(readMetadata(metadata, name)) };
}

/** How messages call a tensor of a file. */
export function describeTensor(name: string, tensor: string): string {
  return `${name}: tensor ${show(tensor)}`;
}

function parseHeader(start: Uint8Array, headerLength: number, name: string): Readonly<Record<string, unknown>> {
  const bytes = start.subarray(lengthBytes, headerLength);
  if (bytes[0] !== 0x7b) throw wrongKindError(name, start, 'safetensors') ?? formatError(name, lengthBytes, 'the header does not begin with {', 'a JSON object');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return parseStrictJson(text, headerDepth) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? shorten(cause.message) : 'its bytes are no UTF-8';
    throw formatError(name, lengthBytes, `the header cannot be read: ${reason}`, 'a JSON object of tensors by name', cause);
  }
}

function readMetadata(metadata: unknown, name: string): OrderedMap<string, string> {
  const entries = Object.entries(metadata ?? {}) as [string, unknown][];
  if (typeof (metadata ?? {}) === 'object' && !Array.isArray(metadata) && entries.every(([, value]) => typeof value === 'string')) {
    return OrderedMap(entries as [string, string][]);
  }
  throw formatError(name, lengthBytes, `${metadataName} is ${show(metadata)}`, 'an object of strings');
}

function readEntry(entry: unknown, headerLength: number, what: string): SafetensorsEntry {
  const fail = (came: string, expected: string) => formatError(what, lengthBytes, came, expected);
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { readonly [field: string]: unknown };
  if (typeof dtype !== 'string' || !typeName.test(dtype)) throw unknownType(what, dtype);
  if (!isSizes(shape) || shape.length > maxAxes) throw fail(`shape is ${show(shape)}`, `a list of at most ${maxAxes} whole numbers`);
  const [start, end, ...more] = isSizes(offsets) ? offsets : [];
  if (start === undefined || end === undefined || more.length > 0 || end < start) {
    throw fail(`data_offsets is ${show(offsets)}`, 'two whole numbers, the second not below the first');
  }
  const bits = bitsOf(dtype);
  const size = bits === undefined ? end - start : shape.reduce((product, length) => product * length, bits) / 8;
  if (!Number.isSafeInteger(size) || end - start !== size) {
    throw fail(`data_offsets [${start},${end}] are ${end - start} bytes`, `${size}, which ${dtype} ${show(shape)} takes`);
  }
  return { dtype, shape, start: headerLength + start, end: headerLength + end };
}

function bitsOf(dtype: string): number | undefined {
  const type = readable.get(dtype);
  return type === undefined ? unreadable.get(dtype) : 8 * bytesPerStored(type);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length));
}

/** A tensor to be written. */
export type NamedType<T extends TensorType> = readonly [name: string, tensor: T];

/** Tensors in the order of the format's own library: those of long elements first, then by the bytes of their names. */
export function inLayoutOrder<T extends TensorType>(tensors: readonly NamedType<T>[]): readonly NamedType<T>[] {
  const encoder = new TextEncoder();
  return tensors
    .map((tensor) => ({ tensor, rank: layoutOrder.indexOf(dtypeNames[tensor[1].dtype]), bytes: encoder.encode(tensor[0]) }))
    .sort((left, right) => left.rank - right.rank || compareBytes(left.bytes, right.bytes))
    .map(({ tensor }) => tensor);
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) if (left[at] !== right[at]) return left[at]! - right[at]!;
  return left.length - right.length;
}

/**
 * The bytes before the elements, padded to a multiple of 8.
 *
 * @param tensors - in the order of the elements.
 * @throws `ArgumentError` for names and metadata that the format cannot hold.
 */
export function writeSafetensorsHeader(operation: string, tensors: readonly NamedType<TensorType>[], metadata: OrderedMap<string, string>): Uint8Array<ArrayBuffer> {
  const fields: string[] = [];
  if (!metadata.isEmpty()) fields.push(`"${metadataName}":{${metadata.map((value, name) => `${text(operation, name)}:${text(operation, value)}`).join()}}`);
  let start = 0;
  for (const [name, { dtype, shape }] of tensors) {
    if (name === metadataName) throw new ArgumentError(`${operation}: a tensor has the name ${metadataName}, which the format uses itself; rename it`);
    const file = dtypeNames[dtype];
    const end = start + (sizeOf(shape) * bitsOf(file)!) / 8;
    fields.push(`${text(operation, name)}:{"dtype":"${file}","shape":[${shape.join()}],"data_offsets":[${start},${end}]}`);
    start = end;
  }
  const json = new TextEncoder().encode(`{${fields.join()}}`);
  const length = Math.ceil(json.length / lengthBytes) * lengthBytes;
  if (length > maxHeaderLength) throw new ArgumentError(`${operation}: the header takes ${length} bytes; the format allows ${maxHeaderLength}`);
  const header = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, lengthBytes);
  return header;
}

/** A string as JSON. */
function text(operation: string, value: unknown): string {
  if (typeof value === 'string' && !/\p{Surrogate}/u.test(value)) return JSON.stringify(value);
  throw new ArgumentError(`${operation}: ${show(value)} is no text of whole characters; expected names and metadata to be strings`);
}
