import { apply, type Tensor } from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { add, div, mul } from './arithmetic.js';
import { unaryPrimitive } from './rules.js';

const expPrimitive = unaryPrimitive('exp', 'exp', { keeps: 'output', vjp: ({ output, cotangent }) => mul(cotangent, output) });

/**
 * `e ** x`.
 *
 * @numpy np.exp
 * @jax jnp.exp
 * @torch torch.exp
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { exp } from '@adjoint/ops';
 *
 * exp(tensor([0])).toArray(); // [1]
 * ```
 */
export function exp(input: TensorLike): Tensor {
  return apply(expPrimitive, [asFloat('exp', input)], {});
}

const expm1Primitive = unaryPrimitive('expm1', 'expm1', {
  keeps: 'input',
  // Not the output plus 1, which has lost its digits far below 0.
  vjp: ({ input, cotangent }) => mul(cotangent, exp(input)),
});

/**
 * `e ** x - 1`, with all digits also near 0.
 *
 * @numpy np.expm1
 * @jax jnp.expm1
 * @torch torch.expm1
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { expm1 } from '@adjoint/ops';
 *
 * expm1(tensor([0, 1e-10])).toArray(); // [0, 1.0000000133514319e-10]
 * ```
 */
export function expm1(input: TensorLike): Tensor {
  return apply(expm1Primitive, [asFloat('expm1', input)], {});
}

const logPrimitive = unaryPrimitive('log', 'log', { keeps: 'input', vjp: ({ input, cotangent }) => div(cotangent, input) });

/**
 * The natural logarithm; `-Infinity` at 0, NaN below.
 *
 * @numpy np.log
 * @jax jnp.log
 * @torch torch.log
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { log } from '@adjoint/ops';
 *
 * log(tensor([1])).toArray(); // [0]
 * ```
 */
export function log(input: TensorLike): Tensor {
  return apply(logPrimitive, [asFloat('log', input)], {});
}

const log1pPrimitive = unaryPrimitive('log1p', 'log1p', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => div(cotangent, add(1, input)),
});

/**
 * `log(1 + x)`, with all digits also near 0; `-Infinity` at -1, NaN below.
 *
 * @numpy np.log1p
 * @jax jnp.log1p
 * @torch torch.log1p
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { log1p } from '@adjoint/ops';
 *
 * log1p(tensor([0, 1e-10])).toArray(); // [0, 1.0000000133514319e-10]
 * ```
 */
export function log1p(input: TensorLike): Tensor {
  return apply(log1pPrimitive, [asFloat('log1p', input)], {});
}

const log2Primitive = unaryPrimitive('log2', 'log2', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => div(cotangent, mul(Math.LN2, input)),
});

/**
 * The logarithm to the base 2; `-Infinity` at 0, NaN below.
 *
 * @numpy np.log2
 * @jax jnp.log2
 * @torch torch.log2
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { log2 } from '@adjoint/ops';
 *
 * log2(tensor([1, 8])).toArray(); // [0, 3]
 * ```
 */
export function log2(input: TensorLike): Tensor {
  return apply(log2Primitive, [asFloat('log2', input)], {});
}
