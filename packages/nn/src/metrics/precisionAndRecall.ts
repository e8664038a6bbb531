import { ArgumentError, requireOptions, type OptionNames } from '@adjoint/core';
import { List } from 'immutable';
import { requireChoice } from '../options.js';
import { classify, type ThresholdOptions } from './classes.js';
import { metricOf, type Metric, type MetricState } from './metric.js';

/** How the scores of classes become one. */
export type Average = 'binary' | 'macro' | 'micro' | 'weighted' | 'none';

/** How {@link precision}, {@link recall} and {@link f1Score} count. */
export interface ScoreOptions<A extends Average = Average> extends ThresholdOptions {
  /**
   * - `binary`, the default: the score of class 1, of two classes;
   * - `macro`: the mean over the classes that occur or were predicted;
   * - `weighted`: the same, each class weighted by how often it occurs;
   * - `micro`: that of all examples together, which for classes is the accuracy;
   * - `none`: a score a class.
   */
  readonly average?: A;
}

/** A score a class, or one. */
export type Score<A extends Average> = A extends 'none' ? number[] : number;

const scoreOptionNames: OptionNames<ScoreOptions> = { average: true, threshold: true };

/**
 * The share of the examples taken for a class that are of that class: `tp / (tp + fp)`. 0 where nothing was taken for it.
 * As scikit-learn's `precision_score`.
 *
 * Outputs are `[n, classes]`, of which the highest counts, or `[n]` against a threshold.
 *
 * @throws `ArgumentError` when there are more than two classes and `average` is `binary`.
 * @throws `ShapeError` when the targets are no classes of the outputs.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, precision } from '@adjoint/nn';
 *
 * measure(precision(), tensor([2, 1, -1, 3]), tensor([1, 0, 1, 1])).toFixed(3); // '0.667'
 * ```
 */
export function precision<A extends Average = 'binary'>(options: ScoreOptions<A> = {}): Metric<Score<A>> {
  requireOptions('precision', options, scoreOptionNames);
  return score('precision', options, ({ right, predicted }) => ratio(right, predicted));
}

/**
 * The share of the examples of a class that were taken for it: `tp / (tp + fn)`. 0 where there are none. As scikit-learn's
 * `recall_score`.
 *
 * Outputs are `[n, classes]`, of which the highest counts, or `[n]` against a threshold.
 *
 * @throws as {@link precision} does.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, recall } from '@adjoint/nn';
 *
 * const outputs = tensor([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]);
 * measure(recall({ average: 'none' }), outputs, tensor([0, 1, 1, 2], { dtype: 'int32' })); // [1, 0.5, 1]
 * ```
 */
export function recall<A extends Average = 'binary'>(options: ScoreOptions<A> = {}): Metric<Score<A>> {
  requireOptions('recall', options, scoreOptionNames);
  return score('recall', options, ({ right, actual }) => ratio(right, actual));
}

/**
 * The harmonic mean of precision and recall: `2 tp / (2 tp + fp + fn)`. As scikit-learn's `f1_score`: the mean over classes is
 * that of their scores.
 *
 * Outputs are `[n, classes]`, of which the highest counts, or `[n]` against a threshold.
 *
 * @throws as {@link precision} does.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { f1Score, measure } from '@adjoint/nn';
 *
 * const outputs = tensor([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]);
 * measure(f1Score({ average: 'macro' }), outputs, tensor([0, 1, 1, 2], { dtype: 'int32' })).toFixed(4); // '0.7778'
 * ```
 */
export function f1Score<A extends Average = 'binary'>(options: ScoreOptions<A> = {}): Metric<Score<A>> {
  requireOptions('f1Score', options, scoreOptionNames);
  return score('f1Score', options, ({ right, predicted, actual }) => ratio(2 * right, predicted + actual));
}

/** The examples that are of a class, that were taken for it, and that are both. */
interface Counts {
  readonly right: number;
  readonly predicted: number;
  readonly actual: number;
}

const countsPerClass = 3;

function score<A extends Average>(operation: string, { average, ...options }: ScoreOptions<A>, scoreOf: (counts: Counts) => number): Metric<Score<A>> {
  const kind: Average = average ?? 'binary';
  requireChoice(operation, 'average', kind, ['binary', 'macro', 'micro', 'weighted', 'none'] satisfies Average[]);
  return metricOf(operation, {
    direction: 'max',
    initial: List(),
    update: (state, outputs, targets) => {
      const { classes, predicted, actual } = classify(operation, outputs, targets, options);
      if (kind === 'binary' && classes > 2) {
        throw new ArgumentError(`${operation}: there are ${classes} classes and average is 'binary'; expected 'macro', 'micro', 'weighted' or 'none'`);
      }
      const counts = state.isEmpty() ? new Array<number>(classes * countsPerClass).fill(0) : state.toArray();
      if (counts.length !== classes * countsPerClass) {
        throw new ArgumentError(`${operation}: the batch has ${classes} classes, those before had ${counts.length / countsPerClass}; expected as many`);
      }
      for (let index = 0; index < actual.length; index++) {
        const [is, taken] = [actual[index]!, predicted[index]!];
        if (is === taken) counts[is * countsPerClass]!++;
        counts[taken * countsPerClass + 1]!++;
        counts[is * countsPerClass + 2]!++;
      }
      return List(counts);
    },
    result: (state) => averaged(kind, countsOf(state), scoreOf) as Score<A>,
  });
}

function countsOf(state: MetricState): Counts[] {
  return Array.from({ length: state.size / countsPerClass }, (_, index) => {
    const [right, predicted, actual] = state.slice(index * countsPerClass, (index + 1) * countsPerClass);
    return { right: right!, predicted: predicted!, actual: actual! };
  });
}

function averaged(average: Average, classes: readonly Counts[], scoreOf: (counts: Counts) => number): number | number[] {
  if (average === 'none') return classes.map(scoreOf);
  if (classes.length === 0) return NaN;
  if (average === 'binary') return scoreOf(classes[1]!);
  if (average === 'micro') return scoreOf(summed(classes));
  const seen = classes.filter(({ predicted, actual }) => predicted + actual > 0);
  const weight = (counts: Counts) => (average === 'macro' ? 1 : counts.actual);
  return ratio(seen.reduce((sum, counts) => sum + weight(counts) * scoreOf(counts), 0), seen.reduce((sum, counts) => sum + weight(counts), 0));
}

function summed(classes: readonly Counts[]): Counts {
  return classes.reduce((sum, { right, predicted, actual }) => ({
    right: sum.right + right, predicted: sum.predicted + predicted, actual: sum.actual + actual,
  }));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
