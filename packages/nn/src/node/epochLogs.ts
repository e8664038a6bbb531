import { appendFile } from 'node:fs/promises';
import { onDisk, requirePath, writeAtomically } from '@adjoint/data/node';
import type { Callback } from '../training/callback.js';
import type { EpochRecord } from '../training/history.js';

/**
 * A callback that writes a line of JSON an epoch: its record, with the metrics. A training that is resumed begins with the epochs
 * of its history, so that the file has each epoch once, whatever stood in it.
 *
 * @throws `FileError` in training, when the file cannot be written.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, fit, meanSquaredError, sgd } from '@adjoint/nn';
 * import { jsonlLog } from '@adjoint/nn/node';
 *
 * const file = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'epochs.jsonl');
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 3, callbacks: [jsonlLog(file)],
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 * });
 * const lines = (await readFile(file, 'utf8')).trim().split('\n');
 * lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch); // [1, 2, 3]
 * ```
 */
export function jsonlLog(file: string): Callback {
  return epochLog('jsonlLog', file, (record) => JSON.stringify(record.toJS()));
}

/**
 * A callback that writes a line of comma-separated values an epoch, below a line of their names: the loss, the accuracy, and each
 * metric that is a number. As {@link jsonlLog}, it has each epoch once.
 *
 * @throws `FileError` in training, when the file cannot be written.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, fit, meanSquaredError, sgd } from '@adjoint/nn';
 * import { csvLog } from '@adjoint/nn/node';
 *
 * const file = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'epochs.csv');
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 3, callbacks: [csvLog(file)],
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 * });
 * const [names, ...lines] = (await readFile(file, 'utf8')).trim().split('\n');
 * names!.startsWith('epoch,loss,accuracy'); // true
 * lines.length; // 3
 * ```
 */
export function csvLog(file: string): Callback {
  return epochLog(
    'csvLog',
    file,
    (record) => cellsOf(record).map(([, value]) => csvCell(value)).join(','),
    (record) => cellsOf(record).map(([name]) => csvCell(name)).join(','),
  );
}

/** A file of a line an epoch, the first below a head. It is written anew where training begins, and grows from there. */
function epochLog(operation: string, file: string, lineOf: (record: EpochRecord) => string, headOf?: (record: EpochRecord) => string): Callback {
  requirePath(operation, 'file', file);
  const linesOf = (record: EpochRecord, isFirst: boolean) => `${isFirst && headOf !== undefined ? `${headOf(record)}\n` : ''}${lineOf(record)}\n`;
  return {
    onStart: async ({ state }) => {
      await writeAtomically(file, state.history.map((record, index) => linesOf(record, index === 0)));
    },
    onEpoch: async (record, { state }) => {
      await onDisk(file, 'it cannot be written', appendFile(file, linesOf(record, state.history.size === 1)));
    },
  };
}

/** The numbers of a record, with their names; null where there is none. */
function cellsOf(record: EpochRecord): (readonly [name: string, value: number | null])[] {
  return [...record.toSeq()].flatMap(([name, value]): (readonly [string, number | null])[] =>
    typeof value === 'number' || value === null
      ? [[name, value]]
      : [...value].flatMap(([metric, result]) => (typeof result === 'number' ? [[`${name}.${metric}`, result] as const] : [])));
}

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
