import type { Tensor } from '@adjoint/core';
import { sliceBy, type SliceRange } from './ranges.js';
import { requireTensor } from '../operand.js';

/**
 * A part of a tensor by a range an axis; axes that are left out are taken whole. A view.
 *
 * @throws `AxisError` when there are more ranges than axes.
 * @throws `ArgumentError` when a range is not a list of at most three integers or nulls, or a step is 0.
 *
 * @jax jax.lax.slice
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { slice } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * slice(x, [[1]]).toArray(); // [[4, 5, 6]]
 * slice(x, [null, [null, null, -2]]).toArray(); // [[3, 1], [6, 4]]
 * ```
 */
export function slice(input: Tensor, ranges: readonly SliceRange[]): Tensor {
  requireTensor('slice', 'input', input);
  return sliceBy('slice', input, ranges);
}
