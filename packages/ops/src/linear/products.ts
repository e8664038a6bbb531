/* What all primitives that multiply matrices share. */
import {
  broadcastShapes, broadcastStrides, DTypeError, formatType, sameShape, ShapeError, view, type Shape, type Tensor, type TensorType,
} from '@adjoint/core';
import { withRank } from '../batching.js';

/** Checks that the axes that are summed over have one length; a vector has but that one. */
export function requireInner(left: TensorType, right: TensorType): void {
  const vector = right.shape.length === 1;
  const columns = left.shape[left.shape.length - 1];
  const rows = right.shape[right.shape.length - (vector ? 1 : 2)];
  if (columns === rows) return;
  throw new ShapeError(
    `matmul: left is ${formatType(left)}, right is ${formatType(right)}; ` +
      `the last axis of left (${columns}) must be as long as ${vector ? '' : 'the one before last of '}right (${rows})`,
  );
}

/** The type of a product of matrices. */
export function inferMatmul(left: TensorType, right: TensorType): TensorType {
  requireInner(left, right);
  const m = left.shape[left.shape.length - 2];
  const n = right.shape[right.shape.length - 1];
  if (left.dtype !== right.dtype) throw new DTypeError(`matmul: left is ${formatType(left)}, right is ${formatType(right)}; expected one dtype`);
  if (left.shape.length === 2 && right.shape.length === 2) return { shape: [m!, n!], dtype: left.dtype };
  const batch = broadcastShapes('matmul: the batch axes', left.shape.slice(0, -2), right.shape.slice(0, -2));
  return { shape: [...batch, m!, n!], dtype: left.dtype };
}

/** A view whose leading axes are those of the product, repeated where they broadcast. */
export function broadcastBatch(operand: Tensor, product: Shape): Tensor {
  if (product.length === 2) return operand;
  const batch = product.slice(0, -2);
  if (sameShape(operand.shape.slice(0, -2), batch)) return operand;
  const shape = [...batch, ...operand.shape.slice(-2)];
  return view(operand, shape, broadcastStrides(operand.shape, operand.strides, shape));
}

/** The operands of a product inside `vmap`, with the axis of the examples before all others. */
export function alignBatch(inputs: readonly Tensor[], batched: readonly boolean[]): [left: Tensor, right: Tensor] {
  const rank = Math.max(...inputs.map(({ shape }, index) => shape.length - Number(batched[index])));
  return inputs.map((input, index) => (batched[index] ? withRank(input, rank) : input)) as [Tensor, Tensor];
}
