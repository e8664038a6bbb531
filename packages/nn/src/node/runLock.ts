import { readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FileError, onDisk } from '@adjoint/data/node';

/**
 * Says that this process trains in a folder, by an empty file whose name has the machine and the process. So there is no moment at
 * which a lock is half written, and one whose process was killed is known by that: it holds nobody off.
 *
 * @returns what gives the folder free again.
 * @throws `FileError` when another process of this machine trains there. Those of other machines cannot be asked.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const nameOf = (pid: number) => `training-${hostname()}-${pid}.lock`;
  const own = nameOf(process.pid);
  const release = () => rm(join(folder, own), { force: true });
  await onDisk(folder, 'the folder cannot be written', writeFile(join(folder, own), ''));
  for (const name of await readdir(folder)) {
    const pid = Number(/-(\d+)\.lock$/.exec(name)?.[1]);
    if (name !== nameOf(pid) || name === own) continue;
    if (isRunning(pid)) {
      await release();
      throw new FileError(
        `${folder}: process ${pid} trains there already; wait until it ends, or train in another folder. If that process is another program, delete ${name}`,
      );
    }
    await rm(join(folder, name), { force: true });
  }
  return release;
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 is never sent; it asks.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
