import { toBytes, type BinaryData } from './binaryData.js';
import { requireOptions, type OptionNames } from '@adjoint/core';
import { concatenate } from './concatenate.js';
import { fileKindLength } from './fileKind.js';
import { gunzip, gzip, isGzip } from './gzip.js';
import { idxHeaderLength, lengthError, readIdx, readIdxHeader, writeIdx, type IdxArray, type IdxHeader, type IdxReadOptions } from './idx.js';
import { formatError } from './namedBytes.js';

/** How a file is read that may be compressed. */
export interface IdxDecodeOptions extends IdxReadOptions {
  /** The most bytes that a compressed file may unpack to. Default: 2^30, a gibibyte. */
  readonly maxByteLength?: number;
}

/** How a file is written. */
export interface IdxEncodeOptions {
  /** Whether to compress. Default: true. */
  readonly gzip?: boolean;
}

/** Deflate cannot shrink bytes more than this (1032 to 1), so a header that promises more is known to lie. */
const maxDeflateRatio = 1032;

const idxDecodeOptionNames: OptionNames<IdxDecodeOptions> = { maxByteLength: true, name: true };

/**
 * Reads an IDX file, compressed by gzip or not; which of them it is, its first bytes tell.
 *
 * A compressed file is unpacked only as far as its IDX header says it goes: one that goes on is refused there.
 *
 * @param data - the whole file.
 * @throws `ArgumentError` when the data is not bytes.
 * @throws `DataFormatError` as {@link readIdx} does, and when the gzip data is damaged, cut off, or unpacks to
 * more than the header says or `maxByteLength` allows. Offsets are those of the unpacked bytes where the message says so.
 *
 * @example
 * ```ts
 * import { decodeIdx, encodeIdx } from '@adjoint/data';
 *
 * const packed = await encodeIdx({ type: 'short', shape: [2, 1], data: new Int16Array([300, -300]) });
 * const { shape, data } = await decodeIdx(packed, { name: 'heights.gz' });
 * shape; // [2, 1]
 * data; // Int16Array [300, -300]
 * ```
 */
export async function decodeIdx(data: BinaryData, options: IdxDecodeOptions = {}): Promise<IdxArray> {
  requireOptions('decodeIdx', options, idxDecodeOptionNames);
  const bytes = toBytes('decodeIdx', data);
  if (!isGzip(bytes)) return readIdx(bytes, options);
  const { name = 'IDX data', maxByteLength = 2 ** 30 } = options;
  const unpackedName = `${name} (unpacked)`;
  const pieces = gunzip(bytes, name);
  try {
    const start = await readStart(pieces);
    const header = readIdxHeader(start, unpackedName);
    checkClaim(header, unpackedName, Math.min(maxByteLength, bytes.length * maxDeflateRatio));
    return readIdx(await readRest(pieces, start, header, unpackedName), { name: unpackedName });
  } finally {
    await pieces.return();
  }
}

/** The bytes up to the end of the header at least and that tell the kind of the file, or all there are. */
async function readStart(pieces: AsyncGenerator<Uint8Array, void, void>): Promise<Uint8Array> {
  let start = new Uint8Array(0);
  while (start.length < Math.max(idxHeaderLength(start) ?? 0, fileKindLength)) {
    const { done, value } = await pieces.next();
    if (done === true) break;
    start = concatenate([start, value]);
  }
  return start;
}

function checkClaim(header: IdxHeader, name: string, most: number): void {
  if (header.byteLength <= most) return;
  throw formatError(
    name,
    4,
    `the header claims ${header.byteLength} bytes for ${header.type} elements of shape [${header.shape.join(',')}]`,
    `at most ${most}, which is what the compressed file can hold and maxByteLength allows`,
  );
}

async function readRest(
  pieces: AsyncGenerator<Uint8Array, void, void>,
  start: Uint8Array,
  header: IdxHeader,
  name: string,
): Promise<Uint8Array> {
  if (start.length > header.byteLength) throw lengthError(name, header, start.length);
  const bytes = new Uint8Array(header.byteLength);
  bytes.set(start);
  let length = start.length;
  for await (const piece of pieces) {
    if (length + piece.length > bytes.length) throw lengthError(name, header, length + piece.length);
    bytes.set(piece, length);
    length += piece.length;
  }
  return bytes.subarray(0, length);
}

const idxEncodeOptionNames: OptionNames<IdxEncodeOptions> = { gzip: true };

/**
 * The bytes of an IDX file, compressed by gzip unless told otherwise.
 *
 * @throws as {@link writeIdx} does.
 *
 * @example
 * ```ts
 * import { encodeIdx } from '@adjoint/data';
 *
 * const packed = await encodeIdx({ type: 'ubyte', shape: [1000], data: new Uint8Array(1000) });
 * packed.length < 100; // true
 * ```
 */
export async function encodeIdx(array: IdxArray, options: IdxEncodeOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  requireOptions('encodeIdx', options, idxEncodeOptionNames);
  const bytes = writeIdx(array);
  return (options.gzip ?? true) ? gzip(bytes) : bytes;
}
