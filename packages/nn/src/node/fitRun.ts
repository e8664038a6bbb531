import { join } from 'node:path';
import { ArgumentError, dispose, formatType, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { requirePath } from '@adjoint/data/node';
import { requireCount } from '../options.js';
import type { SavedTrainingState } from '../saving/trainingStateFile.js';
import { valueToJson } from '../saving/trainingStateJson.js';
import { fitResult, hasHook, requireCallbacks, type Callback, type FitResult } from '../training/callback.js';
import { spoiltParameters } from '../training/divergence.js';
import { Failures } from '../training/failures.js';
import { train, type FitOptions } from '../training/fit.js';
import type { TrainingState } from '../training/trainingState.js';
import { historyFile, readCheckpoint, removePartialFiles, requireHistory, writeCheckpoint } from './checkpoints.js';
import { jsonlLog } from './epochLogs.js';
import { lockRun } from './runLock.js';

/** What {@link fitRun} trains, and how often it is saved. */
export interface FitRunOptions extends FitOptions {
  /** Where a new run begins; one that was saved goes on from its checkpoint instead. */
  readonly state: TrainingState;
  /** How many epochs the run has in all. */
  readonly epochs: number;
  /** Steps between two checkpoints within an epoch. Default: only at the end of each epoch. */
  readonly checkpointEvery?: number;
}

const fitRunOptionNames: OptionNames<FitRunOptions> = {
  state: true, epochs: true, checkpointEvery: true, data: true, batchSize: true, validation: true, metrics: true, callbacks: true,
  divergence: true, signal: true, model: true, optimizer: true, loss: true, onStart: true, onBatch: true, onEpoch: true, onFinish: true, onEnd: true,
};

/**
 * Trains as `fit` does, in a folder from which the training goes on when it was ended: by the signal, by an
 * error, or by the end of the process at any moment. The same call begins a run and resumes it, and the result is the same in
 * every bit as if it had never been ended, given the same data.
 *
 * The folder holds the last two checkpoints (`checkpoint-NUMBER-HASH.safetensors`, with the whole training state) and the history
 * (`history.jsonl`). Files are written beside and then renamed, so that they are whole at any moment. A run that has all its
 * epochs, or that a callback ended, is not trained again.
 *
 * @param folder - is made where it doesn't exist, and belongs to the run: files of other names stay as they are. One process at a time
 * trains there; `training.lock` says which.
 * @returns as `fit` does, but with the history of the whole run.
 * @throws `DataFormatError` when the last checkpoint is damaged, or another version wrote it; it says what to do.
 * @throws `ArgumentError` when the checkpoint is of another model or optimizer, or of a version whose optimizer kept other moments.
 * @throws `FileError` when the folder is a file or cannot be written, has a `history.jsonl` that is not of a run, or a training runs there, in this process or another one of this machine.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { key, tensor } from '@adjoint/core';
 * import { adam, createTrainingState, dense, meanSquaredError } from '@adjoint/nn';
 * import { fitRun } from '@adjoint/nn/node';
 *
 * const folder = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'run');
 * const [model, optimizer] = [dense({ units: 1 }), adam()];
 * const options = {
 *   model, optimizer, loss: meanSquaredError, checkpointEvery: 100,
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 * };
 * const first = await fitRun(folder, { ...options, epochs: 5 });
 * first.history.size; // 5
 * const longer = await fitRun(folder, { ...options, epochs: 8 });
 * longer.history.size; // 8
 * ```
 */
export async function fitRun(folder: string, options: FitRunOptions): Promise<FitResult> {
  requirePath('fitRun', 'folder', folder);
  requireOptions('fitRun', options, fitRunOptionNames);
  const { epochs, checkpointEvery } = options;
  requireCount('fitRun', 'epochs', epochs);
  if (checkpointEvery !== undefined) requireCount('fitRun', 'checkpointEvery', checkpointEvery);
  requireCallbacks('fitRun', options.callbacks ?? []);
  const release = await lockRun(folder);
  const failures = new Failures();
  const result = await failures.guard(() => resume(folder, options));
  await failures.guard(release);
  failures.raise();
  return result!;
}

/** Trains from the last checkpoint of a folder in which nobody else trains. */
async function resume(folder: string, options: FitRunOptions): Promise<FitResult> {
  const { epochs } = options;
  await removePartialFiles(folder);
  const saved = await readCheckpoint(folder);
  if (saved === null) await requireHistory(folder);
  const { state, stopped } = saved ?? { state: options.state, stopped: null };
  let result: FitResult | null = null;
  try {
    if (saved !== null) requireSameStructure(folder, state, options.state);
    const isOver = stopped !== null || (state.epoch >= epochs && state.startEpoch === state.epoch);
    result = isOver ? { state, history: state.history, aborted: false, stopped } : await trainIn(folder, options, state);
    return fitResult({ ...result, history: result.state.history });
  } finally {
    if (saved !== null) dispose(state, result?.state);
  }
}

function trainIn(folder: string, options: FitRunOptions, state: TrainingState): Promise<FitResult> {
  const { onStart: _, onBatch: __, onEpoch: ___, onFinish: ____, onEnd: _____, ...training } = options;
  return train({
    ...training, state, epochs: Math.max(0, options.epochs - state.epoch),
    callbacks: [...(options.callbacks ?? []), ...(hasHook(options) ? [options] : []), jsonlLog(join(folder, historyFile)), checkpoints(folder, options)],
  });
}

/**
 * The training state of a run's last checkpoint; null when there is none yet. It has the parameters, for instance to predict with.
 *
 * @throws `DataFormatError` when the checkpoint is damaged.
 * @throws `FileError` when there is no such folder.
 *
 * @example
 * ```ts no-run
 * import { dense, predict } from '@adjoint/nn';
 * import { readRun } from '@adjoint/nn/node';
 * import { ones } from '@adjoint/core';
 *
 * const state = await readRun('runs/first');
 * if (state !== null) predict(dense({ units: 1 }), state, ones([3, 1]));
 * ```
 */
export async function readRun(folder: string): Promise<TrainingState | null> {
  requirePath('readRun', 'folder', folder);
  return (await readCheckpoint(folder))?.state ?? null;
}

/**
 * Writes a checkpoint every so many steps, after every epoch, and at the end. Where a training is about to end, only the last is
 * written, which has what callbacks put in place; a run that is killed before does the last steps again. What diverged is not written,
 * so that the run goes on from before.
 */
function checkpoints(folder: string, { epochs, checkpointEvery = Infinity, divergence }: FitRunOptions): Callback {
  const write = async ({ state, stopped }: SavedTrainingState) => {
    if (divergence === 'ignore' || spoiltParameters(state).length === 0) await writeCheckpoint(folder, { state, stopped });
  };
  return {
    onBatch: async (report) => {
      if (report.stopped === null && report.step % checkpointEvery === 0) await write(report);
    },
    onEpoch: async (_, report) => {
      if (report.stopped === null && report.state.epoch < epochs) await write(report);
    },
    onEnd: async (result) => {
      if (result !== null) await write(result);
    },
  };
}

/**
 * Refuses a checkpoint of other tensors than those that the training would begin with; those that callbacks keep may differ.
 *
 * @throws `ArgumentError` that names the first difference.
 */
function requireSameStructure(folder: string, saved: TrainingState, fresh: TrainingState): void {
  const typesOf = (state: TrainingState) => {
    const tensors: [string, Tensor][] = [];
    valueToJson(state.remove('kept').remove('state'), '', tensors);
    return new Map(tensors.map(([path, leaf]) => [path, formatType(leaf)]));
  };
  const [found, expected] = [typesOf(saved), typesOf(fresh)];
  for (const path of new Set([...expected.keys(), ...found.keys()])) {
    if (found.get(path) === expected.get(path)) continue;
    throw new ArgumentError(
      `fitRun: the run in ${folder} has ${found.get(path) ?? 'no tensor'} at ${path}; the model and optimizer have ${expected.get(path) ?? 'none'}. ` +
        (path.startsWith('params.')
          ? 'Train another model in another folder'
          : 'Another optimizer or another version of Adjoint wrote it: continue with that one, or start over in another folder'),
    );
  }
}
