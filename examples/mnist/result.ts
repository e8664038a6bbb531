import Table from 'cli-table3';
import pc from 'picocolors';
import { dispose, scope } from '@adjoint/core';
import type { ImageDataset } from '@adjoint/data';
import { predictBatches, type EpochRecord, type Layer, type Variables } from '@adjoint/nn';
import { argMax } from '@adjoint/ops';

/** A share as people read it. */
export function percent(share: number | null): string {
  return share === null ? '' : `${(100 * share).toFixed(2)} %`;
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

/** What the network takes each test image for. */
export async function readDigitsWith(model: Layer, variables: Variables, test: ImageDataset): Promise<Uint8Array> {
  const read = new Uint8Array(test.count);
  let start = 0;
  for await (const outputs of predictBatches(model, variables, test.batches({ batchSize: 250 }))) {
    const digits = scope(() => argMax(outputs, { axis: 1 }).data());
    dispose(outputs);
    read.set(digits, start);
    start += digits.length;
  }
  return read;
}

/** The confusion matrix as a table, mistakes in red. */
export function formatConfusion(matrix: readonly (readonly number[])[], names: readonly string[]): string {
  const table = new Table({ head: ['is \\ read as', ...names], colAligns: ['left', ...matrix.map(() => 'right' as const)], style: { head: [], border: [] } });
  matrix.forEach((row, digit) =>
    table.push([names[digit]!, ...row.map((count, column) => (column === digit ? pc.green(String(count)) : count === 0 ? '' : pc.red(String(count))))]),
  );
  return table.toString();
}

/** The first few images that were misread, side by side, two pixels a character. */
export function drawMisread(test: ImageDataset, read: Uint8Array, names: readonly string[], count = 4): string {
  const misread = [...read.keys()].filter((index) => read[index] !== test.labels[index]).slice(0, count);
  if (misread.length === 0) return 'Every image was read right.';
  const captions = misread.map((index) => `is ${names[test.labels[index]!]}, read as ${names[read[index]!]}`.padEnd(test.width + 2)).join('');
  const rows = Array.from({ length: test.height / 2 }, (_, row) => misread.map((index) => `${drawRow(test, index, 2 * row)}  `).join(''));
  return [captions, ...rows].join('\n');
}

/** Two rows of pixels as one of half blocks. */
function drawRow(test: ImageDataset, index: number, row: number): string {
  const image = test.image(index);
  const inked = (y: number, x: number) => image[y * test.width + x]! > 100;
  return Array.from({ length: test.width }, (_, x) => [' ', '▀', '▄', '█'][Number(inked(row, x)) + 2 * Number(inked(row + 1, x))]).join('');
}
