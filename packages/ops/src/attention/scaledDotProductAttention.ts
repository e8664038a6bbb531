import {
  formatValue, requireFlag, arange, ArgumentError, broadcastShapes, constantLike, formatShape, formatType, requireOptions, sameShape, ShapeError, withBackend,
  type OptionNames, type Shape, type Tensor,
} from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { lessEqual, notEqual } from '../elementwise/comparison.js';
import { logicalAnd } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';
import { matmul } from '../linear/matmul.js';
import { asFloat, operands, requireDtype, requireTensor } from '../operand.js';
import { dropout as drop } from '../random/dropout.js';
import { requireDropout, type DropoutOptions } from '../random/requireDropout.js';
import { any } from '../reduce/anyAll.js';
import { expandDims } from '../shape/reshape.js';
import { swapAxes } from '../shape/transpose.js';
import { softmax } from '../softmax/softmax.js';
import { maskedScores, weightedSums } from './maskedProducts.js';

const name = 'scaledDotProductAttention';

/** Who attends to whom. */
export interface AttentionOptions {
  /** Whether a query at position `i` sees the keys up to position `i` only. Default: false. */
  readonly causal?: boolean;
  /**
   * Broadcasts to `[..., queries, keys]`. A `bool` is true where a query may attend. A float is added to the scores; where it is
   * `-Infinity`, or the sum is, the query may not attend. Default: all attend to all.
   */
  readonly mask?: Tensor;
  /** What the scores are multiplied by. Default: one over the root of `features`. */
  readonly scale?: number;
  /** Which share of the weights, after the softmax, becomes 0 at random, and by which key. Default: none. */
  readonly dropout?: DropoutOptions;
}

const attentionOptionNames: OptionNames<AttentionOptions> = { causal: true, mask: true, scale: true, dropout: true };

/**
 * Scaled dot-product attention (Vaswani et al. 2017): `softmax(query @ key^T * scale) @ value`, of queries
 * `[..., queries, features]`, keys `[..., keys, features]` and values `[..., keys, valueFeatures]`; gives
 * `[..., queries, valueFeatures]`. Leading axes (batch, heads) broadcast.
 *
 * A query that may attend to no key gets zeros, and its gradient is 0, whatever the form of the mask. A key and its value have no
 * influence on queries that may not attend to them, in the result and in all derivatives, even if they are NaN or infinite.
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
  requireTensor('scaledDotProductAttention', 'query', query);
  requireTensor('scaledDotProductAttention', 'key', key);
  requireTensor('scaledDotProductAttention', 'value', value);
  requireOptions('scaledDotProductAttention', options, attentionOptionNames);
  const [q, k, v] = [asFloat('scaledDotProductAttention', query), asFloat('scaledDotProductAttention', key), asFloat('scaledDotProductAttention', value)] as const;
  const scoresShape = requireMatrices(q, k, v);
  const { causal = false, mask, scale = 1 / Math.sqrt(q.shape.at(-1)!), dropout } = options;
  requireFlag(name, 'causal', causal);
  if (!Number.isFinite(scale)) throw new ArgumentError(`${name}: scale is ${formatValue(scale)}; expected a finite number`);
  if (mask !== undefined) requireMask(mask, scoresShape);
  if (dropout !== undefined) requireDropout(name, dropout);
  // The queries are scaled and not the scores, which are more.
  const [scaled, keys] = [mul(q, scale), swapAxes(k, -1, -2)];
  const dropped = (weights: Tensor): Tensor => (dropout === undefined ? weights : drop(weights, dropout));
  if (!causal && mask === undefined) return matmul(dropped(softmax(matmul(scaled, keys))), v);
  const scores = maskedScores(...operands(name, scaled, keys));
  const weights = dropped(mask === undefined || mask.dtype === 'bool' ? weightsOf(scores, permission(scores, causal, mask)) : weightsWithBias(scores, causal, mask));
  return weightedSums(...operands(name, weights, v));
}

/** The softmax of the scores of those keys that a query may attend to; of none, zeros. */
function weightsOf(scores: Tensor, permitted: Tensor): Tensor {
  // A row of -Infinity alone would be NaN.
  const rows = permitted.shape.length === 0 ? permitted : any(permitted, { axes: -1, keepDims: true });
  const masked = where(rows, constantLike(-Infinity, scores, scores.dtype), 0);
  return where(permitted, softmax(where(permitted, scores, masked)), 0);
}

/** The weights of scores to which a float mask is added, whose `-Infinity` masks out, whatever the score is. */
function weightsWithBias(scores: Tensor, causal: boolean, mask: Tensor): Tensor {
  const biased = add(scores, mask);
  // A sum that overflows to -Infinity masks out too.
  return weightsOf(biased, logicalAnd(permission(scores, causal, notEqual(mask, -Infinity)), notEqual(biased, -Infinity)));
}

/** Where a query may attend to a key. */
function permission(scores: Tensor, causal: boolean, mask: Tensor | undefined): Tensor {
  if (!causal) return mask!;
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
  requireTensor(name, 'mask', mask);
  requireDtype(name, 'mask', mask, ['bool', 'float32', 'float64']);
  if (mask.shape.length <= scoresShape.length && sameShape(broadcastShapes(name, mask.shape, scoresShape), scoresShape)) return;
  throw new ShapeError(`${name}: mask is ${formatType(mask)}; expected what broadcasts to the scores' shape ${formatShape(scoresShape)}`);
}
