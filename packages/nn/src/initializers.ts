import { ArgumentError, full, normal, uniform, type FloatDType, type Key, type Shape, type Tensor } from '@adjoint/core';

/** What an initialiser may be told beside the shape. */
export interface InitializerOptions {
  /** How many inputs one output depends on. Default: from the shape, by {@link fansOf}. */
  readonly fanIn?: number;
  /** How many outputs one input reaches. Default: from the shape, by {@link fansOf}. */
  readonly fanOut?: number;
  /** Default: `float32`. */
  readonly dtype?: FloatDType;
}

/** Makes the first value of a parameter. Its `name` stands in a layer's config. */
export type Initializer = (key: Key, shape: Shape, options?: InitializerOptions) => Tensor;

/**
 * The fans of a kernel `[...window, inputs, outputs]`: the window's size times the inputs, and times the outputs.
 * A vector's fans are both its length.
 *
 * @example
 * ```ts
 * import { fansOf } from '@adjoint/nn';
 *
 * fansOf([3, 3, 32, 64]); // { fanIn: 288, fanOut: 576 }
 * ```
 */
export function fansOf(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  const fanOut = shape.at(-1) ?? 1;
  const fanIn = shape.at(-2) ?? fanOut;
  const window = shape.slice(0, -2).reduce((product, length) => product * length, 1);
  return { fanIn: window * fanIn, fanOut: window * fanOut };
}

/** An initialiser under a name that also a minifier leaves alone. */
function named(name: string, initializer: Initializer): Initializer {
  return Object.defineProperty(initializer, 'name', { value: name });
}

/**
 * An initialiser that makes every element `value`.
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
  if (!Number.isFinite(value)) throw new ArgumentError(`constant: value is ${value}; expected a finite number`);
  return named(`constant(${value})`, (_, shape, { dtype = 'float32' } = {}) => full(shape, value, { dtype }));
}

/** The initialiser of zeros. */
export const zeros: Initializer = named('zeros', constant(0));

/** The initialiser of ones. */
export const ones: Initializer = named('ones', constant(1));

type Fans = Required<Pick<InitializerOptions, 'fanIn' | 'fanOut'>>;

/** Random numbers of mean 0 and a variance that depends on the fans. */
function scaledVariance(name: string, distribution: 'uniform' | 'normal', variance: (fans: Fans) => number): Initializer {
  return named(name, (key, shape, { dtype = 'float32', ...fans } = {}) => {
    const spread = Math.sqrt(variance({ ...fansOf(shape), ...fans }));
    if (distribution === 'normal') return normal(key, shape, { standardDeviation: spread, dtype });
    // The variance of a uniform distribution over [-a, a] is a^2 / 3.
    const limit = Math.sqrt(3) * spread;
    return uniform(key, shape, { low: -limit, high: limit, dtype });
  });
}

// A fan of 0 belongs to a parameter without elements, whose variance does not matter.
const inverse = (fan: number): number => 1 / Math.max(fan, 1);

/** Uniform, of variance `2 / (fanIn + fanOut)` (Glorot and Bengio 2010); the default of kernels. */
export const glorotUniform: Initializer = scaledVariance('glorotUniform', 'uniform', ({ fanIn, fanOut }) => 2 * inverse(fanIn + fanOut));

/** Normal, of variance `2 / (fanIn + fanOut)` (Glorot and Bengio 2010). */
export const glorotNormal: Initializer = scaledVariance('glorotNormal', 'normal', ({ fanIn, fanOut }) => 2 * inverse(fanIn + fanOut));

/** Uniform, of variance `2 / fanIn` (He et al. 2015); suits layers before a `relu`. */
export const heUniform: Initializer = scaledVariance('heUniform', 'uniform', ({ fanIn }) => 2 * inverse(fanIn));

/** Normal, of variance `2 / fanIn` (He et al. 2015); suits layers before a `relu`. */
export const heNormal: Initializer = scaledVariance('heNormal', 'normal', ({ fanIn }) => 2 * inverse(fanIn));

/** Normal, of variance `1 / fanIn` (LeCun et al. 1998). */
export const lecunNormal: Initializer = scaledVariance('lecunNormal', 'normal', ({ fanIn }) => inverse(fanIn));
