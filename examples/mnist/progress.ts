import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { BatchReport, EpochRecord } from '@adjoint/nn';

/** What is told while the network learns. */
export interface Progress {
  readonly onBatch: (report: BatchReport) => void;
  readonly onEpoch: (record: EpochRecord) => void;
  /** Takes the bar off the screen, also when the training was cut short. */
  readonly stop: () => void;
}

/** A share as people read it. */
export function percent(share: number | null): string {
  return share === null ? '' : `${(100 * share).toFixed(2)} %`;
}

/** How long until all epochs are done, going by the pace of this one. */
function secondsLeft({ epoch, batch, batches, samplesPerSecond }: BatchReport, epochs: number, batchSize: number): number {
  const perEpoch = batches ?? batch;
  return (((epochs - epoch) * perEpoch + perEpoch - batch) * batchSize) / samplesPerSecond;
}

/** A bar an epoch where there is a terminal, a plain line ten times an epoch elsewhere. */
export function makeProgress(epochs: number, batchSize: number): Progress {
  return process.stdout.isTTY ? barProgress(epochs, batchSize) : lineProgress(epochs, batchSize);
}

function details(report: BatchReport, epochs: number, batchSize: number): string {
  const left = secondsLeft(report, epochs, batchSize);
  return (
    `loss ${report.loss.toFixed(4)}   accuracy ${percent(report.accuracy)}   ` +
    `${Math.round(report.samplesPerSecond)} images/s   ${Math.ceil(left)} s left`
  );
}

function barProgress(epochs: number, batchSize: number): Progress {
  const bar = new SingleBar({
    format: `epoch {epoch}  ${pc.cyan('{bar}')} {percentage}%  {details}`,
    barCompleteChar: '█', barIncompleteChar: '░', barsize: 24, hideCursor: true, clearOnComplete: true, fps: 10,
  });
  return {
    onBatch: (report) => {
      const payload = { epoch: `${report.epoch}/${epochs}`, details: details(report, epochs, batchSize) };
      if (report.batch === 1) bar.start(report.batches ?? 0, 1, payload);
      else bar.update(report.batch, payload);
    },
    onEpoch: (record) => {
      bar.stop();
      console.log(epochLine(record, epochs));
    },
    stop: () => bar.stop(),
  };
}

function lineProgress(epochs: number, batchSize: number): Progress {
  return {
    onBatch: (report) => {
      const every = Math.max(1, Math.ceil((report.batches ?? 100) / 10));
      if (report.batch % every === 0) console.log(`epoch ${report.epoch}/${epochs}   batch ${report.batch}/${report.batches}   ${details(report, epochs, batchSize)}`);
    },
    onEpoch: (record) => console.log(epochLine(record, epochs)),
    stop: () => {},
  };
}

function epochLine({ epoch, loss, accuracy, validationLoss, validationAccuracy, seconds, samplesPerSecond }: EpochRecord, epochs: number): string {
  return (
    pc.bold(`epoch ${epoch}/${epochs}`) +
    `   loss ${loss.toFixed(4)}   accuracy ${percent(accuracy)}   test loss ${validationLoss?.toFixed(4)}   ` +
    `test accuracy ${pc.green(percent(validationAccuracy))}   ${seconds.toFixed(1)} s   ${Math.round(samplesPerSecond)} images/s`
  );
}

/** All epochs, one a row. */
export function epochTable(history: Iterable<EpochRecord>): string {
  const table = new Table({
    head: ['epoch', 'loss', 'accuracy', 'test loss', 'test accuracy', 'seconds', 'images/s'],
    colAligns: Array.from({ length: 7 }, () => 'right' as const),
    style: { head: [], border: [] },
  });
  for (const record of history) {
    table.push([
      record.epoch, record.loss.toFixed(4), percent(record.accuracy), record.validationLoss?.toFixed(4) ?? '',
      percent(record.validationAccuracy), record.seconds.toFixed(1), Math.round(record.samplesPerSecond),
    ]);
  }
  return table.toString();
}
