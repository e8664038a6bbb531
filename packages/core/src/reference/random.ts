import type { KeyWords } from '../backend.js';
import { threefry2x32 } from '../threefry.js';
import { rowMajor, type Operand } from './rowMajor.js';

const wordValues = 2 ** 32;

/** Both words of a counter. */
function block(key: KeyWords, counter: number): [number, number] {
  return threefry2x32(key.high, key.low, Math.floor(counter / wordValues), counter % wordValues);
}

/** The word of element `index`: two elements share a counter. */
function word(key: KeyWords, index: number): number {
  return block(key, Math.floor(index / 2))[index % 2]!;
}

/** From 24 bits, which is what a `float32` below 1 holds exactly. */
function uniform24(key: KeyWords, index: number): number {
  return (word(key, index) >>> 8) * 2 ** -24;
}

/**
 * From 53 bits, which is what a `float64` below 1 holds exactly: the top 27 of word 0 over the top 26 of word 1
 * (as `genrand_res53` of Matsumoto and Nishimura's Mersenne Twister puts two words together).
 */
function uniform53(key: KeyWords, counter: number): number {
  const [high, low] = block(key, counter);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
}

export function randomBits(key: KeyWords, out: Operand): void {
  out.elements.forEach((_, index) => {
    out.elements[index] = word(key, index);
  });
}

export function randomUniform(key: KeyWords, out: Operand): void {
  const uniform = out.dtype === 'float64' ? uniform53 : uniform24;
  out.elements.forEach((_, index) => {
    out.elements[index] = uniform(key, index);
  });
}

export function dropout(input: Operand, out: Operand, key: KeyWords, rate: number): void {
  rowMajor(input).forEach((value, index) => {
    out.elements[index] = uniform24(key, index) < rate ? 0 : value / (1 - rate);
  });
}
