import type { Pair } from '@adjoint/ops';
import { requireCount } from '../options.js';

/**
 * Height and width of an option that may be one number for both.
 *
 * @throws `ArgumentError` when they are no whole numbers from 1.
 */
export function pairOf(operation: string, argument: string, value: Pair): readonly [number, number] {
  const [height, width] = typeof value === 'number' ? [value, value] : value;
  requireCount(operation, argument, height);
  requireCount(operation, argument, width);
  return [height, width];
}
