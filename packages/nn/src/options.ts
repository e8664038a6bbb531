import { ArgumentError, formatValue, requireOptions, Tensor, type OptionNames } from '@adjoint/core';
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
    .map((value) => (typeof value === 'function' ? fromJS(printed(value as Configured)) : value instanceof Tensor ? value : fromJS(value)));
}

function printed({ name, config }: Configured): unknown {
  return config ?? `function ${name}`;
}

/**
 * Checks options as `requireOptions` does, and copies them with the lists inside, so that nothing that the caller does with them
 * later changes what was made of them.
 */
export function ownOptions<Options extends object>(operation: string, options: Options, names: OptionNames<Options>): Options {
  requireOptions(operation, options, names);
  const copies: Record<string, unknown> = {};
  // Also the inherited ones: options may have defaults as their prototype.
  for (const name in options) copies[name] = ownList(options[name]);
  return copies as Options;
}

/** Lists as deep as those of paddings, which are pairs. */
function ownList(value: unknown, depth = 0): unknown {
  return Array.isArray(value) && depth < 3 ? value.map((element) => ownList(element, depth + 1)) : value;
}

function refuse(operation: string, argument: string, value: unknown, expected: string): never {
  throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected ${expected}`);
}

/**
 * Checks a count: of units, filters, epochs.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireCount(operation: string, argument: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  refuse(operation, argument, value, 'an integer >= 1');
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
 * Checks a list, whatever it holds.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireList(operation: string, argument: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(operation, argument, value, 'a list');
}

/**
 * Checks an argument that is an object, whatever it holds.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireObject(operation: string, argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) refuse(operation, argument, value, 'an object');
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
 * Checks options that are functions, as initializers are.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFunctions(operation: string, options: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== 'function') refuse(operation, argument, value, argument.endsWith('Initializer') ? 'an initializer, as heNormal' : 'a function');
  }
}
