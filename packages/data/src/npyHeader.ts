/*
 * The .npy format: a magic string, a version, the length of the header, the header, which is a Python dictionary of three
 * entries, padded with spaces, and then the elements.
 */
import { bytesPerStored, type ElementType } from './elements.js';
import { wrongKindError } from './fileKind.js';
import { formatError } from './namedBytes.js';
import { shorten, show } from './strictJson.js';
import type { DType, Shape, TensorType } from '@adjoint/core';

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly littleEndian: boolean;
  /** Whether the first axis, in place of the last, is that of neighbouring elements. */
  readonly fortranOrder: boolean;
  readonly shape: Shape;
  /** Where the elements begin. */
  readonly headerLength: number;
}

const magic = '\x93NUMPY';
/** The magic string and the version. */
const prefixLength = 8;
/** NumPy reads no longer ones either, since a header is parsed. */
const maxHeaderLength = 10_000;
/** NumPy's own limit for arrays. */
const maxAxes = 64;

const elementTypes = new Map<string, ElementType>(Object.entries({
  b1: 'bool', i1: 'int8', u1: 'uint8', i2: 'int16', u2: 'uint16', i4: 'int32', u4: 'uint32', i8: 'int64', u8: 'uint64',
  f2: 'float16', f4: 'float32', f8: 'float64',
}));

const descriptions: Readonly<Record<DType, string>> = { bool: '|b1', int32: '<i4', float32: '<f4', float64: '<f8' };

/** No header ends behind this many bytes. */
export const npyHeaderEnd = prefixLength + 4 + maxHeaderLength;

/** Whether the bytes begin as those of a .npy file. */
export function isNpy(bytes: Uint8Array): boolean {
  return Array.from(magic).every((character, at) => bytes[at] === character.charCodeAt(0));
}

/**
 * Reads the header and checks that the elements fill the rest of the file.
 *
 * @param fileLength - of the whole file, where `bytes` are only its beginning.
 * @throws `DataFormatError` that says what is wrong.
 */
export function readNpyHeader(bytes: Uint8Array, name: string, fileLength = bytes.length): NpyHeader {
  const [text, headerLength] = headerText(bytes, name);
  const fields = parseFields(text, (came) => formatError(name, prefixLength, `the header is ${show(text)}: ${came}`, "a Python dictionary of 'descr', 'fortran_order' and 'shape'"));
  const { type, littleEndian } = parseDescription(fields.descr, name);
  const count = fields.shape.reduce((product, length) => product * length, 1);
  const length = headerLength + count * bytesPerStored(type);
  if (length !== fileLength) {
    throw formatError(name, Math.min(length, fileLength), `the file has ${fileLength} bytes`, `${length}, for a header of ${headerLength} and '${fields.descr}' elements of shape [${fields.shape.join()}]`);
  }
  return { type, littleEndian, fortranOrder: fields.fortranOrder, shape: fields.shape, headerLength };
}

function headerText(bytes: Uint8Array, name: string): [text: string, headerLength: number] {
  for (let at = 0; at < magic.length; at++) {
    if (bytes[at] !== magic.charCodeAt(at)) throw wrongKindError(name, bytes, 'npy') ?? formatError(name, at, `the byte ${bytes[at] ?? 'is missing'}`, 'a .npy file, which begins with \\x93NUMPY');
  }
  const [major, minor] = bytes.subarray(magic.length);
  if (major === undefined || minor === undefined) throw formatError(name, bytes.length, 'the file ends', 'the version of the format');
  if (major < 1 || major > 3 || minor !== 0) throw formatError(name, magic.length, `version ${major}.${minor}`, 'version 1.0, 2.0 or 3.0');
  const start = prefixLength + (major === 1 ? 2 : 4);
  if (bytes.length < start) throw formatError(name, bytes.length, 'the file ends', "a header's length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(prefixLength, true) : view.getUint32(prefixLength, true);
  const most = Math.min(maxHeaderLength, bytes.length - start);
  if (length > most) throw formatError(name, prefixLength, `the header's length is ${length}`, `at most ${most}`);
  try {
    return [new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, start + length)), start + length];
  } catch (cause) {
    throw formatError(name, start, 'the header is no text', 'ASCII or UTF-8', cause);
  }
}

interface Fields {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
}

/** The only values that NumPy writes: a string in quotes, `True` or `False`, and a tuple of numbers. */
function parseFields(text: string, fail: (came: string) => Error): Fields {
  const found = new Map<string, string>();
  const field = /\s*(['"])(\w+)\1\s*:\s*((['"])[^'"]*\4|True|False|\([^()]*\))\s*(?:,|(?=\}))/y;
  field.lastIndex = text.startsWith('{') ? 1 : text.length;
  let end = field.lastIndex;
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    const [, , key, value] = match;
    if (found.has(key!)) throw fail(`'${key}' stands twice`);
    found.set(key!, value!);
    end = field.lastIndex;
  }
  if (!/^\s*\}\s*$/.test(text.slice(end))) throw fail(`it does not go on at character ${end} as expected`);
  const take = (key: string, pattern: RegExp): string => {
    const value = found.get(key);
    found.delete(key);
    if (value !== undefined && pattern.test(value)) return value;
    throw fail(`'${key}' is ${value === undefined ? 'missing' : shorten(value)}`);
  };
  const descr = take('descr', /^['"]/).slice(1, -1);
  const fortranOrder = take('fortran_order', /^(True|False)$/) === 'True';
  const tuple = take('shape', /^\((\s*\d+L?\s*,)*(\s*|(?<=,)\s*\d+L?\s*)\)$/);
  const shape = [...tuple.matchAll(/\d+/g)].map(Number);
  if (found.size > 0) throw fail(`'${[...found.keys()].join("', '")}' is none of these`);
  if (shape.length > maxAxes || !shape.every(Number.isSafeInteger)) throw fail(`expected a shape of at most ${maxAxes} axes, each below 2^53`);
  return { descr, fortranOrder, shape };
}

function parseDescription(description: string, name: string): Pick<NpyHeader, 'type' | 'littleEndian'> {
  const [order, code] = [description.slice(0, 1), description.slice(1)];
  const type = elementTypes.get(code);
  if (type !== undefined && (order === '<' || order === '>' || (order === '|' && bytesPerStored(type) === 1))) {
    return { type, littleEndian: order !== '>' };
  }
  const objects = code.startsWith('O') ? ', which are Python objects; those are never read, since they could run code' : '';
  throw formatError(
    name, prefixLength, `elements of type '${shorten(description)}'${objects}`,
    `'<' or '>' (the byte order; '|' for a byte) and one of ${[...elementTypes.keys()].join(', ')}`,
  );
}

/** The bytes before row-major elements, as `numpy.save` writes them: up to a multiple of 64. */
export function writeNpyHeader({ dtype, shape }: TensorType): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  // NumPy leaves room for the first axis to grow to 21 digits in place.
  const spare = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const text = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }${' '.repeat(spare)}`;
  const start = prefixLength + 2;
  const headerLength = 64 * (Math.floor((start + text.length + 1) / 64) + 1);
  const header = new Uint8Array(headerLength).fill(0x20);
  header.set(Array.from(`${magic}\x01\x00`, (character) => character.charCodeAt(0)));
  new DataView(header.buffer).setUint16(prefixLength, headerLength - start, true);
  header.set(new TextEncoder().encode(text), start);
  header[headerLength - 1] = 0x0a;
  return header;
}
