import { formatError } from './namedBytes.js';

/** Whether the bytes begin as a gzip file does (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Compresses into one gzip member. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = inSlices(bytes).pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/**
 * The unpacked bytes piece by piece. A consumer that stops early stops the unpacking too, so that a small file
 * which unpacks to terabytes costs no more than what was asked of it.
 *
 * @throws `DataFormatError` when the bytes are no whole gzip member, once what comes before was yielded.
 */
export async function* gunzip(bytes: Uint8Array<ArrayBuffer>, name: string): AsyncGenerator<Uint8Array, void, void> {
  const reader = inSlices(bytes).pipeThrough(new DecompressionStream('gzip')).getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await readPiece(reader, name, length);
      if (done) break;
      length += value.length;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  checkTrailer(bytes, name, length);
}

async function readPiece(reader: ReadableStreamDefaultReader<Uint8Array>, name: string, length: number): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw formatError(`${name} (unpacked)`, length, 'the gzip data is damaged or cut off', 'a whole gzip file', cause);
  }
}

/**
 * A gzip member ends with its unpacked length modulo 2^32 (RFC 1952, section 2.3.1). Engines differ in what they do
 * about bytes after it: some ignore them, so the length is compared here.
 */
function checkTrailer(bytes: Uint8Array, name: string, length: number): void {
  const offset = bytes.length - 4;
  const stated = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true);
  if (stated !== length % 2 ** 32) {
    throw formatError(name, offset, `the gzip trailer states ${stated} unpacked bytes`, `${length}, the bytes unpacked, and nothing after the trailer`);
  }
}

/** Feeds a stream little by little, since an engine may unpack a whole slice before anyone can stop it. */
function inSlices(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const sliceLength = 1 << 14;
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      if (start < bytes.length) controller.enqueue(bytes.subarray(start, start + sliceLength));
      else controller.close();
      start += sliceLength;
    },
  });
}
