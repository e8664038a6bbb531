import {
  apply, ArgumentError, contiguousStrides, definePrimitive, empty, formatType, normalizeAxis, promote, sameShape, ShapeError, view, type Tensor,
} from '@adjoint/core';
import { allBatched } from '../allBatched.js';
import { cast } from '../elementwise/cast.js';
import { expandDims } from './reshape.js';
import { slice } from './slice.js';
import { requireTensors } from '../operand.js';

const concatPrimitive = definePrimitive<{ readonly axis: number }>({
  name: 'concat',
  keeps: {},
  infer: (inputs, { axis }) => ({
    shape: inputs[0]!.shape.map((length, index) => (index === axis ? inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0) : length)),
    dtype: inputs[0]!.dtype,
  }),
  forward: (backend, inputs, { axis }, type) => {
    const out = empty(backend, type);
    const strides = contiguousStrides(type.shape);
    let start = 0;
    for (const input of inputs) {
      backend.assign(input, view(out, input.shape, strides, start * strides[axis]!));
      start += input.shape[axis]!;
    }
    return out;
  },
  vjp: ({ inputs, cotangent, attrs: { axis }, needs }) => {
    let stop = 0;
    return inputs.map(({ shape }, index) => {
      const start = stop;
      stop += shape[axis]!;
      return needs[index] ? slice(cotangent, shape.map((_, other) => (other === axis ? [start, stop] : null))) : null;
    });
  },
  batch: (context) => concat(allBatched(context), context.attrs.axis + 1),
});

/**
 * Tensors one after the other along an axis, in the dtype that they all promote to.
 *
 * @throws `ArgumentError` when there is no tensor.
 * @throws `ShapeError` when the shapes differ in another axis.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.concatenate
 * @jax jnp.concatenate
 * @torch torch.cat
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { concat } from '@adjoint/ops';
 *
 * concat([tensor([1, 2]), tensor([3])]).toArray(); // [1, 2, 3]
 * ```
 */
export function concat(inputs: readonly Tensor[], axis = 0): Tensor {
  requireTensors('concat', 'inputs', inputs);
  const first = inputs[0];
  if (first === undefined) throw new ArgumentError('concat: got no tensor; expected at least one');
  const position = normalizeAxis('concat', axis, first.shape.length);
  for (const [index, { shape }] of inputs.entries()) {
    if (shape.length === first.shape.length && shape.every((length, other) => other === position || length === first.shape[other])) continue;
    throw new ShapeError(
      `concat: input ${index} is ${formatType(inputs[index]!)}, input 0 ${formatType(first)}; all axes but axis ${position} must agree`,
    );
  }
  const dtype = inputs.map((input) => input.dtype).reduce(promote);
  return apply(concatPrimitive, inputs.map((input) => cast(input, dtype)), { axis: position });
}

/**
 * Tensors of one shape joined along a new axis.
 *
 * @throws `ArgumentError` when there is no tensor.
 * @throws `ShapeError` when the shapes differ.
 * @throws `AxisError` when the result has no such axis.
 *
 * @numpy np.stack
 * @jax jnp.stack
 * @torch torch.stack
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { stack } from '@adjoint/ops';
 *
 * stack([tensor([1, 2]), tensor([3, 4])]).toArray(); // [[1, 2], [3, 4]]
 * ```
 */
export function stack(inputs: readonly Tensor[], axis = 0): Tensor {
  requireTensors('stack', 'inputs', inputs);
  const first = inputs[0];
  if (first === undefined) throw new ArgumentError('stack: got no tensor; expected at least one');
  const position = normalizeAxis('stack', axis, first.shape.length + 1);
  const other = inputs.findIndex(({ shape }) => !sameShape(shape, first.shape));
  if (other !== -1) throw new ShapeError(`stack: input ${other} is ${formatType(inputs[other]!)}, input 0 ${formatType(first)}; expected one shape`);
  return concat(inputs.map((input) => expandDims(input, position)), position);
}
