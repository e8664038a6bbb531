import { normalizeAxis, type Tensor } from '@adjoint/core';
import { squeeze } from './reshape.js';
import { split } from './split.js';
import { requireTensor } from '../operand.js';

/**
 * The slices at each position along an axis, without that axis: what `stack` joins. Views. Made for loops over the steps of
 * a sequence: of n slices the gradient takes time in proportion to n log n, and not to the square of n as that of n calls of
 * `slice`, each of which fills the whole axis.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.unstack
 * @jax jnp.unstack
 * @torch torch.unbind
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { unstack } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * unstack(x).map((row) => row.toArray()); // [[1, 2, 3], [4, 5, 6]]
 * unstack(x, 1).map((column) => column.toArray()); // [[1, 4], [2, 5], [3, 6]]
 * ```
 */
export function unstack(input: Tensor, axis = 0): Tensor[] {
  requireTensor('unstack', 'input', input);
  return slicesOf(input, normalizeAxis('unstack', axis, input.shape.length));
}

/** By halves of halves, so that a gradient is put together from halves too. */
function slicesOf(input: Tensor, axis: number): Tensor[] {
  const length = input.shape[axis]!;
  if (length === 0) return [];
  if (length === 1) return [squeeze(input, axis)];
  return split(input, [length >> 1], axis).flatMap((half) => slicesOf(half, axis));
}
