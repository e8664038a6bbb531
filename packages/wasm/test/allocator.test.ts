import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { BackendError } from '@adjoint/core';
import { Allocator } from '../src/allocator.js';
import type { Block } from '../src/block.js';
import { Workspace } from '../src/workspace.js';

interface Fixture {
  readonly allocator: Allocator;
  readonly workspaces: readonly Workspace[];
  readonly growths: () => number;
  readonly moved: () => number;
}

/** A heap that grows up to a limit. It exists in numbers only, but for `memory`, in which blocks move. */
function makeAllocator(start = 100, limit = 1 << 26, memory?: Uint8Array): Fixture {
  let end = 0;
  let growths = 0;
  let moved = 0;
  const workspaces: Workspace[] = [];
  const allocator = new Allocator(start, {
    grow: (atLeast, preferred) => {
      growths++;
      if (preferred <= limit) end = preferred;
      else if (atLeast <= limit) end = atLeast;
      return end;
    },
    move: (from, to, byteLength) => {
      expect(to).toBeLessThan(from);
      moved += byteLength;
      memory?.copyWithin(to, from, from + byteLength);
    },
    releaseScratch: () => workspaces.forEach((workspace) => workspace.release()),
  });
  workspaces.push(new Workspace(allocator), new Workspace(allocator));
  return { allocator, workspaces, growths: () => growths, moved: () => moved };
}

const sizes = fc.oneof(
  fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 2_000_000 }),
  fc.constantFrom(64, 4096, 16_384, 16_385, 65_536, 1 << 18),
);
type Step = { readonly bytes: number; readonly inPlace: boolean } | { readonly scratch: number } | { readonly from: number; readonly count: number };
/** Allocate, reserve scratch, or free some neighbors among the blocks that live. */
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 6, arbitrary: fc.record({ bytes: sizes, inPlace: fc.boolean() }) },
  { weight: 1, arbitrary: sizes.map((scratch) => ({ scratch })) },
  { weight: 2, arbitrary: fc.record({ from: fc.nat(200), count: fc.integer({ min: 1, max: 6 }) }) },
), { maxLength: 300, size: 'max' });

