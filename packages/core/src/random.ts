import { formatValue } from './formatValue.js';
import { generated, written } from './create.js';
import { defaultBackend } from './defaultBackend.js';
import { allocateArray, checkDtype, floatDtypes, type DType, type FloatDType } from './dtype.js';
import { ArgumentError } from './errors.js';
import { requireKey, type Key } from './key.js';
import { leastNormal, normalProbability } from './normalProbability.js';
import { normalQuantile } from './normalQuantile.js';
import { requireOptions, type OptionNames } from './options.js';
import { portableLog } from './portableLog.js';
import { checkShape, sizeOf, type Shape } from './shape.js';
import type { Tensor } from './tensor.js';
import { threefry2x32 } from './threefry.js';

/** A unit of 53 random bits, moved up by half a step, may round to 1, where the quantiles are infinite. */
const largestBelowOne = 1 - 2 ** -53;

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

const uniformOptionNames: OptionNames<UniformOptions> = { low: true, high: true, dtype: true };

/**
 * Uniform random numbers in `[low, high)`.
 *
 * @throws {@link ArgumentError} when the range is not finite or empty.
 *
 * @numpy np.random.Generator.uniform
 * @jax jax.random.uniform
 * @torch torch.rand
 *
 * @example
 * ```ts
 * import { key, uniform } from '@adjoint/core';
 *
 * uniform(key(0), [3, 2], { low: -1 }).shape; // [3, 2]
 * ```
 */
export function uniform(key: Key, shape: Shape, options: UniformOptions = {}): Tensor {
  requireOptions('uniform', options, uniformOptionNames);
  const { low = 0, high = 1, dtype = 'float32' } = options;
  requireKey('uniform', key);
  checkDtype('uniform', dtype, floatDtypes);
  checkShape('uniform', shape);
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new ArgumentError(`uniform: low is ${formatValue(low)}, high is ${formatValue(high)}; expected finite numbers with low <= high`);
  }
  if (low === 0 && high === 1) return written(defaultBackend(), { shape: [...shape], dtype }, (out) => out.backend.randomUniform(key, out));
  return transformed(key, shape, dtype, (unit) => low + (high - low) * unit, 0);
}

/** Mean and spread of {@link normal}. */
export interface NormalOptions extends RandomOptions {
  /** Default: 0. */
  readonly mean?: number;
  /** Default: 1. */
  readonly standardDeviation?: number;
}

const normalOptionNames: OptionNames<NormalOptions> = { mean: true, standardDeviation: true, dtype: true };

/**
 * Normally distributed random numbers, by the inverse of the normal distribution function
 * (Wichura 1988, "Algorithm AS 241", with a relative error of about 1e-16).
 *
 * The mean and the deviation are numbers; for tensors that are differentiated, scale and shift the result: it is a constant.
 *
 * @throws {@link ArgumentError} when the standard deviation is negative, or a number is not finite.
 *
 * @numpy np.random.Generator.normal
 * @jax jax.random.normal
 * @torch torch.randn
 *
 * @example
 * ```ts
 * import { key, normal } from '@adjoint/core';
 *
 * normal(key(0), [1000], { mean: 5 }).shape; // [1000]
 * ```
 */
export function normal(key: Key, shape: Shape, options: NormalOptions = {}): Tensor {
  requireOptions('normal', options, normalOptionNames);
  const { mean = 0, standardDeviation = 1, dtype = 'float32' } = options;
  requireKey('normal', key);
  checkDtype('normal', dtype, floatDtypes);
  checkShape('normal', shape);
  checkNormal('normal', mean, standardDeviation);
  return transformed(key, shape, dtype, (unit) => mean + standardDeviation * normalQuantile(Math.min(unit, largestBelowOne)), 0.5);
}

function checkNormal(operation: string, mean: number, standardDeviation: number): void {
  if (!Number.isFinite(mean) || !Number.isFinite(standardDeviation) || standardDeviation < 0) {
    throw new ArgumentError(
      `${operation}: mean is ${mean}, standardDeviation is ${standardDeviation}; expected finite numbers, the deviation from 0`,
    );
  }
}

/** The interval of {@link truncatedNormal}, and what it is scaled and moved by. */
export interface TruncatedNormalOptions extends NormalOptions {
  /** In standard deviations from the mean. Default: -2. */
  readonly lower?: number;
  /** In standard deviations from the mean. Default: 2. */
  readonly upper?: number;
}

const truncatedNormalOptionNames: OptionNames<TruncatedNormalOptions> = {
  lower: true, upper: true, mean: true, standardDeviation: true, dtype: true,
};

