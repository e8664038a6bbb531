import { describe, expect, it } from 'vitest';
import { ArgumentError, defaultBackend } from '@adjoint/core';
import { baseline, relaxed } from '../src/generated/kernelBytes.js';
import { createWasmBackend, wasm, type SimdBuild } from '../src/index.js';
import { dense, firstDifference, put, run } from './operands.js';

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

describe('loader', () => {
  it('has a baseline build that needs nothing but SIMD, and stays small', () => {
    expect(WebAssembly.validate(bytesOf(baseline.bytes))).toBe(true);
    expect(bytesOf(baseline.bytes).length).toBeLessThan(400 * 1024);
    expect(bytesOf(relaxed.bytes).length).toBeLessThan(400 * 1024);
  });

  it('takes the relaxed build exactly where the engine has it', () => {
    expect(wasm.simd).toBe(WebAssembly.validate(bytesOf(relaxed.bytes)) ? 'relaxed' : 'baseline');
    expect(createWasmBackend({ simd: 'baseline' }).simd).toBe('baseline');
  });

  it('refuses an unknown build', () => {
    expect(() => createWasmBackend({ simd: 'avx' as SimdBuild })).toThrow(ArgumentError);
  });

  it('is the default backend once imported', () => {
    expect(defaultBackend()).toBe(wasm);
  });
});

describe('memory', () => {
  it('keeps its elements while the memory grows', () => {
    const backend = createWasmBackend();
    const kept = put(backend, dense('float64', [3], [1, 2, 3]));
    const before = backend.reservedBytes();
    const large = backend.allocate(64 << 20);
    expect(backend.reservedBytes()).toBeGreaterThan(before + (60 << 20));
    expect([...backend.readSync(kept.storage.address, 'float64', 1, 2)]).toEqual([2, 3]);
    const matrix = dense('float32', [2, 3], [1, 2, 3, 4, 5, 6]);
    const sum = run(backend, [{ ...matrix, shape: [3, 2], strides: [1, 3] }], 'float32', [3, 2], ([x], out) => backend.copy(x!, out));
    expect([...sum]).toEqual([1, 4, 2, 5, 3, 6]);
    backend.free(large);
  });

  it('moves tensors together rather than grow, and they keep their values', () => {
    const backend = createWasmBackend();
    const length = 1 << 17;
    const made = Array.from({ length: 60 }, (_, index) => put(backend, dense('float64', [length], new Float64Array(length).fill(index))));
    // Kernels that need scratch must not make the free memory smaller than it is.
    const sums = (): ArrayLike<number> => run(backend, [{ ...dense('float32', [900, 1000], new Float32Array(900_000).fill(0.5)), shape: [1000, 900], strides: [1, 1000] }], 'float64', [1000, 900], ([x], out) => backend.copy(x!, out));
    const expected = sums();
    const kept = made.filter(({ storage }, index) => {
      if (index % 3 > 0) backend.free(storage);
      return index % 3 === 0;
    });
    const addresses = kept.map(({ storage }) => storage.address);
    const reserved = backend.reservedBytes();
    const large = backend.allocate(38 << 20);
    expect(backend.reservedBytes()).toBe(reserved);
    expect(kept.map(({ storage }) => storage.address)).not.toEqual(addresses);
    kept.forEach(({ storage }, index) => {
      expect(backend.readSync(storage.address, 'float64', 0, length).every((value) => value === 3 * index)).toBe(true);
    });
    expect(firstDifference(sums(), expected)).toBe(-1);
    backend.free(large);
  });

  it('stays as it is when a step repeats', () => {
    const backend = createWasmBackend();
    const step = (): void => {
      const x = dense('float32', [40, 30], new Float32Array(1200).fill(1));
      run(backend, [{ ...x, shape: [30, 40], strides: [1, 30] }], 'float32', [40], ([t], out) => backend.reduce('sum', t!, [0], out));
      run(backend, [x, dense('float32', [30], new Float32Array(30))], 'float32', [40, 30], ([l, r], out) => backend.binary('add', l!, r!, out));
    };
    for (let i = 0; i < 3; i++) step();
    const reserved = backend.reservedBytes();
    for (let i = 0; i < 1000; i++) step();
    expect(backend.reservedBytes()).toBe(reserved);
  });
});
