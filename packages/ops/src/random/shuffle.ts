import { normalizeAxis, permutation, requireKey, requireOptions, withBackend, type Key, type OptionNames, type Tensor } from '@adjoint/core';
import { gather } from '../indexing/gather.js';
import { requireTensor } from '../operand.js';

/** Along which axis. */
export interface ShuffleOptions {
  /** Default: 0. */
  readonly axis?: number;
}

const shuffleOptionNames: OptionNames<ShuffleOptions> = { axis: true };

/**
 * The slices along an axis in random order, the same one for all of them: those at `permutation(key, length)`.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.random.Generator.permutation
 * @jax jax.random.permutation
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { shuffle, sum } from '@adjoint/ops';
 *
 * const x = shuffle(key(0), tensor([[1, 2], [3, 4], [5, 6]]));
 * sum(x, { axes: 0 }).toArray(); // [9, 12]
 * ```
 */
export function shuffle(key: Key, input: Tensor, options: ShuffleOptions = {}): Tensor {
  requireTensor('shuffle', 'input', input);
  requireOptions('shuffle', options, shuffleOptionNames);
  requireKey('shuffle', key);
  const axis = normalizeAxis('shuffle', options.axis ?? 0, input.shape.length);
  const order = withBackend(input.backend, () => permutation(key, input.shape[axis]!));
  return gather(input, order, { axis });
}
