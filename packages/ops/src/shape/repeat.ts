import { isListOf, formatValue, ArgumentError, formatType, normalizeAxis, type Shape, type Tensor } from '@adjoint/core';
import { takeAt } from '../indexing/taking.js';
import { broadcastTo } from '../reduce/sum.js';
import { expandDims, flatten, reshape } from './reshape.js';
import { requireNumberOrList, requireTensor } from '../operand.js';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * The whole tensor so often along each axis. There may be more counts than axes, which gives new axes in front, or fewer,
 * which are those of the last axes. The gradient is the sum over the repeats.
 *
 * @throws `ArgumentError` when a count is not an integer >= 0.
 *
 * @numpy np.tile
 * @jax jnp.tile
 * @torch torch.tile
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { tile } from '@adjoint/ops';
 *
 * tile(tensor([1, 2]), 2).toArray(); // [1, 2, 1, 2]
 * tile(tensor([1, 2]), [2, 1]).toArray(); // [[1, 2], [1, 2]]
 * ```
 */
export function tile(input: Tensor, counts: number | readonly number[]): Tensor {
  requireTensor('tile', 'input', input);
  requireNumberOrList('tile', 'counts', counts);
  const list = typeof counts === 'number' ? [counts] : counts;
  if (!isListOf(list, isCount)) throw new ArgumentError(`tile: counts ${formatValue(list)}; expected whole numbers from 0`);
  const rank = Math.max(list.length, input.shape.length);
  const shape = aligned(input.shape, rank);
  const repeats = aligned(list, rank);
  // An axis of its own in front of each that is repeated, which stride 0 repeats, and then merged with it.
  const apart = shape.flatMap((length, axis) => (repeats[axis] === 1 ? [length] : [1, length]));
  const repeated = shape.flatMap((length, axis) => (repeats[axis] === 1 ? [length] : [repeats[axis]!, length]));
  return reshape(broadcastTo(reshape(input, apart), repeated), shape.map((length, axis) => length * repeats[axis]!));
}

/** A list with ones in front, up to a length. */
function aligned(list: Shape, length: number): Shape {
  return [...new Array<number>(length - list.length).fill(1), ...list];
}

/**
 * Each element, or each slice along an axis, so often in a row: one count for all, or one each. Without an axis, the elements
 * in row-major order. The gradient is the sum over the repeats.
 *
 * @throws `ArgumentError` when a count is not an integer >= 0, or there is not one count a slice.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.repeat
 * @jax jnp.repeat
 * @torch torch.repeat_interleave
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { repeat } from '@adjoint/ops';
 *
 * repeat(tensor([1, 2]), 2).toArray(); // [1, 1, 2, 2]
 * repeat(tensor([[1, 2], [3, 4]]), [1, 2], 0).toArray(); // [[1, 2], [3, 4], [3, 4]]
 * ```
 */
export function repeat(input: Tensor, counts: number | readonly number[], axis?: number): Tensor {
  requireTensor('repeat', 'input', input);
  requireNumberOrList('repeat', 'counts', counts);
  if (axis === undefined) return repeat(flatten(input), counts, 0);
  const at = normalizeAxis('repeat', axis, input.shape.length);
  const length = input.shape[at]!;
  const list = typeof counts === 'number' ? [counts] : counts;
  if (!isListOf(list, isCount) || (list.length !== 1 && list.length !== length)) {
    throw new ArgumentError(
      `repeat: counts ${formatValue(list)} for axis ${at} of ${formatType(input)}; expected whole numbers from 0, one for all or ${length}`,
    );
  }
  const replaced = (...lengths: number[]) => input.shape.toSpliced(at, 1, ...lengths);
  if (list.length === 1) return reshape(broadcastTo(expandDims(input, at + 1), replaced(length, list[0]!)), replaced(length * list[0]!));
  return takeAt(input, Int32Array.from(list.flatMap((count, index) => new Array<number>(count).fill(index))), at);
}
