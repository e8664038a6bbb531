import { formatType, normalizeAxis, ShapeError, type Tensor } from '@adjoint/core';
import { mul, sub } from '../elementwise/arithmetic.js';
import { log } from '../elementwise/exponential.js';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { asFloat, type TensorLike } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { reduceLoss, requireLossOptions, requireOneShape, type LossOptions } from './reduction.js';

/** A divergence of distributions. */
export interface KlDivergenceOptions extends LossOptions {
  /** The axis along which the probabilities of one distribution lie. Default: the last. */
  readonly axis?: number;
}

/**
 * The divergence of Kullback and Leibler of predictions, given as logarithms of probabilities, from targets, given as
 * probabilities: `sum(target * (log(target) - logPrediction))` along `axis`; a target of 0 counts nothing.
 *
 * @returns the mean over the distributions as a scalar (PyTorch's `batchmean`), or as `reduction` says.
 * @throws `ShapeError` when both differ in shape, are scalars, or the weights do not fit.
 * @throws `AxisError` when there is no such axis.
 * @throws `ArgumentError` for another `reduction`.
 *
 * @torch torch.nn.functional.kl_div
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { klDivergence, log } from '@adjoint/ops';
 *
 * klDivergence(log(tensor([[0.5, 0.5]])), tensor([[1, 0]])).item().toFixed(4); // '0.6931'
 * ```
 */
export function klDivergence(logPredictions: TensorLike, targets: TensorLike, { axis = -1, ...options }: KlDivergenceOptions = {}): Tensor {
  const [predicted, expected] = [asFloat('klDivergence', logPredictions), asFloat('klDivergence', targets)];
  requireOneShape('klDivergence', { logPredictions: predicted, targets: expected });
  const { shape } = predicted;
  if (shape.length === 0) throw new ShapeError(`klDivergence: logPredictions is ${formatType(predicted)}; expected distributions along an axis`);
  const along = normalizeAxis('klDivergence', axis, shape.length);
  requireLossOptions('klDivergence', shape.filter((_, other) => other !== along), options);
  // 0 times -Infinity is NaN, in the value and in the gradient: neither logarithm is looked at where the target is 0.
  const none = equal(expected, 0);
  const difference = sub(log(where(none, 1, expected)), where(none, 0, predicted));
  return reduceLoss(sum(mul(expected, difference), { axes: along }), options);
}
