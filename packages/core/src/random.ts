import type { KeyWords } from './backend.js';
import { fromTypedArray } from './create.js';
import { defaultBackend } from './defaultBackend.js';
import { allocateArray, type FloatDType } from './dtype.js';
import { ArgumentError } from './errors.js';
import { normalQuantile } from './normalQuantile.js';
import { checkShape, sizeOf, type Shape } from './shape.js';
import { empty, type Tensor } from './tensor.js';
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
}

/** A unit of 53 random bits, moved up by half a step, may round to 1, where the normal quantile is infinite. */
const largestBelowOne = 1 - 2 ** -53;

/** Counters of this high word make keys; those of numbers start at 0, so that a child never repeats its parent's numbers. */
const keyDomain = 0x80000000;

/**
 * A key from a seed.
 *
 * @param seed - a whole number from 0 to 2^53 - 1.
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
    throw new ArgumentError(`key: seed is ${seed}; expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return new Key(Math.floor(seed / 2 ** 32), seed >>> 0);
}

/**
 * The key of a parent and a number: the same two give the same key, any other pair an unrelated one.
 *
 * @throws {@link ArgumentError} when `index` is no whole number from 0 to 2^32 - 1.
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
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32) {
    throw new ArgumentError(`foldIn: index is ${index}; expected a whole number from 0 to 4294967295`);
  }
  const [high, low] = threefry2x32(parent.high, parent.low, keyDomain, index);
  return new Key(high, low);
}

/**
 * `count` keys from one, unrelated to each other and to the parent's own numbers.
 *
 * @throws {@link ArgumentError} when `count` is no whole number from 0.
 *
 * @example
 * ```ts
 * import { key, split } from '@adjoint/core';
 *
 * const [initKey, dropoutKey] = split(key(0), 2);
 * initKey?.low === dropoutKey?.low; // false
 * ```
 */
export function split(parent: Key, count = 2): Key[] {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new ArgumentError(`split: count is ${count}; expected a whole number from 0`);
  }
  return Array.from({ length: count }, (_, index) => foldIn(parent, index));
}

/** The dtype of random floats. */
export interface RandomOptions {
  /** Default: `float32`. */
  readonly dtype?: FloatDType;
}

/** The range of {@link uniform}. */
export interface UniformOptions extends RandomOptions {
  /** The lowest value. Default: 0. */
  readonly low?: number;
  /** The bound above, itself not reached (but for rounding). Default: 1. */
  readonly high?: number;
}

/**
 * Uniform random numbers in `[low, high)`.
 *
 * @throws {@link ArgumentError} when the range is not finite or empty.
 *
 * @example
 * ```ts
 * import { key, uniform } from '@adjoint/core';
 *
 * uniform(key(0), [3, 2], { low: -1 }).shape; // [3, 2]
 * ```
 */
export function uniform(key: Key, shape: Shape, options: UniformOptions = {}): Tensor {
  const { low = 0, high = 1, dtype = 'float32' } = options;
  checkShape('uniform', shape);
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new ArgumentError(`uniform: low is ${low}, high is ${high}; expected finite numbers with low <= high`);
  }
  if (low === 0 && high === 1) {
    const out = empty(defaultBackend(), { shape: [...shape], dtype });
    out.backend.randomUniform(key, out);
    return out;
  }
  return transformed(key, shape, dtype, (unit) => low + (high - low) * unit, 0);
}

/** Mean and spread of {@link normal}. */
export interface NormalOptions extends RandomOptions {
  /** Default: 0. */
  readonly mean?: number;
  /** Default: 1. */
  readonly standardDeviation?: number;
}

/**
 * Normally distributed random numbers, by the inverse of the normal distribution function
 * (Wichura 1988, "Algorithm AS 241", with a relative error of about 1e-16).
 *
 * @throws {@link ArgumentError} when the standard deviation is negative, or a number is not finite.
 *
 * @example
 * ```ts
 * import { key, normal } from '@adjoint/core';
 *
 * normal(key(0), [1000], { mean: 5 }).shape; // [1000]
 * ```
 */
