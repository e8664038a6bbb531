import { requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { softplus } from '../elementwise/activation.js';
import { add, mul, neg, sub } from '../elementwise/arithmetic.js';
import { asFloat, type TensorLike } from '../operand.js';
import { requireFraction } from './labelSmoothing.js';
import { reduceLoss, requireLossOptions, requireOneShape, type LossOptions } from './reduction.js';
import { hideInfinite, hideUncounted } from './uncounted.js';

/** The cross-entropy of two classes. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** How far labels are drawn towards a half: `label * (1 - s) + s / 2`. Default: 0. */
  readonly labelSmoothing?: number;
  /** How much the positive class counts, against 1 for the other; broadcasts to the logits. 0 hides its logits, as a weight of 0 does. Default: 1. */
  readonly positiveWeight?: TensorLike;
}

const binaryCrossEntropyOptionNames: OptionNames<BinaryCrossEntropyOptions> = {
  labelSmoothing: true, positiveWeight: true, reduction: true, weights: true,
};

/**
 * The cross-entropy of labels from 0 to 1 and `sigmoid(logits)`, worked out from the logits:
 * `label * softplus(-logit) + (1 - label) * softplus(logit)`, which neither overflows nor loses digits.
 *
 * @returns the mean over all elements as a scalar, or as `reduction` says.
 * @throws `ShapeError` when labels and logits differ in shape, or the weights do not fit.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @torch torch.nn.functional.binary_cross_entropy_with_logits
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { binaryCrossEntropyWithLogits } from '@adjoint/ops';
 *
 * const losses = binaryCrossEntropyWithLogits(tensor([0, 1000, -1000]), tensor([1, 1, 1]), { reduction: 'none' });
 * losses.toArray(); // [0.6931472, 0, 1000]
 * ```
 */
export function binaryCrossEntropyWithLogits(logits: TensorLike, labels: TensorLike, options: BinaryCrossEntropyOptions = {}): Tensor {
  requireOptions('binaryCrossEntropyWithLogits', options, binaryCrossEntropyOptionNames);
  const { labelSmoothing = 0, positiveWeight = 1 } = options;
  const [x, given] = [asFloat('binaryCrossEntropyWithLogits', logits), asFloat('binaryCrossEntropyWithLogits', labels)];
  requireOneShape('binaryCrossEntropyWithLogits', { logits: x, labels: given });
  requireFraction('binaryCrossEntropyWithLogits', 'labelSmoothing', labelSmoothing);
  requireLossOptions('binaryCrossEntropyWithLogits', x.shape, options);
  const { weights } = options;
  const counted = (values: Tensor): Tensor => (weights === undefined ? values : hideUncounted(values, weights));
  const smoothed = labelSmoothing === 0 ? given : add(mul(given, 1 - labelSmoothing), labelSmoothing / 2);
  const targets = counted(smoothed);
  const predicted = counted(x);
  const ofPositive = counted(mul(positiveWeight, targets));
  const ofNegative = sub(1, targets);
  // A label may leave a factor of 0, against which an infinite logit is NaN.
  const positive = mul(ofPositive, softplus(neg(hideInfinite(predicted, ofPositive))));
  const negative = mul(ofNegative, softplus(hideInfinite(predicted, ofNegative)));
  return reduceLoss(add(positive, negative), options);
}
