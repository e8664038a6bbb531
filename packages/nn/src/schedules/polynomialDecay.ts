import type { OptionNames } from '@adjoint/core';
import { ownOptions, requireCount, requireNumber, requirePositive } from '../options.js';
import { scheduleOf, type Schedule } from './schedule.js';

/** A learning rate that goes from one value to another. */
export interface LinearScheduleOptions {
  /** The learning rate at step 0. */
  readonly initial: number;
  /** That from step `steps` on. Default: 0. */
  readonly final?: number;
  readonly steps: number;
}

/** A learning rate that goes from one value to another by a power of the time that is left. */
export interface PolynomialDecayOptions extends LinearScheduleOptions {
  /** Default: 1. */
  readonly power?: number;
}

const polynomialDecayOptionNames: OptionNames<PolynomialDecayOptions> = { power: true, initial: true, final: true, steps: true };

/**
 * By a power of the steps left: `(initial - final) * (1 - step / steps) ** power + final`, and `final` after `steps`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { polynomialDecay } from '@adjoint/nn';
 *
 * const schedule = polynomialDecay({ initial: 1, steps: 4, power: 2 });
 * [0, 1, 2, 4, 9].map(schedule); // [1, 0.5625, 0.25, 0, 0]
 * ```
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  options = ownOptions('polynomialDecay', options, polynomialDecayOptionNames);
  const { initial, final = 0, steps, power = 1 } = options;
  requirePositive('polynomialDecay', 'power', power);
  return scheduleOf({ type: 'polynomialDecay', initial, final, steps, power }, transition('polynomialDecay', { initial, final, steps }, power));
}

const linearScheduleOptionNames: OptionNames<LinearScheduleOptions> = { initial: true, final: true, steps: true };

/**
 * A straight line from one value to another: up, as a warm-up is, or down.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { linearSchedule } from '@adjoint/nn';
 *
 * const schedule = linearSchedule({ initial: 0, final: 1, steps: 4 });
 * [0, 1, 2, 4, 9].map(schedule); // [0, 0.25, 0.5, 1, 1]
 * ```
 */
export function linearSchedule(options: LinearScheduleOptions): Schedule {
  options = ownOptions('linearSchedule', options, linearScheduleOptionNames);
  const { initial, final = 0, steps } = options;
  return scheduleOf({ type: 'linearSchedule', initial, final, steps }, transition('linearSchedule', { initial, final, steps }, 1));
}

function transition(operation: string, { initial, final, steps }: Required<LinearScheduleOptions>, power: number): (step: number) => number {
  requireNumber(operation, 'initial', initial, 0);
  requireNumber(operation, 'final', final, 0);
  requireCount(operation, 'steps', steps);
  return (step) => (initial - final) * (1 - Math.min(step, steps) / steps) ** power + final;
}
