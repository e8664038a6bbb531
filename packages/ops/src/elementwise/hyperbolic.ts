import { apply, type Tensor } from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { add, div, mul, sub } from './arithmetic.js';
import { hypot } from './polar.js';
import { rsqrt } from './power.js';
import { binaryPrimitive, unaryPrimitive } from './rules.js';

const sinhPrimitive = unaryPrimitive('sinh', 'sinh', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => mul(cotangent, cosh(input)),
});

/**
 * The hyperbolic sine, `(e ** x - e ** -x) / 2`.
 *
 * @numpy np.sinh
 * @jax jnp.sinh
 * @torch torch.sinh
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sinh } from '@adjoint/ops';
 *
 * sinh(tensor([0, 1])).toArray(); // [0, 1.1752012]
 * ```
 */
export function sinh(input: TensorLike): Tensor {
  return apply(sinhPrimitive, [asFloat('sinh', input)], {});
}

const coshPrimitive = unaryPrimitive('cosh', 'cosh', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => mul(cotangent, sinh(input)),
});

/**
 * The hyperbolic cosine, `(e ** x + e ** -x) / 2`.
 *
 * @numpy np.cosh
 * @jax jnp.cosh
 * @torch torch.cosh
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { cosh } from '@adjoint/ops';
 *
 * cosh(tensor([0, 1])).toArray(); // [1, 1.5430807]
 * ```
 */
export function cosh(input: TensorLike): Tensor {
  return apply(coshPrimitive, [asFloat('cosh', input)], {});
}

const tanhPrimitive = unaryPrimitive('tanh', 'tanh', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => apply(tanhGradientPrimitive, [cotangent, output], {}),
});

const tanhGradientPrimitive = binaryPrimitive('tanhGradient', 'tanhGradient', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, right }) => apply(tanhGradientPrimitive, [cotangent, right], {}),
  right: ({ cotangent, left, right }) => mul(cotangent, mul(left, mul(-2, right))),
});

/**
 * The hyperbolic tangent.
 *
 * @numpy np.tanh
 * @jax jnp.tanh
 * @torch torch.tanh
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { tanh } from '@adjoint/ops';
 *
 * tanh(tensor([0, 100])).toArray(); // [0, 1]
 * ```
 */
export function tanh(input: TensorLike): Tensor {
  return apply(tanhPrimitive, [asFloat('tanh', input)], {});
}

const asinhPrimitive = unaryPrimitive('asinh', 'asinh', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => div(cotangent, hypot(input, 1)),
});

/**
 * The inverse of the hyperbolic sine, `log(x + sqrt(x ** 2 + 1))`, without overflow.
 *
 * @numpy np.arcsinh
 * @jax jnp.arcsinh
 * @torch torch.asinh
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { asinh } from '@adjoint/ops';
 *
 * asinh(tensor([0, 1])).toArray(); // [0, 0.8813736]
 * ```
 */
export function asinh(input: TensorLike): Tensor {
  return apply(asinhPrimitive, [asFloat('asinh', input)], {});
}

const acoshPrimitive = unaryPrimitive('acosh', 'acosh', {
  keeps: 'input',
  // Each factor by itself, as their product may overflow.
  vjp: ({ input, cotangent }) => mul(cotangent, mul(rsqrt(sub(input, 1)), rsqrt(add(input, 1)))),
});

/**
 * The inverse of the hyperbolic cosine, `log(x + sqrt(x ** 2 - 1))`; NaN below 1, where the gradient is infinite.
 *
 * @numpy np.arccosh
 * @jax jnp.arccosh
 * @torch torch.acosh
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { acosh } from '@adjoint/ops';
 *
 * acosh(tensor([1, 2])).toArray(); // [0, 1.316958]
 * ```
 */
export function acosh(input: TensorLike): Tensor {
  return apply(acoshPrimitive, [asFloat('acosh', input)], {});
}

const atanhPrimitive = unaryPrimitive('atanh', 'atanh', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => div(cotangent, mul(sub(1, input), add(1, input))),
});

/**
 * The inverse of the hyperbolic tangent, `log((1 + x) / (1 - x)) / 2`; infinite at -1 and 1, NaN beyond.
 *
 * @numpy np.arctanh
 * @jax jnp.arctanh
 * @torch torch.atanh
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { atanh } from '@adjoint/ops';
 *
 * atanh(tensor([0, 0.5])).toArray(); // [0, 0.54930615]
 * ```
 */
export function atanh(input: TensorLike): Tensor {
  return apply(atanhPrimitive, [asFloat('atanh', input)], {});
}
