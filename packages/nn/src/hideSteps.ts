import { isFloat, type Tensor } from '@adjoint/core';
import { abs, lessEqual, logicalOr, reshape, where } from '@adjoint/ops';

/** Products and squares of numbers up to here do not overflow in `float32`. */
const largest = 2 ** 60;

/**
 * Replaces NaN, infinities and huge numbers with 0 at the steps of `[n, steps, ...]` that a mask `bool [n, steps]` hides: what a
 * layer makes of them has a cotangent of 0, and 0 times NaN would be NaN in the gradients of all parameters. Other numbers stay,
 * since a hidden step may still attend to others. A mask of another shape is left to the layers that refuse it.
 */
export function hideSteps(sequence: Tensor, mask: Tensor | undefined): Tensor {
  if (mask?.dtype !== 'bool' || mask.shape.length !== 2 || !isFloat(sequence.dtype)) return sequence;
  const { shape } = sequence;
  if (![0, 1].every((axis) => mask.shape[axis] === shape[axis] || (axis === 0 && mask.shape[0] === 1))) return sequence;
  const counts = reshape(mask, [...mask.shape, ...shape.slice(2).map(() => 1)]);
  return where(logicalOr(counts, lessEqual(abs(sequence), largest)), sequence, 0);
}
