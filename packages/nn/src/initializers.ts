import {
  allocateArray, checkShape, fromTypedArray, full, normal, requireKey, requireOptions, scope, ShapeError, showAs, sizeOf, truncatedNormal as drawTruncated, uniform, type FloatDType, type Key, type OptionNames, type Shape, type Tensor,
} from '@adjoint/core';
import { diagonal, expandDims, mul, qr, reshape, sign, swapAxes } from '@adjoint/ops';
import { configOf, frozenConfig, ownOptions, requireChoice, requireNumber } from './options.js';
import { displayed } from './printing.js';

/** What an initializer may be told beside the shape. */
export interface InitializerOptions {
  /** How many inputs one output depends on. Default: from the shape, by {@link fansOf}. */
  readonly fanIn?: number;
  /** How many outputs one input reaches. Default: from the shape, by {@link fansOf}. */
  readonly fanOut?: number;
  /** Default: `float32`. */
  readonly dtype?: FloatDType;
}

/** What makes an initializer: its name, or its name as `type` beside its options. */
export type InitializerConfig = string | { readonly type: string; readonly [option: string]: unknown };

/** Makes the first value of a parameter. */
export interface Initializer {
  (key: Key, shape: Shape, options?: InitializerOptions): Tensor;
  /** What a model definition says of it; `registerInitializer` gives one to your own initializer. */
  readonly config?: InitializerConfig;
}

/**
 * The fans of a kernel `[...window, inputs, outputs]`: the window's size times the inputs, and times the outputs.
 * A vector's fans are both its length.
 *
 * @throws `ShapeError` when `shape` is not a list of whole numbers from 0.
 *
 * @example
 * ```ts
 * import { fansOf } from '@adjoint/nn';
 *
 * fansOf([3, 3, 32, 64]); // { fanIn: 288, fanOut: 576 }
 * ```
 */
export function fansOf(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  checkShape('fansOf', shape);
  const fanOut = shape.at(-1) ?? 1;
  const fanIn = shape.at(-2) ?? fanOut;
  const window = shape.slice(0, -2).reduce((product, length) => product * length, 1);
  return { fanIn: window * fanIn, fanOut: window * fanOut };
}

const initializerOptionNames: OptionNames<InitializerOptions> = { fanIn: true, fanOut: true, dtype: true };

type Draw = (key: Key, shape: Shape, options: InitializerOptions & { readonly dtype: FloatDType }) => Tensor;

/** An initializer with its config, under a name that also a minifier leaves alone. */
export function configured(config: InitializerConfig, draw: Draw): Initializer {
  const name = typeof config === 'string' ? config : config.type;
  const initializer: Initializer = (key, shape, options = {}) => {
    requireKey(name, key);
    checkShape(name, shape);
    requireOptions(name, options, initializerOptionNames);
    return draw(key, shape, { dtype: 'float32', ...options });
  };
  Object.defineProperties(initializer, { name: { value: name }, config: { value: frozenConfig(config) } });
  return showAs(initializer, () => (typeof config === 'string' ? name : String(displayed(configOf(name, { config }).get('config')))));
}

/**
 * An initializer that makes every element `value`.
 *
 * @throws `ArgumentError` when the value is not finite.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { constant } from '@adjoint/nn';
 *
 * constant(0.5)(key(0), [2]).toArray(); // [0.5, 0.5]
 * ```
 */
export function constant(value: number): Initializer {
  requireNumber('constant', 'value', value);
  return configured({ type: 'constant', value }, filled(value));
}

function filled(value: number): Draw {
  return (_, shape, { dtype }) => full(shape, value, { dtype });
}

/** The initializer of zeros. */
export const zeros: Initializer = configured('zeros', filled(0));

/** The initializer of ones. */
export const ones: Initializer = configured('ones', filled(1));

/** Normal numbers, of a mean and a spread. */
export interface RandomNormalOptions {
  /** Default: 0. */
  readonly mean?: number;
  /** Default: 0.05. */
  readonly standardDeviation?: number;
}

const randomNormalOptionNames: OptionNames<RandomNormalOptions> = { mean: true, standardDeviation: true };

/**
 * An initializer that draws from a normal distribution.
 *
 * @throws `ArgumentError` when an option is not finite, or the standard deviation below 0.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { randomNormal } from '@adjoint/nn';
 *
 * randomNormal({ standardDeviation: 0.02 })(key(0), [10, 4]).shape; // [10, 4]
 * ```
 */
export function randomNormal(options: RandomNormalOptions = {}): Initializer {
  options = ownOptions('randomNormal', options, randomNormalOptionNames);
  const { mean = 0, standardDeviation = 0.05 } = options;
  return normalInitializer('randomNormal', normal, mean, standardDeviation);
}

