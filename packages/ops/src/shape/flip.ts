import { apply, definePrimitive, normalizeAxes, view, type Tensor } from '@adjoint/core';
import { behindBatch } from '../batching.js';
import { requireTensor } from '../operand.js';

const flipPrimitive = definePrimitive<{ readonly axes: readonly number[] }>({
  name: 'flip',
  keeps: {},
  infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
  forward: (_, [input], { axes }) => {
    const { shape, strides, offset, size } = input!;
    const last = axes.reduce((sum, axis) => sum + (shape[axis]! - 1) * strides[axis]!, offset);
    return view(input!, shape, strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)), size === 0 ? offset : last);
  },
  vjp: ({ cotangent, attrs: { axes } }) => [flip(cotangent, axes)],
  batch: ({ inputs: [input], attrs: { axes } }) => flip(input!, behindBatch(axes)),
});

/**
 * The elements in reverse order along axes, by default all; a view.
 *
 * @throws `AxisError` when there is no such axis, or it is named twice.
 *
 * @numpy np.flip
 * @jax jnp.flip
 * @torch torch.flip
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { flip } from '@adjoint/ops';
 *
 * flip(tensor([[1, 2], [3, 4]]), 1).toArray(); // [[2, 1], [4, 3]]
 * ```
 */
export function flip(input: Tensor, axes?: number | readonly number[]): Tensor {
  requireTensor('flip', 'input', input);
  return apply(flipPrimitive, [input], { axes: normalizeAxes('flip', axes, input.shape.length) });
}
