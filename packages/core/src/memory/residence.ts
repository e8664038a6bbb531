import type { Allocation, Backend, EvictedBytes } from '../backend.js';

/** What is in the memory of backends, and the most that ever was. */
export const living = { tensors: 0, bytes: 0, peakBytes: 0 };

/** Time, counted in allocations. No kernel runs while it passes. */
export const clock = { time: 0 };

/**
 * Where the bytes of a storage are. It does not know the storage: those who hold a residence, as finalizers and the lists of what may be
 * collected do, hold neither a storage nor a tensor.
 */
export class Residence {
  /** How many tensors count: those that were not released. */
  references = 0;
  /** How many of them the garbage collector owns. */
  collectable = 0;
  /** Whether the bytes, if there are any, are in the backend's memory. */
  isPresent = true;
  /** Whether it counts in a list of what may be collected. */
  isListed = false;
  /** Whether a list has an entry for it, even if that no longer counts. */
  hasEntry = false;
  /** Whether a survey looks for its storage, or a finalizer waits for it. */
  isWatched = false;
  /** When it came into its list, and when a kernel last asked for the address. */
  since = 0;
  used = 0;
  /** The last survey that found the storage. */
  survey = 0;
  private evicted: EvictedBytes | null = null;

  constructor(
    readonly backend: Backend,
    readonly byteLength: number,
    /** Null of a storage without bytes, and while the bytes are elsewhere. */
    public allocation: Allocation | null,
  ) {
    this.count(1);
  }

  addReference(): void {
    this.references++;
    if (this.isPresent) living.tensors++;
  }

  dropReference(): void {
    this.references--;
    if (this.isPresent) living.tensors--;
  }

  /** Gives the memory back for good. */
  free(): void {
    if (this.isPresent) this.leave();
    if (this.allocation !== null) this.backend.free(this.allocation);
    this.allocation = null;
    this.evicted = null;
  }

  /** Takes the bytes out of the backend's memory; false where the backend cannot. */
  evict(): boolean {
    if (this.allocation !== null) {
      if (this.backend.evict === undefined) return false;
      this.evicted = this.backend.evict(this.allocation);
      this.allocation = null;
    }
    this.leave();
    return true;
  }

  /** The evicted bytes, which go back into the backend's memory by `allocate`. */
  restore(allocate: (evicted: EvictedBytes) => Allocation): void {
    if (this.evicted !== null) this.allocation = allocate(this.evicted);
    this.evicted = null;
    this.isPresent = true;
    this.count(1);
    living.tensors += this.references;
  }

  private leave(): void {
    this.isPresent = false;
    this.count(-1);
    living.tensors -= this.references;
  }

  private count(change: 1 | -1): void {
    living.bytes += change * this.byteLength;
    if (living.bytes > living.peakBytes) living.peakBytes = living.bytes;
  }
}
