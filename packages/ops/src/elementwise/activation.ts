import {
  requireFlag, formatValue, apply, ArgumentError, definePrimitive, DTypeError, empty, formatType, requireOptions, sameShape, ShapeError, type OptionNames, type Tensor,
} from '@adjoint/core';
import { asFloat, type TensorLike } from '../operand.js';
import { activation } from './activationRules.js';
import { abs, add, mul, neg, square, sub } from './arithmetic.js';
import { cast } from './cast.js';
import { less } from './comparison.js';
import { exp } from './exponential.js';
import { clip } from './extremum.js';
import { binaryPrimitive, unaryPrimitive } from './rules.js';
import { where } from './where.js';

const sigmoidPrimitive = unaryPrimitive('sigmoid', 'sigmoid', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => apply(sigmoidGradientPrimitive, [cotangent, output], {}),
});

const sigmoidGradientPrimitive = binaryPrimitive('sigmoidGradient', 'sigmoidGradient', {
  keeps: { inputs: [0, 1] },
  left: ({ cotangent, right }) => apply(sigmoidGradientPrimitive, [cotangent, right], {}),
  right: ({ cotangent, left, right }) => mul(cotangent, mul(left, sub(1, mul(2, right)))),
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
  return apply(sigmoidPrimitive, [asFloat('sigmoid', input)], {});
}

const reluPrimitive = unaryPrimitive('relu', 'relu', {
  keeps: 'output',
  vjp: ({ output, cotangent }) => reluGradient(cotangent, output),
});

/**
 * `max(x, 0)`; its gradient at 0 is 0, by convention, also in sums that are smooth there: that of `relu(x) - relu(-x)`, which
 * is `x`, is 0 at 0.
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
  return apply(reluPrimitive, [asFloat('relu', input)], {});
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
  batch: 'leading',
});

/** The cotangent where relu's output is positive, else 0: one pass over memory instead of a comparison and a product. */
function reluGradient(cotangent: Tensor, output: Tensor): Tensor {
  return apply(reluGradientPrimitive, [cotangent, output], {});
}

const slopeOfSigmoid = (x: Tensor): Tensor => mul(sigmoid(x), sigmoid(neg(x)));

const leakyReluOf = activation('leakyRelu', 'straight');

/**
 * `x` above 0, `negativeSlope * x` below; its gradient at 0 is `negativeSlope`.
 *
 * @param negativeSlope - default 0.01.
 * @throws `ArgumentError` when the slope is no finite number.
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
  requireCoefficient('leakyRelu', 'negativeSlope', negativeSlope);
  return leakyReluOf(asFloat('leakyRelu', input), [negativeSlope]);
}

const relu6Of = activation('relu6', 'straight');

/**
 * `min(max(x, 0), 6)`; its gradient at 0 and at 6 is 0.
 *
 * @jax jax.nn.relu6
 * @torch torch.nn.functional.relu6
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { relu6 } from '@adjoint/ops';
 *
 * relu6(tensor([-1, 2, 8])).toArray(); // [0, 2, 6]
 * ```
 */
export function relu6(input: TensorLike): Tensor {
  return relu6Of(asFloat('relu6', input));
}

const softplusOf = activation('softplus', slopeOfSigmoid);

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
  return softplusOf(asFloat('softplus', input));
}

/**
 * The logarithm of the logistic function, `-log(1 + e ** -x)`, without overflow.
 *
 * @jax jax.nn.log_sigmoid
 * @torch torch.nn.functional.logsigmoid
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logSigmoid } from '@adjoint/ops';
 *
 * logSigmoid(tensor([0, -1000])).toArray(); // [-0.6931472, -1000]
 * ```
 */
export function logSigmoid(input: TensorLike): Tensor {
  return neg(softplus(neg(asFloat('logSigmoid', input))));
}

const eluOf = activation('elu', (x, [alpha, scale]) => where(less(x, 0), mul(alpha! * scale!, exp(clip(x, null, 0))), 0));

