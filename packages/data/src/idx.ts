/*
 * The IDX format: two zero bytes, a byte for the element type, a byte for the number of axes, the length of each
 * axis as 32-bit unsigned, then the elements in row-major order; all of it big-endian.
 */
import { ArgumentError, formatValue, requireOptions, ShapeError, type OptionNames, type Shape } from '@adjoint/core';
import { toBytes, type BinaryData } from './binaryData.js';
import { wrongKindError } from './fileKind.js';
import { formatError } from './namedBytes.js';

/** The typed array that holds the elements of each IDX type. */
export interface IdxDataOf {
  ubyte: Uint8Array;
  byte: Int8Array;
  short: Int16Array;
  int: Int32Array;
  float: Float32Array;
  double: Float64Array;
}

/** The name of an IDX element type, as the format's description names it. */
export type IdxType = keyof IdxDataOf;

/** An n-dimensional array as an IDX file holds it: elements in row-major order. */
export type IdxArray = {
  [Type in IdxType]: { readonly type: Type; readonly shape: Shape; readonly data: IdxDataOf[Type] };
}[IdxType];

/** How a file is read. */
export interface IdxReadOptions {
  /** What error messages call the file. Default: `IDX data`. */
  readonly name?: string;
}

/** What the first bytes of an IDX file say. */
export interface IdxHeader {
  readonly type: IdxType;
  readonly shape: Shape;
  readonly headerLength: number;
  /** Of the whole file, header included. May be beyond what any file has: it is what the header claims. */
  readonly byteLength: number;
}

interface ElementType {
  readonly code: number;
  readonly bytes: number;
  readonly array: { new (length: number): IdxDataOf[IdxType]; readonly name: string };
  get(view: DataView, offset: number): number;
  set(view: DataView, offset: number, value: number): void;
}

const elementTypes: Readonly<Record<IdxType, ElementType>> = {
  ubyte: { code: 0x08, bytes: 1, array: Uint8Array, get: (view, at) => view.getUint8(at), set: (view, at, value) => view.setUint8(at, value) },
  byte: { code: 0x09, bytes: 1, array: Int8Array, get: (view, at) => view.getInt8(at), set: (view, at, value) => view.setInt8(at, value) },
  short: { code: 0x0b, bytes: 2, array: Int16Array, get: (view, at) => view.getInt16(at), set: (view, at, value) => view.setInt16(at, value) },
  int: { code: 0x0c, bytes: 4, array: Int32Array, get: (view, at) => view.getInt32(at), set: (view, at, value) => view.setInt32(at, value) },
  float: { code: 0x0d, bytes: 4, array: Float32Array, get: (view, at) => view.getFloat32(at), set: (view, at, value) => view.setFloat32(at, value) },
  double: { code: 0x0e, bytes: 8, array: Float64Array, get: (view, at) => view.getFloat64(at), set: (view, at, value) => view.setFloat64(at, value) },
};

const typeByCode = new Map(Object.entries(elementTypes).map(([type, { code }]) => [code, type as IdxType]));

/** The bytes before the lengths of the axes. */
const magicLength = 4;
const maxAxes = 255;
const maxAxisLength = 2 ** 32 - 1;

const idxReadOptionNames: OptionNames<IdxReadOptions> = { name: true };

/**
 * Reads an IDX file that is not compressed; {@link decodeIdx} takes compressed ones too.
 *
 * The elements are copied, so the result stays as it is when the bytes change.
 *
 * @param data - the whole file.
 * @throws `ArgumentError` when the data is not bytes.
 * @throws `DataFormatError` that names the file, the byte offset and the expectation, when the magic number
 * or the element type is none of the format's, or there are fewer or more bytes than the header says. It says what the file is
 * instead where its first bytes tell.
 *
 * @example
 * ```ts
 * import { readIdx } from '@adjoint/data';
 *
 * const { type, shape, data } = readIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]), { name: 'labels' });
 * type; // 'ubyte'
 * shape; // [3]
 * data; // Uint8Array [7, 8, 9]
 * ```
 */
export function readIdx(data: BinaryData, options: IdxReadOptions = {}): IdxArray {
  requireOptions('readIdx', options, idxReadOptionNames);
  const { name = 'IDX data' } = options;
  const bytes = toBytes('readIdx', data);
  const header = readIdxHeader(bytes, name);
  if (bytes.length !== header.byteLength) throw lengthError(name, header, bytes.length);
  const { type, shape, headerLength } = header;
  return { type, shape, data: readElements(bytes, headerLength, elementTypes[type]) } as IdxArray;
}

/**
 * Reads the header, which must be whole; `bytes` may end anywhere after it.
 *
 * @throws `DataFormatError` as {@link readIdx} does.
 */
