import { requireOptions, type OptionNames } from '@adjoint/core';
import { appendFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder, onDisk, requirePath } from '@adjoint/data/node';
import { requireCount } from '../options.js';
import type { Callback } from '../training/callback.js';
import type { EpochRecord } from '../training/history.js';
import { encodeEvent, type TensorBoardEvent } from './eventFile.js';

/** What {@link tensorBoard} writes. */
export interface TensorBoardOptions {
  /** Steps between two losses of single batches. Default: 10. */
  readonly every?: number;
}

const tensorBoardOptionNames: OptionNames<TensorBoardOptions> = { every: true };

/**
 * A callback that writes event files for TensorBoard (`tensorboard --logdir FOLDER`): the loss of single batches as `batch/loss`, by
 * step; and by epoch the loss, the accuracy, the learning rate and each metric that is a number, those of the validation below
 * `validation/`.
 *
 * Each start of a training makes a file of its own, which tells TensorBoard to forget what former files say of later steps. So a
 * training that is resumed shows as one.
 *
 * @param folder - is made where it does not exist.
 * @throws `FileError` in training, when the folder cannot be written.
 *
 * @example
 * ```ts no-run
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, fit, meanSquaredError, sgd } from '@adjoint/nn';
 * import { tensorBoard } from '@adjoint/nn/node';
 *
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 20, callbacks: [tensorBoard('logs/first')],
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 * });
 * ```
 */
export function tensorBoard(folder: string, options: TensorBoardOptions = {}): Callback {
  requirePath('tensorBoard', 'folder', folder);
  requireOptions('tensorBoard', options, tensorBoardOptionNames);
  const { every = 10 } = options;
  requireCount('tensorBoard', 'every', every);
  let file = '';
  const write = async (...events: Omit<TensorBoardEvent, 'wallTime'>[]): Promise<void> => {
    const wallTime = Date.now() / 1000;
    await onDisk(file, 'it cannot be written', appendFile(file, Buffer.concat(events.map((event) => encodeEvent({ ...event, wallTime })))));
  };
  return {
    onStart: async ({ state: { step } }) => {
      await makeFolder(folder);
      file = join(folder, `events.out.tfevents.${String(Date.now()).padStart(16, '0')}.${hostname()}.${process.pid}.adjoint`);
      await write({ step, fileVersion: 'brain.Event:2' }, { step: step + 1, sessionStart: true });
    },
    onBatch: async ({ step, batchLoss }) => {
      if (step % every === 0) await write({ step, scalars: [['batch/loss', batchLoss]] });
    },
    onEpoch: async (record, { state: { step } }) => write({ step, scalars: scalarsOf(record) }),
  };
}

/** The numbers of an epoch by their names. */
function scalarsOf(record: EpochRecord): (readonly [string, number])[] {
  const { loss, accuracy, learningRate, metrics, validationLoss, validationAccuracy, validationMetrics, samplesPerSecond } = record;
  const named: (readonly [string, unknown])[] = [
    ['loss', loss], ['accuracy', accuracy], ['learningRate', learningRate], ['samplesPerSecond', samplesPerSecond], ...metrics,
    ['validation/loss', validationLoss], ['validation/accuracy', validationAccuracy],
    ...[...validationMetrics].map(([name, value]) => [`validation/${name}`, value] as const),
  ];
  return named.flatMap(([name, value]) => (typeof value === 'number' ? [[name, value] as const] : []));
}
