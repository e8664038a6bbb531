import { DTypeError, formatType, ShapeError, type Shape, type Tensor } from '@adjoint/core';
import { formatBatch } from '../formatBatch.js';
import { requireRank } from '../layer.js';

/** Refuses inputs that are no sequences `[steps, features]` of at least one step. */
export function requireSteps(inputShape: Shape, path: string): void {
  const advice =
    inputShape.length === 1
      ? 'Token ids go through embedding() first; features of a single step have the shape [1, features]'
      : 'Give the layer sequences of vectors';
  requireRank(inputShape, ['steps', 'features'], path, advice);
  if (inputShape[0] === 0) throw new ShapeError(`${path}: the input is ${formatBatch(inputShape)}; expected at least one step`);
}

/**
 * Checks that a mask says of each step of a sequence `[n, steps, features]` whether it counts.
 *
 * @throws `DTypeError` or `ShapeError` that begins with `path`.
 */
export function requireStepMask(argument: string, mask: Tensor, sequence: Tensor, path: string): void {
  if (mask.dtype !== 'bool') throw new DTypeError(`${path}: ${argument} is ${formatType(mask)}; expected a bool, true for the steps that count`);
  const [count, steps] = sequence.shape;
  if (mask.shape.length === 2 && mask.shape[0] === count && mask.shape[1] === steps) return;
  throw new ShapeError(`${path}: ${argument} is ${formatType(mask)}; expected [${count}, ${steps}], a bool for each step of ${formatType(sequence)}`);
}
