import { arange, ArgumentError, valuesBehind, withBackend, type Tensor } from '@adjoint/core';
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
  const values = valuesBehind(labels);
  const position = values?.findIndex((label) => label < 0 || label >= classes) ?? -1;
  if (position !== -1) {
    throw new ArgumentError(`${operation}: label ${values![position]} at position ${position}; expected 0 to ${classes - 1}`);
  }
  return labels;
}
