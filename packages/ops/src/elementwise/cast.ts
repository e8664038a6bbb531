import { apply, checkDtype, definePrimitive, empty, isFloat, requireTensor, type DType, type Tensor } from '@adjoint/core';

const castPrimitive = definePrimitive<{ readonly dtype: DType }>({
  name: 'cast',
  keeps: {},
  infer: ([input], { dtype }) => ({ shape: input!.shape, dtype }),
  forward: (backend, [input], _, type) => {
    const out = empty(backend, type);
    backend.copy(input!, out);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, output }) =>
    isFloat(input!.dtype) && isFloat(output.dtype) ? [cast(cotangent, input!.dtype)] : [null],
  batch: 'leading',
});

/**
 * The same numbers in another dtype; the tensor itself when it has it already. To `int32` rounds towards zero; NaN
 * becomes 0, and numbers beyond `int32` the nearest one in its range. To `bool` is true where not 0. Differentiable between
 * the float dtypes.
 *
 * @throws `DTypeError` when there is no such dtype.
 *
 * @numpy np.ndarray.astype
 * @jax jax.Array.astype
 * @torch torch.Tensor.to
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { cast } from '@adjoint/ops';
 *
 * cast(tensor([1.7, -1.7, 0]), 'int32').toArray(); // [1, -1, 0]
 * ```
 */
export function cast(input: Tensor, dtype: DType): Tensor {
  requireTensor('cast', 'input', input);
  if (input.dtype === dtype) return input;
  checkDtype('cast', dtype);
  return apply(castPrimitive, [input], { dtype });
}
