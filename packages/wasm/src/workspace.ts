import type { Allocator } from './allocator.js';

/** By up to so many bytes kernels, which write whole vectors, write past the end of an output; every block has room. */
export const spillBytes = 64;

/**
 * Scratch bytes for one kernel call at a time, kept between calls so that a steady loop allocates nothing.
 */
export class Workspace {
  private address = 0;
  private byteLength = 0;

  constructor(private readonly allocator: Allocator) {}

  /** The address, 64-byte aligned, of at least `byteLength` bytes; they are the caller's until the next `reserve`. */
  reserve(byteLength: number): number {
    if (byteLength > this.byteLength) {
      if (this.byteLength > 0) this.allocator.free(this.address);
      this.byteLength = 0;
      this.address = this.allocator.allocate(byteLength + spillBytes);
      this.byteLength = byteLength;
    }
    return this.address;
  }
}
