import { isFloat, type Tensor } from '@adjoint/core';
import { abs, any, lessEqual, logicalOr, reshape, where } from '@adjoint/ops';

/** Products and squares of numbers up to here do not overflow in `float32`. */
const largest = 2 ** 60;

/**
 * Returns where the elements of a sequence `[n, steps, ...]` count, as a bool that broadcasts to it. A mask `bool [n, steps]` is true for
 * the steps that count; of a mask `bool [n, queries, steps]` those steps count that some query may attend to. Undefined without a mask,
 * and for masks of other shapes, which are left to the layers that refuse them.
 */
export function countedSteps({ shape }: Tensor, mask: Tensor | undefined): Tensor | undefined {
  if (mask?.dtype !== 'bool' || ![2, 3].includes(mask.shape.length)) return undefined;
  const [examples, steps] = [mask.shape[0], mask.shape.at(-1)];
  if (steps !== shape[1] || (examples !== shape[0] && examples !== 1)) return undefined;
  const counted = mask.shape.length === 3 ? any(mask, { axes: 1 }) : mask;
  return reshape(counted, [...counted.shape, ...shape.slice(2).map(() => 1)]);
}

/**
 * Replaces NaN, infinities and huge numbers with 0 at the steps of `[n, steps, ...]` that do not count: what a layer makes of them has a
 * cotangent of 0, and 0 times NaN would be NaN in the gradients of all parameters. Other numbers stay, since a hidden step may still
 * attend to others.
 */
export function hideSteps(sequence: Tensor, mask: Tensor | undefined): Tensor {
  const counts = isFloat(sequence.dtype) ? countedSteps(sequence, mask) : undefined;
  return counts === undefined ? sequence : where(logicalOr(counts, lessEqual(abs(sequence), largest)), sequence, 0);
}
