import { ArgumentError } from '@adjoint/core';
import { fromJS, Map } from 'immutable';

/** Options as an Immutable map that prints as JSON: lists for arrays, and functions by their name. */
export function configOf(options: object): Map<string, unknown> {
  return Map<string, unknown>(Object.entries(options))
    .filter((value) => value !== undefined)
    .map((value) => (typeof value === 'function' ? value.name : fromJS(value)));
}

/**
 * Checks a count: of units, filters, epochs.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireCount(operation: string, argument: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ArgumentError(`${operation}: ${argument} is ${value}; expected a whole number from 1`);
}

/**
 * Checks a share: a rate, a decay.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireFraction(operation: string, argument: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new ArgumentError(`${operation}: ${argument} is ${value}; expected a number from 0 to below 1`);
}
