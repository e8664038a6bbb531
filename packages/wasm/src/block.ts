import { BackendError, type Allocation } from '@adjoint/core';

/**
 * What a block is for now: a user's bytes; bytes that wait for a request of exactly this size; free bytes that any
 * request may take a part of; or nothing, since a neighbor absorbed it.
 */
type BlockState = 'inUse' | 'cached' | 'extent' | 'gone';

/** A stretch of the heap. Together the blocks cover it from its start to its end, without gaps. */
export class Block implements Allocation {
  state: BlockState = 'gone';
  /** How many bytes were asked for. */
  byteLength = 0;
  previous: Block | null = null;
  next: Block | null = null;
  /** Where among the small extents of its size it is. */
  position = 0;

  constructor(
    public address: number,
    public size: number,
    /** Whether it is in a part of the heap that small blocks have for themselves. */
    public isSmall: boolean,
  ) {}
}

/** Throws when an allocation does not hold bytes of an allocator's user. */
export function assertInUse(operation: string, allocation: Allocation): asserts allocation is Block {
  if (allocation instanceof Block && allocation.state === 'inUse') return;
  throw new BackendError(`${operation}: the allocation at address ${allocation.address} is not in use; it was freed before, or is another backend's`);
}
