import { open, type FileHandle } from 'node:fs/promises';
import { formatError } from '../namedBytes.js';
import { onDisk } from './fileError.js';

/**
 * All bytes of a file, of any length, for the functions that decode them.
 *
 * @throws {@link FileError} when the file cannot be read.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { tensor } from '@adjoint/core';
 * import { decodeNpy, encodeNpy } from '@adjoint/data';
 * import { readBytes, writeAtomically } from '@adjoint/data/node';
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'heights.npy');
 * await writeAtomically(path, [encodeNpy(tensor([1, 2]))]);
 * decodeNpy(await readBytes(path), { name: path }); // [1, 2]
 * ```
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const handle = await onDisk(path, 'it cannot be opened', open(path));
  try {
    const { size } = await onDisk(path, 'it cannot be read', handle.stat());
    return await readRange(handle, 0, size, path);
  } finally {
    await handle.close();
  }
}

/** The bytes of an open file from `start` to before `end`. */
export async function readRange(handle: FileHandle, start: number, end: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  // One call of the system gives at most 2 GiB.
  const most = 2 ** 30;
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await onDisk(path, 'it cannot be read', handle.read(bytes, at, Math.min(most, bytes.length - at), start + at));
    if (bytesRead === 0) throw formatError(path, start + at, 'the file ends', `${bytes.length - at} bytes more, as it had when it was opened`);
    at += bytesRead;
  }
  return bytes;
}
