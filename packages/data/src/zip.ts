/*
 * The entries of zip archives (PKWARE's APPNOTE), for those that hold arrays: one disk, no encryption, below 4 GiB.
 */
import { ArgumentError } from '@adjoint/core';
import { Inflate, zipSync, type ZipOptions } from 'fflate';
import { formatError } from './namedBytes.js';
import { show } from './strictJson.js';

/** A file in an archive, not unpacked yet. */
export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc: number;
  readonly packedLength: number;
  readonly length: number;
  /** Where its local header begins, and its bytes. */
  readonly start: number;
  readonly dataStart: number;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endLength = 22;
const centralLength = 46;
const localLength = 30;
const stored = 0;
const deflated = 8;
/** Deflate cannot shrink bytes more than this, so that an entry which promises more is known to lie. */
const maxDeflateRatio = 1032;

/**
 * Refuses files that unpack to more than is allowed.
 *
 * @param maxByteLength - what compressed files may unpack to in all.
 * @throws `DataFormatError` that names the archive.
 */
export function requireUnpackable(entries: readonly ZipEntry[], maxByteLength: number, name: string): void {
  const total = entries.reduce((sum, { isDeflated, length }) => sum + (isDeflated ? length : 0), 0);
  if (total > maxByteLength) throw formatError(name, 0, `its files claim to unpack to ${total} bytes`, `at most ${maxByteLength}, which maxByteLength allows`);
}

/**
 * The files of an archive: what the directory at its end tells, checked against what stands before each file.
 *
 * @throws `DataFormatError` when the archive is damaged, holds a name twice or one that leads elsewhere, or its files share bytes.
 */
export function readDirectory(bytes: Uint8Array, name: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view, name);
  const count = view.getUint16(end + 10, true);
  const length = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff) {
    throw formatError(name, end, 'a zip64 archive', 'one below 4 GiB and 65,535 files; save the arrays in several');
  }
  if (view.getUint32(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count) throw formatError(name, end + 4, 'an archive over several disks', 'one disk');
  if (start + length !== end) throw formatError(name, end + 12, `a directory of ${length} bytes at ${start}`, `one that ends at ${end}, where its end record begins`);
  const names = new Set<string>();
  const entries: ZipEntry[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + centralLength > end || view.getUint32(at, true) !== centralSignature) throw formatError(name, at, 'no directory entry', `the entry of file ${index + 1} of ${count}`);
    const nameLength = view.getUint16(at + 28, true);
    const next = at + centralLength + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw formatError(name, at, 'a directory entry that goes on beyond the directory', `one that ends before ${end}`);
    const entry = readEntry(bytes, view, at, start, name);
    if (names.has(entry.name)) throw formatError(name, at, `the name ${show(entry.name)} a second time`, 'a name a file');
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  if (at !== end) throw formatError(name, at, `${end - at} bytes behind the entries of ${count} files`, 'the end of the directory');
  checkOverlap(entries, name);
  return entries;
}

/** The end record is the last of the archive but for a comment, whose length it tells. */
function findEnd(view: DataView, name: string): number {
  const last = view.byteLength - endLength;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === endSignature && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw formatError(name, Math.max(0, last), 'no end of a zip directory', 'a whole zip archive, as .npz files are');
}

function readEntry(bytes: Uint8Array, view: DataView, at: number, directoryStart: number, archive: string): ZipEntry {
  const nameBytes = bytes.subarray(at + centralLength, at + centralLength + view.getUint16(at + 28, true));
  const name = entryName(nameBytes, at, archive);
  const fail = (offset: number, came: string, expected: string) => formatError(`${archive}: file ${show(name)}`, offset, came, expected);
  const method = view.getUint16(at + 10, true);
  if (view.getUint16(at + 8, true) & 1) throw fail(at + 8, 'it is encrypted', 'a plain file');
  if (method !== stored && method !== deflated) throw fail(at + 10, `compression method ${method}`, `${stored} (none) or ${deflated} (deflate)`);
  const [crc, packedLength, length, start] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true), view.getUint32(at + 42, true)];
  const most = method === stored ? packedLength : packedLength * maxDeflateRatio;
  if (length > most || (method === stored && length < most)) throw fail(at + 24, `it claims ${length} bytes`, `what ${packedLength} can hold`);
  if (start + localLength > directoryStart || view.getUint32(start, true) !== localSignature) throw fail(at + 42, `no file at byte ${start}`, 'one before the directory');
  const localNameLength = view.getUint16(start + 26, true);
  const dataStart = start + localLength + localNameLength + view.getUint16(start + 28, true);
  if (dataStart + packedLength > directoryStart) throw fail(start, `its ${packedLength} bytes go on beyond the directory's start`, `an end before ${directoryStart}`);
  const localName = bytes.subarray(start + localLength, start + localLength + localNameLength);
  if (localNameLength !== nameBytes.length || !localName.every((byte, index) => byte === nameBytes[index])) throw fail(start + localLength, 'another name', 'the name that the directory gives');
  if (view.getUint16(start + 8, true) !== method) throw fail(start + 8, `compression method ${view.getUint16(start + 8, true)}`, `${method}, as the directory says`);
  return { name, isDeflated: method === deflated, crc, packedLength, length, start, dataStart };
}

