import type { SymbolicOwner } from './storage.js';

/** What computes types in place of tensors while `shapeOf` runs: nothing that is made in the meantime gets bytes. Null otherwise. */
export const abstract: { by: SymbolicOwner | null } = { by: null };

/** Runs `fn` with types in place of all tensors that it makes. */
export function abstractly<R>(owner: SymbolicOwner, fn: () => R): R {
  const former = abstract.by;
  abstract.by = owner;
  try {
    return fn();
  } finally {
    abstract.by = former;
  }
}
