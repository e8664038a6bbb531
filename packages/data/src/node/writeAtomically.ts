import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArgumentError, formatValue, refuseArgument, requireText } from '@adjoint/core';
import { onDisk } from './fileError.js';
import { requirePath } from './requirePath.js';

/**
 * Writes a file whole or not at all: the chunks go to a file beside it, named `FILE.adjoint-XXXXXXXX.partial`; this is brought to
 * the disk and then renamed. Whoever opens the file at any moment finds it as it was or as it shall be, also after a
 * loss of power. On failure the file beside is removed; only a process that is killed leaves it there.
 *
 * @param chunks - the content, piece by piece; what making them throws is thrown on.
 * @throws `ArgumentError` when `file` is not a path, `chunks` can't be iterated, or a chunk is neither bytes nor text.
 * @throws {@link FileError} when the disk is full, the folder is not there or cannot be written, or another process takes the
 * file beside away.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeAtomically } from '@adjoint/data/node';
 *
 * const file = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'result.json');
 * await writeAtomically(file, ['{"accuracy":', '0.99}']);
 * await readFile(file, 'utf8'); // '{"accuracy":0.99}'
 * ```
 */
export async function writeAtomically(file: string, chunks: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>): Promise<void> {
  requirePath('writeAtomically', 'file', file);
  if (!isIterable(chunks)) refuseArgument('writeAtomically', 'chunks', chunks, 'a list of Uint8Arrays or strings, or another iterable of them');
  const beside = `${file}.adjoint-${randomUUID().slice(0, 8)}.partial`;
  const written = <T>(action: Promise<T>): Promise<T> => onDisk(file, 'it cannot be written', action);
  const handle = await written(open(beside, 'wx'));
  try {
    try {
      for await (const chunk of chunks) await written(handle.appendFile(requireChunk(chunk)));
      await written(handle.sync());
    } finally {
      await handle.close();
    }
    await written(renameOwn(beside, file));
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/**
 * The name of the file that a process was writing when it was killed, by the name of what it left beside it.
 *
 * @returns null for any other file, which is somebody else's.
 */
export function fileOfPartial(name: string): string | null {
  requireText('fileOfPartial', 'name', name);
  return /^(.+)\.adjoint-[0-9a-f]{8}\.partial$/s.exec(name)?.[1] ?? null;
}

function isIterable(value: unknown): boolean {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function' || typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}

function requireChunk(chunk: unknown): Uint8Array | string {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
  throw new ArgumentError(`writeAtomically: a chunk is ${formatValue(chunk)}; expected a Uint8Array or a string; put the content into a list, [content]`);
}

/** The file was there a moment ago: to say of a path that it does not exist would mislead. */
async function renameOwn(beside: string, file: string): Promise<void> {
  await rename(beside, file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`${beside} was taken away meanwhile; let one process at a time write in this folder`, { cause: error });
  });
}

/** Brings the new name to the disk too. Some systems cannot open a folder; the file is whole there all the same. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  try {
    await handle?.sync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}
