import { apply, definePrimitive, empty, normalizeAxis, requireOptions, ShapeError, type OptionNames, type Primitive, type Tensor } from '@adjoint/core';
import { mul, sub } from '../elementwise/arithmetic.js';
import { exp } from '../elementwise/exponential.js';
import { asFloat, type TensorLike } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { swapAxes } from '../shape/transpose.js';

const alongLast = { axes: -1, keepDims: true };

const softmaxPrimitive = definePrimitive({
  name: 'softmax',
  keeps: { output: true },
  infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
  forward: (backend, [input], _, type) => {
    const out = empty(backend, type);
    backend.softmax(input!, out);
    return out;
  },
  vjp: ({ output, cotangent }) => [mul(output, sub(cotangent, sum(mul(cotangent, output), alongLast)))],
  batch: 'leading',
});

const logSoftmaxPrimitive = definePrimitive({
  name: 'logSoftmax',
  keeps: { output: true },
  infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
  forward: (backend, [input], _, type) => {
    const out = empty(backend, type);
    backend.logSoftmax(input!, out);
    return out;
  },
  vjp: ({ output, cotangent }) => [sub(cotangent, mul(exp(output), sum(cotangent, alongLast)))],
  batch: 'leading',
});

/** Along which axis. */
export interface SoftmaxOptions {
  /** Default: the last. */
  readonly axis?: number;
}

function alongAxis(primitive: Primitive, input: TensorLike, { axis = -1 }: SoftmaxOptions): Tensor {
  const operand = asFloat(primitive.name, input);
  const rank = operand.shape.length;
  if (rank === 0) throw new ShapeError(`${primitive.name}: the input is a scalar; expected at least one axis`);
  if (normalizeAxis(primitive.name, axis, rank) === rank - 1) return apply(primitive, [operand], {});
  return swapAxes(apply(primitive, [swapAxes(operand, axis, -1)], {}), axis, -1);
}

const softmaxOptionNames: OptionNames<SoftmaxOptions> = { axis: true };

/**
 * `exp(x) / sum(exp(x))` along an axis; the maximum is subtracted first, so that large numbers do not overflow.
 *
 * @throws `ShapeError` when the input is a scalar.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy scipy.special.softmax
 * @jax jax.nn.softmax
 * @torch torch.softmax
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { softmax } from '@adjoint/ops';
 *
 * softmax(tensor([1000, 1000])).toArray(); // [0.5, 0.5]
 * ```
 */
export function softmax(input: TensorLike, options: SoftmaxOptions = {}): Tensor {
  requireOptions('softmax', options, softmaxOptionNames);
  return alongAxis(softmaxPrimitive, input, options);
}

/**
 * The logarithm of {@link softmax}, without the loss of digits that taking it afterwards has.
 *
 * @throws `ShapeError` when the input is a scalar.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy scipy.special.log_softmax
 * @jax jax.nn.log_softmax
 * @torch torch.log_softmax
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { logSoftmax } from '@adjoint/ops';
 *
 * logSoftmax(tensor([0, 1000])).toArray(); // [-1000, 0]
 * ```
 */
export function logSoftmax(input: TensorLike, options: SoftmaxOptions = {}): Tensor {
  requireOptions('logSoftmax', options, softmaxOptionNames);
  return alongAxis(logSoftmaxPrimitive, input, options);
}
