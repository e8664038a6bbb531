import { formatValue, ArgumentError, checkDtype, requireOptions, type CreateOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { cast } from '../elementwise/cast.js';
import { requireDtype, requireTensor } from '../operand.js';
import { oneHotMask } from './labels.js';

const createOptionNames: OptionNames<CreateOptions> = { dtype: true };

/**
 * 1 at each label's class and 0 elsewhere: `int32 [...]` labels give `[..., classes]`. As in JAX, a label out of range gives zeros.
 *
 * @throws `DTypeError` when the labels are not `int32`.
 * @throws `ArgumentError` when `classes` is not an integer >= 0.
 *
 * @jax jax.nn.one_hot
 * @torch torch.nn.functional.one_hot
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
  requireTensor('oneHot', 'labels', labels);
  requireOptions('oneHot', options, createOptionNames);
  requireDtype('oneHot', 'labels', labels, ['int32']);
  if (!Number.isInteger(classes) || classes < 0) throw new ArgumentError(`oneHot: classes is ${formatValue(classes)}; expected an integer >= 0`);
  const { dtype = 'float32' } = options;
  checkDtype('oneHot', dtype);
  return cast(oneHotMask(labels, classes), dtype);
}
