import { ArgumentError, DataFormatError, formatValue, redefine, requireFunction } from '@adjoint/core';
import * as builtin from '../initializers.js';
import type { Initializer } from '../initializers.js';
import { requireText } from '../options.js';
import { construct, requireEchoed, requireObject } from './json.js';

const advice = 'one of your own is made known by registerInitializer(name, initializer)';

type MakeInitializer = (options: never) => Initializer;

const makers: Readonly<Record<string, MakeInitializer>> = {
  constant: ({ value }: { readonly value: number }) => builtin.constant(value),
  identityMatrix: builtin.identityMatrix,
  orthogonal: builtin.orthogonal,
  randomNormal: builtin.randomNormal,
  randomUniform: builtin.randomUniform,
  truncatedNormal: builtin.truncatedNormal,
  varianceScaling: builtin.varianceScaling,
};

const {
  glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, lecunUniform, ones, zeros,
} = builtin;

const builtinByName = new Map(
  [glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, lecunUniform, ones, zeros].map((initializer) => [initializer.name, initializer]),
);

const registered = new Map(builtinByName);

/** What callers registered, before it had a name. */
const given = new Map<string, Initializer>();

/**
 * Gives your own initializer a name in model definitions. Use what it returns in layers.
 *
 * A name that was registered before gets the new initializer, with a warning on the console unless they are the same.
 *
 * @throws `ArgumentError` when the library itself has an initializer of this name.
 *
 * @example
 * ```ts
 * import { full } from '@adjoint/core';
 * import { dense, layerToConfig, registerInitializer } from '@adjoint/nn';
 *
 * const halves = registerInitializer('halves', (_, shape, { dtype = 'float32' } = {}) => full(shape, 0.5, { dtype }));
 * layerToConfig(dense({ units: 1, kernelInitializer: halves })).config!.kernelInitializer; // 'halves'
 * ```
 */
export function registerInitializer(name: string, initializer: Initializer): Initializer {
  requireText('registerInitializer', 'name', name);
  requireFunction('registerInitializer', 'initializer', initializer);
  if (builtinByName.has(name) || Object.hasOwn(makers, name)) throw new ArgumentError(`registerInitializer: the name '${name}' is an initializer of the library; choose another one`);
  const named = builtin.configured(name, initializer);
  redefine('registerInitializer', 'the initializer', given, name, initializer);
  registered.set(name, named);
  return named;
}

/**
 * The initializer of a config.
 *
 * @throws `DataFormatError` when there is none of the name, or its options are wrong.
 */
export function initializerFromConfig(config: unknown, path: string): Initializer {
  if (typeof config === 'string') {
    const found = registered.get(config);
    if (found !== undefined) return found;
    throw new DataFormatError(`${path}: there is no initializer '${config}'; ${advice}`);
  }
  const { type, ...options } = requireObject(config, path);
  if (typeof type !== 'string' || !Object.hasOwn(makers, type)) throw new DataFormatError(`${path}: there is no initializer of type ${formatValue(type)}; ${advice}`);
  const initializer = construct(path, () => makers[type]!(options as never));
  requireEchoed(options, initializer.config as Readonly<Record<string, unknown>>, path);
  return initializer;
}
