import { apply, definePrimitive, empty, ShapeError, sizeOf, type Tensor } from '@adjoint/core';
import { asTensor, numericOperands, type TensorLike } from '../operand.js';
import { sumTo } from '../reduce/sum.js';
import { expandDims, reshape, squeeze } from '../shape/reshape.js';
import { swapAxes } from '../shape/transpose.js';
import { alignBatch, broadcastBatch, inferMatmul, requireInner } from './products.js';

function requireAxis(argument: string, value: TensorLike): void {
  if (asTensor('matmul', value).shape.length > 0) return;
  throw new ShapeError(`matmul: ${argument} is a scalar; expected at least one axis (to scale, use mul)`);
}

const matmulPrimitive = definePrimitive({
  name: 'matmul',
  keeps: { inputs: [0, 1] },
  infer: ([left, right]) => inferMatmul(left!, right!),
  forward: (backend, [left, right], _, type) => {
    const out = empty(backend, type);
    backend.matmul(broadcastBatch(left!, type.shape), broadcastBatch(right!, type.shape), out);
    return out;
  },
  vjp: ({ inputs: [left, right], cotangent, needs }) => [
    needs[0] ? sumTo(matmul(cotangent, swapAxes(right!, -1, -2)), left!.shape) : null,
    needs[1] ? sumTo(matmul(swapAxes(left!, -1, -2), cotangent), right!.shape) : null,
  ],
  batch: ({ inputs, batched }) => matmul(...alignBatch(inputs, batched)),
});

/**
 * The matrix product by NumPy's rules: `[..., m, k]` times `[..., k, n]` gives `[..., m, n]`, leading axes broadcast,
 * and a vector is a row on the left and a column on the right.
 *
 * Dtypes promote. `int32` wraps around; booleans are counted, as `int32` (in NumPy they stay booleans).
 *
 * @throws `ShapeError` when the inner axes differ, the batch axes do not broadcast, or an operand is a scalar.
 *
 * @numpy np.matmul
 * @jax jnp.matmul
 * @torch torch.matmul
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { matmul } from '@adjoint/ops';
 *
 * matmul(tensor([[1, 2], [3, 4]]), tensor([[1], [1]])).toArray(); // [[3], [7]]
 * matmul(tensor([1, 2]), tensor([3, 4])).item(); // 11
 * ```
 */
export function matmul(left: TensorLike, right: TensorLike): Tensor {
  requireAxis('left', left);
  requireAxis('right', right);
  const [a, b] = numericOperands('matmul', left, right);
  requireInner(a, b);
  if (a.shape.length === 1) return squeeze(matmul(expandDims(a, 0), b), b.shape.length === 1 ? 0 : -2);
  if (b.shape.length === 1) return squeeze(matmul(a, expandDims(b, 1)), -1);
  if (b.shape.length > 2 || a.shape.length === 2) return apply(matmulPrimitive, [a, b], {});
  // One matrix for the whole batch: the batch is more rows, and its gradient is one product instead of a sum of many.
  const { shape } = inferMatmul(a, b);
  const rows = reshape(a, [sizeOf(a.shape, 0, -1), a.shape.at(-1)!]);
  return reshape(apply(matmulPrimitive, [rows, b], {}), shape);
}
