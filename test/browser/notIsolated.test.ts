import { expect, test } from 'vitest';
import { createWasmBackend, wasm } from '@adjoint/wasm';

test('a page that is not isolated has one thread, whatever is asked for', () => {
  expect(crossOriginIsolated).toBe(false);
  expect(typeof SharedArrayBuffer).toBe('undefined');
  expect(wasm.threads).toBe(1);
  const backend = createWasmBackend({ threads: 3 });
  backend.setThreads(2);
  expect(backend.threads).toBe(1);
});
