import { formatValue, ArgumentError } from '@adjoint/core';

/**
 * Checks how far labels are smoothed.
 *
 * @throws `ArgumentError` that names the operation and the option.
 */
export function requireFraction(operation: string, option: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= 1) return;
  throw new ArgumentError(`${operation}: ${option} is ${formatValue(value)}; expected a number from 0 to 1`);
}