/**
 * `x` above 0, `alpha * (e ** x - 1)` below (Clevert et al. 2016); its gradient at 0 is `alpha`.
 *
 * @param alpha - default 1.
 * @throws `ArgumentError` when `alpha` is no finite number.
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
  requireCoefficient('elu', 'alpha', alpha);
  return eluOf(asFloat('elu', input), [alpha, 1]);
}

/** The constants with which mean 0 and variance 1 are a fixed point from layer to layer. */
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/**
 * The self-normalizing unit (Klambauer et al. 2017): `scale * elu(x, alpha)` with `alpha = 1.67326…` and
 * `scale = 1.05070…`; its gradient at 0 is `scale * alpha`.
 *
 * @jax jax.nn.selu
 * @torch torch.nn.functional.selu
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { selu } from '@adjoint/ops';
 *
 * selu(tensor([-1000, 1])).toArray(); // [-1.7580993, 1.050701]
 * ```
 */
export function selu(input: TensorLike): Tensor {
  return eluOf(asFloat('selu', input), [seluAlpha, seluScale]);
}

const siluOf = activation('silu', (x) => mul(slopeOfSigmoid(x), add(2, mul(x, sub(sigmoid(neg(x)), sigmoid(x))))));

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
  return siluOf(asFloat('silu', input));
}

// Of two numbers `where` would make a float32, in which a third is not float64's.
const hardSwishOf = activation('hardSwish', (x) => mul(1 / 3, cast(less(abs(x), 3), x.dtype)));

/**
 * `x * relu6(x + 3) / 6` (Howard et al. 2019); its gradient is 0 at -3 and 1 at 3.
 *
 * @jax jax.nn.hard_swish
 * @torch torch.nn.functional.hardswish
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { hardSwish } from '@adjoint/ops';
 *
 * hardSwish(tensor([-4, 0, 1.5, 4])).toArray(); // [0, 0, 1.125, 4]
 * ```
 */
export function hardSwish(input: TensorLike): Tensor {
  return hardSwishOf(asFloat('hardSwish', input));
}

/** Beyond this the density of the normal distribution is 0, also in float64, and so are both curvatures. */
const flat = 40;

const geluOf = activation('gelu', (x) => {
  const squared = square(clip(x, -flat, flat));
  return mul(mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, squared))), sub(2, squared));
});

const geluTanhOf = activation('geluTanh', (x) => {
  // The function is x times the sigmoid of a cubic; by the product rule twice.
  const near = clip(x, -flat, flat);
  const squared = square(near);
  const root = Math.sqrt(8 / Math.PI);
  const bend = mul(mul(root, near), add(1, mul(0.044715, squared)));
  const slope = mul(root, add(1, mul(3 * 0.044715, squared)));
  const slopeOfSlope = mul(6 * 0.044715 * root, near);
  const steepening = sub(sigmoid(neg(bend)), sigmoid(bend));
  const inner = add(mul(square(slope), steepening), slopeOfSlope);
  return mul(slopeOfSigmoid(bend), add(mul(2, slope), mul(near, inner)));
});

function requireCoefficient(operation: string, argument: string, value: number): void {
  if (!Number.isFinite(value)) throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected a finite number`);
}

/** How to work out {@link gelu}. */
export interface GeluOptions {
  /** By the formula with tanh, as JAX's default; false: exactly, as PyTorch's. Default: true. */
  readonly approximate?: boolean;
}

const geluOptionNames: OptionNames<GeluOptions> = { approximate: true };

/**
 * The Gaussian error linear unit (Hendrycks and Gimpel 2016), `x` times the probability that a normal number is below
 * it: `x / 2 * (1 + erf(x / sqrt(2)))`. By default the paper's approximation,
 * `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))`, which is off by 0.0005 at most.
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
 * gelu(tensor(1)).item().toFixed(4); // '0.8412'
 * gelu(tensor(1), { approximate: false }).item().toFixed(4); // '0.8413'
 * ```
 */
export function gelu(input: TensorLike, options: GeluOptions = {}): Tensor {
  requireOptions('gelu', options, geluOptionNames);
  const { approximate = true } = options;
  requireFlag('gelu', 'approximate', approximate);
  return approximate ? geluTanhOf(asFloat('gelu', input)) : geluOf(asFloat('gelu', input));
}
