import { formatValue, requireFlag, ArgumentError, AxisError, formatType, normalizeAxes, requireOptions, stopGradient, type OptionNames, type Tensor } from '@adjoint/core';
import { abs, div, mul } from '../elementwise/arithmetic.js';
import { cast } from '../elementwise/cast.js';
import { equal, notEqual } from '../elementwise/comparison.js';
import { logicalOr } from '../elementwise/logical.js';
import { pow } from '../elementwise/power.js';
import { where } from '../elementwise/where.js';
import { asFloat, type TensorLike } from '../operand.js';
import { squeeze } from '../shape/reshape.js';
import { max, min } from './extremum.js';
import { flatAtZero } from './flatAtZero.js';
import { euclideanNorm } from './length.js';
import { elementsAlong, requireElements, type ReduceOptions } from './rules.js';
import { sum } from './sum.js';

/** Along which axes to reduce, and by which norm. */
export interface NormOptions extends ReduceOptions {
  /**
   * `p` for `sum(|x| ** p) ** (1 / p)`; `Infinity` for the largest magnitude, `-Infinity` for the smallest, 0 for the number
   * of elements that are not 0; `'fro'` for the Frobenius norm of a matrix. Default: 2.
   */
  readonly order?: number | 'fro';
}

const normOptionNames: OptionNames<NormOptions> = { order: true, axes: true, keepDims: true };

/**
 * The norm of vectors over axes, always a float. A number as `order` means a vector's norm, over however many axes (unlike in
 * `np.linalg.norm`, where over two axes it means a matrix's); `'fro'` takes two axes and is the same as 2.
 *
 * The norm of order 2 is exact wherever it is a number of the dtype: it scales where squares would overflow or vanish.
 *
 * The gradient at a norm of 0 is 0. So are all derivatives there, by convention: the Hessian of `square(norm(x))` at 0 is 0
 * and not `2 I`. Write `sum(square(x))`, which is smooth. At an element of 0 it is 0, also for an order below 1, where the slope is infinite.
 * Magnitudes that tie for an infinite order share it in equal parts. Order 0 has no gradient.
 *
 * @throws `AxisError` when there is no such axis, or `'fro'` gets other than two.
 * @throws `ShapeError` when an axis is empty and the order infinite.
 * @throws `ArgumentError` when the order is no number or name.
 *
 * @numpy np.linalg.vector_norm
 * @jax jnp.linalg.vector_norm
 * @torch torch.linalg.vector_norm
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { norm } from '@adjoint/ops';
 *
 * const x = tensor([[3, -4], [0, 2]]);
 * norm(x, { axes: 1 }).toArray(); // [5, 2]
 * norm(x, { axes: 1, order: 1 }).toArray(); // [7, 2]
 * norm(x, { order: Infinity }).item(); // 4
 * ```
 */
export function norm(input: TensorLike, options: NormOptions = {}): Tensor {
  requireOptions('norm', options, normOptionNames);
  const { order = 2, axes: given, keepDims = false } = options;
  requireFlag('norm', 'keepDims', keepDims);
  const operand = asFloat('norm', input);
  const axes = normalizeAxes('norm', given, operand.shape.length);
  const reduction = { axes, keepDims };
  switch (order) {
    case 'fro':
      if (axes.length !== 2) throw new AxisError(`norm: order 'fro' over axes [${axes.join(',')}] of ${formatType(operand)}; expected two axes`);
      return euclideanNorm(operand, reduction);
    case 2:
      return euclideanNorm(operand, reduction);
    case 1:
      return sum(abs(operand), reduction);
    case 0:
      return sum(cast(notEqual(operand, 0), operand.dtype), reduction);
    case Infinity:
    case -Infinity:
      requireElements('norm', operand, axes);
      return (order > 0 ? max : min)(abs(operand), reduction);
    default:
      if (typeof order !== 'number' || Number.isNaN(order)) throw new ArgumentError(`norm: order is ${formatValue(order)}; expected a number or 'fro'`);
      return powerNorm(operand, order, axes, keepDims);
  }
}

/** By the ratios to the largest magnitude (the smallest, for a negative order), so that no power overflows. */
function powerNorm(input: Tensor, order: number, axes: readonly number[], keepDims: boolean): Tensor {
  const magnitudes = abs(input);
  const scale = elementsAlong(input.shape, axes) === 0 ? 1 : scaleOf(stopGradient(magnitudes), order, axes);
  const atZero = order > 0 ? 0 : Infinity;
  const powers = flatAtZero(div(magnitudes, scale), (x) => pow(x, order), atZero);
  const root = flatAtZero(sum(powers, { axes, keepDims: true }), (x) => pow(x, 1 / order), atZero);
  const result = mul(root, scale);
  return keepDims ? result : squeeze(result, axes);
}

/** A constant, since the norm does not depend on it. */
function scaleOf(magnitudes: Tensor, order: number, axes: readonly number[]): Tensor {
  const scale = (order > 0 ? max : min)(magnitudes, { axes, keepDims: true });
  return where(logicalOr(equal(scale, 0), equal(scale, Infinity)), 1, scale);
}
