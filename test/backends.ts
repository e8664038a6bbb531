import { reference, type Backend } from '@adjoint/core';
import { createWasmBackend, wasm } from '@adjoint/wasm';

/** Every suite that runs operations runs once for each of these. */
export const backends: readonly { readonly name: string; readonly backend: Backend }[] = [
  { name: 'reference', backend: reference },
  { name: 'wasm', backend: wasm },
  { name: 'wasm (baseline)', backend: createWasmBackend({ simd: 'baseline' }) },
];
