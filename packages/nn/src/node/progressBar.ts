import { refuseArgument, requireOptions, type OptionNames } from '@adjoint/core';
import pc from 'picocolors';
import type { BatchReport, Callback } from '../training/callback.js';
import type { EpochRecord } from '../training/history.js';
import { StatusLine } from './statusLine.js';

/** Where {@link progressBar} writes. */
export interface ProgressBarOptions {
  /** Default: `process.stdout`. */
  readonly stream?: NodeJS.WriteStream;
}

const progressBarOptionNames: OptionNames<ProgressBarOptions> = { stream: true };

/**
 * A callback that shows how a training goes: in a terminal a bar per epoch, with the loss and the time that is left, and then one line
 * per epoch, which is broken between its numbers where the terminal is too narrow; elsewhere only the lines. Where a training
 * continues an earlier one, the first line says so.
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
export function progressBar(options: ProgressBarOptions = {}): Callback {
  requireOptions('progressBar', options, progressBarOptionNames);
  const { stream = process.stdout } = options;
  if (typeof (Object(stream) as Partial<NodeJS.WriteStream>).write !== 'function') refuseArgument('progressBar', 'stream', stream, 'a stream to write to, such as process.stderr');
  const writeStart: Callback['onStart'] = ({ state: { epoch, step } }) => {
    if (step > 0) stream.write(`continuing after ${epoch} ${epoch === 1 ? 'epoch' : 'epochs'}, at step ${step}\n`);
  };
  const writeLine = (record: EpochRecord, epochs: number, width: number) => void stream.write(`${joined(epochParts(record, epochs), width)}\n`);
  if (!stream.isTTY) return { onStart: writeStart, onEpoch: (record, { epochs }) => writeLine(record, epochs, Infinity) };
  // A terminal that does not know its width has 0.
  const columns = () => stream.columns || 80;
  const barsize = columns() < 100 ? 10 : 24;
  const line = new StatusLine(stream);
  let pace: Pace | null = null;
  return {
    onStart: writeStart,
    onBatch: (report) => {
      pace = paceOf(pace, report);
      const epoch = epochOf(report.epoch, report.epochs);
      const room = columns() - `epoch ${epoch}   100%  `.length - barsize;
      line.show(`epoch ${epoch}  ${drawBar(report, barsize)}  ${fitting(details(report, pace), room)}`);
    },
    onEpoch: (record, { epochs }) => {
      line.clear();
      pace = null;
      writeLine(record, epochs, columns());
    },
    onEnd: () => line.clear(),
  };
}

/** Which epoch of how many, as wide for the first as for the last. */
function epochOf(epoch: number, epochs: number): string {
  return `${String(epoch).padStart(String(epochs).length)}/${epochs}`;
}

/** How much of an epoch is done; how many batches, where nobody knows of how many. */
function drawBar({ batch, batches }: BatchReport, size: number): string {
  if (batches === null) return `batch ${batch}`;
  const done = Math.round((size * batch) / batches);
  return `${pc.cyan('█'.repeat(done) + '░'.repeat(size - done))} ${Math.floor((100 * batch) / batches)}%`;
}

/** The parts of a line, on further lines below the second part where they don't fit. */
function joined([first = '', ...others]: readonly string[], width: number): string {
  const lines: string[] = [];
  let line = first;
  for (const part of others) {
    if (line.length + 3 + part.length > width && line.trim() !== first) {
      lines.push(line);
      line = ' '.repeat(first.length);
    }
    line += `   ${part}`;
  }
  return [...lines, line].join('\n').replace(first, pc.bold(first));
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

function epochParts({ epoch, loss, accuracy, metrics, validationLoss, validationAccuracy, validationMetrics, seconds, samplesPerSecond }: EpochRecord, epochs: number): string[] {
  const numbers = (prefix: string, values: EpochRecord['metrics']) =>
    [...values].flatMap(([name, value]) => (typeof value === 'number' ? [`${prefix}${name} ${value.toFixed(4)}`] : []));
  return [
    `epoch ${epochOf(epoch, epochs)}`, ...measures('', loss, accuracy), ...numbers('', metrics),
    ...(validationLoss === null ? [] : measures('validation ', validationLoss, validationAccuracy)), ...numbers('validation ', validationMetrics),
    `${seconds.toFixed(1)} s`, `${Math.round(samplesPerSecond)} samples/s`,
  ];
}

function measures(prefix: string, loss: number, accuracy: number | null): string[] {
  return [`${prefix}loss ${loss.toFixed(4)}`, ...(accuracy === null ? [] : [`${prefix}accuracy ${(100 * accuracy).toFixed(2)} %`])];
}
