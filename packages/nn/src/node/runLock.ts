import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { FileError, onDisk } from '@adjoint/data/node';

/** The folders in which this process trains, by their whole paths. */
const locked = new Set<string>();

/**
 * Makes a folder and says that this process trains there, by an empty file whose name has the machine and the process. So there is no moment at
 * which a lock is half written, and one whose process was killed is known by that: it holds nobody off.
 *
 * @returns what gives the folder free again.
 * @throws `FileError` when the folder cannot be written, or this process or another one of this machine trains there. Those of other
 * machines cannot be asked.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = resolve(folder);
  if (locked.has(path)) throw new FileError(`${folder}: this process trains there already; wait until that ends, or train in another folder`);
  locked.add(path);
  const file = join(path, nameOf(process.pid));
  const release = async () => {
    locked.delete(path);
    await rm(file, { force: true });
  };
  try {
    await onDisk(folder, 'the folder cannot be made', mkdir(path, { recursive: true }));
    await onDisk(folder, 'the folder cannot be written', writeFile(file, ''));
    await requireAlone(folder);
    return release;
  } catch (error) {
    await release();
    throw error;
  }
}

/** Refuses other processes that run, and takes away the locks of those that do not. */
async function requireAlone(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/-(\d+)\.lock$/.exec(name)?.[1]);
    if (name !== nameOf(pid) || pid === process.pid) continue;
    if (isRunning(pid)) {
      throw new FileError(
        `${folder}: process ${pid} trains there already; wait until it ends, or train in another folder. If that process is another program, delete ${name}`,
      );
    }
    await rm(join(folder, name), { force: true });
  }
}

function nameOf(pid: number): string {
  return `training-${hostname()}-${pid}.lock`;
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 is never sent; it asks.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
