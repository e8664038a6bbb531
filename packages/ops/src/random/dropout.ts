import { apply, definePrimitive, empty, ones, withBackend, type Key, type Primitive, type Tensor } from '@adjoint/core';
import { mul } from '../elementwise/arithmetic.js';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { asFloat, requireTensor } from '../operand.js';
import { requireDropout, type DropoutOptions } from './requireDropout.js';

export type { DropoutOptions };

interface DropoutAttrs {
  readonly rate: number;
  readonly key: Key;
}

const dropoutPrimitive: Primitive<DropoutAttrs> = definePrimitive({
  name: 'dropout',
  keeps: {},
  infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
  forward: (backend, [input], { rate, key }, type) => {
    const out = empty(backend, type);
    backend.dropout(input!, out, key, rate);
    return out;
  },
  // The mask comes of the key again, so it is not stored.
  vjp: ({ cotangent, attrs }) => [apply(dropoutPrimitive, [cotangent], attrs)],
  // One key drops the same elements of every example.
  batch: ({ inputs: [input], attrs }) => {
    const [, ...shape] = input!.shape;
    const factors = apply(dropoutPrimitive, [withBackend(input!.backend, () => ones(shape, { dtype: input!.dtype }))], attrs);
    return where(equal(factors, 0), 0, mul(input!, factors));
  },
});

/**
 * Sets elements to 0 at random and divides the others by `1 - rate`, so that the mean stays (Srivastava et al. 2014).
 * The same key drops the same elements.
 *
 * @throws `ArgumentError` when the rate is out of range or the key is missing.
 *
 * @torch torch.nn.functional.dropout
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dropout } from '@adjoint/ops';
 *
 * dropout(ones([2, 2]), { rate: 0, key: key(0) }).toArray(); // [[1, 1], [1, 1]]
 * ```
 */
export function dropout(input: Tensor, options: DropoutOptions): Tensor {
  requireTensor('dropout', 'input', input);
  requireDropout('dropout', options);
  const { rate, key } = options;
  const operand = asFloat('dropout', input);
  return rate === 0 ? operand : apply(dropoutPrimitive, [operand], { rate, key });
}
