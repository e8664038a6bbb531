import type { OptionNames } from '@adjoint/core';
import { ownOptions, requireCount, requireNumber } from '../options.js';
import { scheduleOf, type Schedule } from './schedule.js';

/** A learning rate that falls along half a period of a cosine. */
export interface CosineDecayOptions {
  /** The learning rate at step 0. */
  readonly initial: number;
  /** That from step `steps` on. Default: 0. */
  readonly final?: number;
  readonly steps: number;
}

/** Falls along a cosine, one after the other. */
export interface CosineRestartsOptions {
  /** The learning rate at step 0. */
  readonly initial: number;
  /** Where each fall goes to. Default: 0. */
  readonly final?: number;
  /** How many steps the first fall takes. */
  readonly period: number;
  /** How many times as long each fall is as the one before it; a whole number. Default: 1. */
  readonly periodFactor?: number;
  /** How many times as high above `final` each begins as the one before it did. Default: 1. */
  readonly peakFactor?: number;
}

/** Half a period of a cosine, from `from` at 0 to `to` at 1. */
export function cosineBetween(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}

const cosineDecayOptionNames: OptionNames<CosineDecayOptions> = { initial: true, final: true, steps: true };

/**
 * Half a period of a cosine (Loshchilov and Hutter 2017): large steps first, then ever smaller ones,
 * `final + (initial - final) * (1 + cos(pi * step / steps)) / 2`, and `final` after `steps`. {@link warmup} puts a rise in
 * front.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { cosineDecay } from '@adjoint/nn';
 *
 * const schedule = cosineDecay({ initial: 1, steps: 3 });
 * [0, 1, 2, 3, 4].map(schedule); // [1, 0.75, 0.25, 0, 0]
 * ```
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  options = ownOptions('cosineDecay', options, cosineDecayOptionNames);
  const { initial, final = 0, steps } = options;
  requireNumber('cosineDecay', 'initial', initial, 0);
  requireNumber('cosineDecay', 'final', final, 0);
  requireCount('cosineDecay', 'steps', steps);
  return scheduleOf({ type: 'cosineDecay', initial, final, steps }, (step) => cosineBetween(initial, final, Math.min(step, steps) / steps));
}

const cosineRestartsOptionNames: OptionNames<CosineRestartsOptions> = {
  initial: true, final: true, period: true, periodFactor: true, peakFactor: true,
};

/**
 * Falls along a cosine, each followed by a jump back up: SGDR (Loshchilov and Hutter 2017). Fall number `n`, from 0, takes
 * `period * periodFactor ** n` steps from `final + (initial - final) * peakFactor ** n`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { cosineRestarts } from '@adjoint/nn';
 *
 * const schedule = cosineRestarts({ initial: 1, period: 2, periodFactor: 2 });
 * [0, 1, 2, 4, 6].map(schedule); // [1, 0.5, 1, 0.5, 1]
 * ```
 */
export function cosineRestarts(options: CosineRestartsOptions): Schedule {
  options = ownOptions('cosineRestarts', options, cosineRestartsOptionNames);
  const { initial, final = 0, period, periodFactor = 1, peakFactor = 1 } = options;
  requireNumber('cosineRestarts', 'initial', initial, 0);
  requireNumber('cosineRestarts', 'final', final, 0);
  requireCount('cosineRestarts', 'period', period);
  requireCount('cosineRestarts', 'periodFactor', periodFactor);
  requireNumber('cosineRestarts', 'peakFactor', peakFactor, 0);
  return scheduleOf({ type: 'cosineRestarts', initial, final, period, periodFactor, peakFactor }, (step) => {
    let [fall, begin, length] = [0, 0, period];
    if (periodFactor === 1) {
      fall = Math.floor(step / period);
      begin = fall * period;
    } else {
      for (; step >= begin + length; length *= periodFactor) {
        begin += length;
        fall++;
      }
    }
    const peak = final + (initial - final) * peakFactor ** fall;
    return cosineBetween(peak, final, (step - begin) / length);
  });
}
