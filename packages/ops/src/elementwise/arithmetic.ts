import { apply, type Tensor } from '@adjoint/core';
import { asFloat, asNumeric, floatOperands, numericOperands, type TensorLike } from '../operand.js';
import { floor } from './rounding.js';
import { binaryPrimitive, unaryPrimitive } from './rules.js';

const addPrimitive = binaryPrimitive('add', 'add', {
  keeps: {},
  left: ({ cotangent }) => cotangent,
  right: ({ cotangent }) => cotangent,
});

/**
 * `left + right`, broadcast.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.add
 * @jax jnp.add
 * @torch torch.add
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { add } from '@adjoint/ops';
 *
 * add(tensor([[1], [2]]), tensor([10, 20])).toArray(); // [[11, 21], [12, 22]]
 * ```
 */
export function add(left: TensorLike, right: TensorLike): Tensor {
  return apply(addPrimitive, numericOperands('add', left, right), {});
}

const subPrimitive = binaryPrimitive('sub', 'subtract', {
  keeps: {},
  left: ({ cotangent }) => cotangent,
  right: ({ cotangent }) => neg(cotangent),
});

/**
 * `left - right`, broadcast.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.subtract
 * @jax jnp.subtract
 * @torch torch.sub
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sub } from '@adjoint/ops';
 *
 * sub(1, tensor([1, 2])).toArray(); // [0, -1]
 * ```
 */
export function sub(left: TensorLike, right: TensorLike): Tensor {
  return apply(subPrimitive, numericOperands('sub', left, right), {});
}

const mulPrimitive = binaryPrimitive('mul', 'multiply', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, right }) => mul(cotangent, right),
  right: ({ cotangent, left }) => mul(cotangent, left),
});

/**
 * `left * right` element by element, broadcast; for matrices see {@link matmul}.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.multiply
 * @jax jnp.multiply
 * @torch torch.mul
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { mul } from '@adjoint/ops';
 *
 * mul(tensor([1, 2, 3]), 2).toArray(); // [2, 4, 6]
 * ```
 */
export function mul(left: TensorLike, right: TensorLike): Tensor {
  return apply(mulPrimitive, numericOperands('mul', left, right), {});
}

const divPrimitive = binaryPrimitive('div', 'divide', {
  keeps: { inputs: [1], output: true },
  left: ({ cotangent, right }) => div(cotangent, right),
  right: ({ cotangent, right, output }) => neg(div(mul(cotangent, output), right)),
});

/**
 * `left / right`, broadcast; always a float, as NumPy's true division.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.divide
 * @jax jnp.divide
 * @torch torch.div
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { div } from '@adjoint/ops';
 *
 * div(tensor([1, 2]), 4).toArray(); // [0.25, 0.5]
 * ```
 */
export function div(left: TensorLike, right: TensorLike): Tensor {
  return apply(divPrimitive, floatOperands('div', left, right), {});
}

const modPrimitive = binaryPrimitive('mod', 'remainder', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent }) => cotangent,
  right: ({ cotangent, left, right }) => neg(mul(cotangent, floor(div(left, right)))),
});

/**
 * The remainder of the division that is rounded down, `left - floor(left / right) * right`, broadcast. It has the sign
 * of the divisor. A divisor of 0 gives NaN, or 0 for integers.
 *
 * The gradient with respect to the divisor is `-floor(left / right)`; where the remainder jumps, that of the side above.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.mod
 * @jax jnp.mod
 * @torch torch.remainder
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { mod } from '@adjoint/ops';
 *
 * mod(tensor([7, -7]), 3).toArray(); // [1, 2]
 * mod(tensor([7, -7]), -3).toArray(); // [-2, -1]
 * ```
 */
export function mod(left: TensorLike, right: TensorLike): Tensor {
  return apply(modPrimitive, numericOperands('mod', left, right), {});
}

const negPrimitive = unaryPrimitive('neg', 'negate', { keeps: 'nothing', vjp: ({ cotangent }) => neg(cotangent) });

/**
 * `-x`.
 *
 * @numpy np.negative
 * @jax jnp.negative
 * @torch torch.neg
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { neg } from '@adjoint/ops';
 *
 * neg(tensor([1, -2])).toArray(); // [-1, 2]
 * ```
 */
export function neg(input: TensorLike): Tensor {
  return apply(negPrimitive, [asNumeric('neg', input)], {});
}

const absPrimitive = unaryPrimitive('abs', 'abs', { keeps: 'input', vjp: ({ input, cotangent }) => mul(cotangent, sign(input)) });

/**
 * The absolute value; its gradient at 0 is 0.
 *
 * All its derivatives at 0 are 0 by convention, so the second derivative of `square(abs(x))` there is 0 and not 2. Write
 * `square(x)`, which is smooth.
 *
 * @numpy np.abs
 * @jax jnp.abs
 * @torch torch.abs
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { abs } from '@adjoint/ops';
 *
 * abs(tensor([1, -2])).toArray(); // [1, 2]
 * ```
 */
export function abs(input: TensorLike): Tensor {
  return apply(absPrimitive, [asNumeric('abs', input)], {});
}

const signPrimitive = unaryPrimitive('sign', 'sign', { keeps: 'nothing', vjp: 'none' });

/**
 * -1, 0 or 1 by the sign; NaN for NaN. Its gradient is 0.
 *
 * @numpy np.sign
 * @jax jnp.sign
 * @torch torch.sgn
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sign } from '@adjoint/ops';
 *
 * sign(tensor([3, 0, -2])).toArray(); // [1, 0, -1]
 * ```
 */
export function sign(input: TensorLike): Tensor {
  return apply(signPrimitive, [asNumeric('sign', input)], {});
}

const squarePrimitive = unaryPrimitive('square', 'square', {
  keeps: 'input',
  // Twice the cotangent first: it is mostly small, and twice a large input may overflow.
  vjp: ({ input, cotangent }) => mul(mul(2, cotangent), input),
});

/**
 * `x * x`.
 *
 * @numpy np.square
 * @jax jnp.square
 * @torch torch.square
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { square } from '@adjoint/ops';
 *
 * square(tensor([1, -2])).toArray(); // [1, 4]
 * ```
 */
export function square(input: TensorLike): Tensor {
  return apply(squarePrimitive, [asNumeric('square', input)], {});
}

const reciprocalPrimitive = unaryPrimitive('reciprocal', 'reciprocal', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => neg(mul(cotangent, square(output))),
});

/**
 * `1 / x`; always a float, as JAX's and unlike NumPy's, which divides integers as such.
 *
 * @numpy np.reciprocal
 * @jax jnp.reciprocal
 * @torch torch.reciprocal
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { reciprocal } from '@adjoint/ops';
 *
 * reciprocal(tensor([2, -4])).toArray(); // [0.5, -0.25]
 * ```
 */
export function reciprocal(input: TensorLike): Tensor {
  return apply(reciprocalPrimitive, [asFloat('reciprocal', input)], {});
}
