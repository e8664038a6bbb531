/**
 * The default backend: SIMD kernels in WebAssembly. Importing it makes it the one that new tensors are made on.
 *
 * @packageDocumentation
 */
import { ArgumentError, BackendError, setDefaultBackend } from '@adjoint/core';
import { bestBuild, simdBuilds, type SimdBuild } from './kernels.js';
import { WasmBackend } from './wasmBackend.js';

export type { SimdBuild } from './kernels.js';
export type { WasmBackend } from './wasmBackend.js';

/** How to make a wasm backend. */
export interface WasmBackendOptions {
  /** `relaxed` has fused multiply-add and needs an engine with relaxed SIMD. Default: the best the engine has. */
  readonly simd?: SimdBuild;
}

/**
 * Makes a backend with a memory of its own. One is enough for most: {@link wasm}.
 *
 * @throws `ArgumentError` for an unknown build, `BackendError` for one that the engine cannot run.
 *
 * @example
 * ```ts
 * import { tensor, withBackend } from '@adjoint/core';
 * import { createWasmBackend } from '@adjoint/wasm';
 *
 * const baseline = createWasmBackend({ simd: 'baseline' });
 * withBackend(baseline, () => tensor([1, 2]).backend.name); // 'wasm'
 * ```
 */
export function createWasmBackend(options: WasmBackendOptions = {}): WasmBackend {
  const best = bestBuild();
  const { simd = best } = options;
  if (!simdBuilds.includes(simd)) {
    throw new ArgumentError(`createWasmBackend: simd is '${simd}'; expected one of ${simdBuilds.join(', ')}`);
  }
  if (simd === 'relaxed' && best === 'baseline') {
    throw new BackendError("createWasmBackend: this engine has no relaxed SIMD; leave simd out, or ask for 'baseline'");
  }
  return new WasmBackend(simd);
}

/** The backend that new tensors are made on once this package is imported. */
export const wasm: WasmBackend = createWasmBackend();

setDefaultBackend(wasm);
