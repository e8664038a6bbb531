import { ArgumentError, formatText, formatValue, isListOf, refuseArgument, requireOptions, showCollection, Tensor, type OptionNames } from '@adjoint/core';
import { fromJS, isImmutable, List, Map } from 'immutable';

export { requireCount, requireFlag, requireList, requireObject, requirePositive, requireSignal, requireText } from '@adjoint/core';

/** A function that can be made again from JSON carries what it is made of. */
interface Configured {
  readonly name: string;
  readonly config?: unknown;
}

/**
 * Options as an Immutable map that prints as JSON: lists for arrays, functions by their `config`, or else `function name`.
 *
 * @throws `ArgumentError` when an option refers to itself.
 */
export function configOf(type: string, options: object): Map<string, unknown> {
  return showCollection(Map<string, unknown>(Object.entries(options))
    .filter((value) => value !== undefined)
    .map((value, name) => immutableOf(type, name, typeof value === 'function' ? printed(value as Configured) : value)));
}

/** Immutable refuses cycles, and cannot go deeper than the stack, with errors of its own. */
function immutableOf(type: string, name: string, value: unknown): unknown {
  try {
    return immutable(value);
  } catch (cause) {
    throw new ArgumentError(`${type}: config.${name} is ${formatValue(value)}; expected values that can be written as JSON, without a cycle`, { cause });
  }
}

/** `fromJS`, which would iterate over tensors. */
function immutable(value: unknown): unknown {
  if (value instanceof Tensor) return value;
  if (Array.isArray(value)) return List(value.map(immutable));
  return isLiteral(value) ? Map(Object.entries(value).map(([name, inner]) => [name, immutable(inner)])) : fromJS(value);
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

/** Freezes a config with the lists and objects inside, all of which are copies, so that what is saved is what was made. */
export function frozenConfig<Config>(config: Config): Config {
  if (typeof config !== 'object' || config === null || isImmutable(config) || config instanceof Tensor) return config;
  Object.values(config).forEach(frozenConfig);
  return Object.freeze(config);
}

/** Lists as deep as those of paddings, which are pairs. */
function ownList(value: unknown, depth = 0): unknown {
  return Array.isArray(value) && depth < 3 ? value.map((element) => ownList(element, depth + 1)) : value;
}

/**
 * Checks a share: a rate, a decay.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFraction(operation: string, argument: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return;
  refuseArgument(operation, argument, value, 'a number from 0 to below 1');
}

/**
 * Checks a number that may be any, or any from `least`.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireNumber(operation: string, argument: string, value: unknown, least = -Infinity): void {
  if (Number.isFinite(value) && (value as number) >= least) return;
  refuseArgument(operation, argument, value, least === -Infinity ? 'a finite number' : `a finite number from ${least}`);
}

/**
 * Checks an axis before the shape is known that it belongs to.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireAxis(operation: string, argument: string, value: unknown): void {
  if (!Number.isSafeInteger(value)) refuseArgument(operation, argument, value, 'a whole number');
}

/**
 * Checks an axis or a list of axes before the shape is known that they belong to.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireAxes(operation: string, argument: string, value: unknown): void {
  if (Number.isSafeInteger(value) || isListOf(value, Number.isSafeInteger)) return;
  refuseArgument(operation, argument, value, 'a whole number, or a list of them');
}

/**
 * Checks a shape in which one length may be -1.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireShape(operation: string, argument: string, value: unknown): void {
  const isLength = (length: unknown) => Number.isSafeInteger(length) && (length as number) >= -1;
  if (isListOf(value, isLength) && value.filter((length) => length === -1).length <= 1) return;
  refuseArgument(operation, argument, value, 'a list of whole numbers from 0, of which one may be -1');
}

/**
 * Checks an option that is one of several words.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireChoice(operation: string, argument: string, value: unknown, choices: readonly string[]): void {
  if (!choices.includes(value as string)) refuseArgument(operation, argument, value, `one of '${choices.join("', '")}'`);
}

/**
 * Checks options that are functions, as initializers are.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFunctions(operation: string, options: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== 'function') refuseArgument(operation, argument, value, argument.endsWith('Initializer') ? 'an initializer, as heNormal' : 'a function');
  }
}

/**
 * Checks that an object that a caller's function or data gave has no members that nobody reads.
 *
 * @param place - what the object is, for messages: `fit: a batch`.
 * @throws `ArgumentError` that names the place, the member, and those there are.
 */
export function requireMembers(place: string, value: object, names: readonly string[], advice = ''): void {
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw new ArgumentError(`${place} has '${formatText(name)}', which is never read; expected { ${names.join(', ')} }${advice}`);
  }
}

/** Whether a value is an object literal. */
export function isLiteral(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}

/** What a message says of a value that may be a promise that nobody waited for. */
export function formatAwaited(value: unknown): string {
  return `${formatValue(value)}${isPromise(value) ? ', which has to be awaited' : ''}`;
}

/** Whether a value is a promise. */
export function isPromise(value: unknown): boolean {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
