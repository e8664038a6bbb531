import { apply, definePrimitive, empty, type Tensor } from '@adjoint/core';
import { requireTensor } from '../operand.js';

const contiguousPrimitive = definePrimitive({
  name: 'contiguous',
  keeps: {},
  infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
  forward: (backend, [input], _, type) => {
    const out = empty(backend, type);
    backend.copy(input!, out);
    return out;
  },
  vjp: ({ cotangent }) => [cotangent],
  batch: ({ inputs: [input] }) => contiguous(input!),
});

/**
 * The same elements in row-major order without gaps: the tensor itself where it is so already, else a copy.
 *
 * @numpy np.ascontiguousarray
 * @torch torch.Tensor.contiguous
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { contiguous, transpose } from '@adjoint/ops';
 *
 * contiguous(transpose(tensor([[1, 2], [3, 4]]))).strides; // [2, 1]
 * ```
 */
export function contiguous(input: Tensor): Tensor {
  requireTensor('contiguous', 'input', input);
  return input.isContiguous ? input : apply(contiguousPrimitive, [input], {});
}
