import {
  requireFlag, apply, definePrimitive, empty, normalizeAxis, requireOptions, type OptionNames, type Primitive, type ScanOperation, type ScanOrder,
  type Tensor, type VjpContext,
} from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { asNumeric, type TensorLike } from '../operand.js';
import { flatten } from '../shape/reshape.js';
import { pad } from '../shape/pad.js';
import { slice } from '../shape/slice.js';

/** Along which axis to go, and which elements count. */
export interface CumulativeOptions {
  /** Default: all elements in row-major order; the result has one axis then. */
  readonly axis?: number;
  /** From the last element to the first. Default: false. */
  readonly reverse?: boolean;
  /** Without the element itself, so that the first result is that of nothing. Default: false. */
  readonly exclusive?: boolean;
}

interface ScanAttrs extends ScanOrder {
  readonly axis: number;
}

function scanPrimitive(
  name: string, operation: ScanOperation, keeps: readonly number[], rule: (context: VjpContext<ScanAttrs>) => Tensor,
): Primitive<ScanAttrs> {
  const primitive: Primitive<ScanAttrs> = definePrimitive({
    name,
    keeps: { inputs: keeps },
    infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
    forward: (backend, [input], { axis, reverse, exclusive }, type) => {
      const out = empty(backend, type);
      backend.scan(operation, input!, out, axis, { reverse, exclusive });
      return out;
    },
    vjp: (context) => [rule(context)],
    batch: ({ inputs: [input], attrs }) => apply(primitive, [input!], { ...attrs, axis: attrs.axis + 1 }),
  });
  return primitive;
}

function cumulate(primitive: Primitive<ScanAttrs>, input: TensorLike, options: CumulativeOptions): Tensor {
  const operand = asNumeric(primitive.name, input);
  const { axis, reverse = false, exclusive = false } = options;
  requireFlag(primitive.name, 'reverse', reverse);
  requireFlag(primitive.name, 'exclusive', exclusive);
  const line = axis === undefined ? flatten(operand) : operand;
  return apply(primitive, [line], { axis: normalizeAxis(primitive.name, axis ?? 0, line.shape.length), reverse, exclusive });
}

const cumSumPrimitive = scanPrimitive('cumSum', 'sum', [], ({ cotangent, attrs }) =>
  apply(cumSumPrimitive, [cotangent], { ...attrs, reverse: !attrs.reverse }));

const cumulativeOptionNames: OptionNames<CumulativeOptions> = { axis: true, reverse: true, exclusive: true };

/**
 * The sums of all elements up to each one, along an axis. Floats are added in double precision, `int32` wraps, and booleans
 * are counted, as `int32`.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.cumsum
 * @jax jnp.cumsum
 * @torch torch.cumsum
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { cumSum } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * cumSum(x, { axis: 1 }).toArray(); // [[1, 3, 6], [4, 9, 15]]
 * cumSum(x, { axis: 1, reverse: true, exclusive: true }).toArray(); // [[5, 3, 0], [11, 6, 0]]
 * cumSum(x).toArray(); // [1, 3, 6, 10, 15, 21]
 * ```
 */
export function cumSum(input: TensorLike, options: CumulativeOptions = {}): Tensor {
  requireOptions('cumSum', options, cumulativeOptionNames);
  return cumulate(cumSumPrimitive, input, options);
}

// Without a division, as the quotient of product and factor says nothing where the factor is 0. An element has in each
// product behind it the factors before it, which all of them share, and those between.
const cumProdPrimitive = scanPrimitive('cumProd', 'product', [0], ({ inputs: [input], cotangent, attrs }) => {
  const before = apply(cumProdPrimitive, [input!], { ...attrs, exclusive: true });
  return mul(before, weightedSums(input!, attrs.exclusive ? ahead(cotangent, attrs, 1) : cotangent, attrs));
});

/**
 * Of each element, the sum of all weights from its own on, each times the elements behind this one up to the weight's own:
 * `s[i] = w[i] + x[i + 1] s[i + 1]`. In steps of doubled length, so that it is made of ordinary operations.
 */
function weightedSums(input: Tensor, weights: Tensor, attrs: ScanAttrs): Tensor {
  let sums = weights;
  let products = ahead(input, attrs, 1);
  for (let distance = 1; distance < input.shape[attrs.axis]!; distance *= 2) {
    sums = add(sums, mul(products, ahead(sums, attrs, distance)));
    products = mul(products, ahead(products, attrs, distance));
  }
  return sums;
}

/** The elements `distance` further on in the direction of the scan, and 0 past the end. */
function ahead(input: Tensor, { axis, reverse }: ScanAttrs, distance: number): Tensor {
  const length = input.shape[axis]!;
  const missing = Math.min(distance, length);
  const range = reverse ? [0, length - missing] as const : [missing] as const;
  const widths = reverse ? [missing, 0] as const : [0, missing] as const;
  const rest = slice(input, input.shape.map((_, other) => (other === axis ? range : null)));
  return pad(rest, input.shape.map((_, other) => (other === axis ? widths : [0, 0])));
}

/**
 * The products of all elements up to each one, along an axis. Floats are multiplied in double precision, `int32` wraps, and
 * booleans become `int32`. The gradient is right where elements are 0, to any order.
 *
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.cumprod
 * @jax jnp.cumprod
 * @torch torch.cumprod
 *
 * @example
 * ```ts
 * import { grad, tensor } from '@adjoint/core';
 * import { cumProd, sum } from '@adjoint/ops';
 *
 * cumProd(tensor([1, 2, 3, 4])).toArray(); // [1, 2, 6, 24]
 * cumProd(tensor([1, 2, 3, 4]), { exclusive: true }).toArray(); // [1, 1, 2, 6]
 * grad((x) => sum(cumProd(x)))(tensor([2, 0, 3])).toArray(); // [1, 8, 0]
 * ```
 */
export function cumProd(input: TensorLike, options: CumulativeOptions = {}): Tensor {
  requireOptions('cumProd', options, cumulativeOptionNames);
  return cumulate(cumProdPrimitive, input, options);
}
