import { normalizeAxes, requireOptions, type Tensor } from '@adjoint/core';
import { sum } from '../reduce/sum.js';
import { diagonal } from '../shape/diagonal.js';
import { diagonalOptionNames, requireAxisPair, type DiagonalOptions } from '../shape/diagonalOptions.js';
import { requireTensor } from '../operand.js';

/**
 * The sum of a diagonal, over the remaining axes.
 *
 * @throws `AxisError` when there is no such axis, or both are the same.
 * @throws `ArgumentError` when the offset is no whole number.
 *
 * @numpy np.trace
 * @jax jnp.trace
 * @torch torch.trace
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { trace } from '@adjoint/ops';
 *
 * trace(tensor([[1, 2], [3, 4]])).item(); // 5
 * trace(tensor([[1, 2], [3, 4]]), { offset: 1 }).item(); // 2
 * ```
 */
export function trace(input: Tensor, options: DiagonalOptions = {}): Tensor {
  requireTensor('trace', 'input', input);
  requireOptions('trace', options, diagonalOptionNames);
  const { axes = [0, 1] } = options;
  requireAxisPair('trace', axes);
  normalizeAxes('trace', axes, input.shape.length);
  return sum(diagonal(input, options), { axes: -1 });
}