export function readIdxHeader(bytes: Uint8Array, name: string): IdxHeader {
  const headerLength = idxHeaderLength(bytes);
  if (headerLength === undefined) {
    throw wrongKindError(name, bytes, 'idx') ?? formatError(name, bytes.length, 'the file ends', `the ${magicLength} bytes of an IDX magic number`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    throw wrongKindError(name, bytes, 'idx') ?? formatError(name, 0, `magic number ${hex(view.getUint32(0), 8)}`, 'an IDX file, which begins with two zero bytes');
  }
  const type = typeByCode.get(bytes[2]!);
  if (type === undefined) {
    const known = Object.entries(elementTypes).map(([known, { code }]) => `${hex(code, 2)} (${known})`);
    throw wrongKindError(name, bytes, 'idx') ?? formatError(name, 2, `element type ${hex(bytes[2]!, 2)}`, `one of ${known.join(', ')}`);
  }
  const rank = bytes[3]!;
  if (bytes.length < headerLength) {
    throw formatError(name, bytes.length, 'the file ends', `a header of ${headerLength} bytes with the lengths of ${rank} axes`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(magicLength + 4 * axis));
  return { type, shape, headerLength, byteLength: headerLength + elementCount(shape) * elementTypes[type].bytes };
}

/** How long the header is, which its fourth byte tells; undefined until that byte is there. */
export function idxHeaderLength(bytes: Uint8Array): number | undefined {
  return bytes.length < magicLength ? undefined : magicLength + 4 * bytes[3]!;
}

/** A file of `length` bytes (or at least so many) is not what its header says. */
export function lengthError(name: string, { type, shape, headerLength, byteLength }: IdxHeader, length: number): Error {
  const came = length < byteLength ? `the file ends after ${length} bytes` : `the file goes on to ${length} bytes or more`;
  return formatError(
    name,
    Math.min(length, byteLength),
    came,
    `${byteLength} bytes in all, for a header of ${headerLength} and ${type} elements of shape [${shape.join(',')}]`,
  );
}

/** The product of the lengths; an axis of 0 wins even where the other lengths multiply to infinity. */
function elementCount(shape: Shape): number {
  return shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1);
}

function readElements(bytes: Uint8Array, start: number, element: ElementType): IdxDataOf[IdxType] {
  const data = new element.array((bytes.length - start) / element.bytes);
  if (data instanceof Uint8Array) {
    data.set(bytes.subarray(start));
    return data;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < data.length; index++) data[index] = element.get(view, start + index * element.bytes);
  return data;
}

/**
 * The bytes of an IDX file, not compressed; {@link encodeIdx} compresses.
 *
 * @throws `ArgumentError` when the data is not the typed array of its type.
 * @throws `ShapeError` when the shape does not fit the number of elements, or the format: at most 255 axes,
 * each shorter than 2^32.
 *
 * @example
 * ```ts
 * import { writeIdx } from '@adjoint/data';
 *
 * writeIdx({ type: 'ubyte', shape: [3], data: new Uint8Array([7, 8, 9]) }); // Uint8Array [0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]
 * ```
 */
export function writeIdx(array: IdxArray): Uint8Array<ArrayBuffer> {
  checkWritable(array);
  const { type, shape, data } = array;
  const element = elementTypes[type];
  const headerLength = magicLength + 4 * shape.length;
  const bytes = new Uint8Array(headerLength + data.length * element.bytes);
  bytes[2] = element.code;
  bytes[3] = shape.length;
  const view = new DataView(bytes.buffer);
  shape.forEach((length, axis) => view.setUint32(magicLength + 4 * axis, length));
  if (data instanceof Uint8Array) bytes.set(data, headerLength);
  else data.forEach((value, index) => element.set(view, headerLength + index * element.bytes, value));
  return bytes;
}

function checkWritable(array: IdxArray): void {
  const { type, shape, data } = Object(array) as Partial<IdxArray>;
  if (type === undefined || !Object.hasOwn(elementTypes, type) || !Array.isArray(shape)) {
    throw new ArgumentError(`writeIdx: array is ${formatValue(array)}; expected { type, shape, data } with one of the types ${Object.keys(elementTypes).join(', ')}`);
  }
  const element = elementTypes[type];
  if (!(data instanceof element.array)) {
    throw new ArgumentError(`writeIdx: the data is ${formatValue(data)}; IDX type ${type} takes a ${element.array.name}`);
  }
  if (shape.length > maxAxes) throw new ShapeError(`writeIdx: the shape has ${shape.length} axes; IDX takes at most ${maxAxes}`);
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0 || length > maxAxisLength) {
      throw new ShapeError(`writeIdx: shape [${shape.join(',')}] has the axis length ${length}; IDX takes whole numbers from 0 to ${maxAxisLength}`);
    }
  }
  if (elementCount(shape) !== data.length) {
    throw new ShapeError(`writeIdx: shape [${shape.join(',')}] takes ${elementCount(shape)} elements; got ${data.length}`);
  }
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