/**
 * An initializer that draws from a normal distribution, and anew what lies more than two standard deviations from the mean.
 * `standardDeviation` is that of the distribution before; what is drawn has 0.88 of it.
 *
 * @throws `ArgumentError` when an option is not finite, or the standard deviation below 0.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { truncatedNormal } from '@adjoint/nn';
 *
 * const values = truncatedNormal({ standardDeviation: 0.02 })(key(0), [1000]).data();
 * values.every((value) => Math.abs(value) <= 0.04); // true
 * ```
 */
export function truncatedNormal(options: RandomNormalOptions = {}): Initializer {
  options = ownOptions('truncatedNormal', options, randomNormalOptionNames);
  const { mean = 0, standardDeviation = 0.05 } = options;
  return normalInitializer('truncatedNormal', drawTruncated, mean, standardDeviation);
}

function normalInitializer(type: string, draw: typeof normal, mean: number, standardDeviation: number): Initializer {
  requireNumber(type, 'mean', mean);
  requireNumber(type, 'standardDeviation', standardDeviation, 0);
  return configured({ type, mean, standardDeviation }, (key, shape, { dtype }) => draw(key, shape, { mean, standardDeviation, dtype }));
}

/** The range of uniform numbers. */
export interface RandomUniformOptions {
  /** Default: -0.05. */
  readonly low?: number;
  /** Default: 0.05. */
  readonly high?: number;
}

const randomUniformOptionNames: OptionNames<RandomUniformOptions> = { low: true, high: true };

/**
 * An initializer that draws from a uniform distribution over `[low, high)`.
 *
 * @throws `ArgumentError` when a bound is not finite, or the range empty.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { randomUniform } from '@adjoint/nn';
 *
 * randomUniform({ low: 0, high: 1 })(key(0), [100]).data().every((value) => value >= 0); // true
 * ```
 */
export function randomUniform(options: RandomUniformOptions = {}): Initializer {
  options = ownOptions('randomUniform', options, randomUniformOptionNames);
  const { low = -0.05, high = 0.05 } = options;
  requireNumber('randomUniform', 'low', low);
  requireNumber('randomUniform', 'high', high, low);
  return configured({ type: 'randomUniform', low, high }, (key, shape, { dtype }) => uniform(key, shape, { low, high, dtype }));
}

/** How far an orthogonal matrix is scaled. */
export interface GainOptions {
  /** What the matrix is multiplied by. Default: 1. */
  readonly gain?: number;
}

/**
 * An initializer of orthogonal matrices (Saxe et al. 2014), uniformly distributed over all of them: of a kernel
 * `[...window, inputs, outputs]`, seen as a matrix `[window * inputs, outputs]`, the rows or the columns, whichever are fewer, are
 * orthogonal to each other and of length `gain`. For recurrent kernels and deep stacks.
 *
 * It throws a `ShapeError` for a parameter with fewer than two axes.
 *
 * @throws `ArgumentError` when the gain is not finite.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { orthogonal } from '@adjoint/nn';
 * import { matmul, transpose } from '@adjoint/ops';
 *
 * const kernel = orthogonal()(key(0), [4, 2], { dtype: 'float64' });
 * [...matmul(transpose(kernel), kernel).data()].map((value) => Math.abs(value).toFixed(9)); // ['1.000000000', '0.000000000', '0.000000000', '1.000000000']
 * ```
 */
export function orthogonal(options: GainOptions = {}): Initializer {
  options = ownOptions('orthogonal', options, gainOptionNames);
  const { gain = 1 } = options;
  requireNumber('orthogonal', 'gain', gain);
  return configured({ type: 'orthogonal', gain }, (key, shape, { dtype }) => {
    const [rows, columns] = asMatrix('orthogonal', shape);
    const long = [Math.max(rows, columns), Math.min(rows, columns)];
    return scope(() => {
      const { q, r } = qr(normal(key, long, { dtype }));
      // Without the signs of the diagonal the distribution would depend on how the decomposition chooses them.
      const uniformly = mul(q, mul(expandDims(sign(diagonal(r)), 0), gain));
      return reshape(rows < columns ? swapAxes(uniformly, 0, 1) : uniformly, shape);
    }, 'orthogonal');
  });
}

/** Rows and columns of a kernel as a matrix. */
function asMatrix(operation: string, shape: Shape): readonly [rows: number, columns: number] {
  if (shape.length < 2) throw new ShapeError(`${operation}: the parameter is [${shape.join(', ')}]; expected two axes or more, as a kernel has`);
  return [sizeOf(shape, 0, -1), shape.at(-1)!];
}

const gainOptionNames: OptionNames<GainOptions> = { gain: true };

/**
 * An initializer of identity matrices times `gain`: a dense layer of as many units as features gives its input. A kernel
 * with a window has the matrix at the window's centre, so that a convolution with padding `same` gives its input.
 *
 * It throws a `ShapeError` for a parameter with fewer than two axes.
 *
 * @throws `ArgumentError` when the gain is not finite.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { identityMatrix } from '@adjoint/nn';
 *
 * identityMatrix()(key(0), [2, 3]).toArray(); // [[1, 0, 0], [0, 1, 0]]
 * ```
 */
