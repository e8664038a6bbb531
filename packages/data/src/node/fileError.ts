import { lstat, mkdir, readlink, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AdjointError, formatValue, requireText } from '@adjoint/core';
import { requirePath } from './requirePath.js';

/** A file or folder that cannot be read or written: not there, not allowed, no room. */
export class FileError extends AdjointError {
  override readonly name: string = 'FileError';
}

const advice: Readonly<Record<string, string>> = {
  EACCES: 'the permissions forbid it; change them or choose another folder',
  EBUSY: 'another program uses it; close that, or choose another one',
  EDQUOT: 'the quota is used up; make room or choose another folder',
  EEXIST: 'there is a file of this name; expected a folder; choose another one',
  EFBIG: 'the file system takes no file of this size; choose another folder',
  EIO: 'the disk failed to read or write; check the disk and its connection',
  EISDIR: 'it is a folder; name a file',
  ELOOP: 'its symbolic links lead in a circle; remove one of them',
  EMFILE: 'this process has too many files open; close some, or raise the limit (ulimit -n)',
  ENAMETOOLONG: 'the name is too long for the file system; choose a shorter one',
  ENFILE: 'the system has too many files open; close some',
  ENOENT: 'there is no such file or folder; look at the path, or make the folder first',
  ENOSPC: 'the disk is full; make room or choose another folder',
  ENOTDIR: 'a part of the path is a file; choose another folder',
  ENOTEMPTY: 'it is a folder with files in it; choose another one',
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
  requirePath('onDisk', 'path', path);
  requireText('onDisk', 'goal', goal);
  try {
    return await action;
  } catch (error) {
    const { code, message = formatValue(error) } = Object(error) as { readonly code?: string; readonly message?: string };
    const known = code === undefined ? undefined : (await details[code]?.(path)) ?? advice[code];
    throw new FileError(`${path}: ${goal} (${known === undefined ? message : `${code}: ${known}`})`, { cause: error });
  }
}

/** What the path itself tells of an error; undefined when it tells nothing. */
const details: Readonly<Record<string, (path: string) => Promise<string | undefined>>> = {
  EEXIST: danglingLink,
  ENOENT: danglingLink,
  ENOTDIR: async (path) => {
    for (let part = path; part !== dirname(part); part = dirname(part)) {
      const found = await lstat(part).catch(() => undefined);
      if (found !== undefined && !found.isDirectory()) return `a part of the path is a file: ${part}; choose another folder`;
    }
    return undefined;
  },
};

async function danglingLink(path: string): Promise<string | undefined> {
  const target = await readlink(path).catch(() => undefined);
  const exists = await stat(path).then(() => true, () => false);
  return target === undefined || exists ? undefined : `it is a symbolic link to ${target}, which doesn't exist; restore that, or remove the link`;
}

/**
 * Makes a folder and those above it, where they don't exist.
 *
 * @throws {@link FileError} that says why it can't: there is a file of this name, the disk is read-only, the permissions forbid it.
 *
 * @example
 * ```ts
 * import { mkdtemp, readdir } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { makeFolder } from '@adjoint/data/node';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'adjoint-'));
 * await makeFolder(join(folder, 'runs', 'first'));
 * await readdir(folder); // ['runs']
 * ```
 */
export async function makeFolder(path: string): Promise<void> {
  requirePath('makeFolder', 'path', path);
  await onDisk(path, 'the folder cannot be made', makeFolders(path));
}

/** Not the recursive `mkdir` of Node: that one calls a read-only disk a missing folder, and never ends below `/proc`. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Some systems forbid making what is there, such as the root of a drive or a read-only disk.
    if (await isFolder(path)) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await mkdir(path).catch(async (reason: unknown) => {
      if (!(await isFolder(path))) throw reason;
    });
  }
}

/**
 * Whether there is something of this path.
 *
 * @throws {@link FileError} when the system won't tell, for lack of permissions say: that isn't to be taken for a missing file.
 */
export async function exists(path: string): Promise<boolean> {
  return onDisk(path, 'it cannot be looked at', lstat(path).then(() => true, (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isDirectory(), () => false);
}
