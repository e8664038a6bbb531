import { normalizeAxes, type Tensor } from '@adjoint/core';
import { mul } from '../elementwise/arithmetic.js';
import { asFloat, type TensorLike } from '../operand.js';
import type { ReduceOptions } from './rules.js';
import { sum } from './sum.js';

/**
 * The mean over axes, always a float; of nothing it is NaN.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { mean } from '@adjoint/ops';
 *
 * mean(tensor([[1, 2], [3, 4]])).item(); // 2.5
 * mean(tensor([[1, 2], [3, 4]]), { axes: -1, keepDims: true }).toArray(); // [[1.5], [3.5]]
 * ```
 */
export function mean(input: TensorLike, options: ReduceOptions = {}): Tensor {
  const operand = asFloat(input);
  const axes = normalizeAxes('mean', options.axes, operand.shape.length);
  const count = axes.reduce((product, axis) => product * operand.shape[axis]!, 1);
  return mul(sum(operand, options), 1 / count);
}
