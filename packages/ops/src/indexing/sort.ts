import { requireFlag, formatValue, apply, ArgumentError, definePrimitive, empty, formatType, normalizeAxis, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { moveAxis } from '../shape/transpose.js';
import { takeLines } from './taking.js';
import { requireTensor } from '../operand.js';

const argSortPrimitive = definePrimitive<{ readonly taken: number; readonly descending: boolean }>({
  name: 'argSort',
  keeps: {},
  infer: ([input], { taken }) => ({ shape: input!.shape.with(-1, taken), dtype: 'int32' }),
  forward: (backend, [input], { descending }, type) => {
    const out = empty(backend, type);
    backend.argSort(input!, out, descending);
    return out;
  },
  vjp: 'none',
  batch: 'leading',
});

/** The positions of the first `taken` elements along an axis, in order. */
function firstPositions(input: Tensor, axis: number, taken: number, descending: boolean): Tensor {
  return moveAxis(apply(argSortPrimitive, [moveAxis(input, axis, -1)], { taken, descending }), -1, axis);
}

/** Along which axis to sort, and in which direction. */
export interface SortOptions {
  /** Default: -1. */
  readonly axis?: number;
  /** From the greatest to the least. Default: false. */
  readonly descending?: boolean;
}

const sortOptionNames: OptionNames<SortOptions> = { axis: true, descending: true };

/**
 * The elements in order along an axis. Elements that tie keep their order, in both directions. NaN counts as the greatest: it
 * comes last, and first where the order descends (as in JAX and PyTorch).
 *
 * Each element gets the gradient of the place it went to; of elements that tie, the first one that of the first place.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.sort
 * @jax jnp.sort
 * @torch torch.sort
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sort } from '@adjoint/ops';
 *
 * sort(tensor([[3, 1, 2], [1, 5, 4]])).toArray(); // [[1, 2, 3], [1, 4, 5]]
 * sort(tensor([3, NaN, 2]), { descending: true }).toArray(); // [NaN, 3, 2]
 * ```
 */
export function sort(input: Tensor, options: SortOptions = {}): Tensor {
  requireTensor('sort', 'input', input);
  requireOptions('sort', options, sortOptionNames);
  const { descending = false } = options;
  requireFlag('sort', 'descending', descending);
  const axis = normalizeAxis('sort', options.axis ?? -1, input.shape.length);
  return takeLines(input, firstPositions(input, axis, input.shape[axis]!, descending), axis);
}

/**
 * The positions, `int32`, that would sort an axis: `takeAlongAxis(x, argSort(x))` is `sort(x)`. The order is that of `sort`.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.argsort
 * @jax jnp.argsort
 * @torch torch.argsort
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { argSort } from '@adjoint/ops';
 *
 * argSort(tensor([30, 10, 20])).toArray(); // [1, 2, 0]
 * ```
 */
export function argSort(input: Tensor, options: SortOptions = {}): Tensor {
  requireTensor('argSort', 'input', input);
  requireOptions('argSort', options, sortOptionNames);
  const { descending = false } = options;
  requireFlag('argSort', 'descending', descending);
  const axis = normalizeAxis('argSort', options.axis ?? -1, input.shape.length);
  return firstPositions(input, axis, input.shape[axis]!, descending);
}

/** Along which axis to look for the greatest elements. */
export interface TopKOptions {
  /** Default: -1. */
  readonly axis?: number;
}

const topKOptionNames: OptionNames<TopKOptions> = { axis: true };

/**
 * The `count` greatest elements along an axis from the greatest on, and their `int32` positions. NaN counts as the greatest; of
 * elements that tie the first come first, and alone get the gradient where not all are taken.
 *
 * @throws `ArgumentError` when `count` is not an integer from 0 to the length of the axis.
 * @throws `AxisError` when there is no such axis.
 *
 * @jax jax.lax.top_k
 * @torch torch.topk
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { topK } from '@adjoint/ops';
 *
 * const { values, indices } = topK(tensor([3, 9, 1, 7]), 2);
 * values.toArray(); // [9, 7]
 * indices.toArray(); // [1, 3]
 * ```
 */
export function topK(input: Tensor, count: number, options: TopKOptions = {}): { values: Tensor; indices: Tensor } {
  requireTensor('topK', 'input', input);
  requireOptions('topK', options, topKOptionNames);
  const axis = normalizeAxis('topK', options.axis ?? -1, input.shape.length);
  const length = input.shape[axis]!;
  if (!Number.isInteger(count) || count < 0 || count > length) {
    throw new ArgumentError(`topK: count is ${formatValue(count)} for axis ${axis} of ${formatType(input)}; expected an integer from 0 to ${length}`);
  }
  const indices = firstPositions(input, axis, count, true);
  return { values: takeLines(input, indices, axis), indices };
}
