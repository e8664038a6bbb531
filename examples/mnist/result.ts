import Table from 'cli-table3';
import pc from 'picocolors';
import type { ImageDataset } from '@adjoint/data';
import { predictBatches, type Layer, type Variables } from '@adjoint/nn';
import { argMax } from '@adjoint/ops';
import { columns, cut } from '../terminal.js';

/** A share as people read it. */
export function percent(share: number | null): string {
  return share === null ? '' : `${(100 * share).toFixed(2)} %`;
}

/** What the network takes each test image for. */
export async function readDigitsWith(model: Layer, variables: Variables, test: ImageDataset): Promise<Uint8Array> {
  const read = new Uint8Array(test.count);
  let start = 0;
  for await (const outputs of predictBatches(model, variables, test.batches({ batchSize: 250 }))) {
    const digits = argMax(outputs, { axis: 1 }).data();
    read.set(digits, start);
    start += digits.length;
  }
  return read;
}

/** The confusion matrix as a table, mistakes in red; in a narrow terminal without spaces around the numbers, and with short headings. */
export function formatConfusion(matrix: readonly (readonly number[])[], names: readonly string[], width = columns): string {
  const corner = 'is \\ read as';
  const padding = width < 80 ? 0 : 1;
  const first = Math.max(corner.length, ...names.map(({ length }) => length)) + 2 * padding;
  const room = Math.floor((width - first - 2) / names.length) - 1 - 2 * padding;
  const table = new Table({
    head: [corner, ...names.map((name) => cut(name, Math.max(room, 3)))], colAligns: ['left', ...matrix.map(() => 'right' as const)],
    style: { head: [], border: [], 'padding-left': padding, 'padding-right': padding },
  });
  matrix.forEach((row, digit) =>
    table.push([names[digit]!, ...row.map((count, column) => (column === digit ? pc.green(String(count)) : count === 0 ? '' : pc.red(String(count))))]),
  );
  return table.toString();
}

/** The first few images that were misread, two pixels per character, as many side by side as the terminal has room for. */
export function drawMisread(test: ImageDataset, read: Uint8Array, names: readonly string[], width = process.stdout.columns || 80, count = 4): string {
  const misread = [...read.keys()].filter((index) => read[index] !== test.labels[index]).slice(0, count);
  if (misread.length === 0) return 'Every image was read right.';
  const gap = 2;
  const perRow = Math.max(1, Math.floor((width + gap) / (test.width + gap)));
  const blocks = misread.map((index) => [
    `is ${names[test.labels[index]!]},`, `read as ${names[read[index]!]}`,
    ...Array.from({ length: test.height / 2 }, (_, row) => drawRow(test, index, 2 * row)),
  ]);
  const rows = Array.from({ length: Math.ceil(blocks.length / perRow) }, (_, row) => blocks.slice(row * perRow, (row + 1) * perRow));
  return rows.map((row) => row[0]!.map((_, at) => row.map((block) => block[at]!.padEnd(test.width + gap)).join('').trimEnd()).join('\n')).join('\n\n');
}

/** Two rows of pixels as one of half blocks. */
function drawRow(test: ImageDataset, index: number, row: number): string {
  const image = test.image(index);
  const inked = (y: number, x: number) => image[y * test.width + x]! > 100;
  return Array.from({ length: test.width }, (_, x) => [' ', '▀', '▄', '█'][Number(inked(row, x)) + 2 * Number(inked(row + 1, x))]).join('');
}
