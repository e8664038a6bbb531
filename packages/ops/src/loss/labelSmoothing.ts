import { ArgumentError } from '@adjoint/core';

/**
 * Checks how far labels are smoothed.
 *
 * @throws `ArgumentError` that names the operation and the option.
 */
export function requireFraction(operation: string, option: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new ArgumentError(`${operation}: ${option} is ${value}; expected a number from 0 to 1`);
}