/**
 * Normally distributed random numbers between bounds: what {@link normal} would give if all numbers outside were drawn anew.
 * By the inverse of the normal distribution function; in a tail, of the tail that is nearer, so that no digits are lost. As in
 * JAX the bounds are of the standard normal distribution, before it is scaled and moved.
 *
 * @throws {@link ArgumentError} when the bounds leave no room, or both lie more than 37 standard deviations to one side.
 * @throws {@link ArgumentError} when the standard deviation is negative, or it or the mean is not finite.
 *
 * @numpy scipy.stats.truncnorm.rvs
 * @jax jax.random.truncated_normal
 * @torch torch.nn.init.trunc_normal_
 *
 * @example
 * ```ts
 * import { key, truncatedNormal } from '@adjoint/core';
 *
 * const values = truncatedNormal(key(0), [1000], { standardDeviation: 0.1 }).data();
 * values.every((value) => Math.abs(value) <= 0.2); // true
 * ```
 */
export function truncatedNormal(key: Key, shape: Shape, options: TruncatedNormalOptions = {}): Tensor {
  requireOptions('truncatedNormal', options, truncatedNormalOptionNames);
  const { lower = -2, upper = 2, mean = 0, standardDeviation = 1, dtype = 'float32' } = options;
  requireKey('truncatedNormal', key);
  checkDtype('truncatedNormal', dtype, floatDtypes);
  checkShape('truncatedNormal', shape);
  checkNormal('truncatedNormal', mean, standardDeviation);
  if (!(lower < upper) || lower > -leastNormal || upper < leastNormal) {
    throw new ArgumentError(
      `truncatedNormal: lower is ${formatValue(lower)}, upper is ${formatValue(upper)}; expected lower < upper, one of them within ${-leastNormal} standard deviations`,
    );
  }
  // Near 1 a probability has few digits; the upper tail is the lower one, mirrored.
  const sign = lower > 0 ? -1 : 1;
  const [from, to] = sign < 0 ? [-upper, -lower] : [lower, upper];
  const least = probabilityBelow(from);
  const range = probabilityBelow(to) - least;
  const standard = (unit: number) => normalQuantile(Math.min(least + range * unit, largestBelowOne));
  return transformed(
    key, shape, dtype, (unit) => mean + standardDeviation * sign * Math.min(Math.max(standard(unit), from), to), 0.5,
  );
}

function probabilityBelow(x: number): number {
  const tail = normalProbability(Math.abs(x) > -leastNormal ? -Infinity : -Math.abs(x));
  return x > 0 ? 1 - tail : tail;
}

const randomOptionNames: OptionNames<RandomOptions> = { dtype: true };

/**
 * Random numbers of the standard Gumbel distribution, `-log(-log(u))` of uniform `u`. The position of the largest of
 * `logits + gumbel` is a class drawn by `softmax(logits)`; see `categorical` in `@adjoint/ops`.
 *
 * @numpy np.random.Generator.gumbel
 * @jax jax.random.gumbel
 *
 * @example
 * ```ts
 * import { gumbel, key } from '@adjoint/core';
 *
 * gumbel(key(0), [2, 3]).shape; // [2, 3]
 * ```
 */
export function gumbel(key: Key, shape: Shape, options: RandomOptions = {}): Tensor {
  requireOptions('gumbel', options, randomOptionNames);
  const { dtype = 'float32' } = options;
  checkDtype('gumbel', dtype, floatDtypes);
  requireKey('gumbel', key);
  checkShape('gumbel', shape);
  return transformed(key, shape, dtype, (unit) => -portableLog(-portableLog(Math.min(unit, largestBelowOne))), 0.5);
}

/** The scale of {@link exponential}. */
export interface ExponentialOptions extends RandomOptions {
  /** The mean: one over the rate. Default: 1. */
  readonly scale?: number;
}

const exponentialOptionNames: OptionNames<ExponentialOptions> = { scale: true, dtype: true };

/**
 * Exponentially distributed random numbers, `-scale * log(u)` of uniform `u`.
 *
 * @throws {@link ArgumentError} when the scale is negative or not finite.
 *
 * @numpy np.random.Generator.exponential
 * @jax jax.random.exponential
 * @torch torch.Tensor.exponential_
 *
 * @example
 * ```ts
 * import { exponential, key } from '@adjoint/core';
 *
 * exponential(key(0), [1000], { scale: 5 }).data().every((value) => value > 0); // true
 * ```
 */
export function exponential(key: Key, shape: Shape, options: ExponentialOptions = {}): Tensor {
  requireOptions('exponential', options, exponentialOptionNames);
  const { scale = 1, dtype = 'float32' } = options;
  requireKey('exponential', key);
  checkDtype('exponential', dtype, floatDtypes);
  checkShape('exponential', shape);
  if (!Number.isFinite(scale) || scale < 0) throw new ArgumentError(`exponential: scale is ${formatValue(scale)}; expected a finite number from 0`);
  return transformed(key, shape, dtype, (unit) => scale * -portableLog(Math.min(unit, largestBelowOne)), 0.5);
}

