import { refuseArgument, isListOf, formatValue, ArgumentError, AxisError, formatType, normalizeAxis, requireOptions, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { mul } from '../elementwise/arithmetic.js';
import { numericOperands, type TensorLike } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { reshape } from '../shape/reshape.js';
import { contract, inOrder } from './contract.js';

/** Which axes {@link tensordot} sums over. */
export interface TensordotOptions {
  /**
   * A number: the last so many axes of the left operand with the first so many of the right one. A pair: these axes of the
   * left with those of the right, in this order. Default: 2.
   */
  readonly axes?: number | readonly [left: readonly number[], right: readonly number[]];
}

/** The axes of both operands that go with each other. */
function pairedAxes(left: Tensor, right: Tensor, axes: number | readonly [readonly number[], readonly number[]]): [left: number[], right: number[]] {
  const [leftRank, rightRank] = [left.shape.length, right.shape.length];
  if (typeof axes === 'number') {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(leftRank, rightRank)) {
      throw new ArgumentError(`tensordot: axes is ${formatValue(axes)} for left ${formatType(left)} and right ${formatType(right)}; expected an integer from 0 to ${Math.min(leftRank, rightRank)}`);
    }
    return [Array.from({ length: axes }, (_, index) => leftRank - axes + index), Array.from({ length: axes }, (_, index) => index)];
  }
  if (!(isListOf<readonly number[]>(axes, Array.isArray) && axes.length === 2)) {
    refuseArgument('tensordot', 'axes', axes, 'a number, or a list of axes of left and one of right, as [[0, 2], [1, 2]]');
  }
  const lists = [Array.from(axes[0], (axis) => normalizeAxis('tensordot', axis, leftRank)), Array.from(axes[1], (axis) => normalizeAxis('tensordot', axis, rightRank))] as const;
  if (lists[0].length !== lists[1].length) throw new ArgumentError(`tensordot: axes ${formatValue(axes[0])} and ${formatValue(axes[1])}; expected as many for left as for right`);
  for (const [index, list] of lists.entries()) {
    if (new Set(list).size !== list.length) throw new AxisError(`tensordot: an axis is named twice in ${formatValue(axes[index])}`);
  }
  return [lists[0], lists[1]];
}

/** The sum over pairs of axes; what remains of left, then what remains of right. */
function sumOver(operation: string, left: Tensor, right: Tensor, leftAxes: readonly number[], rightAxes: readonly number[]): Tensor {
  for (const [index, axis] of leftAxes.entries()) {
    const other = rightAxes[index]!;
    if (left.shape[axis] === right.shape[other]) continue;
    throw new ShapeError(
      `${operation}: left is ${formatType(left)}, right is ${formatType(right)}; axis ${axis} of left (${left.shape[axis]}) must be as long as axis ${other} of right (${right.shape[other]})`,
    );
  }
  const leftLabels = left.shape.map((_, axis) => `left ${axis}`);
  const rightLabels = right.shape.map((_, axis) => (rightAxes.includes(axis) ? leftLabels[leftAxes[rightAxes.indexOf(axis)]!]! : `right ${axis}`));
  const kept = [...leftLabels.filter((label) => !rightLabels.includes(label)), ...rightLabels.filter((label) => !leftLabels.includes(label))];
  return inOrder(contract({ tensor: left, labels: leftLabels }, { tensor: right, labels: rightLabels }, kept), kept);
}

const tensordotOptionNames: OptionNames<TensordotOptions> = { axes: true };

/**
 * The product of two tensors summed over pairs of axes; the remaining axes of left come first, then those of right. One
 * matrix product.
 *
 * @throws `ShapeError` when the axes of a pair differ in length.
 * @throws `AxisError` when there is no such axis, or one is named twice.
 * @throws `ArgumentError` when there are not that many axes, or not as many for left as for right.
 *
 * @numpy np.tensordot
 * @jax jnp.tensordot
 * @torch torch.tensordot
 *
 * @example
 * ```ts
 * import { tensor, zeros } from '@adjoint/core';
 * import { tensordot } from '@adjoint/ops';
 *
 * tensordot(tensor([[1, 2], [3, 4]]), tensor([[1, 1], [0, 1]])).item(); // 7
 * tensordot(zeros([2, 3, 4]), zeros([4, 5]), { axes: 1 }).shape; // [2, 3, 5]
 * tensordot(zeros([2, 3, 4]), zeros([5, 2, 4]), { axes: [[0, 2], [1, 2]] }).shape; // [3, 5]
 * ```
 */
export function tensordot(left: TensorLike, right: TensorLike, options: TensordotOptions = {}): Tensor {
  requireOptions('tensordot', options, tensordotOptionNames);
  const [a, b] = numericOperands('tensordot', left, right);
  return sumOver('tensordot', a, b, ...pairedAxes(a, b, options.axes ?? 2));
}

/**
 * The sum over the last axis of left and the one before last of right (the only one of a vector): the inner product of
 * vectors, the product of matrices. Other than `matmul`, which is the one to use for batches, it pairs every matrix of
 * left with every one of right, and a scalar scales.
 *
 * @throws `ShapeError` when the axes differ in length.
 *
 * @numpy np.dot
 * @jax jnp.dot
 * @torch torch.dot
 *
 * @example
 * ```ts
 * import { tensor, zeros } from '@adjoint/core';
 * import { dot } from '@adjoint/ops';
 *
 * dot(tensor([1, 2]), tensor([3, 4])).item(); // 11
 * dot(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray(); // [3, 7]
 * dot(zeros([2, 3, 4]), zeros([5, 4, 6])).shape; // [2, 3, 5, 6]
 * ```
 */
export function dot(left: TensorLike, right: TensorLike): Tensor {
  const [a, b] = numericOperands('dot', left, right);
  const [leftRank, rightRank] = [a.shape.length, b.shape.length];
  return leftRank === 0 || rightRank === 0 ? mul(a, b) : sumOver('dot', a, b, [leftRank - 1], [Math.max(rightRank - 2, 0)]);
}

/**
 * The sum over the last axes of both; a scalar scales.
 *
 * @throws `ShapeError` when the last axes differ in length.
 *
 * @numpy np.inner
 * @jax jnp.inner
 * @torch torch.inner
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { inner } from '@adjoint/ops';
 *
 * inner(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])).toArray(); // [[1, 3], [3, 7]]
 * ```
 */
export function inner(left: TensorLike, right: TensorLike): Tensor {
  const [a, b] = numericOperands('inner', left, right);
  const [leftRank, rightRank] = [a.shape.length, b.shape.length];
  return leftRank === 0 || rightRank === 0 ? mul(a, b) : sumOver('inner', a, b, [leftRank - 1], [rightRank - 1]);
}

/**
 * The inner product of two tensors of as many elements, both flattened; a scalar.
 *
 * @throws `ShapeError` when the numbers of elements differ.
 *
 * @numpy np.vdot
 * @jax jnp.vdot
 * @torch torch.vdot
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { vdot } from '@adjoint/ops';
 *
 * vdot(tensor([[1, 2], [3, 4]]), tensor([[1, 1], [0, 1]])).item(); // 7
 * ```
 */
export function vdot(left: TensorLike, right: TensorLike): Tensor {
  const [a, b] = numericOperands('vdot', left, right);
  if (a.size !== b.size) throw new ShapeError(`vdot: left is ${formatType(a)}, right is ${formatType(b)}; expected as many elements in both`);
  return sum(mul(reshape(a, [a.size]), reshape(b, [b.size])));
}
