import {
  arange, ArgumentError, broadcastShapes, formatShape, formatType, sameShape, ShapeError, withBackend, type Shape, type Tensor,
} from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { lessEqual } from '../elementwise/comparison.js';
import { logicalAnd } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';
import { matmul } from '../linear/matmul.js';
import { asFloat, requireDtype } from '../operand.js';
import { dropout as drop, type DropoutOptions } from '../random/dropout.js';
import { requireDropout } from '../random/requireDropout.js';
import { expandDims } from '../shape/reshape.js';
import { swapAxes } from '../shape/transpose.js';
import { softmax } from '../softmax/softmax.js';

const name = 'scaledDotProductAttention';

/** Who attends to whom. */
export interface AttentionOptions {
  /** Whether a query at position `i` sees the keys up to position `i` only. Default: false. */
  readonly causal?: boolean;
  /**
   * Broadcasts to `[..., queries, keys]`: a `bool` is true where a query may attend; a float is added to the scores.
   * A query that may attend to no key gets zeros. Default: all attend to all.
   */
  readonly mask?: Tensor;
  /** What the scores are multiplied by. Default: one over the root of `features`. */
  readonly scale?: number;
  /** Which share of the weights, after the softmax, becomes 0 at random, and by which key. Default: none. */
  readonly dropout?: DropoutOptions;
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017): `softmax(query @ key^T * scale) @ value`, of queries
 * `[..., queries, features]`, keys `[..., keys, features]` and values `[..., keys, valueFeatures]`; gives
 * `[..., queries, valueFeatures]`. Leading axes (batch, heads) broadcast.
 *
 * @throws `ShapeError` when the features, the keys or the mask do not fit.
 * @throws `ArgumentError` when `scale` is not finite, or `dropout` has no key or a rate out of range.
 *
 * @jax jax.nn.dot_product_attention
 * @torch torch.nn.functional.scaled_dot_product_attention
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { scaledDotProductAttention } from '@adjoint/ops';
 *
 * const [query, key, value] = [tensor([[0], [0]]), tensor([[1], [2]]), tensor([[10], [30]])];
 * scaledDotProductAttention(query, key, value).toArray(); // [[20], [20]]
 * scaledDotProductAttention(query, key, value, { causal: true }).toArray(); // [[10], [20]]
 * ```
 */
export function scaledDotProductAttention(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor {
  const [q, k, v] = [asFloat('scaledDotProductAttention', query), asFloat('scaledDotProductAttention', key), asFloat('scaledDotProductAttention', value)] as const;
  const scoresShape = requireMatrices(q, k, v);
  const { causal = false, mask, scale = 1 / Math.sqrt(q.shape.at(-1)!), dropout } = options;
  if (!Number.isFinite(scale)) throw new ArgumentError(`${name}: scale is ${scale}; expected a finite number`);
  if (mask !== undefined) requireMask(mask, scoresShape);
  if (dropout !== undefined) requireDropout(name, dropout.rate, dropout.key);
  // The queries are scaled and not the scores, which are more.
  const scores = matmul(mul(q, scale), swapAxes(k, -1, -2));
  const biased = mask !== undefined && mask.dtype !== 'bool' ? add(scores, mask) : scores;
  const permitted = permission(scores, causal, mask?.dtype === 'bool' ? mask : undefined);
  const weigh = (weights: Tensor) => matmul(dropout === undefined ? weights : drop(weights, dropout), v);
  if (permitted === null) return weigh(softmax(biased));
  // Not -Infinity, of which a row alone would be NaN; what is masked is 0 in either case.
  const weights = softmax(where(permitted, biased, lowestScore));
  return weigh(where(permitted, weights, 0));
}

/** Below all scores, and a `float32`. */
const lowestScore = -1e38;

/** Where a query may attend to a key; null for everywhere. */
function permission(scores: Tensor, causal: boolean, mask: Tensor | undefined): Tensor | null {
  if (!causal) return mask ?? null;
  const [queries, keys] = scores.shape.slice(-2) as [number, number];
  const [rows, columns] = withBackend(scores.backend, () => [queries, keys].map((count) => arange(count, { dtype: 'int32' }))) as [Tensor, Tensor];
  const earlier = lessEqual(columns, expandDims(rows, -1));
  return mask === undefined ? earlier : logicalAnd(earlier, mask);
}

/** The shape of the scores, `[..., queries, keys]`, when the three fit together. */
function requireMatrices(query: Tensor, key: Tensor, value: Tensor): Shape {
  const all = `query ${formatType(query)}, key ${formatType(key)}, value ${formatType(value)}`;
  if ([query, key, value].some(({ shape }) => shape.length < 2)) {
    throw new ShapeError(`${name}: expected matrices [..., positions, features]; got ${all}`);
  }
  if (query.shape.at(-1) !== key.shape.at(-1)) {
    throw new ShapeError(`${name}: the query has ${query.shape.at(-1)} features, the key ${key.shape.at(-1)} (${all})`);
  }
  if (key.shape.at(-2) !== value.shape.at(-2)) {
    throw new ShapeError(`${name}: there are ${key.shape.at(-2)} keys and ${value.shape.at(-2)} values (${all})`);
  }
  const leading = broadcastShapes(name, query.shape.slice(0, -2), key.shape.slice(0, -2));
  broadcastShapes(name, leading, value.shape.slice(0, -2));
  return [...leading, query.shape.at(-2)!, key.shape.at(-2)!];
}

function requireMask(mask: Tensor, scoresShape: Shape): void {
  requireDtype(name, 'mask', mask, ['bool', 'float32', 'float64']);
  if (mask.shape.length <= scoresShape.length && sameShape(broadcastShapes(name, mask.shape, scoresShape), scoresShape)) return;
  throw new ShapeError(`${name}: mask is ${formatType(mask)}; expected what broadcasts to the scores' shape ${formatShape(scoresShape)}`);
}
