import { apply, ArgumentError, valuesBehind, type Tensor } from '@adjoint/core';
import { asFloat, numericOperands, type TensorLike } from '../operand.js';
import { div, mul, square, sub } from './arithmetic.js';
import { equal, greater } from './comparison.js';
import { log } from './exponential.js';
import { logicalAnd } from './logical.js';
import { binaryPrimitive, unaryPrimitive } from './rules.js';
import { where } from './where.js';

const powPrimitive = binaryPrimitive('pow', 'power', {
  keeps: { inputs: [0, 1], output: true },
  // 0 ** 0 is flat in its base, but 0 * 0 ** -1 would be 0 * Infinity. The exponent is guarded, not the product, so that
  // no derivative of the rule meets the infinity either.
  left: ({ cotangent, left, right }) => {
    const flat = logicalAnd(equal(left, 0), equal(right, 0));
    return mul(cotangent, mul(right, pow(left, where(flat, 0, sub(right, 1)))));
  },
  // log has no value at and below 0; 0 ** y is flat in y.
  right: ({ cotangent, left, output }) => where(greater(left, 0), mul(cotangent, mul(output, log(where(greater(left, 0), left, 1)))), 0),
});

/**
 * `base ** exponent`, broadcast. Integers stay integers where both are; the result wraps. The gradient with respect to the
 * exponent, and all its derivatives, are 0 where the base is not positive.
 *
 * Integers have no negative powers. Exponents in an `int32` tensor are read before the operation runs.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 * @throws `ArgumentError` when both are integers and an exponent is negative; cast the base to a float dtype.
 *
 * @numpy np.power
 * @jax jnp.power
 * @torch torch.pow
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { pow } from '@adjoint/ops';
 *
 * pow(tensor([1, 2, 3]), 2).toArray(); // [1, 4, 9]
 * ```
 */
export function pow(base: TensorLike, exponent: TensorLike): Tensor {
  const [left, right] = numericOperands('pow', base, exponent);
  if (right.dtype === 'int32') requireNoNegative(exponent, right);
  return apply(powPrimitive, [left, right], {});
}

/** Checks the exponents of integers: a number at once, a tensor by its values, which it doesn't have inside `trace`. */
function requireNoNegative(given: TensorLike, exponents: Tensor): void {
  const fix = "integers need exponents >= 0 (cast the base to 'float32' for negative ones)";
  if (typeof given === 'number') {
    if (given < 0) throw new ArgumentError(`pow: exponent is ${given}; ${fix}`);
    return;
  }
  const values = valuesBehind(exponents);
  const position = values?.findIndex((value) => value < 0) ?? -1;
  if (position !== -1) throw new ArgumentError(`pow: exponent is ${values![position]} at position ${position}; ${fix}`);
}

const sqrtPrimitive = unaryPrimitive('sqrt', 'sqrt', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => div(cotangent, mul(2, output)),
});

/**
 * The square root; NaN below 0. Its gradient at 0 is infinite, so that of `square(sqrt(x))` there is NaN. For roots of squares,
 * call {@link norm} or {@link hypot}, whose gradient at 0 is 0.
 *
 * @numpy np.sqrt
 * @jax jnp.sqrt
 * @torch torch.sqrt
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sqrt } from '@adjoint/ops';
 *
 * sqrt(tensor([4, 9])).toArray(); // [2, 3]
 * ```
 */
export function sqrt(input: TensorLike): Tensor {
  return apply(sqrtPrimitive, [asFloat('sqrt', input)], {});
}

const rsqrtPrimitive = unaryPrimitive('rsqrt', 'rsqrt', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => mul(mul(-0.5, cotangent), mul(output, square(output))),
});

/**
 * `1 / sqrt(x)`; infinite at 0, NaN below.
 *
 * @jax jax.lax.rsqrt
 * @torch torch.rsqrt
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { rsqrt } from '@adjoint/ops';
 *
 * rsqrt(tensor([4, 16])).toArray(); // [0.5, 0.25]
 * ```
 */
export function rsqrt(input: TensorLike): Tensor {
  return apply(rsqrtPrimitive, [asFloat('rsqrt', input)], {});
}
