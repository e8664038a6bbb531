import { ArgumentError, formatCall, formatFields, showAs, type OptionNames } from '@adjoint/core';
import { Record } from 'immutable';
import { ownOptions, requireChoice, requireNumber } from '../options.js';

/** When a metric counts as standing still, and what then happens. */
export interface ReduceOnPlateauOptions {
  /** What each reduction multiplies the learning rate by, between 0 and 1. Default: 0.1. */
  readonly factor?: number;
  /** How many evaluations without an improvement are put up with. Default: 10. */
  readonly patience?: number;
  /** Whether a better metric is a smaller one (a loss) or a larger one (an accuracy). Default: `min`. */
  readonly mode?: 'min' | 'max';
  /** How much better than the best so far counts as better. Default: 0.0001. */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best, or a difference. Default: `relative`. */
  readonly thresholdMode?: 'relative' | 'absolute';
  /** How many evaluations after a reduction none counts as bad. Default: 0. */
  readonly cooldown?: number;
  /** The smallest factor in all. Default: 0. */
  readonly minFactor?: number;
}

interface PlateauStateFields {
  /** The best metric so far; null before the first. */
  best: number | null;
  /** Evaluations since then without an improvement, since the last reduction. */
  badEvaluations: number;
  /** Evaluations left in which none counts as bad. */
  cooldown: number;
  /** What the learning rate is multiplied by. */
  factor: number;
}

/** What {@link reduceOnPlateau} remembers between evaluations: numbers. */
export class PlateauState extends Record<PlateauStateFields>({ best: null, badEvaluations: 0, cooldown: 0, factor: 1 }) {}

showAs(PlateauState.prototype, (state) => formatFields('PlateauState', state.toObject()));

/** A pure state machine: it takes a metric after each evaluation, and gives a factor for the learning rate. */
export interface PlateauReduction {
  readonly init: () => PlateauState;
  readonly next: (state: PlateauState, metric: number) => { readonly state: PlateauState; readonly factor: number };
}

const reduceOnPlateauOptionNames: OptionNames<ReduceOnPlateauOptions> = {
  factor: true, patience: true, mode: true, threshold: true, thresholdMode: true, cooldown: true, minFactor: true,
};

/**
 * Reduces the learning rate when a metric stands still, as PyTorch's `ReduceLROnPlateau`: after more than `patience`
 * evaluations that are no better than the best, the factor is multiplied by `factor`. {@link withLearningRateScale} hands
 * it to an optimizer, whatever schedule that has. A metric that is NaN is no better than any.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adam, reduceOnPlateau, withLearningRateScale } from '@adjoint/nn';
 *
 * const plateau = reduceOnPlateau({ factor: 0.5, patience: 1 });
 * let optimizerState = adam().init(tensor([1, 2]));
 * let current = plateau.init();
 * for (const validationLoss of [0.9, 0.7, 0.71, 0.72]) {
 *   const { state, factor } = plateau.next(current, validationLoss);
 *   current = state;
 *   optimizerState = withLearningRateScale(optimizerState, factor);
 * }
 * optimizerState.learningRateScale; // 0.5
 * ```
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): PlateauReduction {
  options = ownOptions('reduceOnPlateau', options, reduceOnPlateauOptionNames);
  const { factor = 0.1, patience = 10, mode = 'min', threshold = 1e-4, thresholdMode = 'relative', cooldown = 0, minFactor = 0 } = options;
  const operation = 'reduceOnPlateau';
  if (!(factor > 0 && factor < 1)) throw new ArgumentError(`${operation}: factor is ${factor}; expected a number between 0 and 1`);
  for (const [argument, value] of [['patience', patience], ['cooldown', cooldown]] as const) {
    if (!Number.isSafeInteger(value) || value < 0) throw new ArgumentError(`${operation}: ${argument} is ${value}; expected an integer >= 0`);
  }
  requireChoice(operation, 'mode', mode, ['min', 'max']);
  requireChoice(operation, 'thresholdMode', thresholdMode, ['relative', 'absolute']);
  requireNumber(operation, 'threshold', threshold, 0);
  requireNumber(operation, 'minFactor', minFactor, 0);
  const sign = mode === 'min' ? -1 : 1;
  const isBetter = (metric: number, best: number | null): boolean => {
    if (best === null) return !Number.isNaN(metric);
    const bar = thresholdMode === 'relative' ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === 'min' ? metric < bar : metric > bar;
  };
  return showAs({
    init: () => new PlateauState(),
    next: (state, metric) => {
      const better = isBetter(metric, state.best);
      const resting = state.cooldown > 0;
      const bad = better || resting ? 0 : state.badEvaluations + 1;
      const best = better ? metric : state.best;
      const reduced = bad > patience;
      const next = new PlateauState({
        best,
        badEvaluations: reduced ? 0 : bad,
        cooldown: reduced ? cooldown : Math.max(0, state.cooldown - 1),
        factor: reduced ? Math.max(state.factor * factor, Math.min(minFactor, state.factor)) : state.factor,
      });
      return { state: next, factor: next.factor };
    },
  }, () => formatCall(operation, [{ factor, patience, mode, threshold, thresholdMode, cooldown, minFactor }]));
}
