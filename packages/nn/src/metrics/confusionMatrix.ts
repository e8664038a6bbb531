import { ArgumentError } from '@adjoint/core';
import { List } from 'immutable';
import { classify, thresholdOptionNames, type ThresholdOptions } from './classes.js';
import { metricOf, type Metric } from './metric.js';
import { ownOptions } from '../options.js';

/**
 * How many examples of each class (a row) were taken for which (a column), as scikit-learn's `confusion_matrix`.
 *
 * Outputs are `[n, classes]`, of which the highest counts, or `[n]` against a threshold.
 *
 * @throws `ShapeError` when the targets are no classes of the outputs.
 * @throws `ArgumentError` when a target is none of the classes, or their number changes.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { confusionMatrix, measure } from '@adjoint/nn';
 *
 * const outputs = tensor([[0.9, 0.1, 0], [0.2, 0.3, 0.5], [0, 0.6, 0.4]]);
 * measure(confusionMatrix(), outputs, tensor([0, 1, 1], { dtype: 'int32' })); // [[1, 0, 0], [0, 1, 1], [0, 0, 0]]
 * ```
 */
export function confusionMatrix(options: ThresholdOptions = {}): Metric<number[][]> {
  options = ownOptions('confusionMatrix', options, thresholdOptionNames);
  return metricOf('confusionMatrix', {
    direction: null,
    initial: List(),
    update: (state, outputs, targets) => {
      const { classes, predicted, actual } = classify('confusionMatrix', outputs, targets, options);
      if (!state.isEmpty() && state.size !== classes ** 2) {
        throw new ArgumentError(`confusionMatrix: the batch has ${classes} classes, those before had ${Math.sqrt(state.size)}; expected as many`);
      }
      const counts = state.isEmpty() ? new Array<number>(classes ** 2).fill(0) : state.toArray();
      for (let index = 0; index < actual.length; index++) counts[actual[index]! * classes + predicted[index]!]!++;
      return List(counts);
    },
    result: (state) => {
      const classes = Math.sqrt(state.size);
      return Array.from({ length: classes }, (_, row) => state.slice(row * classes, (row + 1) * classes).toArray());
    },
  });
}
