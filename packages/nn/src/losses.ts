import { formatType, requireTensor, sameShape, ShapeError, type Tensor } from '@adjoint/core';
import { mean, softmaxCrossEntropy, square, sub } from '@adjoint/ops';

/** How far a model's outputs are from the targets, as a float scalar; a mean over the batch. */
export type Loss = (outputs: Tensor, targets: Tensor) => Tensor;

/**
 * The mean cross-entropy of labels and the softmax of logits `[n, classes]`; the model ends without a softmax.
 *
 * @param targets - the classes as `int32 [n]`, or probabilities `[n, classes]` (one-hot, for instance).
 * @throws as {@link @adjoint/ops!softmaxCrossEntropy} does.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { crossEntropy } from '@adjoint/nn';
 *
 * crossEntropy(tensor([[0, 1000]]), tensor([1], { dtype: 'int32' })).item(); // 0
 * ```
 */
export function crossEntropy(outputs: Tensor, targets: Tensor): Tensor {
  return softmaxCrossEntropy(outputs, targets);
}

/**
 * The mean of the squared differences of outputs and targets of one shape.
 *
 * @throws `ShapeError` when the shapes differ; they do not broadcast, since `[n]` against `[n, 1]` would give a
 * wrong loss without a word.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { meanSquaredError } from '@adjoint/nn';
 *
 * meanSquaredError(tensor([[1], [2]]), tensor([[1], [4]])).item(); // 2
 * ```
 */
export function meanSquaredError(outputs: Tensor, targets: Tensor): Tensor {
  requireTensor('meanSquaredError', 'outputs', outputs);
  requireTensor('meanSquaredError', 'targets', targets);
  if (!sameShape(outputs.shape, targets.shape)) {
    throw new ShapeError(`meanSquaredError: outputs is ${formatType(outputs)}, targets ${formatType(targets)}; expected one shape, reshape one of them`);
  }
  return mean(square(sub(outputs, targets)));
}
