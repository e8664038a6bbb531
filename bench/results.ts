import { renameSync, writeFileSync } from 'node:fs';
import type { Machine } from './machine.js';

/** What a contender reached in a row, or why it did not. */
export interface Figure {
  readonly contender: string;
  readonly threads: number;
  readonly row: string;
  readonly value?: number;
  readonly unit?: string;
  readonly note?: string;
}

export interface Results {
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** Writes beside, then renames: a file is never half written. */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, text);
  renameSync(beside, file);
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The figure with its unit, or the note. */
export function formatFigure({ value, unit, note }: Figure): string {
  return value === undefined || unit === undefined ? note ?? '' : `${round(value)} ${unit}`;
}

/** How a figure compares with Adjoint's best with as many threads: times as slow for a time, times as fast for a rate. */
export function formatRatio(figure: Figure, figures: readonly Figure[]): string {
  const { value, unit, row, threads } = figure;
  if (value === undefined || unit === undefined || figure.contender.startsWith('Adjoint')) return '';
  const ours = figures.filter((other) => other.row === row && other.contender.startsWith('Adjoint') && other.threads === threads && other.value !== undefined);
  if (ours.length === 0) return '';
  const values = ours.map((other) => other.value!);
  const isRate = unit.includes('/s');
  return isRate ? `${round(value / Math.max(...values))}x` : `${round(value / Math.min(...values))}x`;
}

/** One table: a line a contender, a column a row of the bench; below each figure its ratio to Adjoint's best. */
export function tableOf(figures: readonly Figure[], rows: readonly string[]): { head: string[]; lines: string[][] } {
  const contenders = [...new Map(figures.map((figure) => [`${figure.contender}|${figure.threads}`, figure])).values()];
  const lines = contenders.map(({ contender, threads }) => [
    contender, String(threads),
    ...rows.map((row) => {
      const figure = figures.find((other) => other.contender === contender && other.threads === threads && other.row === row);
      if (figure === undefined) return '';
      const ratio = formatRatio(figure, figures);
      return ratio === '' ? formatFigure(figure) : `${formatFigure(figure)} (${ratio})`;
    }),
  ]).filter((line) => line.slice(2).some((cell) => cell !== ''));
  return { head: ['', 'threads', ...rows], lines };
}

/** The same as a table of Markdown. */
export function markdownTable({ head, lines }: { head: string[]; lines: string[][] }): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
