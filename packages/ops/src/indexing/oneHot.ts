import { arange, ArgumentError, withBackend, type CreateOptions, type Tensor } from '@adjoint/core';
import { cast } from '../elementwise/cast.js';
import { equal } from '../elementwise/comparison.js';
import { requireDtype } from '../operand.js';
import { expandDims } from '../shape/reshape.js';

/** True at each label's class: `bool [..., classes]`. */
export function oneHotMask(labels: Tensor, classes: number): Tensor {
  return equal(expandDims(labels, -1), withBackend(labels.backend, () => arange(classes, { dtype: 'int32' })));
}

/**
 * Checks that labels are `int32` from 0 to below `classes`, and returns them.
 *
 * @throws `ArgumentError` that names the first label that is not.
 */
export function requireLabels(operation: string, labels: Tensor, classes: number): Tensor {
  requireDtype(operation, 'labels', labels, ['int32']);
  const position = labels.data().findIndex((label) => label < 0 || label >= classes);
  if (position !== -1) {
    throw new ArgumentError(`${operation}: label ${labels.data()[position]} at position ${position}; expected 0 to ${classes - 1}`);
  }
  return labels;
}

/**
 * 1 at each label's class and 0 elsewhere: `int32 [...]` labels give `[..., classes]`. As in JAX, a label out of range gives zeros.
 *
 * @throws `DTypeError` when the labels are not `int32`.
 * @throws `ArgumentError` when `classes` is no whole number from 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { oneHot } from '@adjoint/ops';
 *
 * oneHot(tensor([1, 0], { dtype: 'int32' }), 3).toArray(); // [[0, 1, 0], [1, 0, 0]]
 * ```
 */
export function oneHot(labels: Tensor, classes: number, options: CreateOptions = {}): Tensor {
  requireDtype('oneHot', 'labels', labels, ['int32']);
  if (!Number.isInteger(classes) || classes < 0) throw new ArgumentError(`oneHot: classes is ${classes}; expected a whole number from 0`);
  return cast(oneHotMask(labels, classes), options.dtype ?? 'float32');
}
