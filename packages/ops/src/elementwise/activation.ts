import { apply, definePrimitive, DTypeError, empty, formatType, sameShape, ShapeError, type Tensor } from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { abs, add, mul, neg, square, sub } from './arithmetic.js';
import { greater } from './comparison.js';
import { exp, log } from './exponential.js';
import { maximum } from './extremum.js';
import { tanh } from './hyperbolic.js';
import { unaryPrimitive } from './rules.js';
import { where } from './where.js';

const sigmoidPrimitive = unaryPrimitive('sigmoid', 'sigmoid', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => mul(cotangent, mul(output, sub(1, output))),
});

/**
 * The logistic function `1 / (1 + e ** -x)`, without overflow.
 *
 * @jax jax.nn.sigmoid
 * @torch torch.sigmoid
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sigmoid } from '@adjoint/ops';
 *
 * sigmoid(tensor([0, -1000])).toArray(); // [0.5, 0]
 * ```
 */
export function sigmoid(input: TensorLike): Tensor {
  return apply(sigmoidPrimitive, [asFloat(input)], {});
}

const reluPrimitive = unaryPrimitive('relu', 'relu', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => reluGradient(cotangent, output),
});

/**
 * `max(x, 0)`; its gradient at 0 is 0.
 *
 * @jax jax.nn.relu
 * @torch torch.nn.functional.relu
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { relu } from '@adjoint/ops';
 *
 * relu(tensor([-1, 2])).toArray(); // [0, 2]
 * ```
 */
export function relu(input: TensorLike): Tensor {
  return apply(reluPrimitive, [asFloat(input)], {});
}

const reluGradientPrimitive = definePrimitive({
  name: 'reluGradient',
  keeps: { inputs: [1] },
  infer: ([cotangent, output]) => {
    if (cotangent!.dtype !== output!.dtype) {
      throw new DTypeError(`reluGradient: ${formatType(cotangent!)} and ${formatType(output!)}; expected one dtype`);
    }
    if (!sameShape(cotangent!.shape, output!.shape)) {
      throw new ShapeError(`reluGradient: ${formatType(cotangent!)} and ${formatType(output!)}; expected one shape`);
    }
    return output!;
  },
  forward: (backend, [cotangent, output], _, type) => {
    const out = empty(backend, type);
    backend.binary('reluGradient', cotangent!, output!, out);
    return out;
  },
  vjp: ({ inputs: [, output], cotangent, needs }) => [needs[0] ? reluGradient(cotangent, output!) : null, null],
});

/** The cotangent where relu's output is positive, else 0: one pass over memory instead of a comparison and a product. */
function reluGradient(cotangent: Tensor, output: Tensor): Tensor {
  return apply(reluGradientPrimitive, [cotangent, output], {});
}

/**
 * `x` above 0, `negativeSlope * x` below.
 *
 * @param negativeSlope - default 0.01.
 *
 * @jax jax.nn.leaky_relu
 * @torch torch.nn.functional.leaky_relu
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { leakyRelu } from '@adjoint/ops';
 *
 * leakyRelu(tensor([-1, 2]), 0.5).toArray(); // [-0.5, 2]
 * ```
 */
export function leakyRelu(input: TensorLike, negativeSlope = 0.01): Tensor {
  const x = asFloat(input);
  return where(greater(x, 0), x, mul(negativeSlope, x));
}

/**
 * `log(1 + e ** x)`, without overflow: `max(x, 0) + log(1 + e ** -|x|)`.
 *
 * @jax jax.nn.softplus
 * @torch torch.nn.functional.softplus
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { softplus } from '@adjoint/ops';
 *
 * softplus(tensor([0, 1000])).toArray(); // [0.6931472, 1000]
 * ```
 */
export function softplus(input: TensorLike): Tensor {
  const x = asFloat(input);
  return add(maximum(x, 0), log(add(1, exp(neg(abs(x))))));
}

/**
 * `x` above 0, `alpha * (e ** x - 1)` below (Clevert et al. 2016).
 *
 * @param alpha - default 1.
 *
 * @jax jax.nn.elu
 * @torch torch.nn.functional.elu
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { elu } from '@adjoint/ops';
 *
 * elu(tensor([-1000, 2])).toArray(); // [-1, 2]
 * ```
 */
export function elu(input: TensorLike, alpha = 1): Tensor {
  const x = asFloat(input);
  const positive = greater(x, 0);
  return where(positive, x, mul(alpha, sub(exp(where(positive, 0, x)), 1)));
}

/**
 * `x * sigmoid(x)`, also known as swish.
 *
 * @jax jax.nn.silu
 * @torch torch.nn.functional.silu
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { silu } from '@adjoint/ops';
 *
 * silu(tensor([0, 1000])).toArray(); // [0, 1000]
 * ```
 */
export function silu(input: TensorLike): Tensor {
  const x = asFloat(input);
  return mul(x, sigmoid(x));
}

/**
 * The Gaussian error linear unit by its tanh formula (Hendrycks and Gimpel 2016):
 * `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))`.
 *
 * @jax jax.nn.gelu
 * @torch torch.nn.functional.gelu
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { gelu } from '@adjoint/ops';
 *
 * gelu(tensor([0, 100])).toArray(); // [0, 100]
 * ```
 */
export function gelu(input: TensorLike): Tensor {
  const x = asFloat(input);
  const inner = mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, square(x)))));
  return mul(mul(0.5, x), add(1, tanh(inner)));
}
