import { memoryStats, type MemoryStats } from '@adjoint/core';

/** What is in the memory of backends: the part of `memoryStats` that is the same again when all that came has gone. */
export type Living = Pick<MemoryStats, 'tensors' | 'bytes'>;

export function living(): Living {
  const { tensors, bytes } = memoryStats();
  return { tensors, bytes };
}