export function normal(key: Key, shape: Shape, options: NormalOptions = {}): Tensor {
  const { mean = 0, standardDeviation = 1, dtype = 'float32' } = options;
  checkShape('normal', shape);
  if (!Number.isFinite(mean) || !Number.isFinite(standardDeviation) || standardDeviation < 0) {
    throw new ArgumentError(
      `normal: mean is ${mean}, standardDeviation is ${standardDeviation}; expected finite numbers, the deviation from 0`,
    );
  }
  return transformed(key, shape, dtype, (unit) => mean + standardDeviation * normalQuantile(Math.min(unit, largestBelowOne)), 0.5);
}

/**
 * Elements that are true with probability `probability`.
 *
 * @throws {@link ArgumentError} when the probability is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { bernoulli, key } from '@adjoint/core';
 *
 * bernoulli(key(0), 1, [3]).toArray(); // [true, true, true]
 * ```
 */
export function bernoulli(key: Key, probability: number, shape: Shape): Tensor {
  checkShape('bernoulli', shape);
  if (!(probability >= 0 && probability <= 1)) {
    throw new ArgumentError(`bernoulli: probability is ${probability}; expected a number from 0 to 1`);
  }
  const values = allocateArray('bool', sizeOf(shape));
  eachUnit(key, values.length, 'float32', 0, (index, unit) => {
    values[index] = Number(unit < probability);
  });
  return fromTypedArray(values, [...shape], 'bool');
}

/**
 * The whole numbers below `count` in random order, as `int32 [count]`.
 *
 * @throws {@link ArgumentError} when `count` is no whole number from 0 to 2^31 - 1.
 *
 * @example
 * ```ts
 * import { key, permutation } from '@adjoint/core';
 *
 * permutation(key(0), 5).shape; // [5]
 * ```
 */
export function permutation(key: Key, count: number): Tensor {
  return fromTypedArray(permutationIndices(key, count), [count], 'int32');
}

/** {@link permutation} as a typed array, for code that shuffles on the CPU; by Fisher and Yates. */
export function permutationIndices(key: Key, count: number): Int32Array {
  if (!Number.isInteger(count) || count < 0 || count >= 2 ** 31) {
    throw new ArgumentError(`permutation: count is ${count}; expected a whole number from 0 to 2147483647`);
  }
  const indices = Int32Array.from({ length: count }, (_, index) => index);
  eachUnit(key, Math.max(0, count - 1), 'float64', 0, (index, unit) => {
    const last = count - 1 - index;
    const other = Math.floor(unit * (last + 1));
    const value = indices[last]!;
    indices[last] = indices[other]!;
    indices[other] = value;
  });
  return indices;
}

/** Calls `fn` with `count` uniform numbers, the same ones as the kernel `randomUniform` makes, each moved up by `shift` steps. */
function eachUnit(key: Key, count: number, dtype: FloatDType, shift: number, fn: (index: number, unit: number) => void): void {
  if (dtype === 'float64') {
    for (let index = 0; index < count; index++) {
      const [first, second] = threefry2x32(key.high, key.low, 0, index);
      fn(index, ((first >>> 5) * 2 ** 26 + (second >>> 6) + shift) * 2 ** -53);
    }
    return;
  }
  for (let index = 0; index < count; index += 2) {
    const words = threefry2x32(key.high, key.low, 0, index >>> 1);
    fn(index, ((words[0] >>> 8) + shift) * 2 ** -24);
    if (index + 1 < count) fn(index + 1, ((words[1] >>> 8) + shift) * 2 ** -24);
  }
}

function transformed(key: Key, shape: Shape, dtype: FloatDType, transform: (unit: number) => number, shift: number): Tensor {
  const values = allocateArray(dtype, sizeOf(shape));
  eachUnit(key, values.length, dtype, shift, (index, unit) => {
    values[index] = transform(unit);
  });
  return fromTypedArray(values, [...shape], dtype);
}
