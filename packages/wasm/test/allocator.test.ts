import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { BackendError } from '@adjoint/core';
import { Allocator, type Block } from '../src/allocator.js';

/** A heap that grows up to a limit; it exists in numbers only. */
function makeAllocator(start = 100, limit = 1 << 26): { allocator: Allocator; growths: () => number } {
  let end = 0;
  let growths = 0;
  const allocator = new Allocator(start, (atLeast, preferred) => {
    growths++;
    if (preferred <= limit) end = preferred;
    else if (atLeast <= limit) end = atLeast;
    return end;
  });
  return { allocator, growths: () => growths };
}

const sizes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(64, 4096, 65536));
/** Allocate so many bytes, or free the block at this place of those that live. */
const steps = fc.array(fc.oneof(sizes.map((bytes) => ({ bytes })), fc.nat(50).map((place) => ({ place }))), { maxLength: 200 });

describe('allocator', () => {
  it('gives aligned blocks that never overlap, and has one block again when all are freed', () => {
    fc.assert(fc.property(steps, (program) => {
      const { allocator } = makeAllocator();
      const blocks: { block: Block; start: number; end: number }[] = [];
      for (const step of program) {
        if ('bytes' in step) {
          const block = allocator.allocate(step.bytes);
          const start = block.address;
          const end = start + Math.max(step.bytes, 1);
          expect(start % 64).toBe(0);
          expect(start).toBeGreaterThanOrEqual(100);
          for (const other of blocks) expect(end <= other.start || start >= other.end).toBe(true);
          blocks.push({ block, start, end });
        } else if (blocks.length > 0) {
          allocator.free(blocks.splice(step.place % blocks.length, 1)[0]!.block);
        }
      }
      for (const { block } of blocks) allocator.free(block);
      const { reserved, inUse, largestFree } = allocator.statistics();
      expect(inUse).toBe(0);
      expect(largestFree).toBe(reserved);
    }));
  });

  it('repeats its addresses in a loop that repeats, and does not grow', () => {
    fc.assert(fc.property(fc.array(sizes, { minLength: 1, maxLength: 40 }), (loop) => {
      const { allocator, growths } = makeAllocator();
      const iterate = (): number[] => {
        const blocks = loop.map((bytes) => allocator.allocate(bytes));
        const addresses = blocks.map(({ address }) => address);
        blocks.reverse().forEach((block) => allocator.free(block));
        return addresses;
      };
      iterate();
      const expected = iterate();
      const before = growths();
      for (let step = 0; step < 5; step++) expect(iterate()).toEqual(expected);
      expect(growths()).toBe(before);
    }));
  });

  it('merges neighbours before it grows', () => {
    const { allocator, growths } = makeAllocator(0);
    const blocks = Array.from({ length: 16 }, () => allocator.allocate(65536));
    expect(growths()).toBe(1);
    blocks.forEach((block) => allocator.free(block));
    expect(allocator.allocate(16 * 65536).address).toBe(0);
    expect(growths()).toBe(1);
  });

  it('grows by an eighth at most when it is large', () => {
    const { allocator } = makeAllocator(0);
    allocator.allocate(32 << 20);
    allocator.allocate(1);
    expect(allocator.reservedBytes).toBeLessThanOrEqual((32 << 20) * 1.125 + 64);
  });

  it('refuses what was freed before or never given', () => {
    const { allocator } = makeAllocator();
    const block = allocator.allocate(10);
    expect(() => allocator.free({ address: block.address })).toThrow(BackendError);
    allocator.free(block);
    expect(() => allocator.free(block)).toThrow(/freed before/);
  });

  it('says how much there was when there is no more, and goes on', () => {
    const { allocator } = makeAllocator(0, 1 << 20);
    const block = allocator.allocate(1 << 19);
    expect(() => allocator.allocate(1 << 20)).toThrow(BackendError);
    expect(() => allocator.allocate(1 << 20)).toThrow(/1048576 bytes asked for, 524288 of 1048576 reserved/);
    allocator.free(block);
    expect(allocator.allocate(1 << 20).address).toBe(0);
  });
});
