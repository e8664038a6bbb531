import { formatType, requireTensor, ShapeError, type Tensor } from '@adjoint/core';
import { argMax, cast, equal, mean } from '@adjoint/ops';
import { areClasses, classesOfTargets } from './classes.js';

/**
 * The share of the examples whose highest output `[..., classes]` is that of the right class, as a `float64` scalar.
 *
 * @param targets - the classes as `int32 [...]`, or probabilities `[..., classes]`, of which the highest is right.
 * @throws `ShapeError` if the shapes of the targets and outputs do not match.
 * @throws `ArgumentError` when a target is not a class, or a row is not a probability distribution, as in a regression or with
 *   several labels per example.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { accuracy } from '@adjoint/nn';
 *
 * accuracy(tensor([[1, 2], [3, 0]]), tensor([1, 1], { dtype: 'int32' })).item(); // 0.5
 * ```
 */
export function accuracy(outputs: Tensor, targets: Tensor): Tensor {
  requireTensor('accuracy', 'outputs', outputs);
  requireTensor('accuracy', 'targets', targets);
  if (!areClasses(outputs, targets)) {
    throw new ShapeError(
      `accuracy: outputs is ${formatType(outputs)}, targets ${formatType(targets)}; expected [n, classes] of two classes or more, ` +
        'with int32 [n] or probabilities [n, classes]',
    );
  }
  return shareRight(outputs, classesOfTargets('accuracy', outputs, targets));
}

/** The share of the examples whose highest output is that of their class. */
export function shareRight(outputs: Tensor, classes: Tensor): Tensor {
  // In double precision, so that shares of batches add up to the share of all.
  return mean(cast(equal(argMax(outputs, { axis: -1 }), classes), 'float64'));
}
