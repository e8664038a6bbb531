import { apply, type Tensor } from '@adjoint/core';
import { asFloat, asTensor, floatOperands, numericOperands, type TensorLike } from '../operand.js';
import { cast } from './cast.js';
import { equal, greater, less } from './comparison.js';
import { logicalAnd } from './logical.js';
import { binaryPrimitive, unaryPrimitive } from './rules.js';
import { where } from './where.js';

const addPrimitive = binaryPrimitive('add', 'add', {
  keeps: {},
  left: ({ cotangent }) => cotangent,
  right: ({ cotangent }) => cotangent,
});

/**
 * `left + right`, broadcast.
 *
 * @numpy np.add
 * @jax jnp.add
 * @torch torch.add
 *
 * @throws `ShapeError` when the shapes do not broadcast.
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
  return apply(addPrimitive, numericOperands(left, right), {});
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
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sub } from '@adjoint/ops';
 *
 * sub(1, tensor([1, 2])).toArray(); // [0, -1]
 * ```
 */
export function sub(left: TensorLike, right: TensorLike): Tensor {
  return apply(subPrimitive, numericOperands(left, right), {});
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
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { mul } from '@adjoint/ops';
 *
 * mul(tensor([1, 2, 3]), 2).toArray(); // [2, 4, 6]
 * ```
 */
export function mul(left: TensorLike, right: TensorLike): Tensor {
  return apply(mulPrimitive, numericOperands(left, right), {});
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
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { div } from '@adjoint/ops';
 *
 * div(tensor([1, 2]), 4).toArray(); // [0.25, 0.5]
 * ```
 */
export function div(left: TensorLike, right: TensorLike): Tensor {
  return apply(divPrimitive, floatOperands(left, right), {});
}

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
 * `base ** exponent`, broadcast. Integers stay integers where both are; the gradient with respect to the exponent
 * is 0 where the base is not positive.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
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
  return apply(powPrimitive, numericOperands(base, exponent), {});
}

/** Where `left` is the extreme its share is 1; at a tie both take a half, so that the gradient stays an average of both sides. */
function share(left: Tensor, right: Tensor, wins: (a: Tensor, b: Tensor) => Tensor): Tensor {
  return mul(0.5, add(cast(wins(left, right), left.dtype), cast(where(equal(left, right), true, wins(left, right)), left.dtype)));
}

const maximumPrimitive = binaryPrimitive('maximum', 'maximum', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, left, right }) => mul(cotangent, share(left, right, greater)),
  right: ({ cotangent, left, right }) => mul(cotangent, share(right, left, greater)),
});

/**
 * The larger of both, broadcast; NaN where one is NaN. At a tie the gradient is split in halves.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { maximum } from '@adjoint/ops';
 *
 * maximum(tensor([-1, 2]), 0).toArray(); // [0, 2]
 * ```
 */
export function maximum(left: TensorLike, right: TensorLike): Tensor {
  return apply(maximumPrimitive, numericOperands(left, right), {});
}

const minimumPrimitive = binaryPrimitive('minimum', 'minimum', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, left, right }) => mul(cotangent, share(left, right, less)),
  right: ({ cotangent, left, right }) => mul(cotangent, share(right, left, less)),
});

/**
 * The smaller of both, broadcast; NaN where one is NaN. At a tie the gradient is split in halves.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { minimum } from '@adjoint/ops';
 *
 * minimum(tensor([-1, 2]), 0).toArray(); // [-1, 0]
 * ```
 */
export function minimum(left: TensorLike, right: TensorLike): Tensor {
  return apply(minimumPrimitive, numericOperands(left, right), {});
}

const negPrimitive = unaryPrimitive('neg', 'negate', { keeps: 'nothing', vjp: ({ cotangent }) => neg(cotangent) });

/**
 * `-x`.
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
  return apply(negPrimitive, [numeric(input)], {});
}

const absPrimitive = unaryPrimitive('abs', 'abs', { keeps: 'input', vjp: ({ input, cotangent }) => mul(cotangent, sign(input)) });

/**
 * The absolute value; its gradient at 0 is 0.
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
  return apply(absPrimitive, [numeric(input)], {});
}

const signPrimitive = unaryPrimitive('sign', 'sign', { keeps: 'nothing', vjp: 'none' });

/**
 * -1, 0 or 1 by the sign; NaN for NaN. Its gradient is 0.
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
  return apply(signPrimitive, [numeric(input)], {});
}

const squarePrimitive = unaryPrimitive('square', 'square', {
  keeps: 'input',
  vjp: ({ input, cotangent }) => mul(cotangent, mul(2, input)),
});

/**
 * `x * x`.
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
  return apply(squarePrimitive, [numeric(input)], {});
}

const sqrtPrimitive = unaryPrimitive('sqrt', 'sqrt', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => div(cotangent, mul(2, output)),
});

/**
 * The square root; NaN below 0.
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
  return apply(sqrtPrimitive, [asFloat(input)], {});
}

const expPrimitive = unaryPrimitive('exp', 'exp', { keeps: 'output', vjp: ({ output, cotangent }) => mul(cotangent, output) });

/**
 * `e ** x`.
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
  return apply(expPrimitive, [asFloat(input)], {});
}

const logPrimitive = unaryPrimitive('log', 'log', { keeps: 'input', vjp: ({ input, cotangent }) => div(cotangent, input) });

/**
 * The natural logarithm; `-Infinity` at 0, NaN below.
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
  return apply(logPrimitive, [asFloat(input)], {});
}

function numeric(input: TensorLike): Tensor {
  const operand = asTensor(input);
  return operand.dtype === 'bool' ? cast(operand, 'int32') : operand;
}
