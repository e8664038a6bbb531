import { formatType, isFloat, sameShape, ShapeError, type Tensor } from '@adjoint/core';
import { mul, sub } from '../elementwise/arithmetic.js';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { oneHotMask, requireLabels } from '../indexing/labels.js';
import { requireDtype } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { logSoftmax } from '../softmax/softmax.js';
import { reduceLoss, requireLossOptions, type LossOptions } from './reduction.js';

/**
 * The cross-entropy of labels and the softmax of logits `[..., classes]`, worked out from the logits, so that it is
 * exact for large ones. Labels are `int32 [...]` (the class), or `[..., classes]` of probabilities (one-hot, for instance).
 *
 * @returns the mean over all examples as a scalar, or as `reduction` says.
 * @throws `ShapeError` when the labels' shape does not fit.
 * @throws `ArgumentError` when a label is no class.
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
 * ```
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor, options: LossOptions = {}): Tensor {
  requireDtype('softmaxCrossEntropy', 'logits', logits, ['float32', 'float64']);
  if (logits.shape.length === 0) throw new ShapeError('softmaxCrossEntropy: logits is a scalar; expected [..., classes]');
  const expected = isFloat(labels.dtype) ? logits.shape : logits.shape.slice(0, -1);
  if (!sameShape(labels.shape, expected)) {
    throw new ShapeError(
      `softmaxCrossEntropy: logits is ${formatType(logits)}, labels ${formatType(labels)}; ` +
        'expected int32 labels of the logits\' shape without the last axis, or probabilities of the logits\' shape',
    );
  }
  requireLossOptions('softmaxCrossEntropy', logits.shape.slice(0, -1), options);
  const logProbabilities = logSoftmax(logits);
  const weighted = isFloat(labels.dtype)
    // 0 times -Infinity is NaN; a class that cannot be counts nothing.
    ? where(equal(labels, 0), 0, mul(labels, where(equal(labels, 0), 0, logProbabilities)))
    : where(oneHotMask(requireLabels('softmaxCrossEntropy', labels, logits.shape.at(-1)!), logits.shape.at(-1)!), logProbabilities, 0);
  // Subtracted from 0 and not negated, as a loss of -0 would print its sign.
  return reduceLoss(sub(0, sum(weighted, { axes: -1 })), options);
}
