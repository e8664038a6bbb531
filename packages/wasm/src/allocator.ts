import { BackendError, type Allocation } from '@adjoint/core';

/** Every address and size is a multiple of this: a cache line, and the widest vector that may ever come. */
export const alignment = 64;

/** The least that the heap grows by, so that small tensors never make it grow one by one. */
const minimumGrowth = 1 << 20;

/** What was handed out once. After it is freed it waits in the list of its size. */
export class Block implements Allocation {
  inUse = false;
  /** How many bytes were asked for. */
  byteLength = 0;

  constructor(
    readonly address: number,
    readonly size: number,
  ) {}
}

/** Bytes that belong to no block. */
interface Region {
  readonly start: number;
  readonly end: number;
}

/**
 * Makes the heap end at `atLeast` or beyond, at `preferred` if it can. Returns the new end, or the old one
 * when there is no more memory.
 */
export type GrowHeap = (atLeast: number, preferred: number) => number;

/** What an allocator holds, in bytes. */
export interface AllocatorStatistics {
  readonly reserved: number;
  readonly inUse: number;
  readonly largestFree: number;
}

/**
 * Hands out addresses; it never touches the memory behind them.
 *
 * A freed block goes to the list of its exact size, from where a loop that repeats takes the same blocks again
 * and again in constant time. When a size has no such block, one is cut from the smallest region that is large
 * enough. Only when there is none either are the free blocks merged with their neighbours into regions, and
 * only when that did not help does the heap grow.
 */
export class Allocator {
  private readonly freeBySize = new Map<number, Block[]>();
  /** By rising length, so that the first that fits is the best fit. */
  private regions: Region[] = [];
  private readonly start: number;
  private end: number;
  private bytesInUse = 0;

  constructor(
    start: number,
    private readonly grow: GrowHeap,
  ) {
    this.start = Math.ceil(start / alignment) * alignment;
    this.end = this.start;
  }

  /**
   * Returns a block of `byteLength` bytes (64 at least) that are nobody else's until `free`.
   *
   * @throws `BackendError` when the memory cannot grow so far.
   */
  allocate(byteLength: number): Block {
    const size = Math.max(Math.ceil(byteLength / alignment), 1) * alignment;
    const block = this.freeBySize.get(size)?.pop() ?? this.makeBlock(size);
    block.inUse = true;
    block.byteLength = byteLength;
    this.bytesInUse += size;
    return block;
  }

  /**
   * Takes a block back.
   *
   * @throws `BackendError` when it is not in use: it was freed before, or is not a block of an allocator.
   */
  free(block: Allocation): void {
    assertInUse('free', block);
    block.inUse = false;
    this.bytesInUse -= block.size;
    const sameSize = this.freeBySize.get(block.size);
    if (sameSize === undefined) this.freeBySize.set(block.size, [block]);
    else sameSize.push(block);
  }

  /** Merges what is free first, so that `largestFree` is what could be allocated without growth. */
  statistics(): AllocatorStatistics {
    this.merge();
    const largest = this.regions.at(-1);
    return {
      reserved: this.reservedBytes,
      inUse: this.bytesInUse,
      largestFree: largest === undefined ? 0 : largest.end - largest.start,
    };
  }

  /** The bytes between the heap's start and its end, in use or not. */
  get reservedBytes(): number {
    return this.end - this.start;
  }

  private makeBlock(size: number): Block {
    const address = this.cut(size) ?? this.mergeAndCut(size) ?? this.growAndCut(size);
    return new Block(address, size);
  }

  private cut(size: number): number | undefined {
    const index = this.firstRegionOf(size);
    const region = this.regions[index];
    if (region === undefined) return undefined;
    this.regions.splice(index, 1);
    if (region.end - region.start > size) this.addRegion({ start: region.start + size, end: region.end });
    return region.start;
  }

  private mergeAndCut(size: number): number | undefined {
    this.merge();
    return this.cut(size);
  }

  private growAndCut(size: number): number {
    const last = this.regions.findIndex((region) => region.end === this.end);
    const start = this.regions[last]?.start ?? this.end;
    const atLeast = start + size;
    const end = this.grow(atLeast, Math.max(atLeast, this.end + Math.max(minimumGrowth, this.reservedBytes >> 3)));
    if (end < atLeast) throw this.outOfMemory(size);
    if (last >= 0) this.regions.splice(last, 1);
    this.end = end - (end % alignment);
    if (this.end > atLeast) this.addRegion({ start: atLeast, end: this.end });
    return start;
  }

  /** Turns the free blocks into regions, each as long as can be. */
  private merge(): void {
    const free = this.regions;
    for (const blocks of this.freeBySize.values()) {
      for (const { address, size } of blocks) {
        free.push({ start: address, end: address + size });
      }
    }
    this.freeBySize.clear();
    free.sort((left, right) => left.start - right.start);
    const merged: Region[] = [];
    for (const region of free) {
      const previous = merged.at(-1);
      if (previous?.end === region.start) merged[merged.length - 1] = { start: previous.start, end: region.end };
      else merged.push(region);
    }
    const length = (region: Region): number => region.end - region.start;
    this.regions = merged.sort((left, right) => length(left) - length(right) || left.start - right.start);
  }

  private addRegion(region: Region): void {
    this.regions.splice(this.firstRegionOf(region.end - region.start), 0, region);
  }

  /** Where the first region of at least `size` bytes is, or would be. */
  private firstRegionOf(size: number): number {
    let low = 0;
    let high = this.regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const region = this.regions[middle]!;
      if (region.end - region.start < size) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private outOfMemory(size: number): BackendError {
    const { reserved, inUse, largestFree } = this.statistics();
    return new BackendError(
      `allocate: out of memory: ${size} bytes asked for, ${inUse} of ${reserved} reserved bytes in use, ` +
        `the largest free block has ${largestFree}, and the memory cannot grow further; ` +
        'release tensors (scope), or use smaller batches',
    );
  }
}

/** Throws when an allocation does not hold bytes of an allocator's user. */
export function assertInUse(operation: string, allocation: Allocation): asserts allocation is Block {
  if (allocation instanceof Block && allocation.inUse) return;
  throw new BackendError(`${operation}: the allocation at address ${allocation.address} is not in use; it was freed before, or is another backend's`);
}
