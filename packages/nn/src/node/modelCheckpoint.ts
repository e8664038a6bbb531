import { requireOptions, type OptionNames } from '@adjoint/core';
import { requirePath } from '@adjoint/data/node';
import { requireLayer, type Layer } from '../layer.js';
import type { Direction } from '../metrics/direction.js';
import { requireFlag } from '../options.js';
import type { Callback, EpochReport } from '../training/callback.js';
import { spoiltParameters } from '../training/divergence.js';
import { requireMode, WatchedNumber, type Monitor } from '../training/monitor.js';
import { epochsOfTraining } from '../training/trainingState.js';
import { saveModel } from './savedModel.js';

/** What {@link modelCheckpoint} saves, and when. */
export interface ModelCheckpointOptions {
  /** The model that is trained; its definition is saved with the variables. */
  readonly model: Layer;
  /** Save the best epoch alone, and not every one in the place of the one before. Default: true. */
  readonly onlyBest?: boolean;
  /** Which number says what is best. Default: `validationLoss`. */
  readonly monitor?: Monitor;
  /** Whether lower (`min`) or higher (`max`) is better. Default: the direction of the loss or metric; required where it has none, and for a function. */
  readonly mode?: Direction;
}

const modelCheckpointOptionNames: OptionNames<ModelCheckpointOptions> = { model: true, onlyBest: true, monitor: true, mode: true };

/**
 * A callback that saves the model to a folder after an epoch, as `saveModel` does: of the best epoch so far, or of the last
 * one. Epochs of earlier trainings do not count. A model with NaN or infinite parameters is not saved. Whoever opens the folder finds one of them, whole. To go on with a training there is {@link fitRun}, which keeps all that
 * belongs to it.
 *
 * @throws `ArgumentError` as `earlyStopping` throws it, of `monitor` and `mode` only if `onlyBest` is true.
 * @throws `FileError` in training, when the folder cannot be written.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, fit, meanSquaredError, sgd } from '@adjoint/nn';
 * import { loadModel, modelCheckpoint } from '@adjoint/nn/node';
 *
 * const folder = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'best');
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 3, callbacks: [modelCheckpoint(folder, { model, monitor: 'loss' })],
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 * });
 * (await loadModel(folder)).model.type; // 'dense'
 * ```
 */
export function modelCheckpoint(folder: string, options: ModelCheckpointOptions): Callback {
  requirePath('modelCheckpoint', 'folder', folder);
  requireOptions('modelCheckpoint', options, modelCheckpointOptionNames);
  const { model, onlyBest = true, monitor = 'validationLoss', mode } = options;
  requireLayer('modelCheckpoint', 'model', model);
  requireFlag('modelCheckpoint', 'onlyBest', onlyBest);
  if (mode !== undefined) requireMode('modelCheckpoint', mode);
  const save = async ({ state }: EpochReport) => {
    if (spoiltParameters(state).length === 0) await saveModel(folder, { model, params: state.params, state: state.state });
  };
  if (!onlyBest) return { onEpoch: (_, report) => save(report) };
  const watched = new WatchedNumber('modelCheckpoint', monitor, mode);
  return {
    ...watched.batchListener,
    onStart: (report) => watched.check(report, epochsOfTraining(report.state)),
    onEpoch: async (_, report) => {
      if (watched.epochsSinceBest(epochsOfTraining(report.state), report, 0) === 0) await save(report);
    },
  };
}