describe('allocator', () => {
  it('gives aligned blocks that never overlap and keep their bytes, and has one extent again when all are freed', () => {
    const limit = 1 << 24;
    const memory = new Uint8Array(limit);
    fc.assert(fc.property(steps, (program) => {
      const { allocator, workspaces } = makeAllocator(100, limit, memory);
      const blocks: { block: Block; bytes: number; mark: number }[] = [];
      let inUse = 0;
      for (const [index, step] of program.entries()) {
        if ('scratch' in step) {
          const address = workspaces[index % 2]!.reserve(step.scratch);
          memory.fill(0, address, address + step.scratch);
        } else if ('bytes' in step) {
          if (inUse + step.bytes > limit / 4) continue;
          const before = blocks.map(({ block }) => block.address);
          const block = step.inPlace ? allocator.allocateInPlace(step.bytes) : allocator.allocate(step.bytes);
          if (step.inPlace) expect(blocks.map((other) => other.block.address)).toEqual(before);
          const mark = (index % 255) + 1;
          memory.fill(mark, block.address, block.address + step.bytes);
          blocks.push({ block, bytes: step.bytes, mark });
          inUse += step.bytes;
        } else {
          for (const { block, bytes } of blocks.splice(step.from % (blocks.length + 1), step.count)) {
            allocator.free(block);
            inUse -= bytes;
          }
        }
      }
      const sorted = blocks.slice().sort((left, right) => left.block.address - right.block.address);
      let end = 100;
      for (const { block: { address }, bytes, mark } of sorted) {
        expect(address % 64).toBe(0);
        expect(address).toBeGreaterThanOrEqual(end);
        end = address + Math.max(bytes, 1);
        for (let at = address; at < address + bytes; at++) if (memory[at] !== mark) expect.fail(`byte ${at} is ${memory[at]}, not ${mark}`);
      }
      for (const { block } of blocks) allocator.free(block);
      for (const workspace of workspaces) workspace.release();
      const { reserved, inUse: left, largestFree } = allocator.statistics();
      expect(left).toBe(0);
      expect(largestFree).toBe(reserved);
    }), { numRuns: 150 });
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

  it('reserves little more than twice what was in use at most, whatever the order', () => {
    fc.assert(fc.property(steps, (program) => {
      const { allocator } = makeAllocator(0, 2 ** 32);
      const blocks: Block[] = [];
      let most = 0;
      let inUse = 0;
      for (const step of [...program, ...program]) {
        if ('bytes' in step) {
          const block = allocator.allocate(step.bytes);
          blocks.push(block);
          inUse += block.size;
          most = Math.max(most, inUse);
        } else if ('from' in step) {
          for (const block of blocks.splice(step.from % (blocks.length + 1), step.count)) {
            inUse -= block.size;
            allocator.free(block);
          }
        }
      }
      expect(allocator.reservedBytes).toBeLessThanOrEqual((2 * most + (1 << 20)) * 1.125 + 64);
    }), { numRuns: 200 });
  });

  it('merges neighbors before it grows', () => {
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

  it('keeps small blocks together, so that those that live longer do not keep large ones apart', () => {
    const { allocator, growths, moved } = makeAllocator(0, 2 ** 32);
    const large: Block[] = [];
    for (let step = 0; step < 100; step++) {
      large.push(allocator.allocate(1 << 20));
      for (let count = 0; count < 3; count++) allocator.allocate(100);
    }
    large.forEach((block) => allocator.free(block));
    const before = growths();
    allocator.allocate(98 << 20);
    expect(growths()).toBe(before);
    expect(moved()).toBe(0);
  });

  it('moves blocks together rather than grow when half of the heap is free in pieces', () => {
    const { allocator, growths, moved } = makeAllocator(0, 2 ** 32);
    const blocks = Array.from({ length: 100 }, () => allocator.allocate(1 << 20));
    blocks.filter((_, index) => index % 3 > 0).forEach((block) => allocator.free(block));
    const before = growths();
    allocator.allocate(60 << 20);
    expect(growths()).toBe(before);
    expect(moved()).toBe(33 << 20);
  });

  it('moves blocks together when the heap cannot grow', () => {
    const { allocator } = makeAllocator(0, 64 << 20);
    const blocks = Array.from({ length: 64 }, () => allocator.allocate(1 << 20));
    blocks.filter((_, index) => index % 4 === 0).forEach((block) => allocator.free(block));
    expect(() => allocator.allocateInPlace(16 << 20)).toThrow(BackendError);
    expect(allocator.allocate(16 << 20).address).toBe(48 << 20);
  });

  it('can give out nearly all of the memory next to scratch and a few small blocks', () => {
    const limit = 2 ** 32;
    const { allocator, workspaces } = makeAllocator(0, limit);
    const small: Block[] = [];
    for (let round = 0; round < 6; round++) {
      const activations = Array.from({ length: 40 }, (_, index) => {
        workspaces[index % 2]!.reserve((index + 1 + round) << 18);
        small.push(allocator.allocate(16_000));
        return allocator.allocate((round + 1) * (index + 1) * 10_000);
      });
      activations.forEach((block) => allocator.free(block));
    }
    expect(allocator.allocate(limit - (8 << 20)).size).toBe(limit - (8 << 20));
    small.forEach((block) => allocator.free(block));
  });

  it('moves scratch out of the way of a block, and keeps it at the end', () => {
    const { allocator, workspaces: [workspace] } = makeAllocator(0, 2 ** 32);
    const first = allocator.allocate(1 << 20);
    const before = workspace!.reserve(1 << 20);
    expect(before).toBeGreaterThan(first.address);
    const second = allocator.allocate(8 << 20);
    expect(second.address).toBe(1 << 20);
    expect(workspace!.reserve(1 << 20)).toBeGreaterThanOrEqual(9 << 20);
  });

  it('refuses what was freed before or never given', () => {
    const { allocator } = makeAllocator();
    const block = allocator.allocate(10);
    expect(() => allocator.free({ address: block.address })).toThrow(BackendError);
    allocator.free(block);
    expect(() => allocator.free(block)).toThrow(/freed before/);
    allocator.statistics();
    expect(() => allocator.free(block)).toThrow(/freed before/);
  });

  it('says how much there was when there is no more, and goes on', () => {
    const { allocator } = makeAllocator(0, 1 << 20);
    const block = allocator.allocate(1 << 19);
    expect(() => allocator.allocate(1 << 20)).toThrow(BackendError);
    expect(() => allocator.allocate(1 << 20)).toThrow(/1048576 bytes asked for, 524288 of 1048576 reserved/);
    allocator.free(block);
    expect(allocator.allocate(1 << 20).address).toBe(0);
    expect(() => allocator.allocate(1)).toThrow(BackendError);
  });

  it('gives small blocks the last bytes of a heap, where no chunk has room', () => {
    const { allocator } = makeAllocator(0, 1 << 20);
    allocator.allocate((1 << 20) - 640);
    const blocks = Array.from({ length: 10 }, () => allocator.allocate(64));
    expect(() => allocator.allocate(1)).toThrow(BackendError);
    allocator.free(blocks[3]!);
    expect(allocator.allocate(1).address).toBe((1 << 20) - 640 + 3 * 64);
  });
});
