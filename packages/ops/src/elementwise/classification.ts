import { apply, type Tensor } from '@adjoint/core';
import { asNumeric, type TensorLike } from '../operand.js';
import { unaryPrimitive } from './rules.js';

const isNaNPrimitive = unaryPrimitive('isNaN', 'isNaN', { keeps: 'nothing', vjp: 'none' }, 'bool');

/**
 * Whether NaN, element by element; a `bool` tensor.
 *
 * @numpy np.isnan
 * @jax jnp.isnan
 * @torch torch.isnan
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { isNaN } from '@adjoint/ops';
 *
 * isNaN(tensor([NaN, 1, Infinity])).toArray(); // [true, false, false]
 * ```
 */
export function isNaN(input: TensorLike): Tensor {
  return apply(isNaNPrimitive, [asNumeric('isNaN', input)], {});
}

const isFinitePrimitive = unaryPrimitive('isFinite', 'isFinite', { keeps: 'nothing', vjp: 'none' }, 'bool');

/**
 * Whether neither infinite nor NaN, element by element; a `bool` tensor.
 *
 * @numpy np.isfinite
 * @jax jnp.isfinite
 * @torch torch.isfinite
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { isFinite } from '@adjoint/ops';
 *
 * isFinite(tensor([NaN, 1, Infinity])).toArray(); // [false, true, false]
 * ```
 */
export function isFinite(input: TensorLike): Tensor {
  return apply(isFinitePrimitive, [asNumeric('isFinite', input)], {});
}
