import { describe, expect, it } from 'vitest';
import { threefry2x32 } from '../src/threefry.js';

/** From Random123's `kat_vectors`, 20 rounds: words 0 and 1 of the counter, of the key and of the result. */
const knownAnswers = [
  [0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0],
] as const;

describe('threefry2x32', () => {
  it.each(knownAnswers)('gives the published answer for counter %i %i and key %i %i', (low, high, key0, key1, ...words) => {
    expect(threefry2x32(key0, key1, high, low)).toEqual(words);
  });
});
