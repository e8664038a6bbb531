import { requireNumber } from '../options.js';
import { scheduleOf, type Schedule } from './schedule.js';

/**
 * The same learning rate at every step.
 *
 * @throws `ArgumentError` when it is no finite number from 0.
 *
 * @example
 * ```ts
 * import { constantSchedule } from '@adjoint/nn';
 *
 * constantSchedule(0.1)(1000); // 0.1
 * ```
 */
export function constantSchedule(value: number): Schedule {
  requireNumber('constantSchedule', 'value', value, 0);
  return scheduleOf({ type: 'constantSchedule', value }, () => value);
}
