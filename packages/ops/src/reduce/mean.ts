import { normalizeAxes, type Tensor } from '@adjoint/core';
import { div } from '../elementwise/arithmetic.js';
import { asFloat, type TensorLike } from '../operand.js';
import { elementsAlong, type ReduceOptions } from './rules.js';
import { sum } from './sum.js';

/**
 * The mean over axes, always a float (of `int32` and `bool` a `float32`); of nothing it is NaN.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.mean
 * @jax jnp.mean
 * @torch torch.mean
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
  const operand = asFloat('mean', input);
  const axes = normalizeAxes('mean', options.axes, operand.shape.length);
  return div(sum(operand, options), elementsAlong(operand.shape, axes));
}
