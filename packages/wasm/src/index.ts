/**
 * The default backend: SIMD kernels in WebAssembly. Importing it makes it the one that new tensors are made on.
 *
 * @packageDocumentation
 */
import { ArgumentError, BackendError, requireOptions, setDefaultBackend, type OptionNames } from '@adjoint/core';
import { bestBuild, simdBuilds, type SimdBuild } from './kernels.js';
import { platform } from '#platform';
import { profile } from './profile.js';
import { defaultThreads, WasmBackend } from './wasmBackend.js';

export type { SimdBuild } from './kernels.js';
export type { WasmBackend } from './wasmBackend.js';

/** How to make a wasm backend. */
export interface WasmBackendOptions {
  /** `relaxed` has fused multiply-add and needs an engine with relaxed SIMD. Default: the best the engine has. */
  readonly simd?: SimdBuild;
  /**
   * How many threads share the work of large operations, from 1 to 64. Default: what the environment variable
   * `ADJOINT_THREADS` says, else one for each processor. It is 1 where memory cannot be shared: in a browser, a page
   * that is not cross-origin isolated. The results are the same for any number.
   */
  readonly threads?: number;
}

const wasmBackendOptionNames: OptionNames<WasmBackendOptions> = { simd: true, threads: true };

/**
 * Makes a backend with a memory of its own. One is enough for most: {@link wasm}.
 *
 * @throws `ArgumentError` for an unknown build or number of threads, `BackendError` for one that the engine cannot run.
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
  requireOptions('createWasmBackend', options, wasmBackendOptionNames);
  const { simd = bestBuild, threads = defaultThreads() } = options;
  if (!simdBuilds.includes(simd)) {
    throw new ArgumentError(`createWasmBackend: simd is '${simd}'; expected one of ${simdBuilds.join(', ')}`);
  }
  if (simd === 'relaxed' && bestBuild === 'baseline') {
    throw new BackendError("createWasmBackend: this engine has no relaxed SIMD; leave simd out, or ask for 'baseline'");
  }
  return new WasmBackend(simd, threads);
}

/**
 * The backend that new tensors are made on once this package is imported. In Node, with the environment variable
 * `ADJOINT_PROFILE=1`, it measures its kernels and prints at the end where the time went.
 */
export const wasm: WasmBackend = createWasmBackend();

if (platform.setting('ADJOINT_PROFILE') === '1') {
  const report = profile(wasm);
  platform.onExit(() => console.error(report()));
}

setDefaultBackend(wasm);
