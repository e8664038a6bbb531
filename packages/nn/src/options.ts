import { ArgumentError } from '@adjoint/core';
import { fromJS, Map } from 'immutable';

/** A function that can be made again from JSON carries what it is made of. */
interface Configured {
  readonly name: string;
  readonly config?: unknown;
}

/** Options as an Immutable map that prints as JSON: lists for arrays, functions by their `config`, or else `function name`. */
export function configOf(options: object): Map<string, unknown> {
  return Map<string, unknown>(Object.entries(options))
    .filter((value) => value !== undefined)
    .map((value) => fromJS(typeof value === 'function' ? printed(value as Configured) : value));
}

function printed({ name, config }: Configured): unknown {
  return config ?? `function ${name}`;
}

/** A value as a message shows it. */
export function shown(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : `${value as number}`;
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}

function refuse(operation: string, argument: string, value: unknown, expected: string): never {
  throw new ArgumentError(`${operation}: ${argument} is ${shown(value)}; expected ${expected}`);
}

/**
 * Checks that there is no option that nobody reads, as a misspelt one that may be left out.
 *
 * @param options - what the caller gave.
 * @param known - all the options there are.
 * @throws `ArgumentError` that names the operation, the option and the options there are; and when the options are no object.
 */
export function requireKnown(operation: string, options: object, known: object): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) refuse(operation, 'options', given, `an object with some of [${Object.keys(known).join(', ')}]`);
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown === undefined) return;
  throw new ArgumentError(`${operation}: there is no option '${unknown}', only [${Object.keys(known).join(', ')}]`);
}

/**
 * Checks a count: of units, filters, epochs.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireCount(operation: string, argument: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  refuse(operation, argument, value, 'a whole number from 1');
}

/**
 * Checks a share: a rate, a decay.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFraction(operation: string, argument: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return;
  refuse(operation, argument, value, 'a number from 0 to below 1');
}

/**
 * Checks a number that may be any, or any from `least`.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireNumber(operation: string, argument: string, value: unknown, least = -Infinity): void {
  if (Number.isFinite(value) && (value as number) >= least) return;
  refuse(operation, argument, value, least === -Infinity ? 'a finite number' : `a finite number from ${least}`);
}

/**
 * Checks what must be above 0: a largest norm, a divisor.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requirePositive(operation: string, argument: string, value: unknown): void {
  if (!(Number.isFinite(value) && (value as number) > 0)) refuse(operation, argument, value, 'a finite number above 0');
}

/**
 * Checks an axis before the shape is known that it belongs to.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireAxis(operation: string, argument: string, value: unknown): void {
  if (!Number.isSafeInteger(value)) refuse(operation, argument, value, 'a whole number');
}

/**
 * Checks an axis or a list of axes before the shape is known that they belong to.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireAxes(operation: string, argument: string, value: unknown): void {
  if (Number.isSafeInteger(value) || (Array.isArray(value) && value.every(Number.isSafeInteger))) return;
  refuse(operation, argument, value, 'a whole number, or a list of them');
}

/**
 * Checks a shape in which one length may be -1.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireShape(operation: string, argument: string, value: unknown): void {
  const isLength = (length: unknown) => Number.isSafeInteger(length) && (length as number) >= -1;
  if (Array.isArray(value) && value.every(isLength) && value.filter((length) => length === -1).length <= 1) return;
  refuse(operation, argument, value, 'a list of whole numbers from 0, of which one may be -1');
}

/**
 * Checks an option that is true or false.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFlag(operation: string, argument: string, value: unknown): void {
  if (typeof value !== 'boolean') refuse(operation, argument, value, 'true or false');
}

/**
 * Checks a string.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireText(operation: string, argument: string, value: unknown): void {
  if (typeof value !== 'string') refuse(operation, argument, value, 'a string');
}

/**
 * Checks an option that is one of several words.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireChoice(operation: string, argument: string, value: unknown, choices: readonly string[]): void {
  if (!choices.includes(value as string)) refuse(operation, argument, value, `one of '${choices.join("', '")}'`);
}

/**
 * Checks an option that is a signal, where there is one: that of an `AbortController`, and not the controller.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireSignal(operation: string, value: unknown): void {
  if (value === undefined) return;
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  refuse(operation, 'signal', value, 'an AbortSignal, as new AbortController().signal');
}

/**
 * Checks options that are functions, as initialisers are.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFunctions(operation: string, options: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== 'function') refuse(operation, argument, value, argument.endsWith('Initializer') ? 'an initialiser, as heNormal' : 'a function');
  }
}
