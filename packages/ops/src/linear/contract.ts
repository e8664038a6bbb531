/* Sums of products over named axes: what `einsum`, `tensordot` and their like have in common. */
import { sizeOf, type Tensor } from '@adjoint/core';
import { mul } from '../elementwise/arithmetic.js';
import { sum } from '../reduce/sum.js';
import { expandDims, reshape } from '../shape/reshape.js';
import { transpose } from '../shape/transpose.js';
import { matmul } from './matmul.js';

/** A tensor whose axes have names, all of them different. */
export interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/** The sum over the axes that are not among `kept`. */
export function sumAllBut({ tensor, labels }: Labelled, kept: readonly string[]): Labelled {
  const axes = labels.flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, { axes }), labels: labels.filter((label) => kept.includes(label)) };
}

/** The axes in another order. */
export function inOrder({ tensor, labels }: Labelled, order: readonly string[]): Tensor {
  return order.every((label, axis) => label === labels[axis]) ? tensor : transpose(tensor, order.map((label) => labels.indexOf(label)));
}

/**
 * The product of two tensors, summed over the axes that are not among `kept`. Axes of one name have one length.
 *
 * Where something is summed, this is one matrix product for each element of the axes that both have and that are kept. It is
 * an elementwise product where that is no larger than the operands: when nothing is summed, or nothing but such axes remains.
 */
export function contract(left: Labelled, right: Labelled, kept: readonly string[]): Labelled {
  const a = sumAllBut(left, [...kept, ...right.labels]);
  const b = sumAllBut(right, [...kept, ...left.labels]);
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => kept.includes(label));
  const summed = shared.filter((label) => !kept.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  if (summed.length === 0 || (batch.length > 0 && rows.length + columns.length === 0)) {
    const labels = [...batch, ...rows, ...columns, ...summed];
    return sumAllBut({ tensor: mul(spreadOut(a, labels), spreadOut(b, labels)), labels }, kept);
  }
  const product = matmul(asMatrices(a, batch, rows, summed), asMatrices(b, batch, summed, columns));
  const lengths = [...batch, ...rows].map((label) => lengthOf(a, label)).concat(columns.map((label) => lengthOf(b, label)));
  return { tensor: reshape(product, lengths), labels: [...batch, ...rows, ...columns] };
}

function lengthOf({ tensor, labels }: Labelled, label: string): number {
  return tensor.shape[labels.indexOf(label)]!;
}

/** The axes in the order of `labels`, with axes of length 1 for those that are missing. */
function spreadOut(operand: Labelled, labels: readonly string[]): Tensor {
  const missing = labels.flatMap((label, axis) => (operand.labels.includes(label) ? [] : [axis]));
  return expandDims(inOrder(operand, labels.filter((label) => operand.labels.includes(label))), missing);
}

/** `[...batch, rows, columns]`, each group of axes made one. */
function asMatrices(operand: Labelled, batch: readonly string[], rows: readonly string[], columns: readonly string[]): Tensor {
  const ordered = inOrder(operand, [...batch, ...rows, ...columns]);
  if (rows.length === 1 && columns.length === 1) return ordered;
  const { shape } = ordered;
  const split = batch.length + rows.length;
  return reshape(ordered, [...shape.slice(0, batch.length), sizeOf(shape, batch.length, split), sizeOf(shape, split)]);
}
