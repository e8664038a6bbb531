import { BackendError, type Allocation } from '@adjoint/core';
import { assertInUse, Block } from './block.js';
import { LargeExtents, SmallExtents } from './extents.js';

/** Every address and size is a multiple of this: a cache line, and the widest vector that may ever come. */
export const alignment = 64;

/** The least that the heap grows by, so that small tensors never make it grow one by one. */
const minimumGrowth = 1 << 20;

/** Blocks up to this size are made in chunks, so that none of them keeps two large stretches of free memory apart. */
const smallLimit = 1 << 14;
const chunkBytes = 1 << 18;

/** What an allocator needs done to the memory whose addresses it hands out. */
export interface Heap {
  /** Makes the heap end at `atLeast` or beyond, at `preferred` if it can. Returns the new end, or the old one if the memory cannot grow. */
  grow(atLeast: number, preferred: number): number;
  /** Copies bytes to a lower address; the two stretches may overlap. */
  move(from: number, to: number, byteLength: number): void;
  /** Frees the blocks that hold nothing between kernel calls. */
  releaseScratch(): void;
}

/** What an allocator holds, in bytes. */
export interface AllocatorStatistics {
  readonly reserved: number;
  readonly inUse: number;
  readonly largestFree: number;
}

/**
 * Hands out stretches of a heap; it never touches the memory itself.
 *
 * A freed block is cached for the next request of its exact size, so that a loop that repeats takes the same blocks again
 * and again in constant time. Otherwise a block is cut from the smallest extent that is large enough. When there is none,
 * the cached blocks are merged with their neighbors into extents; each of them was freed once since the last time, so
 * this costs no more than the freeing did. Then scratch is released, blocks are moved together if that gains half of the
 * heap, and the heap grows.
 */
export class Allocator {
  private readonly cachedSmall: Block[][] = Array.from({ length: smallLimit / alignment + 1 }, () => []);
  private readonly cachedLarge = new Map<number, Block[]>();
  private readonly small = new SmallExtents(smallLimit, alignment);
  private readonly large = new LargeExtents();
  private first: Block | null = null;
  private last: Block | null = null;
  private readonly start: number;
  private end: number;
  private bytesInUse = 0;
  private bytesCachedSmall = 0;

  constructor(
    start: number,
    private readonly heap: Heap,
  ) {
    this.start = alignUp(start);
    this.end = this.start;
  }

  /**
   * Returns a block of `byteLength` bytes (64 at least) that are nobody else's until `free`. It may release scratch and move
   * other blocks, so no kernel may be running.
   *
   * @throws `BackendError` when the memory cannot grow so far.
   */
  allocate(byteLength: number): Block {
    return this.take(byteLength, true);
  }

  /** Does the same without moving anything, also while a kernel runs. */
  allocateInPlace(byteLength: number): Block {
    return this.take(byteLength, false);
  }

  /** Returns a block at the end of the heap if possible, where it keeps no free stretches apart. It moves nothing. */
  allocateScratch(byteLength: number): Block {
    const size = sizeFor(byteLength);
    this.mergeCached();
    let extent = this.large.takeHighest(size);
    if (extent === undefined && this.grow(size)) extent = this.large.takeHighest(size);
    if (extent === undefined) throw this.outOfMemory(size);
    if (extent.size === size) return this.use(extent, byteLength);
    const block = new Block(extent.address + extent.size - size, size, false);
    extent.size -= size;
    this.linkAfter(extent, block);
    this.addExtent(extent);
    return this.use(block, byteLength);
  }

  /**
   * Takes a block back. The same object may be handed out again later.
   *
   * @throws `BackendError` when it is not in use: it was freed before, or is not a block of an allocator.
   */
  free(block: Allocation): void {
    assertInUse('free', block);
    const { size } = block;
    block.state = 'cached';
    this.bytesInUse -= size;
    if (block.isSmall) {
      this.bytesCachedSmall += size;
      this.cachedSmall[size / alignment]!.push(block);
      return;
    }
    const sameSize = this.cachedLarge.get(size);
    if (sameSize === undefined) this.cachedLarge.set(size, [block]);
    else sameSize.push(block);
  }

  /** Merges what is free first, so that `largestFree` is what could be allocated without growth. */
  statistics(): AllocatorStatistics {
    this.mergeCached();
    return { reserved: this.reservedBytes, inUse: this.bytesInUse, largestFree: this.large.largest };
  }

