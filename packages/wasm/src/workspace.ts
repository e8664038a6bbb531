import type { Allocator, Block } from './allocator.js';

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
      if (this.block !== null) this.allocator.free(this.block);
      this.block = null;
      this.block = this.allocator.allocate(needed);
    }
    return this.block.address;
  }
}
