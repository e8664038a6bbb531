import type { KeyWords } from './backend.js';
import { markClass, ownCopy } from './copies.js';
import { ArgumentError } from './errors.js';
import type { Repeated } from './repeated.js';
import { describesItself, formatValue } from './formatValue.js';
import { showAs } from './printing.js';
import { threefry2x32 } from './threefry.js';

/**
 * What random numbers are made from: 64 bits, and no hidden state. The same key gives the same numbers always;
 * use each key once, and make new ones with {@link split}.
 */
export class Key implements KeyWords {
  /** @internal Made by `key`, `split` and `foldIn`. */
  constructor(
    readonly high: number,
    readonly low: number,
  ) {
    Object.freeze(this);
  }

  /** @internal What messages show. */
  get [describesItself](): string {
    return `Key(${this.high}, ${this.low})`;
  }

  toString(): string {
    return this[describesItself];
  }

  /**
   * Returns the key as text where JavaScript asks for text, as a template literal does.
   *
   * @throws {@link ArgumentError} for operators, as in `key + 1`.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new ArgumentError('an operator of JavaScript (as + or ==) is applied to a Key; expected foldIn(key, number) or split(key) for another key, or for text a template literal: `${key}`');
  }
}

markClass(ownCopy, Key);
showAs(Key.prototype, (value) => value[describesItself]);

/**
 * Checks that what random numbers shall come from is a key: of anything else, a seed for instance, they would not be random.
 *
 * @throws {@link ArgumentError} naming `operation` otherwise.
 */
export function requireKey(operation: string, key: Key): void {
  const given: unknown = key;
  if (given instanceof Key) return;
  throw new ArgumentError(`${operation}: key is ${formatValue(given)}; expected a Key; make one with key(seed), and new ones with split or foldIn`);
}

/** Counters of this high word make keys; those of numbers start at 0, so that a child never repeats its parent's numbers. */
const keyDomain = 0x80000000;

/**
 * A key from a seed.
 *
 * @param seed - an integer from 0 to 2^53 - 1.
 * @throws {@link ArgumentError} for any other seed.
 *
 * @example
 * ```ts
 * import { key, uniform } from '@adjoint/core';
 *
 * const a = uniform(key(1), [2]).toArray();
 * const b = uniform(key(1), [2]).toArray();
 * JSON.stringify(a) === JSON.stringify(b); // true
 * ```
 */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(`key: seed is ${formatValue(seed)}; expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return new Key(Math.floor(seed / 2 ** 32), seed >>> 0);
}

/**
 * The key of a parent and a number: the same two give the same key, any other pair an unrelated one.
 *
 * @throws {@link ArgumentError} when `index` is not an integer from 0 to 2^32 - 1.
 *
 * @example
 * ```ts
 * import { foldIn, key } from '@adjoint/core';
 *
 * const stepKey = foldIn(key(42), 7); // the key of step 7
 * stepKey.low === foldIn(key(42), 7).low; // true
 * ```
 */
export function foldIn(parent: Key, index: number): Key {
  requireKey('foldIn', parent);
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32) {
    throw new ArgumentError(`foldIn: index is ${formatValue(index)}; expected an integer from 0 to 4294967295`);
  }
  const [high, low] = threefry2x32(parent.high, parent.low, keyDomain, index);
  return new Key(high, low);
}

/**
 * Makes `count` keys from one, unrelated to each other and to the parent's own numbers. If `count` is a literal, the compiler knows
 * the length.
 *
 * @param count - default: 2.
 * @throws {@link ArgumentError} when `count` is not an integer >= 0.
 *
 * @example
 * ```ts
 * import { key, split } from '@adjoint/core';
 *
 * const [initKey, dropoutKey] = split(key(0), 2);
 * initKey.low === dropoutKey.low; // false
 * ```
 */
export function split<const Count extends number = 2>(parent: Key, count?: Count): Repeated<Key, Count>;
export function split(parent: Key, count = 2): Key[] {
  requireKey('split', parent);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new ArgumentError(`split: count is ${formatValue(count)}; expected an integer >= 0`);
  }
  if (count > mostKeys) throw new ArgumentError(`split: count is ${formatValue(count)}; expected at most ${mostKeys} keys at a time (foldIn(key, index) makes one of any number)`);
  return Array.from({ length: count }, (_, index) => foldIn(parent, index));
}

/** What an array can hold. */
const mostKeys = 2 ** 32 - 1;
