import { apply, type Tensor } from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { mul, neg, square } from './arithmetic.js';
import { exp } from './exponential.js';
import { unaryPrimitive } from './rules.js';

const erfPrimitive = unaryPrimitive('erf', 'erf', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => mul(cotangent, mul(2 / Math.sqrt(Math.PI), exp(neg(square(input))))),
});

/**
 * The error function, `2 / sqrt(pi)` times the integral of `e ** -t ** 2` from 0 to `x`.
 *
 * @jax jax.scipy.special.erf
 * @torch torch.erf
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { erf } from '@adjoint/ops';
 *
 * erf(tensor([0, 1, Infinity])).toArray(); // [0, 0.8427008, 1]
 * ```
 */
export function erf(input: TensorLike): Tensor {
  return apply(erfPrimitive, [asFloat('erf', input)], {});
}
