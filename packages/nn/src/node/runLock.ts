import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { FileError, makeFolder, onDisk } from '@adjoint/data/node';

/*
 * The lock of a folder is a file to which every process that wants the folder appends a line. The system orders the lines: the folder
 * belongs to the first one whose process runs and has not withdrawn. So of any number of processes that start together, one gets
 * the folder, a killed one holds nobody off, and a lock is never half written. The holder removes the file at the end.
 */
const lockFile = 'training.lock';

/** A line of the lock. */
interface Claim {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** What tells the process from a later one of the same number; null where the system doesn't say. */
  readonly started: string | null;
  /** When it was written, in milliseconds since 1970. */
  readonly time: number;
  /** Whether the process gave up, because another one holds the folder. */
  readonly withdrawn: boolean;
}

/**
 * Makes a folder and claims it for one training.
 *
 * @returns what frees the folder again.
 * @throws `FileError` when the folder can't be made or written, or a training runs there, in this process or another one of this machine.
 * Those of other machines can't be asked.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const file = join(folder, lockFile);
  const claim: Claim = { id: randomUUID(), host: hostname(), pid: process.pid, started: await startOf(process.pid), time: Date.now(), withdrawn: false };
  for (;;) {
    const handle = await onDisk(file, 'the folder cannot be written', open(file, 'a+'));
    try {
      await onDisk(file, 'the folder cannot be written', append(handle, claim));
      const claims = claimsIn(await onDisk(file, 'it cannot be read', readFile(file, 'utf8').catch(ifMissing)));
      // The holder may have removed the file meanwhile; a new one is another lock.
      if (!(await isOpenAs(handle, file)) || !claims.some(({ id }) => id === claim.id)) continue;
      const holder = await holderBefore(claim, claims);
      if (holder === null) return () => release(file, claim);
      await append(handle, { ...claim, withdrawn: true });
      const who = holder.pid === process.pid ? 'this process' : `process ${holder.pid}`;
      throw new FileError(
        `${folder}: ${who} trains there already; wait until it ends, or train in another folder. If that process is another program, delete ${lockFile}`,
      );
    } finally {
      await handle.close();
    }
  }
}

/** One call of the system a line, so that lines don't mix. The first line break ends what a crash left half written. */
async function append(handle: FileHandle, claim: Claim): Promise<void> {
  await handle.write(`\n${JSON.stringify(claim)}\n`);
}

function claimsIn(text: string): Claim[] {
  return text.split('\n').flatMap((line) => {
    try {
      const claim = JSON.parse(line) as Claim | null;
      return typeof claim?.id === 'string' && Number.isSafeInteger(claim.pid) && claim.pid > 0 ? [claim] : [];
    } catch {
      return [];
    }
  });
}

async function holderBefore(own: Claim, claims: readonly Claim[]): Promise<Claim | null> {
  const withdrawn = new Set(claims.filter((claim) => claim.withdrawn).map(({ id }) => id));
  for (const claim of claims.slice(0, claims.findIndex(({ id }) => id === own.id))) {
    if (claim.host === own.host && !withdrawn.has(claim.id) && (await isRunning(claim))) return claim;
  }
  return null;
}

/** Whether the process of a claim runs, and is not a later one of the same number. */
async function isRunning({ pid, started, time }: Claim): Promise<boolean> {
  if (!exists(pid)) return false;
  const now = await startOf(pid);
  if (started !== null && now !== null) return started === now;
  // A minute for a clock that was set.
  const minute = 60_000;
  const earliest = pid === process.pid ? Date.now() - 1000 * process.uptime() : Date.now() - 1000 * uptime();
  return time > earliest - minute;
}

function exists(pid: number): boolean {
  try {
    // Signal 0 is never sent; it asks.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process was started, on Linux: the boot, and the time since in ticks. Null elsewhere. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const [boot, status] = await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')]);
    // The name of the program is in brackets and may have any character in it; 19 fields later, the time.
    const ticks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? null : `${boot.trim()} ${ticks}`;
  } catch {
    return null;
  }
}

async function isOpenAs(handle: FileHandle, file: string): Promise<boolean> {
  const named = await stat(file, { bigint: true }).catch(() => null);
  const opened = await handle.stat({ bigint: true });
  return named !== null && named.ino === opened.ino && named.dev === opened.dev;
}

/** Removes the lock, but not one that another process made after somebody deleted this one. */
async function release(file: string, { id }: Claim): Promise<void> {
  const text = await readFile(file, 'utf8').catch(ifMissing);
  if (claimsIn(text).some((claim) => claim.id === id)) await rm(file, { force: true });
}

function ifMissing(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
  throw error;
}
