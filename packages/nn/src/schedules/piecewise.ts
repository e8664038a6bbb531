import { ArgumentError, requireFunction, type OptionNames } from '@adjoint/core';
import { ownOptions, requireCount, requireList, requireNumber } from '../options.js';
import { linearSchedule } from './polynomialDecay.js';
import { requireBoundaries, scheduleOf, type Schedule } from './schedule.js';

/** Values, and where each but the first begins. */
export interface PiecewiseConstantOptions {
  readonly values: readonly number[];
  /** The first step of each value but the first, ascending; one fewer than values. */
  readonly boundaries: readonly number[];
}

/** The piece that a step belongs to. */
function pieceAt(boundaries: readonly number[], step: number): number {
  return boundaries.filter((boundary) => step >= boundary).length;
}

const piecewiseConstantOptionNames: OptionNames<PiecewiseConstantOptions> = { values: true, boundaries: true };

/**
 * A value until the first boundary, another from there to the second, and so on. A boundary is the first step of what
 * follows, as in PyTorch and Optax; in Keras it is the last of what goes before.
 *
 * @throws `ArgumentError` when a value is no finite number from 0, or the boundaries do not ascend or do not fit in number.
 *
 * @example
 * ```ts
 * import { piecewiseConstant } from '@adjoint/nn';
 *
 * const schedule = piecewiseConstant({ values: [0.1, 0.01, 0.001], boundaries: [100, 150] });
 * [0, 99, 100, 150].map(schedule); // [0.1, 0.1, 0.01, 0.001]
 * ```
 */
export function piecewiseConstant(options: PiecewiseConstantOptions): Schedule {
  options = ownOptions('piecewiseConstant', options, piecewiseConstantOptionNames);
  const { values, boundaries } = options;
  requireList('piecewiseConstant', 'values', values);
  if (values.length === 0) throw new ArgumentError('piecewiseConstant: values are empty; expected one at least');
  values.forEach((value, index) => requireNumber('piecewiseConstant', `values[${index}]`, value, 0));
  requireBoundaries('piecewiseConstant', boundaries, values.length - 1);
  return scheduleOf({ type: 'piecewiseConstant', values: [...values], boundaries: [...boundaries] }, (step) => values[pieceAt(boundaries, step)]!);
}

/** Schedules, and where each but the first begins. */
export interface JoinSchedulesOptions {
  readonly schedules: readonly Schedule[];
  /** The first step of each schedule but the first, ascending; one fewer than schedules. */
  readonly boundaries: readonly number[];
}

const joinSchedulesOptionNames: OptionNames<JoinSchedulesOptions> = { schedules: true, boundaries: true };

/**
 * One schedule after the other. Each counts its steps from its own beginning.
 *
 * @throws `ArgumentError` when there are no schedules, or the boundaries do not ascend or do not fit in number.
 *
 * @example
 * ```ts
 * import { constantSchedule, joinSchedules, linearSchedule } from '@adjoint/nn';
 *
 * const schedule = joinSchedules({
 *   schedules: [constantSchedule(1), linearSchedule({ initial: 1, final: 0, steps: 4 })],
 *   boundaries: [10],
 * });
 * [0, 9, 10, 11, 14].map(schedule); // [1, 1, 1, 0.75, 0]
 * ```
 */
export function joinSchedules(options: JoinSchedulesOptions): Schedule {
  options = ownOptions('joinSchedules', options, joinSchedulesOptionNames);
  const { schedules, boundaries } = options;
  requireList('joinSchedules', 'schedules', schedules);
  if (schedules.length === 0) throw new ArgumentError('joinSchedules: schedules are empty; expected one at least');
  schedules.forEach((schedule, index) => { requireFunction('joinSchedules', `schedules[${index}]`, schedule); });
  requireBoundaries('joinSchedules', boundaries, schedules.length - 1);
  return scheduleOf({ type: 'joinSchedules', schedules: schedules.map(({ config }) => config), boundaries: [...boundaries] }, (step) => {
    const piece = pieceAt(boundaries, step);
    return schedules[piece]!(step - (boundaries[piece - 1] ?? 0));
  });
}

/** How a warm-up rises. */
export interface WarmupOptions {
  /** How many steps it takes. */
  readonly steps: number;
  /** The learning rate at step 0. Default: 0. */
  readonly initial?: number;
}

const warmupOptionNames: OptionNames<WarmupOptions> = { steps: true, initial: true };

/**
 * A rise in a straight line to where a schedule begins, and then the schedule, which counts its steps from there.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { cosineDecay, warmup } from '@adjoint/nn';
 *
 * const schedule = warmup(cosineDecay({ initial: 1, steps: 3 }), { steps: 2 });
 * [0, 1, 2, 3, 4, 5].map(schedule); // [0, 0.5, 1, 0.75, 0.25, 0]
 * ```
 */
export function warmup(schedule: Schedule, options: WarmupOptions): Schedule {
  options = ownOptions('warmup', options, warmupOptionNames);
  const { steps, initial = 0 } = options;
  requireFunction('warmup', 'schedule', schedule);
  requireCount('warmup', 'steps', steps);
  requireNumber('warmup', 'initial', initial, 0);
  const rise = linearSchedule({ initial, final: schedule(0), steps });
  return scheduleOf({ type: 'warmup', schedule: schedule.config, steps, initial }, (step) => (step < steps ? rise(step) : schedule(step - steps)));
}
