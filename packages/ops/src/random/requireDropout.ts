import { ArgumentError, requireKey, type Key } from '@adjoint/core';

/** Checks what an operation that drops elements is told. */
export function requireDropout(operation: string, rate: number, key: Key): void {
  if (!(rate >= 0 && rate < 1)) throw new ArgumentError(`${operation}: rate is ${rate}; expected a number from 0 to below 1`);
  requireKey(operation, key);
}
