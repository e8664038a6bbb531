/* What the tests of all file formats do to files. */
import { DataFormatError } from '@adjoint/core';
import fc from 'fast-check';
import { expect } from 'vitest';

/** Where a file is cut, and what becomes of some of its bytes. */
export interface Change {
  readonly cut: number;
  readonly flip: (bytes: Uint8Array) => Uint8Array;
}

/** One to three bytes changed, anywhere or among the first hundred, where headers are. */
export const changes: fc.Arbitrary<Change> = fc
  .record({
    cut: fc.nat(),
    flips: fc.array(fc.tuple(fc.oneof(fc.nat(), fc.nat(100)), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
  })
  .map(({ cut, flips }) => ({
    cut,
    flip: (bytes) => {
      const changed = Uint8Array.from(bytes);
      for (const [position, bits] of flips) changed[position % bytes.length]! ^= bits;
      return changed;
    },
  }));

/** What a `DataFormatError` says. */
export function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(DataFormatError);
    return (error as Error).message;
  }
  throw new Error('expected a DataFormatError; nothing was thrown');
}
