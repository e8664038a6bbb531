import { requireFlag, apply, definePrimitive, empty, normalizeAxis, requireOptions, type OptionNames, type Primitive, type Tensor } from '@adjoint/core';
import { behindBatch } from '../batching.js';
import { div, mul } from '../elementwise/arithmetic.js';
import { cast } from '../elementwise/cast.js';
import { equal } from '../elementwise/comparison.js';
import { asTensor, type TensorLike } from '../operand.js';
import { reshape } from '../shape/reshape.js';
import { elementsAlong, inferReduced, keptShape, reduceBy, reduceOptionNames, requireElements, type ReduceAttrs, type ReduceOptions } from './rules.js';
import { spread } from './spread.js';
import { sum } from './sum.js';

/** Equal parts of a cotangent for all winners. Beyond 2 ** 24 `float32` doesn't hold their number. */
function shareOf(cotangent: Tensor, winners: Tensor, axes: readonly number[]): Tensor {
  if (winners.dtype === 'float64' || elementsAlong(winners.shape, axes) <= 2 ** 24) return div(cotangent, sum(winners, { axes }));
  return cast(div(cast(cotangent, 'float64'), sum(cast(winners, 'int32'), { axes })), cotangent.dtype);
}

function extremumPrimitive(name: 'max' | 'min'): Primitive<ReduceAttrs> {
  const primitive: Primitive<ReduceAttrs> = definePrimitive<ReduceAttrs>({
    name,
    keeps: { inputs: [0], output: true },
    infer: ([input], attrs) => {
      requireElements(name, input!, attrs.axes);
      return inferReduced(input!, attrs);
    },
    forward: (backend, [input], { axes }, type) => {
      const out = empty(backend, type);
      backend.reduce(name, input!, axes, out);
      return out;
    },
    vjp: ({ inputs: [input], output, cotangent, attrs: { axes } }) => {
      const winners = cast(equal(input!, reshape(output, keptShape(input!.shape, axes))), input!.dtype);
      return [mul(spread(shareOf(cotangent, winners, axes), input!.shape, axes), winners)];
    },
    batch: ({ inputs: [input], attrs: { axes } }) => apply(primitive, [input!], { axes: behindBatch(axes) }),
  });
  return primitive;
}

const maxPrimitive = extremumPrimitive('max');
const minPrimitive = extremumPrimitive('min');

/**
 * The largest element over axes, in the input's dtype; NaN where one is NaN, and so is the gradient. Elements that tie share
 * the gradient in equal parts, by convention, and higher derivatives are 0.
 *
 * @throws `ShapeError` when an axis is empty.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.max
 * @jax jnp.max
 * @torch torch.amax
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { max } from '@adjoint/ops';
 *
 * max(tensor([[1, 5], [3, 4]]), { axes: 1 }).toArray(); // [5, 4]
 * ```
 */
export function max(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('max', options, reduceOptionNames);
  const operand = asTensor('max', input);
  return reduceBy('max', operand, options, (axes) => apply(maxPrimitive, [operand], { axes }));
}

/**
 * The smallest element over axes, in the input's dtype; NaN where one is NaN, and so is the gradient. Elements that tie share
 * the gradient in equal parts, by convention, and higher derivatives are 0.
 *
 * @throws `ShapeError` when an axis is empty.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.min
 * @jax jnp.min
 * @torch torch.amin
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { min } from '@adjoint/ops';
 *
 * min(tensor([[1, 5], [3, 4]]), { axes: 1 }).toArray(); // [1, 3]
 * ```
 */
export function min(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('min', options, reduceOptionNames);
  const operand = asTensor('min', input);
  return reduceBy('min', operand, options, (axes) => apply(minPrimitive, [operand], { axes }));
}

/** Along which axis to look for the extreme's position. */
export interface ArgOptions {
  /** Default: all elements in row-major order. */
  readonly axis?: number;
  /** Keep the axis with length 1. Default: false. */
  readonly keepDims?: boolean;
}

function argPrimitive(name: 'argMax' | 'argMin'): Primitive<ReduceAttrs> {
  const primitive: Primitive<ReduceAttrs> = definePrimitive<ReduceAttrs>({
    name,
    keeps: {},
    infer: ([input], attrs) => {
      requireElements(name, input!, attrs.axes);
      return { shape: inferReduced(input!, attrs).shape, dtype: 'int32' };
    },
    forward: (backend, [input], { axes }, type) => {
      const out = empty(backend, type);
      backend.reduce(name, input!, axes, out);
      return out;
    },
    vjp: 'none',
    batch: ({ inputs: [input], attrs: { axes } }) => apply(primitive, [input!], { axes: behindBatch(axes) }),
  });
  return primitive;
}

const argMaxPrimitive = argPrimitive('argMax');
const argMinPrimitive = argPrimitive('argMin');

function argReduce(primitive: typeof argMaxPrimitive, input: TensorLike, { axis, keepDims = false }: ArgOptions): Tensor {
  requireFlag(primitive.name, 'keepDims', keepDims);
  const operand = asTensor(primitive.name, input);
  const searched = axis === undefined ? reshape(operand, [operand.size]) : operand;
  const position = axis === undefined ? 0 : normalizeAxis(primitive.name, axis, operand.shape.length);
  const result = apply(primitive, [searched], { axes: [position] });
  if (!keepDims) return result;
  return reshape(result, axis === undefined ? operand.shape.map(() => 1) : keptShape(operand.shape, [position]));
}

const argOptionNames: OptionNames<ArgOptions> = { axis: true, keepDims: true };

/**
 * The position of the largest element, as `int32`: the first one of a tie; NaN counts as the largest. It has
 * no gradient.
 *
 * @throws `ShapeError` when there is no element.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.argmax
 * @jax jnp.argmax
 * @torch torch.argmax
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { argMax } from '@adjoint/ops';
 *
 * argMax(tensor([[1, 5], [4, 3]]), { axis: 1 }).toArray(); // [1, 0]
 * ```
 */
export function argMax(input: TensorLike, options: ArgOptions = {}): Tensor {
  requireOptions('argMax', options, argOptionNames);
  return argReduce(argMaxPrimitive, input, options);
}

/**
 * The position of the smallest element, as `int32`: the first one of a tie; NaN counts as the smallest. It has
 * no gradient.
 *
 * @throws `ShapeError` when there is no element.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.argmin
 * @jax jnp.argmin
 * @torch torch.argmin
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { argMin } from '@adjoint/ops';
 *
 * argMin(tensor([[1, 5], [4, 3]]), { axis: 1 }).toArray(); // [0, 1]
 * ```
 */
export function argMin(input: TensorLike, options: ArgOptions = {}): Tensor {
  requireOptions('argMin', options, argOptionNames);
  return argReduce(argMinPrimitive, input, options);
}
