import type { OptionNames } from '@adjoint/core';
import { ownOptions, requireNumber, requirePositive } from '../options.js';
import { scheduleOf, type Schedule } from './schedule.js';

/** A learning rate that falls by factors. */
export interface StepDecayOptions {
  /** The learning rate at step 0. */
  readonly initial: number;
  /** What each fall multiplies by. Default: 0.1. */
  readonly factor?: number;
  /** How many steps lie between falls. */
  readonly every: number;
}

const stepDecayOptionNames: OptionNames<StepDecayOptions> = { initial: true, factor: true, every: true };

/**
 * A fall every so many steps: `initial * factor ** floor(step / every)`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { stepDecay } from '@adjoint/nn';
 *
 * const schedule = stepDecay({ initial: 1, factor: 0.5, every: 10 });
 * [0, 9, 10, 20].map(schedule); // [1, 1, 0.5, 0.25]
 * ```
 */
export function stepDecay(options: StepDecayOptions): Schedule {
  options = ownOptions('stepDecay', options, stepDecayOptionNames);
  const { initial, factor = 0.1, every } = options;
  requireNumber('stepDecay', 'initial', initial, 0);
  requireNumber('stepDecay', 'factor', factor, 0);
  requirePositive('stepDecay', 'every', every);
  return scheduleOf({ type: 'stepDecay', initial, factor, every }, (step) => initial * factor ** Math.floor(step / every));
}

/** A learning rate that falls at an even pace of factors. */
export interface ExponentialDecayOptions {
  /** The learning rate at step 0. */
  readonly initial: number;
  /** What it is multiplied by in `every` steps. */
  readonly factor: number;
  /** Default: 1. */
  readonly every?: number;
  /** Where it stops. Default: 0. */
  readonly final?: number;
}

const exponentialDecayOptionNames: OptionNames<ExponentialDecayOptions> = { initial: true, factor: true, every: true, final: true };

/**
 * An even decay: `initial * factor ** (step / every)`, and not below `final`, nor above it where the factor is above 1.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { exponentialDecay } from '@adjoint/nn';
 *
 * const schedule = exponentialDecay({ initial: 1, factor: 0.25, every: 10, final: 0.1 });
 * [0, 5, 10, 100].map(schedule); // [1, 0.5, 0.25, 0.1]
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  options = ownOptions('exponentialDecay', options, exponentialDecayOptionNames);
  const { initial, factor, every = 1, final } = options;
  requireNumber('exponentialDecay', 'initial', initial, 0);
  requirePositive('exponentialDecay', 'factor', factor);
  requirePositive('exponentialDecay', 'every', every);
  if (final !== undefined) requireNumber('exponentialDecay', 'final', final, 0);
  const bound = final ?? (factor > 1 ? Infinity : 0);
  const towards = factor > 1 ? Math.min : Math.max;
  return scheduleOf({ type: 'exponentialDecay', initial, factor, every, final },
    (step) => towards(bound, initial * factor ** (step / every)));
}

/** A learning rate that falls as the inverse of the steps. */
export interface InverseTimeDecayOptions {
  /** The learning rate at step 0. */
  readonly initial: number;
  /** How much the divisor grows in `every` steps. */
  readonly rate: number;
  /** Default: 1. */
  readonly every?: number;
}

const inverseTimeDecayOptionNames: OptionNames<InverseTimeDecayOptions> = { initial: true, rate: true, every: true };

/**
 * The inverse of the time: `initial / (1 + rate * step / every)`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { inverseTimeDecay } from '@adjoint/nn';
 *
 * const schedule = inverseTimeDecay({ initial: 1, rate: 1, every: 10 });
 * [0, 10, 30].map(schedule); // [1, 0.5, 0.25]
 * ```
 */
export function inverseTimeDecay(options: InverseTimeDecayOptions): Schedule {
  options = ownOptions('inverseTimeDecay', options, inverseTimeDecayOptionNames);
  const { initial, rate, every = 1 } = options;
  requireNumber('inverseTimeDecay', 'initial', initial, 0);
  requireNumber('inverseTimeDecay', 'rate', rate, 0);
  requirePositive('inverseTimeDecay', 'every', every);
  return scheduleOf({ type: 'inverseTimeDecay', initial, rate, every }, (step) => initial / (1 + (rate * step) / every));
}
