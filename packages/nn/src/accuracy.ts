import { formatType, isFloat, sameShape, ShapeError, type Tensor } from '@adjoint/core';
import { argMax, equal, mean } from '@adjoint/ops';

/**
 * The share of the examples whose highest output `[n, classes]` is that of the right class, as a scalar.
 *
 * @param targets - the classes as `int32 [n]`, or probabilities `[n, classes]`, of which the highest is right.
 * @throws `ShapeError` when the targets are no classes of these outputs.
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
  if (!areClasses(outputs, targets)) {
    throw new ShapeError(
      `accuracy: outputs is ${formatType(outputs)}, targets ${formatType(targets)}; expected [n, classes] of two classes or more, ` +
        'with int32 [n] or probabilities [n, classes]',
    );
  }
  const right = isFloat(targets.dtype) ? argMax(targets, { axis: 1 }) : targets;
  return mean(equal(argMax(outputs, { axis: 1 }), right));
}

/** Whether targets are classes that outputs can be counted against. */
export function areClasses(outputs: Tensor, targets: Tensor): boolean {
  const [, classes] = outputs.shape;
  if (outputs.shape.length !== 2 || classes! < 2) return false;
  if (targets.dtype === 'int32') return sameShape(targets.shape, outputs.shape.slice(0, 1));
  return isFloat(targets.dtype) && sameShape(targets.shape, outputs.shape);
}
