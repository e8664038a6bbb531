import { formatType, normalizeAxis, requireOptions, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { mul, sub } from '../elementwise/arithmetic.js';
import { log } from '../elementwise/exponential.js';
import { equal, less, notEqual } from '../elementwise/comparison.js';
import { logicalOr } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';
import { asFloat, type TensorLike } from '../operand.js';
import { broadcastTo, sum } from '../reduce/sum.js';
import { expandDims } from '../shape/reshape.js';
import { reduceLoss, requireLossOptions, requireOneShape, type LossOptions } from './reduction.js';
import { hideUncounted } from './uncounted.js';

/** A divergence of distributions. */
export interface KlDivergenceOptions extends LossOptions {
  /** The axis along which the probabilities of one distribution lie. Default: the last. */
  readonly axis?: number;
}

const klDivergenceOptionNames: OptionNames<KlDivergenceOptions> = { axis: true, reduction: true, weights: true };

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
export function klDivergence(logPredictions: TensorLike, targets: TensorLike, given: KlDivergenceOptions = {}): Tensor {
  requireOptions('klDivergence', given, klDivergenceOptionNames);
  const { axis = -1, ...options } = given;
  const [predicted, expected] = [asFloat('klDivergence', logPredictions), asFloat('klDivergence', targets)];
  requireOneShape('klDivergence', { logPredictions: predicted, targets: expected });
  const { shape } = predicted;
  if (shape.length === 0) throw new ShapeError(`klDivergence: logPredictions is ${formatType(predicted)}; expected distributions along an axis`);
  const along = normalizeAxis('klDivergence', axis, shape.length);
  const losses = shape.filter((_, other) => other !== along);
  requireLossOptions('klDivergence', losses, options);
  // 0 times -Infinity is NaN, in the value and in the gradient: neither logarithm is looked at where the target is 0.
  const weights = options.weights === undefined ? null : expandDims(broadcastTo(options.weights, losses), along);
  const counted = weights === null ? expected : countedTargets(expected, weights);
  const none = equal(counted, 0);
  const difference = sub(log(where(none, 1, counted)), where(none, 0, weights === null ? predicted : hideUncounted(predicted, weights)));
  return reduceLoss(sum(mul(counted, difference), { axes: along }), options);
}

/** Targets with 0 in place of those that have no logarithm, or a huge one, and a weight of 0. */
function countedTargets(targets: Tensor, weights: Tensor): Tensor {
  const finite = hideUncounted(targets, weights);
  return where(logicalOr(notEqual(weights, 0), less(0, finite)), finite, 0);
}