  /** The bytes of all blocks in use. */
  get inUseBytes(): number {
    return this.bytesInUse;
  }

  /** The bytes between the heap's start and its end, in use or not. */
  get reservedBytes(): number {
    return this.end - this.start;
  }

  /**
   * Moves the blocks in use to another heap, which begins where this one does and ends at `end`, small ones first. From now
   * on the allocator hands out that one.
   */
  moveTo(end: number, copy: Heap['move']): void {
    const living = this.living();
    this.end = end - (end % alignment);
    this.place([...living.filter(({ isSmall }) => isSmall), ...living.filter(({ isSmall }) => !isSmall)], copy);
  }

  private take(byteLength: number, mayMove: boolean): Block {
    const size = sizeFor(byteLength);
    let block: Block | undefined;
    if (size <= smallLimit) {
      block = this.cachedSmall[size / alignment]!.pop();
      if (block === undefined) block = this.makeSmall(size, mayMove);
      else this.bytesCachedSmall -= size;
    } else {
      block = this.cachedLarge.get(size)?.pop() ?? this.makeLarge(size, mayMove);
    }
    if (block === undefined) throw this.outOfMemory(size);
    return this.use(block, byteLength);
  }

  private use(block: Block, byteLength: number): Block {
    block.state = 'inUse';
    block.byteLength = byteLength;
    this.bytesInUse += block.size;
    return block;
  }

  /** Takes a small block from free memory between others of its kind, or from a new chunk. */
  private makeSmall(size: number, mayMove: boolean): Block | undefined {
    let block = this.cutSmall(size);
    if (block === undefined && this.bytesCachedSmall >= chunkBytes) {
      this.mergeCached();
      block = this.cutSmall(size);
    }
    if (block !== undefined) return block;
    const lowest = this.large.takeLowest(chunkBytes);
    const chunk = lowest === undefined ? this.makeLarge(chunkBytes, mayMove) ?? this.makeLarge(size, mayMove) : this.cut(lowest, chunkBytes);
    if (chunk === undefined) return undefined;
    chunk.isSmall = true;
    return this.cut(chunk, size);
  }

  private cutSmall(size: number): Block | undefined {
    const extent = this.small.takeBestFit(size);
    return extent === undefined ? undefined : this.cut(extent, size);
  }

  /** Takes a block from the extents; makes one that is large enough if there is none. */
  private makeLarge(size: number, mayMove: boolean): Block | undefined {
    const block = this.cutLarge(size) ?? this.mergeAndCut(size);
    if (block !== undefined) return block;
    if (mayMove) {
      this.heap.releaseScratch();
      const made = this.mergeAndCut(size);
      if (made !== undefined) return made;
      if (this.freeBytes >= size && 2 * this.freeBytes >= this.reservedBytes) {
        this.compact();
        return this.cutLarge(size);
      }
    }
    if (this.grow(size)) return this.cutLarge(size);
    if (!mayMove) return undefined;
    this.compact();
    return this.cutLarge(size) ?? (this.grow(size) ? this.cutLarge(size) : undefined);
  }

  private mergeAndCut(size: number): Block | undefined {
    this.mergeCached();
    return this.cutLarge(size);
  }

  private cutLarge(size: number): Block | undefined {
    const extent = this.large.takeBestFit(size);
    return extent === undefined ? undefined : this.cut(extent, size);
  }

  /** Shortens an extent that is in no list to `size` bytes; the rest is an extent again. */
  private cut(extent: Block, size: number): Block {
    if (extent.size === size) return extent;
    const rest = new Block(extent.address + size, extent.size - size, extent.isSmall);
    extent.size = size;
    this.linkAfter(extent, rest);
    this.addExtent(rest);
    return extent;
  }

  private get freeBytes(): number {
    return this.reservedBytes - this.bytesInUse;
  }

  /** Grows the heap until its last extent has `size` bytes; returns whether it could. */
  private grow(size: number): boolean {
    const { last } = this;
    const open = last?.state === 'extent' && !last.isSmall ? last : null;
    const atLeast = (open?.address ?? this.end) + size;
    const end = this.heap.grow(atLeast, Math.max(atLeast, this.end + Math.max(minimumGrowth, this.reservedBytes >> 3)));
    if (end < atLeast) return false;
    const grown = new Block(this.end, end - (end % alignment) - this.end, false);
    this.end += grown.size;
    this.linkAfter(this.last, grown);
    this.addMerged(grown);
    return true;
  }