/** The range of {@link randomInteger}. */
export interface RandomIntegerOptions {
  /** The lowest value. Default: 0. */
  readonly low?: number;
  /** The bound above, itself not reached; at most 2^31. */
  readonly high: number;
}

const randomIntegerOptionNames: OptionNames<RandomIntegerOptions> = { low: true, high: true };

/**
 * Uniform whole numbers in `[low, high)`, as `int32`. They are 53-bit uniforms, scaled and rounded down: the probability of a
 * value differs from that of the others by less than `(high - low) / 2^53` of itself, at most one part in two million.
 *
 * @throws {@link ArgumentError} when a bound is no whole number, is no `int32` (`high` may be 2^31), or the range is empty.
 *
 * @numpy np.random.Generator.integers
 * @jax jax.random.randint
 * @torch torch.randint
 *
 * @example
 * ```ts
 * import { key, randomInteger } from '@adjoint/core';
 *
 * randomInteger(key(0), [1000], { low: 1, high: 7 }).data().every((eyes) => eyes >= 1 && eyes <= 6); // true
 * ```
 */
export function randomInteger(key: Key, shape: Shape, options: RandomIntegerOptions): Tensor {
  requireOptions('randomInteger', options, randomIntegerOptionNames);
  const { low = 0, high } = options;
  requireKey('randomInteger', key);
  checkShape('randomInteger', shape);
  if (!Number.isInteger(low) || !Number.isInteger(high) || low < -(2 ** 31) || high > 2 ** 31 || low >= high) {
    throw new ArgumentError(`randomInteger: low is ${formatValue(low)}, high is ${formatValue(high)}; expected whole numbers from -2147483648 to 2147483648 with low < high`);
  }
  return drawn(key, shape, 'int32', 'float64', 0, (unit) => low + Math.floor(unit * (high - low)));
}

/**
 * Elements that are true with probability `probability`.
 *
 * @throws {@link ArgumentError} when the probability is not from 0 to 1.
 *
 * @numpy np.random.Generator.binomial
 * @jax jax.random.bernoulli
 * @torch torch.bernoulli
 *
 * @example
 * ```ts
 * import { bernoulli, key } from '@adjoint/core';
 *
 * bernoulli(key(0), 1, [3]).toArray(); // [true, true, true]
 * ```
 */
export function bernoulli(key: Key, probability: number, shape: Shape): Tensor {
  requireKey('bernoulli', key);
  checkShape('bernoulli', shape);
  if (!(probability >= 0 && probability <= 1)) {
    throw new ArgumentError(`bernoulli: probability is ${formatValue(probability)}; expected a number from 0 to 1`);
  }
  return drawn(key, shape, 'bool', 'float32', 0, (unit) => Number(unit < probability));
}

/**
 * The whole numbers below `count` in random order, as `int32 [count]`. For a tensor in random order see `shuffle` in
 * `@adjoint/ops`.
 *
 * @throws {@link ArgumentError} when `count` is not an integer from 0 to 2^31 - 1.
 *
 * @numpy np.random.Generator.permutation
 * @jax jax.random.permutation
 * @torch torch.randperm
 *
 * @example
 * ```ts
 * import { key, permutation } from '@adjoint/core';
 *
 * permutation(key(0), 5).shape; // [5]
 * ```
 */
export function permutation(key: Key, count: number): Tensor {
  requireKey('permutation', key);
  checkCount(count);
  return generated([count], 'int32', () => permutationIndices(key, count));
}

/** {@link permutation} as a typed array, for code that shuffles on the CPU; by Fisher and Yates. */
export function permutationIndices(key: Key, count: number): Int32Array {
  requireKey('permutation', key);
  checkCount(count);
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

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 0 || count >= 2 ** 31) {
    throw new ArgumentError(`permutation: count is ${formatValue(count)}; expected an integer from 0 to 2147483647`);
  }
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
  return drawn(key, shape, dtype, dtype, shift, transform);
}

/** A function of uniform numbers that have the bits of `unitDtype`. */
function drawn(key: Key, shape: Shape, dtype: DType, unitDtype: FloatDType, shift: number, transform: (unit: number) => number): Tensor {
  return generated(shape, dtype, () => {
    const values = allocateArray(dtype, sizeOf(shape));
    eachUnit(key, values.length, unitDtype, shift, (index, unit) => {
      values[index] = transform(unit);
    });
    return values;
  });
}