function entryName(bytes: Uint8Array, at: number, archive: string): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw formatError(archive, at + centralLength, 'a name that is no UTF-8', 'names as text', cause);
  }
  if (!isPlainPath(name)) throw formatError(archive, at + centralLength, `the name ${show(name)}`, 'a relative path, without .., backslashes and drives');
  return name;
}

/** Whether a path stays in its folder, on every system. */
function isPlainPath(path: string): boolean {
  return !/^\/|^[a-z]:|[\\\0]/i.test(path) && !path.split('/').includes('..');
}

/** Files that share bytes make a small archive unpack to a huge one. */
function checkOverlap(entries: readonly ZipEntry[], name: string): void {
  let end = 0;
  for (const entry of [...entries].sort((left, right) => left.start - right.start)) {
    if (entry.start < end) throw formatError(`${name}: file ${show(entry.name)}`, entry.start, 'it begins inside of the file before', `a start from ${end}`);
    end = entry.dataStart + entry.packedLength;
  }
}

/**
 * The content of a file of an archive.
 *
 * @param what - names the file in messages.
 * @throws `DataFormatError` when its bytes are damaged.
 */
export function unpack(bytes: Uint8Array, { isDeflated, packedLength, length, dataStart, crc }: ZipEntry, what: string): Uint8Array {
  const packed = bytes.subarray(dataStart, dataStart + packedLength);
  const content = isDeflated ? inflate(packed, length, dataStart, what) : packed;
  const actual = crc32(content);
  if (actual !== crc) throw formatError(what, dataStart, `its CRC-32 is ${actual}`, `${crc}; the file is damaged`);
  return content;
}

/** Unpacks little by little, and no further than the length that was promised. */
function inflate(packed: Uint8Array, length: number, offset: number, what: string): Uint8Array {
  const content = new Uint8Array(length);
  let filled = 0;
  const wrongLength = (came: string) => formatError(what, offset, came, `${length} bytes, as the directory says`);
  const stream = new Inflate((piece) => {
    if (filled + piece.length > length) throw wrongLength(`it unpacks to ${filled + piece.length} bytes or more`);
    content.set(piece, filled);
    filled += piece.length;
  });
  const slice = 1 << 14;
  try {
    for (let at = 0; at < Math.max(packed.length, 1); at += slice) stream.push(packed.subarray(at, at + slice), at + slice >= packed.length);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) throw formatError(what, offset, `its compressed bytes are damaged or cut off (${cause.message})`, 'a deflate stream', cause);
    throw cause;
  }
  if (filled < length) throw wrongLength(`it unpacks to ${filled} bytes`);
  return content;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? 0xedb88320 ^ (word >>> 1) : word >>> 1;
  return word;
});

function crc32(bytes: Uint8Array): number {
  let word = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) word = crcTable[(word ^ bytes[index]!) & 255]! ^ (word >>> 8);
  return (word ^ 0xffffffff) >>> 0;
}

/**
 * The bytes of an archive of files. The same files give the same bytes at any time.
 *
 * @throws `ArgumentError` when a name leads out of a folder, or the files take 4 GiB.
 */
export function zip(operation: string, files: readonly (readonly [name: string, content: Uint8Array])[], compress: boolean): Uint8Array<ArrayBuffer> {
  const wrong = files.find(([name]) => !isPlainPath(name));
  if (wrong !== undefined) throw new ArgumentError(`${operation}: the name ${show(wrong[0])} is no relative path; expected one without .., backslashes and drives`);
  const total = files.reduce((sum, [, { length }]) => sum + length, 0);
  if (total >= 2 ** 32 - 2 ** 16 || files.length >= 0xffff) throw new ArgumentError(`${operation}: ${files.length} arrays of ${total} bytes; expected less than 4 GiB and 65,535 arrays, save them in several files`);
  // The earliest date that the format has.
  const options: ZipOptions = { level: compress ? 6 : 0, mtime: new Date(1980, 0, 1) };
  return zipSync(Object.fromEntries(files.map(([name, content]) => [name, [content, options]])));
}
