import { ArgumentError } from './errors.js';
import { formatText, formatValue } from './formatValue.js';
import { isPlainObject } from './plainObject.js';

/** All the options of an interface by name, which the compiler keeps complete. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * Checks that options are an object and that none is misspelled, before anything else is read from them.
 *
 * @param names - all the options that there are.
 * @param advice - what to do instead, for what callers often pass by mistake.
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
export function requireOptions<Options extends object>(operation: string, options: Options, names: OptionNames<Options>, advice = ''): void {
  if (isOptions(options)) {
    // Also the inherited ones, so that options may have defaults as their prototype.
    for (const name in options) {
      if (Object.hasOwn(names, name) || (!Object.hasOwn(options, name) && name in Object.prototype)) continue;
      throw new ArgumentError(`${operation}: unknown option '${formatText(name)}'; expected one of [${Object.keys(names).join(', ')}]`);
    }
    return;
  }
  throw new ArgumentError(`${operation}: options is ${formatValue(options)}; expected an object with some of [${Object.keys(names).join(', ')}]${advice}`);
}

/** The advice for functions that take a function and return one, whose arguments are easily passed too early. */
export function calledLater(transform: string): string {
  return `; ${transform} returns a function: ${transform}(fn)(x)`;
}

/** Whether a value is an object as options are: of any class and realm, but not a list, a collection, a date or the like. */
function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isPlainObject(value) || (Object.prototype.toString.call(value) === '[object Object]' && !(Symbol.iterator in value));
}
