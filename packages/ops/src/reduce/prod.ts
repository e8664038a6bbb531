import { apply, definePrimitive, empty, requireOptions, type Primitive, type Tensor } from '@adjoint/core';
import { mul } from '../elementwise/arithmetic.js';
import { asNumeric, type TensorLike } from '../operand.js';
import { expandDims } from '../shape/reshape.js';
import { cumProd } from './cumulative.js';
import { inferReduced, reduceBy, reduceOptionNames, type ReduceOptions } from './rules.js';

const prodPrimitive: Primitive<{ readonly axis: number }> = definePrimitive({
  name: 'prod',
  keeps: { inputs: [0] },
  infer: ([input], { axis }) => inferReduced(input!, { axes: [axis] }),
  forward: (backend, [input], { axis }, type) => {
    const out = empty(backend, type);
    backend.reduce('product', input!, [axis], out);
    return out;
  },
  // The factors before an element times those behind it, without a division: that would say nothing where it is 0.
  vjp: ({ inputs: [input], cotangent, attrs: { axis } }) => {
    const before = cumProd(input!, { axis, exclusive: true });
    const behind = cumProd(input!, { axis, exclusive: true, reverse: true });
    return [mul(expandDims(cotangent, axis), mul(before, behind))];
  },
  batch: ({ inputs: [input], attrs: { axis } }) => apply(prodPrimitive, [input!], { axis: axis + 1 }),
});

/**
 * The product over axes; of nothing it is 1. `int32` wraps, and booleans become `int32`. The gradient is right where elements
 * are 0, one or several, to any order.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.prod
 * @jax jnp.prod
 * @torch torch.prod
 *
 * @example
 * ```ts
 * import { grad, tensor } from '@adjoint/core';
 * import { prod } from '@adjoint/ops';
 *
 * prod(tensor([[1, 2], [3, 4]]), { axes: 1 }).toArray(); // [2, 12]
 * grad((x) => prod(x))(tensor([2, 0, 3])).toArray(); // [0, 6, 0]
 * ```
 */
export function prod(input: TensorLike, options: ReduceOptions = {}): Tensor {
  requireOptions('prod', options, reduceOptionNames);
  const operand = asNumeric('prod', input);
  return reduceBy('prod', operand, options, (axes) =>
    axes.reduceRight((factors, axis) => apply(prodPrimitive, [factors], { axis }), operand));
}
