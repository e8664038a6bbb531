import { AdjointError } from '@adjoint/core';

/** A file or folder that cannot be read or written: not there, not allowed, no room. */
export class FileError extends AdjointError {
  override readonly name: string = 'FileError';
}

const advice: Readonly<Record<string, string>> = {
  EACCES: 'the permissions forbid it; change them or choose another folder',
  EDQUOT: 'the quota is used up; make room or choose another folder',
  EEXIST: 'there is a file of this name; choose another one',
  EISDIR: 'it is a folder; name a file',
  ENOENT: 'there is no such file or folder; look at the path, or make the folder first',
  ENOSPC: 'the disk is full; make room or choose another folder',
  ENOTDIR: 'a part of the path is a file; choose another folder',
  EPERM: 'the system forbids it; choose another folder',
  EROFS: 'the disk is read-only; choose another folder',
};

/**
 * What a call of the file system gives, with an error that a person understands.
 *
 * @param goal - what fails with it, as `it cannot be written`.
 * @throws {@link FileError} that names the path, the goal, the system's code and what to do about it.
 *
 * @example
 * ```ts
 * import { readdir } from 'node:fs/promises';
 * import { onDisk } from '@adjoint/data/node';
 *
 * await onDisk('/none', 'it cannot be listed', readdir('/none')); // throws FileError: /none: it cannot be listed (ENOENT: there is no such file or folder;
 * ```
 */
export async function onDisk<T>(path: string, goal: string, action: Promise<T>): Promise<T> {
  return action.catch((error: unknown) => {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    const reason = code !== undefined && code in advice ? `${code}: ${advice[code]}` : message;
    throw new FileError(`${path}: ${goal} (${reason})`, { cause: error });
  });
}