export function identityMatrix(options: GainOptions = {}): Initializer {
  options = ownOptions('identityMatrix', options, gainOptionNames);
  const { gain = 1 } = options;
  requireNumber('identityMatrix', 'gain', gain);
  return configured({ type: 'identityMatrix', gain }, (_, shape, { dtype }) => {
    asMatrix('identityMatrix', shape);
    const values = allocateArray(dtype, sizeOf(shape));
    const [inputs, outputs] = shape.slice(-2) as [number, number];
    const centre = shape.slice(0, -2).reduce((index, length) => index * length + Math.floor((length - 1) / 2), 0);
    for (let index = 0; index < Math.min(inputs, outputs); index++) values[(centre * inputs + index) * outputs + index] = gain;
    return fromTypedArray(values, shape, dtype);
  });
}

type Fans = Required<Pick<InitializerOptions, 'fanIn' | 'fanOut'>>;

const distributions = ['uniform', 'normal', 'truncatedNormal'] as const;

type Distribution = (typeof distributions)[number];

// A fan of 0 belongs to a parameter without elements, whose variance does not matter.
const inverse = (fan: number): number => 1 / Math.max(fan, 1);

const perFan = {
  fanIn: ({ fanIn }: Fans) => inverse(fanIn),
  fanOut: ({ fanOut }: Fans) => inverse(fanOut),
  fanAverage: ({ fanIn, fanOut }: Fans) => 2 * inverse(fanIn + fanOut),
};

/** The standard deviation of a standard normal number that lies within two of them. */
const truncatedDeviation = 0.87962566103423978;

/** Random numbers of mean 0 and a variance of `scale` over a fan. */
function scaledVariance(config: InitializerConfig, scale: number, mode: keyof typeof perFan, distribution: Distribution): Initializer {
  return configured(config, (key, shape, { dtype, ...fans }) => {
    const spread = Math.sqrt(scale * perFan[mode]({ ...fansOf(shape), ...fans }));
    if (distribution === 'normal') return normal(key, shape, { standardDeviation: spread, dtype });
    if (distribution === 'truncatedNormal') return drawTruncated(key, shape, { standardDeviation: spread / truncatedDeviation, dtype });
    // The variance of a uniform distribution over [-a, a] is a^2 / 3.
    const limit = Math.sqrt(3) * spread;
    return uniform(key, shape, { low: -limit, high: limit, dtype });
  });
}

/** How a variance follows from the fans. */
export interface VarianceScalingOptions {
  /** The variance times the fan. Default: 1. */
  readonly scale?: number;
  /** The fan to divide by, or the mean of both. Default: `fanIn`. */
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAverage';
  /** Default: `truncatedNormal`, of two standard deviations on either side, and widened so that its variance is what was asked for. */
  readonly distribution?: Distribution;
}

const varianceScalingOptionNames: OptionNames<VarianceScalingOptions> = { scale: true, mode: true, distribution: true };

/**
 * An initializer of mean 0 and the variance `scale / fan`, as Keras's and JAX's of this name; {@link fansOf} tells the fans.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { dense, varianceScaling } from '@adjoint/nn';
 *
 * const kernelInitializer = varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'normal' });
 * dense({ units: 8, kernelInitializer }).init(key(0), [4]).outputShape; // [8]
 * ```
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  options = ownOptions('varianceScaling', options, varianceScalingOptionNames);
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options;
  requireNumber('varianceScaling', 'scale', scale, 0);
  requireChoice('varianceScaling', 'mode', mode, Object.keys(perFan));
  requireChoice('varianceScaling', 'distribution', distribution, distributions);
  return scaledVariance({ type: 'varianceScaling', scale, mode, distribution }, scale, mode, distribution);
}

/** Uniform, of variance `2 / (fanIn + fanOut)` (Glorot and Bengio 2010); the default of kernels. */
export const glorotUniform: Initializer = scaledVariance('glorotUniform', 1, 'fanAverage', 'uniform');

/** Normal, of variance `2 / (fanIn + fanOut)` (Glorot and Bengio 2010). */
export const glorotNormal: Initializer = scaledVariance('glorotNormal', 1, 'fanAverage', 'normal');

/** Uniform, of variance `2 / fanIn` (He et al. 2015); suits layers before a `relu`. */
export const heUniform: Initializer = scaledVariance('heUniform', 2, 'fanIn', 'uniform');

/** Normal, of variance `2 / fanIn` (He et al. 2015); suits layers before a `relu`. */
export const heNormal: Initializer = scaledVariance('heNormal', 2, 'fanIn', 'normal');

/** Uniform, of variance `1 / fanIn` (LeCun et al. 1998). */
export const lecunUniform: Initializer = scaledVariance('lecunUniform', 1, 'fanIn', 'uniform');

/** Normal, of variance `1 / fanIn` (LeCun et al. 1998); suits layers before a `selu`. */
export const lecunNormal: Initializer = scaledVariance('lecunNormal', 1, 'fanIn', 'normal');
