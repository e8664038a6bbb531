import { sameShape } from '../shape.js';
import { Tensor } from '../tensor.js';

/**
 * Compares tensors by dtype, shape and elements, so that the `toEqual` of a test runner does, also for tensors inside other
 * values: pass it to `expect.addEqualityTesters` of Vitest or Jest.
 *
 * NaN equals NaN, and 0 equals -0.
 *
 * @returns undefined when neither value is a tensor, which leaves the comparison to the runner.
 * @throws `ReleasedTensorError` when one of two tensors of the same type was released.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { equalTensors } from '@adjoint/core/testing';
 *
 * // In the setup file of the tests: expect.addEqualityTesters([equalTensors]);
 * equalTensors(tensor([1, 2]), tensor([1, 2])); // true
 * equalTensors(tensor([1, 2]), tensor([[1, 2]])); // false
 * equalTensors('text', 3); // undefined
 * ```
 */
export function equalTensors(left: unknown, right: unknown): boolean | undefined {
  if (!(left instanceof Tensor) && !(right instanceof Tensor)) return undefined;
  if (left === right) return true;
  if (!(left instanceof Tensor && right instanceof Tensor) || left.dtype !== right.dtype || !sameShape(left.shape, right.shape)) return false;
  const others = right.data();
  return left.data().every((value, index) => value === others[index] || (Number.isNaN(value) && Number.isNaN(others[index])));
}
