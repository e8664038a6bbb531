/*
 * Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011). A keyed bijection of 64-bit counters: as there is no state, any element of a random
 * tensor can be worked out on its own, in any order and on any device.
 */

/** By how many bits each of eight successive rounds rotates the second word (table 2 of the paper). */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Makes the third word of the key schedule from the key's two; it is Skein's, so that a zero key is no weak one. */
const keyParity = 0x1bd11bda;

const groups = 5;
const roundsPerGroup = 4;

/**
 * The two random words of a counter.
 *
 * The words of the key, in the paper's order, are `keyHigh` and then `keyLow`. Those of the counter are
 * `counterLow` and then `counterHigh`: counter `j` has its low 32 bits in word 0.
 *
 * @returns Words 0 and 1 of the block, as whole numbers from 0 to 2^32 - 1.
 */
export function threefry2x32(
  keyHigh: number,
  keyLow: number,
  counterHigh: number,
  counterLow: number,
): [word0: number, word1: number] {
  const schedule = [keyHigh | 0, keyLow | 0, keyHigh ^ keyLow ^ keyParity];
  let word0 = (counterLow + keyHigh) | 0;
  let word1 = (counterHigh + keyLow) | 0;
  for (let group = 0; group < groups; group++) {
    for (let round = 0; round < roundsPerGroup; round++) {
      const rotation = rotations[(group * roundsPerGroup + round) % rotations.length]!;
      word0 = (word0 + word1) | 0;
      word1 = ((word1 << rotation) | (word1 >>> (32 - rotation))) ^ word0;
    }
    word0 = (word0 + schedule[(group + 1) % 3]!) | 0;
    word1 = (word1 + schedule[(group + 2) % 3]! + group + 1) | 0;
  }
  return [word0 >>> 0, word1 >>> 0];
}
