import type { BatchContext, Tensor } from '@adjoint/core';
import { broadcastTo } from './reduce/sum.js';

/** The inputs of a call, all with the examples along a new first axis. */
export function allBatched({ inputs, batched, size }: Pick<BatchContext<unknown>, 'inputs' | 'batched' | 'size'>): Tensor[] {
  return inputs.map((input, index) => (batched[index] ? input : broadcastTo(input, [size, ...input.shape])));
}
