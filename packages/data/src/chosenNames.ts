import { isListOf, ArgumentError, DataFormatError, formatValue } from '@adjoint/core';
import { show } from './strictJson.js';

/** Which tensors of a file are read. */
export interface NamesOption {
  /** The tensors to read; the others may be of any type, or damaged. Default: all of them. */
  readonly names?: readonly string[];
}

/**
 * The names that are read, in the order of the file.
 *
 * @param file - what messages call the file.
 * @throws `ArgumentError` when `names` is not a list of names in the file; it lists those.
 */
export function chosenNames(operation: string, file: string, available: Iterable<string>, names: readonly string[] | undefined): readonly string[] {
  const all = [...available];
  if (names === undefined) return all;
  if (!isListOf<string>(names, (name) => typeof name === 'string')) {
    throw new ArgumentError(`${operation}: names is ${formatValue(names)}; expected a list of strings`);
  }
  const known = new Set(all);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new ArgumentError(`${operation}: ${file} has no tensor ${show(unknown)}; expected names of [${listNames(all)}]`);
  const chosen = new Set(names);
  return all.filter((name) => chosen.has(name));
}

/** Names in a message, which a file may have thousands of. */
export function listNames(names: readonly string[]): string {
  const most = 20;
  const shown = names.slice(0, most).map((name) => (name.length <= 60 ? name : `${name.slice(0, 57)}...`)).join(', ');
  return names.length <= most ? shown : `${shown}, and ${names.length - most} more`;
}

/**
 * Reads tensors by name. Where one can't be read, the error says how to read the others.
 *
 * @throws `DataFormatError` of `read`.
 */
export function readChosen<Item>(names: readonly string[], read: (name: string) => Item): [name: string, item: Item][] {
  return names.map((name) => {
    try {
      return [name, read(name)];
    } catch (error) {
      throw withOthers(error, name, names);
    }
  });
}

/** The error for a tensor of a file, with the names to read in place of it and the others. */
export function withOthers(error: unknown, name: string, names: readonly string[]): unknown {
  if (!(error instanceof DataFormatError) || names.length < 2) return error;
  const others = names.filter((other) => other !== name);
  return new DataFormatError(`${error.message}. To read the others, pass their names: { names: [${listNames(others.map((other) => `'${other}'`))}] }`, { cause: error });
}
