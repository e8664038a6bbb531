import { ArgumentError, type Key } from '@adjoint/core';
import type { LayerContext } from '../layer.js';

/**
 * The key of a layer that is random in training.
 *
 * @param what - what needs it.
 * @throws `ArgumentError` that names the layer when the call brought none.
 */
export function trainingKey({ key, path }: LayerContext, what = 'dropout'): Key {
  if (key !== undefined) return key;
  throw new ArgumentError(`${path}: ${what} needs a key in training; pass apply(variables, input, { training: true, key }), with a new key each step`);
}
