import { open, stat, type FileHandle } from 'node:fs/promises';
import { formatError } from '../namedBytes.js';
import { FileError, onDisk } from './fileError.js';
import { requirePath } from './requirePath.js';

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
  requirePath('readBytes', 'path', path);
  const { handle, size } = await openFile(path);
  try {
    return await readRange(handle, 0, size, path);
  } finally {
    await handle.close();
  }
}

/**
 * Opens a file to read from it.
 *
 * @throws {@link FileError} if it can't be opened, or is a folder, a pipe or a device, which have no length.
 */
export async function openFile(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  // Before it is opened, since that waits for the other end of a pipe.
  const found = await onDisk(path, 'it cannot be opened', stat(path));
  if (found.isDirectory()) throw new FileError(`${path}: it cannot be opened (EISDIR: it is a folder; name a file)`);
  if (!found.isFile()) throw new FileError(`${path}: it is a pipe, a socket or a device; expected a file; write its content to a file first`);
  const handle = await onDisk(path, 'it cannot be opened', open(path));
  return { handle, size: found.size };
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
