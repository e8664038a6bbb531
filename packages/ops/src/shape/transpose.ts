import { apply, ArgumentError, AxisError, definePrimitive, formatType, normalizeAxis, view, type Tensor } from '@adjoint/core';
import { behindBatch } from '../batching.js';
import { requireList, requireNumberOrList, requireTensor } from '../operand.js';

const transposePrimitive = definePrimitive<{ readonly axes: readonly number[] }>({
  name: 'transpose',
  keeps: {},
  infer: ([input], { axes }) => ({ shape: axes.map((axis) => input!.shape[axis]!), dtype: input!.dtype }),
  forward: (_, [input], { axes }, { shape }) => view(input!, shape, axes.map((axis) => input!.strides[axis]!)),
  vjp: ({ cotangent, attrs: { axes } }) => [transpose(cotangent, axes.map((_, axis) => axes.indexOf(axis)))],
  batch: ({ inputs: [input], attrs: { axes } }) => transpose(input!, [0, ...behindBatch(axes)]),
});

/**
 * The axes in another order, by default reversed; a view. Axis `i` of the result is axis `axes[i]` of the input.
 *
 * @throws `AxisError` when `axes` does not name every axis once.
 *
 * @numpy np.transpose
 * @jax jnp.transpose
 * @torch torch.permute
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { transpose } from '@adjoint/ops';
 *
 * transpose(tensor([[1, 2, 3], [4, 5, 6]])).toArray(); // [[1, 4], [2, 5], [3, 6]]
 * ```
 */
export function transpose(input: Tensor, axes?: readonly number[]): Tensor {
  requireTensor('transpose', 'input', input);
  if (axes !== undefined) requireList('transpose', 'axes', axes, 'a list of axes');
  const rank = input.shape.length;
  const order = axes?.map((axis) => normalizeAxis('transpose', axis, rank)) ?? axesOf(rank).reverse();
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new AxisError(`transpose: axes [${order.join(',')}] of ${formatType(input)}; expected each of its ${rank} axes once`);
  }
  return apply(transposePrimitive, [input], { axes: order });
}

/**
 * Two axes exchanged; a view.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.swapaxes
 * @jax jnp.swapaxes
 * @torch torch.swapaxes
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 * import { swapAxes } from '@adjoint/ops';
 *
 * swapAxes(zeros([2, 3, 4]), 1, 2).shape; // [2, 4, 3]
 * ```
 */
export function swapAxes(input: Tensor, first: number, second: number): Tensor {
  requireTensor('swapAxes', 'input', input);
  const rank = input.shape.length;
  const a = normalizeAxis('swapAxes', first, rank);
  const b = normalizeAxis('swapAxes', second, rank);
  const order = axesOf(rank);
  [order[a], order[b]] = [b, a];
  return apply(transposePrimitive, [input], { axes: order });
}

/**
 * Axes moved to other positions of the result; the others keep their order. A view.
 *
 * @throws `ArgumentError` when there are not as many destinations as sources.
 * @throws `AxisError` when there is no such axis, or it is named twice.
 *
 * @numpy np.moveaxis
 * @jax jnp.moveaxis
 * @torch torch.movedim
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 * import { moveAxis } from '@adjoint/ops';
 *
 * moveAxis(zeros([2, 3, 4]), 0, -1).shape; // [3, 4, 2]
 * moveAxis(zeros([2, 3, 4]), [0, 1], [1, 0]).shape; // [3, 2, 4]
 * ```
 */
export function moveAxis(input: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  requireTensor('moveAxis', 'input', input);
  requireNumberOrList('moveAxis', 'source', source);
  requireNumberOrList('moveAxis', 'destination', destination);
  const from = distinctAxes(input, source);
  const to = distinctAxes(input, destination);
  if (from.length !== to.length) {
    throw new ArgumentError(`moveAxis: got ${from.length} source axes and ${to.length} destinations; expected as many of both`);
  }
  const others = input.shape.map((_, axis) => axis).filter((axis) => !from.includes(axis)).values();
  return transpose(input, input.shape.map((_, axis) => (to.includes(axis) ? from[to.indexOf(axis)]! : others.next().value!)));
}

/** The axes to move, or where to, counted from the front, in the order they were given. */
function distinctAxes(input: Tensor, axes: number | readonly number[]): readonly number[] {
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis('moveAxis', axis, input.shape.length));
  if (new Set(list).size === list.length) return list;
  throw new AxisError(`moveAxis: axes [${list.join(',')}] of ${formatType(input)} name one twice; expected each at most once`);
}

function axesOf(rank: number): number[] {
  const axes: number[] = [];
  for (let axis = 0; axis < rank; axis++) axes.push(axis);
  return axes;
}
