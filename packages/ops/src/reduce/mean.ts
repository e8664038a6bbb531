import { apply, definePrimitive, empty, requireOptions, type Primitive, type Tensor } from '@adjoint/core';
import { behindBatch } from '../batching.js';
import { asFloat, type TensorLike } from '../operand.js';
import { divideByCount } from './divideByCount.js';
import { elementsAlong, inferReduced, reduceBy, reduceOptionNames, type ReduceAttrs, type ReduceOptions } from './rules.js';
import { spread } from './spread.js';

const meanPrimitive: Primitive<ReduceAttrs> = definePrimitive<ReduceAttrs>({
  name: 'mean',
  keeps: {},
  infer: ([input], attrs) => inferReduced(input!, attrs),
  forward: (backend, [input], { axes }, type) => {
    const out = empty(backend, type);
    backend.reduce('mean', input!, axes, out);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, attrs: { axes } }) => [
    spread(divideByCount(cotangent, elementsAlong(input!.shape, axes)), input!.shape, axes),
  ],
  batch: ({ inputs: [input], attrs: { axes } }) => apply(meanPrimitive, [input!], { axes: behindBatch(axes) }),
});

/**
 * The mean over axes, always a float (of `int32` and `bool` a `float32`); of nothing it is NaN. The sum of long rows is
 * divided in double precision and rounded once. It doesn't overflow, even if the sum would.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.mean
 * @jax jnp.mean
 * @torch torch.mean
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { mean } from '@adjoint/ops';
 *
 * mean(tensor([[1, 2], [3, 4]])).item(); // 2.5
 * mean(tensor([[1, 2], [3, 4]]), { axes: -1, keepDims: true }).toArray(); // [[1.5], [3.5]]
 * ```
 */
export function mean(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('mean', options, reduceOptionNames);
  const operand = asFloat('mean', input);
  return reduceBy('mean', operand, options, (axes) => (axes.length === 0 ? operand : apply(meanPrimitive, [operand], { axes })));
}
