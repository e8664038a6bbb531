import { ArgumentError, foldIn, formatFields, permutationIndices, refuseArgument, requireCount, requireFunction, requireKey, requireOptions, scope, showAs, type Key, type OptionNames, type Tensor } from '@adjoint/core';
import { requireSkip } from '../batches.js';
import { RecordFile } from './recordFile.js';

/** Examples that a model takes at once. */
export interface RecordBatch {
  /** `[n, ...shape of an input]`. */
  readonly inputs: Tensor;
  /** `[n, ...shape of a target]`. */
  readonly targets: Tensor;
}

/** Where examples come from. */
export interface RecordDatasetOptions {
  readonly inputs: RecordFile;
  readonly targets: RecordFile;
  /**
   * Makes of a batch as it is in the files what the model takes: scales it, casts it, changes it at random by the key, which is
   * there when the batches are shuffled. What it makes on the way is released.
   */
  readonly transform?: (batch: RecordBatch, key: Key | undefined) => RecordBatch;
}

/** How a {@link RecordDataset} is cut into batches. */
export interface RecordBatchOptions {
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Shuffles; use a fresh key for each epoch. Default: the order of the files. */
  readonly key?: Key;
}

/** The batches of one epoch. While one is used, the bytes of the next are read. */
export interface RecordBatches extends AsyncIterable<RecordBatch> {
  /** How many batches there are. */
  readonly length: number;
  /** The same batches without the first ones, which are not read. */
  skip(count: number): RecordBatches;
}

/** Examples in files. */
export interface RecordDataset {
  /** How many there are. */
  readonly count: number;
  batches(options: RecordBatchOptions): RecordBatches;
}

const recordBatchOptionNames: OptionNames<RecordBatchOptions> = { batchSize: true, key: true };
const recordDatasetOptionNames: OptionNames<RecordDatasetOptions> = { inputs: true, targets: true, transform: true };

/**
 * Examples whose inputs and targets are the records of two files, read batch by batch: `fit` and `evaluate` take it, and no more than
 * a batch and the bytes of the next are in memory.
 *
 * @throws `ArgumentError` when the files do not have as many records, or `batchSize` is not an integer >= 1.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { tensor } from '@adjoint/core';
 * import { encodeNpy } from '@adjoint/data';
 * import { openRecords, recordDataset, writeAtomically } from '@adjoint/data/node';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'adjoint-'));
 * await writeAtomically(join(folder, 'x.npy'), [encodeNpy(tensor([[1], [2], [3]]))]);
 * await writeAtomically(join(folder, 'y.npy'), [encodeNpy(tensor([2, 4, 6]))]);
 * const dataset = recordDataset({ inputs: await openRecords(join(folder, 'x.npy')), targets: await openRecords(join(folder, 'y.npy')) });
 * const shapes: number[][] = [];
 * for await (const { inputs } of dataset.batches({ batchSize: 2 })) shapes.push([...inputs.shape]);
 * shapes; // [[2, 1], [1, 1]]
 * ```
 */
export function recordDataset(options: RecordDatasetOptions): RecordDataset {
  requireOptions('recordDataset', options, recordDatasetOptionNames);
  options = { ...options };
  const { inputs, targets, transform } = options;
  requireRecordFile('inputs', inputs);
  requireRecordFile('targets', targets);
  if (transform !== undefined) requireFunction('recordDataset', 'transform', transform);
  if (inputs.count !== targets.count) {
    throw new ArgumentError(`recordDataset: ${inputs.path} has ${inputs.count} records, ${targets.path} ${targets.count}; expected a target for each input`);
  }
  return showAs({
    count: inputs.count,
    batches: (cutting) => {
      requireOptions('batches', cutting, recordBatchOptionNames);
      const { batchSize, key } = cutting;
      requireCount('batches', 'batchSize', batchSize);
      if (key !== undefined) requireKey('batches', key);
      return batchesFrom(options, { ...cutting }, 0);
    },
  }, ({ count }) => formatFields('RecordDataset', { count, inputs: inputs.path, targets: targets.path }));
}

function requireRecordFile(argument: string, value: unknown): void {
  if (!(value instanceof RecordFile)) refuseArgument('recordDataset', argument, value, 'a RecordFile, made by openRecords(path)');
}

function batchesFrom(options: RecordDatasetOptions, cutting: RecordBatchOptions, skipped: number): RecordBatches {
  const { inputs, targets, transform = (batch: RecordBatch) => batch } = options;
  const { batchSize, key } = cutting;
  const { count } = inputs;
  const length = Math.max(0, Math.ceil(count / batchSize) - skipped);
  return showAs({
    length,
    skip: (batches) => batchesFrom(options, cutting, skipped + requireSkip(batches)),
    async *[Symbol.asyncIterator]() {
      const order = key === undefined ? undefined : permutationIndices(key, count);
      const read = (start: number) => {
        const rows = order?.subarray(start, start + batchSize) ?? Int32Array.from({ length: Math.min(batchSize, count - start) }, (_, row) => start + row);
        const reading = Promise.all([inputs.readBytes(rows), targets.readBytes(rows)]);
        // Where the walk ends early, nobody waits for what was read ahead.
        reading.catch(() => undefined);
        return reading;
      };
      let next = skipped * batchSize < count ? read(skipped * batchSize) : null;
      for (let start = skipped * batchSize; next !== null; start += batchSize) {
        const [inputBytes, targetBytes] = await next;
        next = start + batchSize < count ? read(start + batchSize) : null;
        yield scope(() => transform(
          { inputs: inputs.tensorOf(inputBytes), targets: targets.tensorOf(targetBytes) },
          key === undefined ? undefined : foldIn(key, start),
        ));
      }
    },
  }, () => formatFields('RecordBatches', { length, batchSize }));
}
