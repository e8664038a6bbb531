import { ArgumentError, type Key } from '@adjoint/core';
import type { LayerContext } from '../layer.js';

/**
 * The key of a layer that is random in training.
 *
 * @throws `ArgumentError` that names the layer when the call brought none.
 */
export function trainingKey({ key, path }: LayerContext): Key {
  if (key !== undefined) return key;
  throw new ArgumentError(`${path}: dropout needs a key in training; pass apply(variables, input, { training: true, key }), with a new key each step`);
}
