import { collectableBytes } from './collectable.js';
import { living } from './residence.js';

/** What {@link memoryStats} returns. */
export interface MemoryStats {
  /** Tensors in the memory of backends, including views. A view that was collected counts until no tensor has its storage. */
  readonly tensors: number;
  /** Bytes of the storages that those tensors share. */
  readonly bytes: number;
  /**
   * Of `bytes`, those that the garbage collector owns because no scope does: they are in use, or wait to be collected. Beyond a limit they
   * move to buffers of the engine, where they no longer count until they come back.
   */
  readonly collectableBytes: number;
  /** The largest `bytes` so far. */
  readonly peakBytes: number;
}

/**
 * Counts the tensors in the memory of backends. A backend's `reservedBytes()` tells how much it took from the system, including free memory.
 *
 * @example
 * ```ts
 * import { memoryStats, zeros } from '@adjoint/core';
 *
 * const before = memoryStats();
 * const x = zeros([1000]);
 * memoryStats().tensors - before.tensors; // 1
 * memoryStats().bytes - before.bytes; // 4000
 * x.shape; // [1000]
 * ```
 */
export function memoryStats(): MemoryStats {
  return { tensors: living.tensors, bytes: living.bytes, collectableBytes: collectableBytes(), peakBytes: living.peakBytes };
}
