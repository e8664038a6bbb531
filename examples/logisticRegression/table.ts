import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { DataFormatError } from '@adjoint/core';

/** Examples of two classes, from a file. */
export interface Table {
  /** The names of the columns of numbers. */
  readonly features: readonly string[];
  /** The numbers of each example. */
  readonly rows: readonly (readonly number[])[];
  /** What stands in the target column, in order: the first is class 0, the second class 1. */
  readonly classes: readonly [string, string];
  /** The class of each example. */
  readonly labels: readonly number[];
}

/** Reads a CSV file whose first line names the columns. All but the target hold numbers. */
export async function readTable(file: string, target: string): Promise<Table> {
  const records = recordsOf(file, await readFile(file, 'utf8'));
  const columns = Object.keys(records[0] ?? {});
  if (!columns.includes(target)) throw new DataFormatError(`${file}: there is no column '${target}' with a row; its columns are ${columns.join(', ') || 'none'}`);
  const features = columns.filter((column) => column !== target);
  if (features.length === 0) throw new DataFormatError(`${file}: there is no column but '${target}'; expected one of numbers`);
  const classes = [...new Set(records.map((record) => record[target]!))].sort();
  if (classes.length !== 2) throw new DataFormatError(`${file}: column '${target}' holds ${classes.length} different values; expected 2, the classes`);
  return {
    features,
    rows: records.map((record, index) => features.map((feature) => numberOf(record[feature]!, `${file}: column '${feature}' of row ${index + 1}`))),
    classes: classes as [string, string],
    labels: records.map((record) => classes.indexOf(record[target]!)),
  };
}

function recordsOf(file: string, text: string): Record<string, string>[] {
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    throw new DataFormatError(`${file}: ${(cause as Error).message}`, { cause });
  }
}

function numberOf(text: string, place: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new DataFormatError(`${place} is '${text}'; expected a number. Leave out columns of words`);
}
