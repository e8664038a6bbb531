import { ArgumentError } from './errors.js';
import { formatValue } from './formatValue.js';
import { Tensor } from './tensor.js';

/*
 * Checks of what the types say of arguments, which JavaScript does not check.
 */

/**
 * Checks that an argument is a tensor.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireTensor(operation: string, argument: string, value: Tensor): void {
  const given: unknown = value;
  if (!(given instanceof Tensor)) throw new ArgumentError(`${operation}: ${argument} is ${formatValue(given)}; expected a tensor (arrays become one with tensor(values))`);
}

/**
 * Checks that an argument is a list of tensors.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireTensors(operation: string, argument: string, values: readonly Tensor[]): void {
  const given: unknown = values;
  if (!Array.isArray(given)) throw new ArgumentError(`${operation}: ${argument} is ${formatValue(given)}; expected a list of tensors`);
  // By index, so that holes of a sparse list are found.
  for (let index = 0; index < given.length; index++) requireTensor(operation, `${argument}[${index}]`, given[index] as Tensor);
}

/**
 * Checks that an argument is a function.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireFunction(operation: string, argument: string, value: unknown): void {
  if (typeof value !== 'function') throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected a function`);
}

/**
 * Checks that an argument is a number, or a list of numbers.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireNumberOrList(operation: string, argument: string, value: unknown): void {
  if (typeof value === 'number' || isListOf(value, (each) => typeof each === 'number')) return;
  refuseArgument(operation, argument, value, 'a number or a list of numbers');
}

/**
 * Returns whether a value is an array of which every element passes a test. A hole of a sparse array is tested as `undefined`, whereas
 * the method `every` of arrays skips it.
 *
 * @example
 * ```ts
 * import { isListOf } from '@adjoint/core';
 *
 * isListOf([1, 2], Number.isInteger); // true
 * isListOf(new Array(2), Number.isInteger); // false
 * ```
 */
export function isListOf<Element>(value: unknown, passes: (element: unknown) => boolean): value is readonly Element[] {
  if (!Array.isArray(value)) return false;
  for (let index = 0; index < value.length; index++) if (!passes(value[index])) return false;
  return true;
}

/**
 * Checks that an argument is an array.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireList(operation: string, argument: string, value: unknown, expected = 'a list'): void {
  if (!Array.isArray(value)) throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected ${expected}`);
}

/**
 * Checks a count: of units, filters, epochs.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireCount(operation: string, argument: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  refuseArgument(operation, argument, value, 'an integer >= 1');
}

/**
 * Checks what must be above 0: a largest norm, a divisor.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requirePositive(operation: string, argument: string, value: unknown): void {
  if (!(Number.isFinite(value) && (value as number) > 0)) refuseArgument(operation, argument, value, 'a finite number above 0');
}

/**
 * Checks an option that is true or false.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireFlag(operation: string, argument: string, value: unknown): void {
  if (typeof value !== 'boolean') refuseArgument(operation, argument, value, 'true or false');
}

/**
 * Checks a string.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireText(operation: string, argument: string, value: unknown): void {
  if (typeof value !== 'string') refuseArgument(operation, argument, value, 'a string');
}

/**
 * Checks an argument that is an object, whatever it holds.
 *
 * @throws {@link ArgumentError} that names the operation and the argument.
 */
export function requireObject(operation: string, argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) refuseArgument(operation, argument, value, 'an object');
}

/**
 * Checks an option that is a signal, where there is one: that of an `AbortController`, and not the controller.
 *
 * @throws {@link ArgumentError} that names the operation.
 */
export function requireSignal(operation: string, value: unknown): void {
  if (value === undefined) return;
  const { aborted, throwIfAborted, addEventListener, removeEventListener } = Object(value) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && [throwIfAborted, addEventListener, removeEventListener].every((method) => typeof method === 'function')) return;
  refuseArgument(operation, 'signal', value, 'an AbortSignal, as new AbortController().signal');
}

/**
 * Throws the error for an argument of a wrong kind.
 *
 * @param expected - what it should be, in words.
 * @throws {@link ArgumentError} always.
 */
export function refuseArgument(operation: string, argument: string, value: unknown, expected: string): never {
  throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected ${expected}`);
}
