import type { Allocator } from './allocator.js';
import type { Block } from './block.js';

/** By up to so many bytes kernels, which write whole vectors, write past the end of an output; every block has room. */
export const spillBytes = 64;

/**
 * Scratch bytes for one kernel call at a time, kept between calls so that a steady loop allocates nothing.
 */
export class Workspace {
  private block: Block | null = null;

  constructor(private readonly allocator: Allocator) {}

  /** The address, 64-byte aligned, of at least `byteLength` bytes; they are the caller's until the next `reserve`. */
  reserve(byteLength: number): number {
    const needed = byteLength + spillBytes;
    if (this.block === null || this.block.byteLength < needed) {
      this.release();
      this.block = this.allocator.allocateScratch(needed);
    }
    return this.block.address;
  }

  /** How many bytes of the heap it holds. */
  get size(): number {
    return this.block?.size ?? 0;
  }

  /** Frees the bytes; no kernel that uses them may be running. */
  release(): void {
    if (this.block !== null) this.allocator.free(this.block);
    this.block = null;
  }
}
