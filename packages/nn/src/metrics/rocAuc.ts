import { formatType, ShapeError, type Tensor } from '@adjoint/core';
import { List } from 'immutable';
import { areClasses, isBinary, labelsOf } from './classes.js';
import { metricOf, type Metric, type MetricState } from './metric.js';

/**
 * The area under the curve of true against false positives: how likely an example of class 1 has a higher output than one of
 * class 0, where equal ones count half. Exact, not binned: it keeps every example's output and label. As scikit-learn's
 * `roc_auc_score`.
 *
 * Outputs are `[n]` or `[n, 1]`, or `[n, 2]`, whose second minus the first counts. Logits and probabilities give the same. NaN
 * while there are not examples of both classes.
 *
 * @throws `ShapeError` when there are more than two classes, or not a label an output.
 * @throws `ArgumentError` when a label is neither 0 nor 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, rocAuc } from '@adjoint/nn';
 *
 * measure(rocAuc(), tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1])); // 0.75
 * ```
 */
export function rocAuc(): Metric<number> {
  return metricOf('rocAuc', {
    direction: 'max',
    initial: List(),
    update: (state, outputs, targets) => {
      const { scores, labels } = scored(outputs, targets);
      return state.withMutations((list) => {
        for (let index = 0; index < scores.length; index++) list.push(scores[index]!, labels[index]!);
      });
    },
    result: areaOf,
  });
}

function scored(outputs: Tensor, targets: Tensor): { readonly scores: ArrayLike<number>; readonly labels: ArrayLike<number> } {
  if (isBinary(outputs)) return { scores: outputs.data(), labels: labelsOf('rocAuc', outputs, targets) };
  if (outputs.shape.at(-1) !== 2 || targets.dtype !== 'int32' || !areClasses(outputs, targets)) {
    throw new ShapeError(`rocAuc: outputs is ${formatType(outputs)}, targets ${formatType(targets)}; expected [n] or [n, 2] with a label 0 or 1 each`);
  }
  const pairs = outputs.data();
  return { scores: Array.from({ length: pairs.length / 2 }, (_, index) => pairs[2 * index + 1]! - pairs[2 * index]!), labels: labelsOf('rocAuc', targets, targets) };
}

/** By the ranks of the examples of class 1 (Mann and Whitney 1947); equal outputs share the mean of their ranks. */
function areaOf(state: MetricState): number {
  const values = state.toArray();
  if (values.some(Number.isNaN)) return NaN;
  const order = Array.from({ length: values.length / 2 }, (_, index) => index).sort((a, b) => values[2 * a]! - values[2 * b]!);
  let [ranks, positives] = [0, 0];
  for (let start = 0; start < order.length; ) {
    let end = start;
    let among = 0;
    const score = values[2 * order[start]!]!;
    for (; end < order.length && values[2 * order[end]!] === score; end++) among += values[2 * order[end]! + 1]!;
    ranks += (among * (start + 1 + end)) / 2;
    positives += among;
    start = end;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}
