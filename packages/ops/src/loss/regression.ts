import { formatValue, ArgumentError, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { abs, mul, square, sub } from '../elementwise/arithmetic.js';
import { less } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { asFloat, type TensorLike } from '../operand.js';
import { reduceLoss, requireLossOptions, requireOneShape, type LossOptions } from './reduction.js';
import { hideUncounted } from './uncounted.js';

/** The losses of the differences between predictions and targets. */
function ofDifferences(
  operation: string, predictions: TensorLike, targets: TensorLike, options: LossOptions, loss: (difference: Tensor) => Tensor,
): Tensor {
  const [predicted, expected] = [asFloat(operation, predictions), asFloat(operation, targets)];
  requireOneShape(operation, { predictions: predicted, targets: expected });
  requireLossOptions(operation, predicted.shape, options);
  const difference = sub(predicted, expected);
  return reduceLoss(loss(options.weights === undefined ? difference : hideUncounted(difference, options.weights)), options);
}

const lossOptionNames: OptionNames<LossOptions> = { reduction: true, weights: true };

/**
 * The mean of `(prediction - target) ** 2`. In `float32`, squares of differences beyond 1.8e19 overflow.
 *
 * @throws `ShapeError` when predictions and targets differ in shape, or the weights do not fit.
 * @throws `ArgumentError` for another `reduction`.
 *
 * @torch torch.nn.functional.mse_loss
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { meanSquaredError } from '@adjoint/ops';
 *
 * meanSquaredError(tensor([1, 2]), tensor([1, 4])).item(); // 2
 * meanSquaredError(tensor([1, 2]), tensor([1, 4]), { weights: tensor([3, 1]) }).item(); // 1
 * ```
 */
export function meanSquaredError(predictions: TensorLike, targets: TensorLike, options: LossOptions = {}): Tensor {
  requireOptions('meanSquaredError', options, lossOptionNames);
  return ofDifferences('meanSquaredError', predictions, targets, options, square);
}

/**
 * The mean of `|prediction - target|`; its gradient where both are equal is 0, and so are its other derivatives, by convention.
 *
 * @throws `ShapeError` when predictions and targets differ in shape, or the weights do not fit.
 * @throws `ArgumentError` for another `reduction`.
 *
 * @torch torch.nn.functional.l1_loss
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { meanAbsoluteError } from '@adjoint/ops';
 *
 * meanAbsoluteError(tensor([1, 2]), tensor([1, 4])).item(); // 1
 * ```
 */
export function meanAbsoluteError(predictions: TensorLike, targets: TensorLike, options: LossOptions = {}): Tensor {
  requireOptions('meanAbsoluteError', options, lossOptionNames);
  return ofDifferences('meanAbsoluteError', predictions, targets, options, abs);
}

/** The loss of Huber. */
export interface HuberOptions extends LossOptions {
  /** Where the parabola becomes a line. Default: 1. */
  readonly delta?: number;
}

const huberOptionNames: OptionNames<HuberOptions> = { delta: true, reduction: true, weights: true };

/**
 * The mean of Huber's loss (1964) of the difference `d`: `d ** 2 / 2` where `|d|` is below `delta`, and
 * `delta * (|d| - delta / 2)` beyond.
 *
 * @throws `ShapeError` when predictions and targets differ in shape, or the weights do not fit.
 * @throws `ArgumentError` when `delta` is no finite number above 0, or for another `reduction`.
 *
 * @torch torch.nn.functional.huber_loss
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { huber } from '@adjoint/ops';
 *
 * huber(tensor([0, 0]), tensor([1, 3]), { reduction: 'none' }).toArray(); // [0.5, 2.5]
 * ```
 */
export function huber(predictions: TensorLike, targets: TensorLike, given: HuberOptions = {}): Tensor {
  requireOptions('huber', given, huberOptionNames);
  const { delta = 1, ...options } = given;
  if (!Number.isFinite(delta) || delta <= 0) throw new ArgumentError(`huber: delta is ${formatValue(delta)}; expected a finite number above 0`);
  return ofDifferences('huber', predictions, targets, options, (difference) => {
    const distance = abs(difference);
    const isNear = less(distance, delta);
    // The square of a difference that is far may overflow, and 0 times its derivative be NaN.
    return where(isNear, mul(0.5, square(where(isNear, difference, 0))), mul(delta, sub(distance, delta / 2)));
  });
}
