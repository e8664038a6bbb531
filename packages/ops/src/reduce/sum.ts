import {
  apply, broadcastShapes, broadcastStrides, checkShape, definePrimitive, empty, formatShape, formatType, requireOptions, sameShape,
  ShapeError, view, type Shape, type Tensor,
} from '@adjoint/core';
import { behindBatch, withRank } from '../batching.js';
import { asNumeric, requireList, requireNumberOrList, requireTensor, type TensorLike } from '../operand.js';
import { reshape } from '../shape/reshape.js';
import { inferReduced, keptShape, reduceBy, reduceOptionNames, type ReduceAttrs, type ReduceOptions } from './rules.js';

// The sum and the broadcast are each other's transpose, so their rules name each other.

const sumPrimitive = definePrimitive<ReduceAttrs>({
  name: 'sum',
  keeps: {},
  infer: ([input], attrs) => inferReduced(input!, attrs),
  forward: (backend, [input], { axes }, type) => {
    const out = empty(backend, type);
    backend.reduce('sum', input!, axes, out);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, attrs: { axes } }) => [
    broadcastTo(reshape(cotangent, keptShape(input!.shape, axes)), input!.shape),
  ],
  batch: ({ inputs: [input], attrs: { axes } }) => sum(input!, { axes: behindBatch(axes) }),
});

/**
 * The sum over axes; of nothing it is 0. Long sums of `float32` are added up in double precision in between, `int32` wraps,
 * and booleans are counted, as `int32`.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.sum
 * @jax jnp.sum
 * @torch torch.sum
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sum } from '@adjoint/ops';
 *
 * sum(tensor([[1, 2], [3, 4]])).item(); // 10
 * sum(tensor([[1, 2], [3, 4]]), { axes: 0 }).toArray(); // [4, 6]
 * ```
 */
export function sum(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('sum', options, reduceOptionNames);
  const numeric = asNumeric('sum', input);
  return reduceBy('sum', numeric, options, (axes) => (axes.length === 0 ? numeric : apply(sumPrimitive, [numeric], { axes })));
}

const broadcastToPrimitive = definePrimitive<{ readonly shape: Shape }>({
  name: 'broadcastTo',
  keeps: {},
  infer: ([input], { shape }) => {
    if (!sameShape(broadcastShapes('broadcastTo', input!.shape, shape), shape)) {
      throw new ShapeError(`broadcastTo: ${formatType(input!)} does not broadcast to ${formatShape(shape)}`);
    }
    return { shape, dtype: input!.dtype };
  },
  forward: (_, [input], { shape }) => view(input!, shape, broadcastStrides(input!.shape, input!.strides, shape)),
  vjp: ({ inputs: [input], cotangent }) => [sumTo(cotangent, input!.shape)],
  batch: ({ inputs: [input], attrs: { shape }, size }) => broadcastTo(withRank(input!, shape.length), [size, ...shape]),
});

/**
 * The tensor repeated to a shape by NumPy's rule; a view that repeats by stride 0.
 *
 * @throws `ShapeError` when it does not broadcast to that shape.
 *
 * @numpy np.broadcast_to
 * @jax jnp.broadcast_to
 * @torch torch.broadcast_to
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { broadcastTo } from '@adjoint/ops';
 *
 * broadcastTo(tensor([1, 2]), [2, 2]).toArray(); // [[1, 2], [1, 2]]
 * ```
 */
export function broadcastTo(input: Tensor, shape: Shape): Tensor {
  requireTensor('broadcastTo', 'input', input);
  if (input.shape === shape) return input;
  checkShape('broadcastTo', shape);
  return sameShape(input.shape, shape) ? input : apply(broadcastToPrimitive, [input], { shape: [...shape] });
}

/**
 * The sum over the axes along which `shape` was broadcast: the transpose of `broadcastTo`.
 *
 * @throws `ShapeError` when `shape` does not broadcast to that of the input.
 */
export function sumTo(input: Tensor, shape: Shape): Tensor {
  requireTensor('sumTo', 'input', input);
  if (input.shape === shape) return input;
  requireList('sumTo', 'shape', shape, 'a list of lengths');
  requireNumberOrList('sumTo', 'shape', shape);
  if (sameShape(input.shape, shape)) return input;
  if (!sameShape(broadcastShapes('sumTo', shape, input.shape), input.shape)) {
    throw new ShapeError(`sumTo: ${formatType(input)} cannot be summed to ${formatShape(shape)}, which does not broadcast to it`);
  }
  const lead = input.shape.length - shape.length;
  const axes: number[] = [];
  for (let axis = 0; axis < input.shape.length; axis++) {
    if (axis < lead || (shape[axis - lead] === 1 && input.shape[axis] !== 1)) axes.push(axis);
  }
  return reshape(sum(input, { axes }), shape);
}
