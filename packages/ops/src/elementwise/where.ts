import { apply, broadcastShapes, definePrimitive, DTypeError, empty, formatType, type Tensor } from '@adjoint/core';
import { asTensor, operands, type TensorLike } from '../operand.js';
import { sumTo } from '../reduce/sum.js';
import { cast } from './cast.js';

const wherePrimitive = definePrimitive({
  name: 'where',
  keeps: { inputs: [0] },
  infer: ([condition, whenTrue, whenFalse]) => {
    if (condition!.dtype !== 'bool' || whenTrue!.dtype !== whenFalse!.dtype) {
      throw new DTypeError(
        `where: the condition is ${formatType(condition!)}, the branches are ${formatType(whenTrue!)} and ${formatType(whenFalse!)}; ` +
          'expected a bool condition and two branches of one dtype',
      );
    }
    const branches = broadcastShapes('where', whenTrue!.shape, whenFalse!.shape);
    return { shape: broadcastShapes('where', condition!.shape, branches), dtype: whenTrue!.dtype };
  },
  forward: (backend, [condition, whenTrue, whenFalse], _, type) => {
    const out = empty(backend, type);
    backend.select(condition!, whenTrue!, whenFalse!, out);
    return out;
  },
  vjp: ({ inputs: [condition, whenTrue, whenFalse], cotangent, needs }) => [
    null,
    needs[1] ? sumTo(where(condition!, cotangent, 0), whenTrue!.shape) : null,
    needs[2] ? sumTo(where(condition!, 0, cotangent), whenFalse!.shape) : null,
  ],
  batch: 'broadcast',
});

/**
 * `whenTrue` where the condition is true (not 0), else `whenFalse`, all three broadcast.
 *
 * A gradient flows into the branch that was chosen only. Where the other one is infinite or NaN, its own rule still
 * multiplies by 0: guard its argument as well.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 *
 * @numpy np.where
 * @jax jnp.where
 * @torch torch.where
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { where } from '@adjoint/ops';
 *
 * where(tensor([true, false]), tensor([1, 2]), 0).toArray(); // [1, 0]
 * ```
 */
export function where(condition: TensorLike, whenTrue: TensorLike, whenFalse: TensorLike): Tensor {
  const [left, right] = operands('where', whenTrue, whenFalse);
  return apply(wherePrimitive, [cast(asTensor('where', condition), 'bool'), left, right], {});
}
