import { ArgumentError, formatValue, isListOf, showAs } from '@adjoint/core';
import { configOf, frozenConfig, requireList, requireNumber } from '../options.js';
import { displayed } from '../printing.js';

/** What a schedule was made with: its kind and its options, with their defaults. Prints as JSON. */
export interface ScheduleConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}

/**
 * A learning rate for each step: a pure function of the updates done so far, 0 for the first. Optimizers take it as their
 * `learningRate`, and show its `config` in theirs.
 */
export interface Schedule {
  /** @throws `ArgumentError` when `step` is not a finite number >= 0. */
  (step: number): number;
  readonly config: ScheduleConfig;
}

/**
 * A schedule by its formula, under a name that also a minifier leaves alone.
 *
 * @param all - its type and all its options, with their defaults.
 */
export function scheduleOf(all: ScheduleConfig, rateAt: (step: number) => number): Schedule {
  const { type } = all;
  const config = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const schedule = (step: number) => {
    requireNumber(type, 'step', step, 0);
    return rateAt(step);
  };
  Object.defineProperties(schedule, { name: { value: type }, config: { value: frozenConfig(config) } });
  return Object.freeze(showAs(schedule, () => String(displayed(configOf(type, { config }).get('config'))))) as Schedule;
}

/**
 * Checks where values of a list begin.
 *
 * @throws `ArgumentError` when they are not whole numbers that ascend from 1, or their number is another.
 */
export function requireBoundaries(operation: string, boundaries: readonly number[], expected: number): void {
  requireList(operation, 'boundaries', boundaries);
  const ascend = isListOf(boundaries, Number.isSafeInteger) && boundaries.every((boundary, index) => boundary > (boundaries[index - 1] ?? 0));
  if (ascend && boundaries.length === expected) return;
  throw new ArgumentError(`${operation}: boundaries are [${boundaries.map(formatValue).join(', ')}]; expected ${expected} whole numbers that ascend from 1`);
}
