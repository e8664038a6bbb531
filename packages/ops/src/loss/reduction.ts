import { formatValue, ArgumentError, broadcastShapes, formatShape, formatType, reportReduction, sameShape, ShapeError, type Shape, type Tensor, type TensorType } from '@adjoint/core';
import { div, mul } from '../elementwise/arithmetic.js';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { asFloat, requireTensor } from '../operand.js';
import { mean } from '../reduce/mean.js';
import { broadcastTo, sum } from '../reduce/sum.js';

/** How losses become one. */
export type Reduction = 'mean' | 'sum' | 'none';

/** What all losses take. */
export interface LossOptions {
  /** `mean`: over all losses, weighted where there are weights; `sum`; or `none`: as they are. Default: `mean`. */
  readonly reduction?: Reduction;
  /**
   * How much each loss counts; broadcasts to the losses' shape. A weight of 0 hides what the loss is computed from, also NaN and
   * infinities: it changes neither the result nor a gradient. The mean is 0 where all weights are 0, and NaN without losses. Default: 1.
   */
  readonly weights?: Tensor;
}

/**
 * Checks the options before anything runs.
 *
 * @throws `ArgumentError`, `ShapeError` that name the operation and the option.
 */
export function requireLossOptions(operation: string, losses: Shape, { reduction = 'mean', weights }: LossOptions): void {
  if (!['mean', 'sum', 'none'].includes(reduction)) {
    throw new ArgumentError(`${operation}: reduction is ${formatValue(reduction)}; expected 'mean', 'sum' or 'none'`);
  }
  if (weights === undefined) return;
  requireTensor(operation, 'weights', weights);
  if (weights.shape.length <= losses.length && sameShape(broadcastShapes(`${operation}: weights`, weights.shape, losses), losses)) return;
  throw new ShapeError(`${operation}: weights is ${formatType(weights)}; expected what broadcasts to the losses' shape ${formatShape(losses)}`);
}

/**
 * The losses as one, or as they are.
 *
 * @param counts - how much each loss counts in the mean besides its weight, where that is in the losses already. Default: 1.
 */
export function reduceLoss(losses: Tensor, { reduction = 'mean', weights: given }: LossOptions, counts?: Tensor): Tensor {
  const weights = given === undefined ? undefined : asFloat('reduceLoss', given);
  const weighted = weights === undefined ? losses : mul(losses, weights);
  if (reduction === 'none') return weighted;
  if (reduction === 'sum') {
    const total = sum(weighted);
    reportReduction('sum', total, null);
    return total;
  }
  if (weights === undefined && counts === undefined) {
    const average = mean(losses);
    reportReduction('mean', average, null);
    return average;
  }
  const total = sum(counts === undefined ? broadcastTo(weights!, losses.shape) : weights === undefined ? counts : mul(counts, weights));
  // Where nothing has a weight, the sum is 0, and so is the mean; that of no losses is NaN, as without weights.
  const average = div(sum(weighted), losses.size === 0 ? total : where(equal(total, 0), 1, total));
  reportReduction('mean', average, total);
  return average;
}

/**
 * Checks that two arguments have one shape: a broadcast there is mostly a mistake.
 *
 * @throws `ShapeError` that names the operation and both arguments.
 */
export function requireOneShape(operation: string, values: Readonly<Record<string, TensorType>>): void {
  const [[first, left], [second, right]] = Object.entries(values) as [[string, TensorType], [string, TensorType]];
  if (sameShape(left.shape, right.shape)) return;
  throw new ShapeError(`${operation}: ${first} is ${formatType(left)}, ${second} ${formatType(right)}; expected one shape: reshape one of them`);
}
