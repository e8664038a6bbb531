import {
  broadcastShapes, checkShape, formatShape, formatType, gumbel, normalizeAxis, requireKey, requireOptions, sameShape, ShapeError,
  withBackend, type Key, type OptionNames, type Shape, type Tensor,
} from '@adjoint/core';
import { add } from '../elementwise/arithmetic.js';
import { asFloat, requireTensor } from '../operand.js';
import { argMax } from '../reduce/extremum.js';
import { moveAxis } from '../shape/transpose.js';

/** Where the classes lie, and how many draws there are. */
export interface CategoricalOptions {
  /** The axis of the classes. Default: the last. */
  readonly axis?: number;
  /** The result's shape, to which the logits' without the classes broadcasts. Default: that shape, one draw from each. */
  readonly shape?: Shape;
}

const categoricalOptionNames: OptionNames<CategoricalOptions> = { axis: true, shape: true };

/**
 * Random classes, as `int32`, each drawn from logits `[..., classes]` with the probabilities `softmax(logits)`: the position of
 * the largest of the logits plus Gumbel noise. A logit of `-Infinity` is never drawn unless all are. It has no gradient.
 *
 * @throws `AxisError` when there is no such axis.
 * @throws `ShapeError` when there are no classes, or the logits do not broadcast to `shape`.
 *
 * @numpy np.random.Generator.choice
 * @jax jax.random.categorical
 * @torch torch.distributions.Categorical
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { categorical } from '@adjoint/ops';
 *
 * categorical(key(0), tensor([[0, 100], [100, 0]])).toArray(); // [1, 0]
 * categorical(key(0), tensor([1, 2, 3]), { shape: [5] }).shape; // [5]
 * ```
 */
export function categorical(key: Key, logits: Tensor, options: CategoricalOptions = {}): Tensor {
  requireTensor('categorical', 'logits', logits);
  requireOptions('categorical', options, categoricalOptionNames);
  requireKey('categorical', key);
  const operand = asFloat('categorical', logits);
  const axis = normalizeAxis('categorical', options.axis ?? -1, operand.shape.length);
  const classes = operand.shape[axis]!;
  const batch = operand.shape.filter((_, other) => other !== axis);
  const { shape = batch } = options;
  checkShape('categorical', shape);
  if (classes === 0) throw new ShapeError(`categorical: logits is ${formatType(logits)}; expected at least one class along axis ${axis}`);
  if (!sameShape(broadcastShapes('categorical', batch, shape), shape)) {
    throw new ShapeError(`categorical: shape is ${formatShape(shape)}; expected one that ${formatShape(batch)}, the logits without their classes, broadcasts to`);
  }
  const noise = withBackend(operand.backend, () => gumbel(key, [...shape, classes], operand.dtype === 'float64' ? { dtype: 'float64' } : {}));
  return argMax(add(noise, moveAxis(operand, axis, -1)), { axis: -1 });
}
