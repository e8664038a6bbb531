import { refuseArgument, requireKey, requireOptions, type Key, type OptionNames } from '@adjoint/core';

/** What to drop. */
export interface DropoutOptions {
  /** The probability with which an element becomes 0, from 0 to below 1. */
  readonly rate: number;
  readonly key: Key;
}

const dropoutOptionNames: OptionNames<DropoutOptions> = { rate: true, key: true };

/**
 * Checks what an operation that drops elements is told.
 *
 * @throws `ArgumentError` that names the operation and the option.
 */
export function requireDropout(operation: string, options: DropoutOptions): void {
  requireOptions(operation, options, dropoutOptionNames);
  const { rate, key } = options;
  if (!(typeof rate === 'number' && rate >= 0 && rate < 1)) refuseArgument(operation, 'rate', rate, 'a number from 0 to below 1');
  requireKey(operation, key);
}
