import { apply, type Tensor } from '@adjoint/core';
import { asNumeric, type TensorLike } from '../operand.js';
import { unaryPrimitive } from './rules.js';

const floorPrimitive = unaryPrimitive('floor', 'floor', { keeps: 'nothing', vjp: 'none' });

/**
 * The greatest whole number that is not above `x`; integers stay as they are. Its gradient is 0.
 *
 * @numpy np.floor
 * @jax jnp.floor
 * @torch torch.floor
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { floor } from '@adjoint/ops';
 *
 * floor(tensor([-1.5, 1.5, 2])).toArray(); // [-2, 1, 2]
 * ```
 */
export function floor(input: TensorLike): Tensor {
  return apply(floorPrimitive, [asNumeric('floor', input)], {});
}

const ceilPrimitive = unaryPrimitive('ceil', 'ceil', { keeps: 'nothing', vjp: 'none' });

/**
 * The least whole number that is not below `x`; integers stay as they are. Its gradient is 0.
 *
 * @numpy np.ceil
 * @jax jnp.ceil
 * @torch torch.ceil
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { ceil } from '@adjoint/ops';
 *
 * ceil(tensor([-1.5, 1.5, 2])).toArray(); // [-1, 2, 2]
 * ```
 */
export function ceil(input: TensorLike): Tensor {
  return apply(ceilPrimitive, [asNumeric('ceil', input)], {});
}

const roundPrimitive = unaryPrimitive('round', 'round', { keeps: 'nothing', vjp: 'none' });

/**
 * The nearest whole number, of two equally near ones the even; integers stay as they are. Its gradient is 0.
 *
 * @numpy np.round
 * @jax jnp.round
 * @torch torch.round
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { round } from '@adjoint/ops';
 *
 * round(tensor([-1.5, 1.5, 2])).toArray(); // [-2, 2, 2]
 * ```
 */
export function round(input: TensorLike): Tensor {
  return apply(roundPrimitive, [asNumeric('round', input)], {});
}
