import { expect, test } from 'vitest';
import { createWasmBackend, wasm } from '@adjoint/wasm';

test('a page that is isolated has a thread for each processor, or as many as are asked for', () => {
  expect(crossOriginIsolated).toBe(true);
  expect(wasm.threads).toBe(Math.min(navigator.hardwareConcurrency, 64));
  expect(createWasmBackend({ threads: 3 }).threads).toBe(3);
});
