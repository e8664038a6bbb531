import { ArgumentError, type OptionNames } from '@adjoint/core';
import { ownOptions, requireChoice, requirePositive } from '../options.js';
import { cosineBetween } from './cosineDecay.js';
import { scheduleOf, type Schedule } from './schedule.js';

/** A rise and a fall. */
export interface OneCycleOptions {
  /** The largest learning rate. */
  readonly peak: number;
  /** All steps of the training; from 2. */
  readonly steps: number;
  /** The share of the steps that the rise takes, between 0 and 1. Default: 0.3. */
  readonly warmupFraction?: number;
  /** The peak over the first learning rate. Default: 25. */
  readonly initialDivisor?: number;
  /** The first learning rate over the last. Default: 10,000. */
  readonly finalDivisor?: number;
  /** How it goes from value to value. Default: `cosine`. */
  readonly anneal?: 'cosine' | 'linear';
}

const oneCycleOptionNames: OptionNames<OneCycleOptions> = {
  peak: true, steps: true, warmupFraction: true, initialDivisor: true, finalDivisor: true, anneal: true,
};

/**
 * One cycle of the learning rate (Smith and Topin 2019): a rise from `peak / initialDivisor` to `peak`, which it has at step
 * `warmupFraction * steps - 1`, then a fall to `peak / initialDivisor / finalDivisor` at the last step, `steps - 1`. The
 * parameters and the steps are those of PyTorch's `OneCycleLR` in two phases.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { oneCycle } from '@adjoint/nn';
 *
 * const schedule = oneCycle({ peak: 1, steps: 10, initialDivisor: 4, finalDivisor: 10, anneal: 'linear' });
 * [0, 1, 2, 9].map(schedule); // [0.25, 0.625, 1, 0.025]
 * ```
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  options = ownOptions('oneCycle', options, oneCycleOptionNames);
  const { peak, steps, warmupFraction = 0.3, initialDivisor = 25, finalDivisor = 1e4, anneal = 'cosine' } = options;
  requirePositive('oneCycle', 'peak', peak);
  requirePositive('oneCycle', 'initialDivisor', initialDivisor);
  requirePositive('oneCycle', 'finalDivisor', finalDivisor);
  if (!Number.isSafeInteger(steps) || steps < 2) throw new ArgumentError(`oneCycle: steps is ${steps}; expected an integer >= 2`);
  if (!(warmupFraction > 0 && warmupFraction < 1)) throw new ArgumentError(`oneCycle: warmupFraction is ${warmupFraction}; expected a number between 0 and 1`);
  requireChoice('oneCycle', 'anneal', anneal, ['cosine', 'linear']);
  const between = anneal === 'cosine' ? cosineBetween : (from: number, to: number, share: number) => from + (to - from) * share;
  const [first, last] = [peak / initialDivisor, peak / initialDivisor / finalDivisor];
  const top = warmupFraction * steps - 1;
  const end = steps - 1;
  return scheduleOf({ type: 'oneCycle', peak, steps, warmupFraction, initialDivisor, finalDivisor, anneal }, (step) =>
    step < top ? between(first, peak, step / top) : between(peak, last, (Math.min(step, end) - top) / (end - top)));
}
