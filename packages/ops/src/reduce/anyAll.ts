import { apply, definePrimitive, empty, requireOptions, type Primitive, type Tensor } from '@adjoint/core';
import { behindBatch } from '../batching.js';
import { cast } from '../elementwise/cast.js';
import { asTensor, type TensorLike } from '../operand.js';
import { inferReduced, reduceBy, reduceOptionNames, type ReduceAttrs, type ReduceOptions } from './rules.js';

/** Of booleans, the maximum is true where one is, the minimum where all are. */
function truthPrimitive(name: 'any' | 'all'): Primitive<ReduceAttrs> {
  const primitive: Primitive<ReduceAttrs> = definePrimitive<ReduceAttrs>({
    name,
    keeps: {},
    infer: ([input], attrs) => inferReduced(input!, attrs),
    forward: (backend, [input], { axes }, type) => {
      const out = empty(backend, type);
      backend.reduce(name === 'any' ? 'max' : 'min', input!, axes, out);
      return out;
    },
    vjp: 'none',
    batch: ({ inputs: [input], attrs: { axes } }) => apply(primitive, [input!], { axes: behindBatch(axes) }),
  });
  return primitive;
}

const anyPrimitive = truthPrimitive('any');
const allPrimitive = truthPrimitive('all');

function reduceTruth(primitive: typeof anyPrimitive, input: TensorLike, options: ReduceOptions): Tensor {
  const operand = cast(asTensor(primitive.name, input), 'bool');
  return reduceBy(primitive.name, operand, options, (axes) => apply(primitive, [operand], { axes }));
}

/**
 * Whether one element over axes is true (not 0; NaN is true), as `bool`; of nothing it is false.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.any
 * @jax jnp.any
 * @torch torch.any
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { any } from '@adjoint/ops';
 *
 * any(tensor([[0, 0], [0, 2]]), { axes: 1 }).toArray(); // [false, true]
 * ```
 */
export function any(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('any', options, reduceOptionNames);
  return reduceTruth(anyPrimitive, input, options);
}

/**
 * Whether all elements over axes are true (not 0; NaN is true), as `bool`; of nothing it is true.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.all
 * @jax jnp.all
 * @torch torch.all
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { all } from '@adjoint/ops';
 *
 * all(tensor([[1, 0], [1, 2]]), { axes: 1 }).toArray(); // [false, true]
 * ```
 */
export function all(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('all', options, reduceOptionNames);
  return reduceTruth(allPrimitive, input, options);
}
