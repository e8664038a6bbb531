import { collectableBytes } from './collectable.js';
import { living } from './residence.js';

/** What {@link memoryStats} tells. */
export interface MemoryStats {
  /** Tensors in the memory of backends, views included. */
  readonly tensors: number;
  /** Bytes of the storages that those tensors share. */
  readonly bytes: number;
  /**
   * Of `bytes`, those that the garbage collector owns, since no scope does: they are in use, or wait to be collected. What is not in use
   * moves to buffers of the engine beyond a limit, and does not count any more.
   */
  readonly collectableBytes: number;
  /** The most that `bytes` ever was. */
  readonly peakBytes: number;
}

/**
 * Counts the tensors in the memory of backends. What a backend took from the system, free memory included, is its `reservedBytes()`.
 */
export function memoryStats(): MemoryStats {
  return { tensors: living.tensors, bytes: living.bytes, collectableBytes: collectableBytes(), peakBytes: living.peakBytes };
}
