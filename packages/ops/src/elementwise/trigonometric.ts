import { apply, type Tensor } from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { add, div, mul, neg, square, sub } from './arithmetic.js';
import { rsqrt } from './power.js';
import { unaryPrimitive } from './rules.js';

const sinPrimitive = unaryPrimitive('sin', 'sin', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => mul(cotangent, cos(input)),
});

/**
 * The sine of an angle in radians; NaN at the infinities.
 *
 * @numpy np.sin
 * @jax jnp.sin
 * @torch torch.sin
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sin } from '@adjoint/ops';
 *
 * sin(tensor([0, Math.PI / 2])).toArray(); // [0, 1]
 * ```
 */
export function sin(input: TensorLike): Tensor {
  return apply(sinPrimitive, [asFloat('sin', input)], {});
}

const cosPrimitive = unaryPrimitive('cos', 'cos', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => neg(mul(cotangent, sin(input))),
});

/**
 * The cosine of an angle in radians; NaN at the infinities.
 *
 * @numpy np.cos
 * @jax jnp.cos
 * @torch torch.cos
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { cos } from '@adjoint/ops';
 *
 * cos(tensor([0, Math.PI])).toArray(); // [1, -1]
 * ```
 */
export function cos(input: TensorLike): Tensor {
  return apply(cosPrimitive, [asFloat('cos', input)], {});
}

const tanPrimitive = unaryPrimitive('tan', 'tan', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => mul(cotangent, add(1, square(output))),
});

/**
 * The tangent of an angle in radians; NaN at the infinities.
 *
 * @numpy np.tan
 * @jax jnp.tan
 * @torch torch.tan
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { tan } from '@adjoint/ops';
 *
 * tan(tensor([0, Math.PI / 4])).toArray(); // [0, 1]
 * ```
 */
export function tan(input: TensorLike): Tensor {
  return apply(tanPrimitive, [asFloat('tan', input)], {});
}

/** `1 / sqrt(1 - x ** 2)`, which by its factors keeps all digits near -1 and 1. */
function reciprocalCosineOfAsin(x: Tensor): Tensor {
  return rsqrt(mul(sub(1, x), add(1, x)));
}

const asinPrimitive = unaryPrimitive('asin', 'asin', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => mul(cotangent, reciprocalCosineOfAsin(input)),
});

/**
 * The angle from -pi / 2 to pi / 2 whose sine is `x`; NaN beyond -1 and 1, where the gradient is infinite.
 *
 * @numpy np.arcsin
 * @jax jnp.arcsin
 * @torch torch.asin
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { asin } from '@adjoint/ops';
 *
 * asin(tensor([0, 1])).toArray(); // [0, 1.5707964]
 * ```
 */
export function asin(input: TensorLike): Tensor {
  return apply(asinPrimitive, [asFloat('asin', input)], {});
}

const acosPrimitive = unaryPrimitive('acos', 'acos', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => neg(mul(cotangent, reciprocalCosineOfAsin(input))),
});

/**
 * The angle from 0 to pi whose cosine is `x`; NaN beyond -1 and 1, where the gradient is infinite.
 *
 * @numpy np.arccos
 * @jax jnp.arccos
 * @torch torch.acos
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { acos } from '@adjoint/ops';
 *
 * acos(tensor([1, 0])).toArray(); // [0, 1.5707964]
 * ```
 */
export function acos(input: TensorLike): Tensor {
  return apply(acosPrimitive, [asFloat('acos', input)], {});
}

const atanPrimitive = unaryPrimitive('atan', 'atan', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => div(cotangent, add(1, square(input))),
});

/**
 * The angle from -pi / 2 to pi / 2 whose tangent is `x`.
 *
 * @numpy np.arctan
 * @jax jnp.arctan
 * @torch torch.atan
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { atan } from '@adjoint/ops';
 *
 * atan(tensor([0, Infinity])).toArray(); // [0, 1.5707964]
 * ```
 */
export function atan(input: TensorLike): Tensor {
  return apply(atanPrimitive, [asFloat('atan', input)], {});
}
