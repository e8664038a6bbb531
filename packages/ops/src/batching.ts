/* What batching rules share: how a call of many examples at once differs from that of one. */
import type { Tensor } from '@adjoint/core';
import { reshape } from './shape/reshape.js';

/** Axes of an example as those of all of them. */
export const behindBatch = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** Examples of fewer axes with axes of length 1 in front, so that each broadcasts to `rank` axes. */
export function withRank(examples: Tensor, rank: number): Tensor {
  const [size, ...shape] = examples.shape as [number, ...number[]];
  return shape.length === rank ? examples : reshape(examples, [size, ...new Array<number>(rank - shape.length).fill(1), ...shape]);
}

/** The axis of the examples and the first one of their own as one. */
export function merged(examples: Tensor): Tensor {
  const [size, count, ...rest] = examples.shape as [number, number, ...number[]];
  return reshape(examples, [size * count, ...rest]);
}

/** What was {@link merged} as examples again. */
export function unmerged(joined: Tensor, size: number): Tensor {
  const [count, ...rest] = joined.shape as [number, ...number[]];
  return reshape(joined, [size, count / size, ...rest]);
}
