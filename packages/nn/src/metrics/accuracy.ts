import { ArgumentError, formatType, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { List } from 'immutable';
import { ownOptions, requireCount } from '../options.js';
import { classify, isBinary, thresholdOptionNames, type Classified, type ThresholdOptions } from './classes.js';
import { metricOf, type Metric } from './metric.js';

/**
 * The share of the examples whose one output, `[n]` or `[n, 1]`, lies on the right side of a threshold. Targets are 0 and 1.
 *
 * @throws `ShapeError` when there is not one output and one target an example.
 * @throws `ArgumentError` when a target is neither 0 nor 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { binaryAccuracy, measure } from '@adjoint/nn';
 *
 * measure(binaryAccuracy(), tensor([2.5, -1, -0.1, 3]), tensor([1, 0, 1, 1])); // 0.75
 * measure(binaryAccuracy({ threshold: 0.5 }), tensor([0.9, 0.2]), tensor([1, 0])); // 1
 * ```
 */
export function binaryAccuracy(options: ThresholdOptions = {}): Metric<number> {
  options = ownOptions('binaryAccuracy', options, thresholdOptionNames);
  return shareOf('binaryAccuracy', (outputs, targets) => {
    if (!isBinary(outputs)) throw new ShapeError(`binaryAccuracy: outputs is ${formatType(outputs)}; expected [n] or [n, 1]. For [n, classes] there is accuracy`);
    const { predicted, actual } = classify('binaryAccuracy', outputs, targets, options);
    return { right: countWhere(actual, (label, index) => label === predicted[index]), of: actual.length };
  });
}

/** How far down {@link topKAccuracy} looks. */
export interface TopKAccuracyOptions {
  /** Default: 5. */
  readonly k?: number;
}

const topKAccuracyOptionNames: OptionNames<TopKAccuracyOptions> = { k: true };

/**
 * The share of the examples whose right class is among the `k` highest outputs. The right class wins ties, as in TensorFlow's
 * `in_top_k`; NaN is above every number.
 *
 * @throws `ArgumentError` when `k` is not an integer >= 1, or above the number of classes.
 * @throws `ShapeError` when the targets are no classes of the outputs.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, topKAccuracy } from '@adjoint/nn';
 *
 * const outputs = tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]);
 * measure(topKAccuracy({ k: 2 }), outputs, tensor([1, 0], { dtype: 'int32' })); // 0.5
 * ```
 */
export function topKAccuracy(options: TopKAccuracyOptions = {}): Metric<number> {
  options = ownOptions('topKAccuracy', options, topKAccuracyOptionNames);
  const { k = 5 } = options;
  requireCount('topKAccuracy', 'k', k);
  return shareOf('topKAccuracy', (outputs, targets) => {
    const classified = classify('topKAccuracy', outputs, targets);
    if (isBinary(outputs) || k > classified.classes) {
      throw new ArgumentError(`topKAccuracy: k is ${k} for outputs ${formatType(outputs)}; expected at most the number of classes`);
    }
    return { right: countInTop(k, classified, outputs.data()), of: classified.actual.length };
  });
}

function countInTop(k: number, { classes, actual }: Classified, outputs: ArrayLike<number>): number {
  return countWhere(actual, (label, example) => {
    const first = example * classes;
    const own = outputs[first + label]!;
    let above = 0;
    for (let other = 0; other < classes; other++) if (other !== label && !(outputs[first + other]! <= own)) above++;
    return above < k;
  });
}

function countWhere(values: ArrayLike<number>, holds: (value: number, index: number) => boolean): number {
  let count = 0;
  for (let index = 0; index < values.length; index++) if (holds(values[index]!, index)) count++;
  return count;
}

/** A metric of counts: how many of how many are right. */
function shareOf(operation: string, count: (outputs: Tensor, targets: Tensor) => { readonly right: number; readonly of: number }): Metric<number> {
  return metricOf(operation, {
    direction: 'max',
    initial: List([0, 0]),
    update: (state, outputs, targets) => {
      const { right, of } = count(outputs, targets);
      return List([state.get(0)! + right, state.get(1)! + of]);
    },
    result: (state) => state.get(0)! / state.get(1)!,
  });
}
