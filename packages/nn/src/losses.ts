import { formatType, isFloat, requireTensor, ShapeError, type Tensor } from '@adjoint/core';
import { meanSquaredError as squaredErrorOf, softmaxCrossEntropy, type LossOptions, type SoftmaxCrossEntropyOptions } from '@adjoint/ops';
import { requireDistributions } from './metrics/classes.js';
import { refusingAs } from './refusals.js';

/** How far a model's outputs are from the targets, as a float scalar; a mean over the batch. */
export type Loss = (outputs: Tensor, targets: Tensor) => Tensor;

/**
 * The mean cross-entropy of labels and the softmax of logits `[n, classes]`; the model ends without a softmax. It is
 * `softmaxCrossEntropy` of `@adjoint/ops`, and also refuses targets that are not classes, such as the numbers of a regression,
 * with which a training would learn nothing or diverge.
 *
 * @param targets - the classes as `int32 [n]`, or probabilities `[n, classes]` (one-hot, for instance). A row of zeros doesn't count.
 * @throws `ShapeError` when there are fewer than two classes, or the shapes do not fit.
 * @throws `ArgumentError` when a label is not a class, or a row of probabilities has a negative value or another sum than 1.
 * @throws as {@link @adjoint/ops!softmaxCrossEntropy} does.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { crossEntropy } from '@adjoint/nn';
 *
 * const [logits, classes] = [tensor([[0, 1000], [0, 0]]), tensor([1, 0], { dtype: 'int32' })];
 * crossEntropy(logits, classes).item().toFixed(4); // '0.3466'
 * crossEntropy(logits, classes, { weights: tensor([1, 0]) }).item(); // 0
 * ```
 */
export function crossEntropy(outputs: Tensor, targets: Tensor, options: SoftmaxCrossEntropyOptions = {}): Tensor {
  requireTensor('crossEntropy', 'outputs', outputs);
  requireTensor('crossEntropy', 'targets', targets);
  requireClasses(outputs, targets);
  return refusingAs('crossEntropy', () => {
    const loss = softmaxCrossEntropy(outputs, targets, options);
    if (isFloat(targets.dtype)) requireDistributions('crossEntropy', targets, options.weights);
    return loss;
  });
}

function requireClasses(outputs: Tensor, targets: Tensor): void {
  const { shape } = outputs;
  if (shape.at(-1) === 1) {
    throw new ShapeError(`crossEntropy: outputs is ${formatType(outputs)}, a single class, whose loss is always 0; expected two classes or more. ${otherLosses}`);
  }
  // Numbers [n] for targets [n] would be one example of n classes.
  if (shape.length === 1 && isFloat(targets.dtype)) {
    throw new ShapeError(`crossEntropy: outputs is ${formatType(outputs)}; expected [n, classes] ([1, classes] for one example). ${otherLosses}`);
  }
}

const otherLosses = 'For numbers pass loss: meanSquaredError; for yes or no, binaryCrossEntropyWithLogits of @adjoint/ops';

/** The loss of a training or evaluation: {@link crossEntropy} by default, and where the same loss of `@adjoint/ops` is given. */
export function lossOf(loss: Loss = crossEntropy): Loss {
  return loss === softmaxCrossEntropy ? crossEntropy : loss;
}

/**
 * The mean of the squared differences of outputs and targets of one shape: `meanSquaredError` of `@adjoint/ops`, for tensors.
 *
 * @throws `ShapeError` when the shapes differ; they do not broadcast, since `[n]` against `[n, 1]` would give a
 * wrong loss without a word.
 * @throws as {@link @adjoint/ops!meanSquaredError} does.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { meanSquaredError } from '@adjoint/nn';
 *
 * meanSquaredError(tensor([[1], [2]]), tensor([[1], [4]])).item(); // 2
 * meanSquaredError(tensor([[1], [2]]), tensor([[1], [4]]), { weights: tensor([[3], [1]]) }).item(); // 1
 * ```
 */
export function meanSquaredError(outputs: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  requireTensor('meanSquaredError', 'outputs', outputs);
  requireTensor('meanSquaredError', 'targets', targets);
  return squaredErrorOf(outputs, targets, options);
}
