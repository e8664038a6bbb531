import { formatType, isFloat, requireOptions, sameShape, ShapeError, type OptionNames, type Shape, type Tensor } from '@adjoint/core';
import { add, mul, sub } from '../elementwise/arithmetic.js';
import { greaterEqual, less, notEqual } from '../elementwise/comparison.js';
import { logicalAnd, logicalOr } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';
import { oneHotMask, requireLabels } from '../indexing/labels.js';
import { requireVectors } from '../normalization/rescale.js';
import { requireDtype, requireTensor } from '../operand.js';
import { mean } from '../reduce/mean.js';
import { broadcastTo, sum } from '../reduce/sum.js';
import { expandDims } from '../shape/reshape.js';
import { logSoftmax } from '../softmax/softmax.js';
import { crossEntropyOfClasses } from './crossEntropyOfClasses.js';
import { requireFraction } from './labelSmoothing.js';
import { reduceLoss, requireLossOptions, type LossOptions } from './reduction.js';
import { hideInfinite, hideUncounted } from './uncounted.js';

const name = 'softmaxCrossEntropy';

/** The cross-entropy of several classes. */
export interface SoftmaxCrossEntropyOptions extends LossOptions {
  /** How far labels are drawn towards equal probabilities: `label * (1 - s) + s / classes`. Default: 0. */
  readonly labelSmoothing?: number;
  /**
   * How much each class counts, `[classes]`. The mean is then over the weights of the examples' classes, and 0 where all of them
   * are 0. An example whose class has the weight 0 is hidden, as by a weight of 0. Default: 1.
   */
  readonly classWeights?: Tensor;
}

const softmaxCrossEntropyOptionNames: OptionNames<SoftmaxCrossEntropyOptions> = {
  labelSmoothing: true, classWeights: true, reduction: true, weights: true,
};

/**
 * The cross-entropy of labels and the softmax of logits `[..., classes]`, worked out from the logits, so that it is
 * exact for large ones. Labels are `int32 [...]` (the class), or `[..., classes]` of probabilities (one-hot, for instance).
 * A class of probability 0 counts nothing, also where its logit is `-Infinity`. Labels whose weight is 0 may be anything, such as
 * the -1 or -100 of padding.
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
  requireTensor('softmaxCrossEntropy', 'logits', logits);
  requireTensor('softmaxCrossEntropy', 'labels', labels);
  requireOptions('softmaxCrossEntropy', options, softmaxCrossEntropyOptionNames);
  const { labelSmoothing = 0, classWeights, ...lossOptions } = options;
  requireDtype(name, 'logits', logits, ['float32', 'float64']);
  if (logits.shape.length === 0) throw new ShapeError(`${name}: logits is a scalar; expected [..., classes]`);
  const classes = logits.shape.at(-1)!;
  requireLabelShape(logits, labels);
  requireFraction(name, 'labelSmoothing', labelSmoothing);
  requireVectors(name, [classes], { classWeights });
  requireLossOptions(name, logits.shape.slice(0, -1), lossOptions);
  const { weights } = lossOptions;
  const counted = weights === undefined ? labels : countedLabels(labels, weights, classes);
  if (!isFloat(labels.dtype)) {
    requireLabels(name, counted, classes);
    if (labelSmoothing === 0 && classWeights === undefined) {
      return reduceLoss(crossEntropyOfClasses(hideRows(logits, weights), counted), lossOptions);
    }
  }
  // Smoothed labels give every class a share.
  const sumOfLabels = isFloat(labels.dtype) && labelSmoothing === 0 ? sum(counted, { axes: -1 }) : undefined;
  const isLabel = isFloat(labels.dtype) ? null : oneHotMask(counted, classes);
  /** What the labels say of values of the classes: of probabilities the mean, else the value of the class. */
  const atLabels = (values: Tensor): Tensor => sum(isLabel === null ? meanOf(counted, values) : where(isLabel, values, 0), { axes: -1 });
  /** The same of smoothed labels. */
  const atSmoothed = (values: Tensor): Tensor =>
    labelSmoothing === 0 ? atLabels(values) : add(mul(1 - labelSmoothing, atLabels(values)), mul(labelSmoothing, mean(values, { axes: -1 })));

  const weightOfClasses = classWeights === undefined ? null : broadcastTo(classWeights, logits.shape);
  const ofLabels = weightOfClasses === null ? sumOfLabels : atSmoothed(weightOfClasses);
  const read = ofLabels === undefined ? logits : hideInfinite(logits, expandDims(ofLabels, -1));
  const logProbabilities = logSoftmax(hideRows(read, weights));
  // Subtracted from 0 and not negated, as a loss of -0 would print its sign.
  const losses = sub(0, atSmoothed(weightOfClasses === null ? logProbabilities : mul(hideUncounted(logProbabilities, weightOfClasses), weightOfClasses)));
  return reduceLoss(losses, lossOptions, weightOfClasses === null ? undefined : atLabels(weightOfClasses));
}

/** Hides the logits of each example that has a weight of 0. */
function hideRows(logits: Tensor, weights: Tensor | undefined): Tensor {
  return weights === undefined ? logits : hideUncounted(logits, expandDims(weights, -1));
}

/** Replaces labels that are not classes with 0 where their weight is 0, such as the -1 or -100 of padding. */
function countedLabels(labels: Tensor, weights: Tensor, classes: number): Tensor {
  if (isFloat(labels.dtype)) return hideUncounted(labels, expandDims(weights, -1));
  if (labels.dtype !== 'int32') return labels;
  const isClass = logicalAnd(greaterEqual(labels, 0), less(labels, classes));
  return where(logicalOr(notEqual(weights, 0), isClass), labels, 0);
}

/** Multiplies values by their probabilities; an infinite one with a probability of 0 counts nothing. */
function meanOf(probabilities: Tensor, values: Tensor): Tensor {
  return mul(probabilities, hideInfinite(values, probabilities));
}

function requireLabelShape(logits: Tensor, labels: Tensor): void {
  const ofClasses = logits.shape.slice(0, -1);
  const expected = isFloat(labels.dtype) ? logits.shape : ofClasses;
  if (sameShape(labels.shape, expected)) return;
  throw new ShapeError(
    `${name}: logits is ${formatType(logits)}, labels ${formatType(labels)}; ` +
      `expected int32 labels of the logits' shape without the last axis, or probabilities of the logits' shape${adviceOn(labels, logits.shape, ofClasses)}`,
  );
}

/** What to do about labels of a common other form. */
function adviceOn(labels: Tensor, ofLogits: Shape, ofClasses: Shape): string {
  if (sameShape(labels.shape, ofClasses)) return ": convert classes with cast(labels, 'int32')";
  if (sameShape(labels.shape, ofLogits)) return ": convert one-hot labels with cast(labels, 'float32')";
  if (sameShape(labels.shape, [...ofClasses, 1])) return `: drop the last axis of the labels with squeeze(labels, -1)${labels.dtype === 'int32' ? '' : ", and convert them with cast(labels, 'int32')"}`;
  return '';
}
