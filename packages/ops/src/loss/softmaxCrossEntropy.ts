import { formatType, isFloat, sameShape, ShapeError, type Tensor } from '@adjoint/core';
import { add, div, mul, sub } from '../elementwise/arithmetic.js';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { oneHotMask, requireLabels } from '../indexing/labels.js';
import { requireVectors } from '../normalization/rescale.js';
import { requireDtype } from '../operand.js';
import { mean } from '../reduce/mean.js';
import { broadcastTo, sum } from '../reduce/sum.js';
import { logSoftmax } from '../softmax/softmax.js';
import { crossEntropyOfClasses } from './crossEntropyOfClasses.js';
import { requireFraction } from './labelSmoothing.js';
import { reduceLoss, requireLossOptions, type LossOptions } from './reduction.js';

const name = 'softmaxCrossEntropy';

/** The cross-entropy of several classes. */
export interface SoftmaxCrossEntropyOptions extends LossOptions {
  /** How far labels are drawn towards equal probabilities: `label * (1 - s) + s / classes`. Default: 0. */
  readonly labelSmoothing?: number;
  /** How much each class counts, `[classes]`. The mean is then over the weights of the examples' classes. Default: 1. */
  readonly classWeights?: Tensor;
}

/**
 * The cross-entropy of labels and the softmax of logits `[..., classes]`, worked out from the logits, so that it is
 * exact for large ones. Labels are `int32 [...]` (the class), or `[..., classes]` of probabilities (one-hot, for instance).
 * A class of probability 0 counts nothing, also where its logit is `-Infinity`.
 *
 * @returns the mean over all examples as a scalar, or as `reduction` says.
 * @throws `ShapeError` when the labels' or the weights' shape does not fit.
 * @throws `ArgumentError` when a label is no class, or an option is out of range.
 *
 * @jax optax.losses.safe_softmax_cross_entropy
 * @torch torch.nn.functional.cross_entropy
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { softmaxCrossEntropy } from '@adjoint/ops';
 *
 * const logits = tensor([[0, 0], [0, 1000]]);
 * const labels = tensor([0, 1], { dtype: 'int32' });
 * softmaxCrossEntropy(logits, labels, { reduction: 'none' }).toArray(); // [0.6931472, 0]
 * softmaxCrossEntropy(logits, labels, { reduction: 'none', labelSmoothing: 0.1 }).toArray(); // [0.6931472, 50]
 * ```
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor, options: SoftmaxCrossEntropyOptions = {}): Tensor {
  const { labelSmoothing = 0, classWeights, ...lossOptions } = options;
  requireDtype(name, 'logits', logits, ['float32', 'float64']);
  if (logits.shape.length === 0) throw new ShapeError(`${name}: logits is a scalar; expected [..., classes]`);
  const classes = logits.shape.at(-1)!;
  requireLabelShape(logits, labels);
  requireFraction(name, 'labelSmoothing', labelSmoothing);
  requireVectors(name, [classes], { classWeights });
  requireLossOptions(name, logits.shape.slice(0, -1), lossOptions);
  if (!isFloat(labels.dtype)) {
    requireLabels(name, labels, classes);
    if (labelSmoothing === 0 && classWeights === undefined) return reduceLoss(crossEntropyOfClasses(logits, labels), lossOptions);
  }
  const isLabel = isFloat(labels.dtype) ? null : oneHotMask(labels, classes);
  /** What the labels say of values of the classes: of probabilities the mean, else the value of the class. */
  const atLabels = (values: Tensor): Tensor => sum(isLabel === null ? meanOf(labels, values) : where(isLabel, values, 0), { axes: -1 });

  const logProbabilities = logSoftmax(logits);
  const counted = classWeights === undefined ? logProbabilities : mul(logProbabilities, classWeights);
  const ofLabels = atLabels(counted);
  const smoothed = labelSmoothing === 0 ? ofLabels : add(mul(1 - labelSmoothing, ofLabels), mul(labelSmoothing, mean(counted, { axes: -1 })));
  // Subtracted from 0 and not negated, as a loss of -0 would print its sign.
  const losses = sub(0, smoothed);
  if (classWeights === undefined || (options.reduction ?? 'mean') !== 'mean') return reduceLoss(losses, lossOptions);
  const exampleWeights = atLabels(broadcastTo(classWeights, logits.shape));
  const total = reduceLoss(losses, { ...lossOptions, reduction: 'sum' });
  return div(total, reduceLoss(exampleWeights, { ...lossOptions, reduction: 'sum' }));
}

/** 0 times -Infinity is NaN: a value is not looked at where its probability is 0. */
function meanOf(probabilities: Tensor, values: Tensor): Tensor {
  const isNone = equal(probabilities, 0);
  return where(isNone, 0, mul(probabilities, where(isNone, 0, values)));
}

function requireLabelShape(logits: Tensor, labels: Tensor): void {
  const expected = isFloat(labels.dtype) ? logits.shape : logits.shape.slice(0, -1);
  if (sameShape(labels.shape, expected)) return;
  throw new ShapeError(
    `${name}: logits is ${formatType(logits)}, labels ${formatType(labels)}; ` +
      'expected int32 labels of the logits\' shape without the last axis, or probabilities of the logits\' shape',
  );
}
