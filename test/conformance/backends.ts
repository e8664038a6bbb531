import type { Backend } from '@adjoint/core';
import { createWasmBackend, wasm } from '@adjoint/wasm';

/** A backend that is compared with `reference`, which is the oracle and so not in the list. */
export interface Candidate {
  readonly name: string;
  /** `threads` is a wish: a backend may have fewer. Default: as many as the machine has processors. */
  readonly create: (threads?: number) => Backend;
}

const builds = wasm.simd === 'relaxed' ? (['baseline', 'relaxed'] as const) : (['baseline'] as const);

/** To prove a new backend, add it here. */
export const candidates: readonly Candidate[] = builds.map((simd) => ({
  name: `wasm ${simd}`,
  create: (threads) => (threads === undefined ? createWasmBackend({ simd }) : createWasmBackend({ simd, threads })),
}));
