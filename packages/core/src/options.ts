import { ArgumentError } from './errors.js';
import { formatText, formatValue } from './formatValue.js';
import { isPlainObject } from './plainObject.js';

/** All the options of an interface by name, which the compiler keeps complete. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * Checks that options are an object and that none is misspelled, before anything else is read from them.
 *
 * @param names - all the options that there are.
 * @throws {@link ArgumentError} that names `operation`, the wrong option and the ones that exist.
 *
 * @example
 * ```ts
 * import { requireOptions, type OptionNames } from '@adjoint/core';
 *
 * interface WaveOptions { readonly period: number; readonly phase?: number }
 * const waveOptions: OptionNames<WaveOptions> = { period: true, phase: true };
 * requireOptions('wave', { period: 3 }, waveOptions);
 * ```
 */
export function requireOptions<Options extends object>(operation: string, options: Options, names: OptionNames<Options>): void {
  let found = false;
  if (isOptions(options)) {
    // Also the inherited ones, so that options may have defaults as their prototype.
    for (const name in options) {
      found = true;
      if (Object.hasOwn(names, name) || (!Object.hasOwn(options, name) && name in Object.prototype)) continue;
      throw new ArgumentError(`${operation}: there is no option '${formatText(name)}', only [${Object.keys(names).join(', ')}]`);
    }
  }
  if (found || isPlainObject(options)) return;
  throw new ArgumentError(`${operation}: options is ${formatValue(options)}; expected an object with some of [${Object.keys(names).join(', ')}]`);
}

function isOptions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
