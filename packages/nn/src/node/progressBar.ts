import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import type { BatchReport, Callback } from '../training/callback.js';
import type { EpochRecord } from '../training/history.js';

/** Where {@link progressBar} writes. */
export interface ProgressBarOptions {
  /** Default: `process.stdout`. */
  readonly stream?: NodeJS.WriteStream;
}

/**
 * A callback that shows how a training goes: in a terminal a bar an epoch, with the loss and the time that is left, and elsewhere
 * nothing but a line an epoch.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, fit, meanSquaredError, sgd } from '@adjoint/nn';
 * import { progressBar } from '@adjoint/nn/node';
 *
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * await fit({
 *   model, optimizer, loss: meanSquaredError, epochs: 2, callbacks: [progressBar()],
 *   state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
 *   data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
 * });
 * ```
 */
export function progressBar({ stream = process.stdout }: ProgressBarOptions = {}): Callback {
  const writeLine = (record: EpochRecord, epochs: number) => void stream.write(`${epochLine(record, epochs)}\n`);
  if (!stream.isTTY) return { onEpoch: (record, { epochs }) => writeLine(record, epochs) };
  // A terminal that does not know its width has 0.
  const columns = () => stream.columns || 80;
  const barsize = columns() < 100 ? 10 : 24;
  const bar = new SingleBar({
    stream, format: `epoch {epoch}  ${pc.cyan('{bar}')} {percentage}%  {details}`,
    barCompleteChar: '█', barIncompleteChar: '░', barsize, hideCursor: true, clearOnComplete: true, fps: 10,
  });
  let pace: Pace | null = null;
  return {
    onBatch: (report) => {
      pace = paceOf(pace, report);
      const epoch = `${report.epoch}/${report.epochs}`;
      const room = columns() - `epoch ${epoch}   100%  `.length - barsize;
      const payload = { epoch, details: fitting(details(report, pace), room) };
      if (bar.isActive) bar.update(report.batch, payload);
      else bar.start(report.batches ?? 0, report.batch, payload);
    },
    onEpoch: (record, { epochs }) => {
      bar.stop();
      pace = null;
      writeLine(record, epochs);
    },
    onEnd: () => bar.stop(),
  };
}

/** When which batch of an epoch was first seen, for the time that is left. */
interface Pace {
  readonly since: number;
  readonly from: number;
}

function paceOf(before: Pace | null, { batch }: BatchReport): Pace {
  return before ?? { since: performance.now(), from: batch };
}

function details({ loss, accuracy, batch, batches, epoch, epochs, samplesPerSecond }: BatchReport, { since, from }: Pace): string[] {
  const seconds = (performance.now() - since) / 1000 / (batch - from);
  const left = batches === null || batch === from ? null : Math.ceil(seconds * (batches - batch + (epochs - epoch) * batches));
  return [...measures('', loss, accuracy), ...(left === null ? [] : [`${left} s left`]), `${Math.round(samplesPerSecond)} samples/s`];
}

/** The first of the parts, as many as a line has room for: a terminal would cut the others anywhere. */
function fitting(parts: readonly string[], room: number): string {
  const count = parts.findIndex((_, index) => parts.slice(0, index + 1).join('   ').length > room);
  return parts.slice(0, count === -1 ? parts.length : count).join('   ');
}

function epochLine({ epoch, loss, accuracy, metrics, validationLoss, validationAccuracy, validationMetrics, seconds, samplesPerSecond }: EpochRecord, epochs: number): string {
  const numbers = (prefix: string, values: EpochRecord['metrics']) =>
    [...values].flatMap(([name, value]) => (typeof value === 'number' ? [`${prefix}${name} ${value.toFixed(4)}`] : []));
  return [
    pc.bold(`epoch ${epoch}/${epochs}`), ...measures('', loss, accuracy), ...numbers('', metrics),
    ...(validationLoss === null ? [] : measures('validation ', validationLoss, validationAccuracy)), ...numbers('validation ', validationMetrics),
    `${seconds.toFixed(1)} s`, `${Math.round(samplesPerSecond)} samples/s`,
  ].join('   ');
}

function measures(prefix: string, loss: number, accuracy: number | null): string[] {
  return [`${prefix}loss ${loss.toFixed(4)}`, ...(accuracy === null ? [] : [`${prefix}accuracy ${(100 * accuracy).toFixed(2)} %`])];
}
