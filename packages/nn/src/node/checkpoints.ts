import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError } from '@adjoint/core';
import { describeBytes } from '@adjoint/data';
import { FileError, fileOfPartial, onDisk, readBytes, writeAtomically } from '@adjoint/data/node';
import { decodeTrainingState, encodeTrainingState, type SavedTrainingState } from '../saving/trainingStateFile.js';

/**
 * The number grows from checkpoint to checkpoint; the letters are the beginning of the SHA-256 of the content. So a file that
 * is whole says so itself, and there is nothing beside it that could be older or newer than it.
 */
const checkpointName = /^checkpoint-(\d{8})-([0-9a-f]{16})\.safetensors$/;

/** The epochs of a run, one per line. */
export const historyFile = 'history.jsonl';

/** How many checkpoints stay. */
const kept = 2;

/** The checkpoints of a folder, oldest first. */
async function namesIn(folder: string): Promise<string[]> {
  return (await onDisk(folder, 'the folder cannot be read', readdir(folder))).filter((name) => checkpointName.test(name)).sort();
}

/** Removes what a killed process left of the files of a run, and no other file. */
export async function removePartialFiles(folder: string): Promise<void> {
  for (const name of await onDisk(folder, 'the folder cannot be read', readdir(folder))) {
    const file = fileOfPartial(name);
    if (file !== null && (file === historyFile || checkpointName.test(file))) await remove(folder, name);
  }
}

/**
 * Refuses a folder without checkpoints in which another program has a file of the name that a run writes.
 *
 * @throws `FileError` that says what to do.
 */
export async function requireHistory(folder: string): Promise<void> {
  const path = join(folder, historyFile);
  const text = await onDisk(path, 'it cannot be read', readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }));
  // The last line may be cut off.
  const [first = ''] = text.split('\n');
  if (first === '' || /^\{"epoch":\d/.test(first)) return;
  throw new FileError(`${path}: it is not the history of a run, and fitRun would replace it; move it away, or train in another folder`);
}

async function remove(folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  await onDisk(path, 'it cannot be removed', rm(path, { force: true }));
}

/** Writes a checkpoint, whole or not at all, and removes all but the last few. */
export async function writeCheckpoint(folder: string, { state, stopped }: SavedTrainingState): Promise<void> {
  const bytes = encodeTrainingState(state, stopped);
  const before = await namesIn(folder);
  const number = Number(checkpointName.exec(before.at(-1) ?? '')?.[1] ?? 0) + 1;
  await writeAtomically(join(folder, `checkpoint-${String(number).padStart(8, '0')}-${digest(bytes)}.safetensors`), [bytes]);
  for (const name of before.slice(0, Math.max(0, before.length + 1 - kept))) await remove(folder, name);
}

/**
 * Reads the last checkpoint; null when there is none.
 *
 * @throws `DataFormatError` when the file is damaged; it says which other one there is.
 */
export async function readCheckpoint(folder: string): Promise<SavedTrainingState | null> {
  const names = await namesIn(folder);
  const last = names.at(-1);
  if (last === undefined) return null;
  const path = join(folder, last);
  const bytes = await readBytes(path);
  const [, , expected] = checkpointName.exec(last)!;
  if (digest(bytes) !== expected) {
    const former = names.at(-2);
    const found = describeBytes(bytes);
    const state = found === null || found.format === 'safetensors' ? 'damaged:' : `now ${found.what}; ${found.advice}, or`;
    throw new DataFormatError(
      `${path}: its SHA-256 begins with ${digest(bytes)}; expected ${expected}, as its name says. The file is ${state} delete it, ` +
        (former === undefined ? 'and the run begins anew' : `and the run goes on from ${former}, to the same result`),
    );
  }
  return decodeTrainingState(bytes, path);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