  /** Turns all that is free into extents, each as long as can be. */
  private mergeCached(): void {
    for (const lists of [this.cachedSmall, this.cachedLarge.values()]) {
      for (const blocks of lists) {
        for (const block of blocks) this.addMerged(block);
        blocks.length = 0;
      }
    }
    this.cachedLarge.clear();
    this.bytesCachedSmall = 0;
  }

  /** Adds an extent, joined with those around it. What holds no small block any longer serves large ones again. */
  private addMerged(block: Block): void {
    let extent = this.absorbNeighbors(block);
    if (extent.isSmall && (extent.size >= chunkBytes || isAlone(extent))) {
      extent.isSmall = false;
      extent = this.absorbNeighbors(extent);
    }
    this.addExtent(extent);
  }

  /** Joins a block that is in no list with the extents around it that are of the same kind. */
  private absorbNeighbors(block: Block): Block {
    const { previous, next, isSmall } = block;
    if (next?.state === 'extent' && next.isSmall === isSmall) {
      this.removeExtent(next);
      block.size += next.size;
      this.unlink(next);
    }
    if (previous?.state !== 'extent' || previous.isSmall !== isSmall) return block;
    this.removeExtent(previous);
    previous.size += block.size;
    this.unlink(block);
    return previous;
  }

  private addExtent(extent: Block): void {
    extent.state = 'extent';
    if (extent.isSmall) this.small.add(extent);
    else this.large.add(extent);
  }

  private removeExtent(extent: Block): void {
    if (extent.isSmall) this.small.remove(extent);
    else this.large.remove(extent);
  }

  /** Moves the blocks in use together, to the start of the heap. */
  private compact(): void {
    this.place(this.living(), (from, to, byteLength) => {
      if (from !== to) this.heap.move(from, to, byteLength);
    });
  }

  /** The blocks in use, by address. */
  private living(): Block[] {
    const living: Block[] = [];
    for (let block = this.first; block !== null; block = block.next) {
      if (block.state === 'inUse') living.push(block);
    }
    return living;
  }

  /** Gives the blocks addresses one after the other from the start on; everything else is one extent then. */
  private place(living: readonly Block[], move: Heap['move']): void {
    this.forgetFree();
    let to = this.start;
    // Neighbors move in one piece.
    let run = { from: this.start, to, byteLength: 0 };
    for (const block of living) {
      if (block.address !== run.from + run.byteLength) {
        if (run.byteLength > 0) move(run.from, run.to, run.byteLength);
        run = { from: block.address, to, byteLength: 0 };
      }
      run.byteLength += block.size;
      block.address = to;
      to += block.size;
      this.linkAfter(this.last, block);
    }
    if (run.byteLength > 0) move(run.from, run.to, run.byteLength);
    if (to === this.end) return;
    const rest = new Block(to, this.end - to, false);
    this.linkAfter(this.last, rest);
    this.addExtent(rest);
  }

  private forgetFree(): void {
    for (const blocks of this.cachedSmall) blocks.length = 0;
    this.cachedLarge.clear();
    this.bytesCachedSmall = 0;
    this.small.clear();
    this.large.clear();
    this.first = null;
    this.last = null;
  }

  /** Puts a block behind another, or first. */
  private linkAfter(block: Block | null, added: Block): void {
    const next = block === null ? this.first : block.next;
    added.previous = block;
    added.next = next;
    if (block === null) this.first = added;
    else block.next = added;
    if (next === null) this.last = added;
    else next.previous = added;
  }

  private unlink(block: Block): void {
    const { previous, next } = block;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    // Whoever still has the object must not keep the list.
    block.previous = null;
    block.next = null;
    block.state = 'gone';
  }

  private outOfMemory(size: number): BackendError {
    const { reserved, inUse, largestFree } = this.statistics();
    return new BackendError(
      `allocate: out of memory: ${size} bytes asked for, ${inUse} of ${reserved} reserved bytes in use, ` +
        `the largest free block has ${largestFree}, and the memory cannot grow further; ` +
        'keep fewer tensors at a time, or use smaller batches',
    );
  }
}

/** The next multiple of the alignment. */
export function alignUp(byteLength: number): number {
  return Math.ceil(byteLength / alignment) * alignment;
}

/** Whether no small block is next to it. */
function isAlone({ previous, next }: Block): boolean {
  return previous?.isSmall !== true && next?.isSmall !== true;
}

function sizeFor(byteLength: number): number {
  return Math.max(alignUp(byteLength), alignment);
}
