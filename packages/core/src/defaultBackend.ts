import type { Backend } from './backend.js';
import { reference } from './reference/referenceBackend.js';

let current: Backend = reference;

/** The backend that new tensors are made on. `@adjoint/ops` installs `wasm`; without it, it is `reference`. */
export function defaultBackend(): Backend {
  return current;
}

/**
 * Sets the backend that new tensors are made on. Tensors that exist stay where they are.
 *
 * @example
 * ```ts
 * import { reference, setDefaultBackend, tensor } from '@adjoint/core';
 *
 * setDefaultBackend(reference);
 * tensor([1]).backend.name; // 'reference'
 * ```
 */
export function setDefaultBackend(backend: Backend): void {
  current = backend;
}

/** Runs `fn` with another default backend, and puts the former one back, also after an error. */
export function withBackend<R>(backend: Backend, fn: () => R): R {
  const former = current;
  current = backend;
  try {
    return fn();
  } finally {
    current = former;
  }
}
