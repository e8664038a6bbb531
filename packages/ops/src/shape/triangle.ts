import { formatValue, arange, ArgumentError, AxisError, formatType, requireOptions, withBackend, type OptionNames, type Tensor } from '@adjoint/core';
import { add } from '../elementwise/arithmetic.js';
import { greaterEqual, lessEqual } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { expandDims } from './reshape.js';
import { requireTensor } from '../operand.js';

/** Where a triangle ends. */
export interface TriangleOptions {
  /** Its diagonal: 0 is the main one, above it is positive, below it negative. Default: 0. */
  readonly offset?: number;
}

/** The elements of each matrix whose column compares so with the diagonal; zeros elsewhere. */
function triangle(operation: 'tril' | 'triu', input: Tensor, { offset = 0 }: TriangleOptions): Tensor {
  const [rows, columns] = input.shape.slice(-2);
  if (rows === undefined || columns === undefined) {
    throw new AxisError(`${operation}: the input is ${formatType(input)}; expected matrices [..., rows, columns]`);
  }
  if (!Number.isSafeInteger(offset)) throw new ArgumentError(`${operation}: offset is ${formatValue(offset)}; expected a whole number, positive above the main diagonal`);
  // Beyond a side nothing changes; so the sum stays an int32.
  const reach = Math.min(Math.max(offset, -rows), columns);
  const count = (length: number) => withBackend(input.backend, () => arange(length, { dtype: 'int32' }));
  const last = add(expandDims(count(rows), 1), reach);
  const inside = operation === 'tril' ? lessEqual(count(columns), last) : greaterEqual(count(columns), last);
  // `false` takes any dtype, where 0 would make an int32 of a bool.
  return where(inside, input, false);
}

const triangleOptionNames: OptionNames<TriangleOptions> = { offset: true };

/**
 * The lower triangle of each matrix `[..., rows, columns]`: zeros above the diagonal.
 *
 * @throws `AxisError` when there are fewer than two axes.
 * @throws `ArgumentError` when the offset is no whole number.
 *
 * @numpy np.tril
 * @jax jnp.tril
 * @torch torch.tril
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { tril } from '@adjoint/ops';
 *
 * tril(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 0], [3, 4]]
 * tril(tensor([[1, 2], [3, 4]]), { offset: -1 }).toArray(); // [[0, 0], [3, 0]]
 * ```
 */
export function tril(input: Tensor, options: TriangleOptions = {}): Tensor {
  requireTensor('tril', 'input', input);
  requireOptions('tril', options, triangleOptionNames);
  return triangle('tril', input, options);
}

/**
 * The upper triangle of each matrix `[..., rows, columns]`: zeros below the diagonal.
 *
 * @throws `AxisError` when there are fewer than two axes.
 * @throws `ArgumentError` when the offset is no whole number.
 *
 * @numpy np.triu
 * @jax jnp.triu
 * @torch torch.triu
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { triu } from '@adjoint/ops';
 *
 * triu(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 2], [0, 4]]
 * triu(tensor([[1, 2], [3, 4]]), { offset: 1 }).toArray(); // [[0, 2], [0, 0]]
 * ```
 */
export function triu(input: Tensor, options: TriangleOptions = {}): Tensor {
  requireTensor('triu', 'input', input);
  requireOptions('triu', options, triangleOptionNames);
  return triangle('triu', input, options);
}
