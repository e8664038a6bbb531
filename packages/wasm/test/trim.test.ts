import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Strided } from '@adjoint/core';
import { createWasmBackend } from '../src/index.js';
import { profile } from '../src/profile.js';
import { WasmBackend } from '../src/wasmBackend.js';
import { dense, firstDifference, put, run } from './operands.js';

const peakBytes = 256 << 20;

function riseAndFall(backend: WasmBackend): void {
  backend.free(backend.allocate(peakBytes));
}

/** Results of a kernel that reads a list of numbers, of one that needs scratch, and of one whose work threads share. */
function results(backend: WasmBackend): ArrayLike<number>[] {
  const values = Float32Array.from({ length: 120_000 }, (_, index) => Math.sin(index));
  const x = dense('float32', [300, 400], values);
  const transposed = { ...x, shape: [400, 300], strides: [1, 400] };
  return [
    run(backend, [transposed, transposed], 'float32', [400, 300], ([l, r], out) => backend.binary('power', l!, r!, out)),
    run(backend, [transposed], 'float32', [400, 300], ([input], out) => backend.softmax(input!, out)),
    run(backend, [x, transposed], 'float32', [300, 300], ([l, r], out) => backend.matmul(l!, r!, out)),
  ];
}

const differences = (backend: WasmBackend, expected: readonly ArrayLike<number>[]): number[] =>
  results(backend).map((values, index) => firstDifference(values, expected[index]!));

const kinds: [string, () => WasmBackend][] = [
  ['1 thread', () => createWasmBackend({ threads: 1 })],
  ['2 threads', () => createWasmBackend({ threads: 2 })],
  ['memory that is not shared', () => new WasmBackend('baseline', 1, false)],
];

describe.each(kinds)('trim with %s', (_, create) => {
  it('gives back what a peak reserved; tensors, results and threads stay as they are', () => {
    const backend = create();
    const expected = results(backend);
    const kept = fc.sample(fc.tuple(fc.constantFrom(1, 100, 5000, 300_000), fc.nat(255)), { numRuns: 60, seed: 5 }).map(([length, value], index) => {
      const allocated = put(backend, dense('float64', [length], new Float64Array(length).fill(value)));
      if (index % 3 === 0) return { allocated, length, value };
      backend.free(allocated.storage);
      return null;
    }).filter((each) => each !== null);
    const evicted = backend.evict(put(backend, dense('float64', [3], [1, 2, 3])).storage);
    const { threads } = backend;
    riseAndFall(backend);
    results(backend);
    expect(backend.reservedBytes()).toBeGreaterThan(peakBytes);

    backend.trim();
    expect(backend.reservedBytes()).toBeLessThan(peakBytes / 4);
    expect(backend.threads).toBe(threads);
    expect(differences(backend, expected)).toEqual([-1, -1, -1]);
    for (const { allocated, length, value } of kept) {
      const found = backend.readSync(allocated.storage.address, 'float64', 0, length);
      expect(found.every((each) => each === value)).toBe(true);
    }
    const restored = backend.restore(evicted);
    expect([...backend.readSync(restored.address, 'float64', 0, 3)]).toEqual([1, 2, 3]);

    // It grows again, as often as it must.
    riseAndFall(backend);
    expect(backend.reservedBytes()).toBeGreaterThan(peakBytes);
    backend.trim();
    for (const { allocated } of kept) backend.free(allocated.storage);
    backend.free(restored);
    expect(differences(backend, expected)).toEqual([-1, -1, -1]);
  });

  it('moves nothing while half of the memory is in use, or when little is reserved', () => {
    const backend = create();
    const small = put(backend, dense('float32', [3], [1, 2, 3]));
    const addresses = (operands: readonly Strided[]): number[] => operands.map(({ storage }) => storage.address);
    const before = addresses([small]);
    const large = backend.allocate(140 << 20);
    const other = backend.allocate(130 << 20);
    backend.free(other);
    backend.trim();
    expect(addresses([small])).toEqual(before);
    expect(backend.reservedBytes()).toBeGreaterThan(250 << 20);
    backend.free(large);
    backend.trim();
    expect(backend.reservedBytes()).toBeLessThan(128 << 20);
    expect([...backend.readSync(small.storage.address, 'float32', 0, 3)]).toEqual([1, 2, 3]);
    const after = addresses([small]);
    backend.trim();
    expect(addresses([small])).toEqual(after);
  });

  it('counts scratch as free', () => {
    const backend = create();
    const side = 4200;
    const x: Strided = { dtype: 'float32', shape: [side, side], strides: [1, side], offset: 0, size: side * side, storage: backend.allocate(4 * side * side), isContiguous: false };
    const out: Strided = { ...x, dtype: 'int32', strides: [side, 1], storage: backend.allocate(4 * side * side), isContiguous: true };
    backend.copy(x, out);
    backend.free(x.storage);
    backend.free(out.storage);
    expect(backend.reservedBytes()).toBeGreaterThan(200 << 20);
    backend.trim();
    expect(backend.reservedBytes()).toBeLessThan(128 << 20);
  });
});

it('trim leaves a backend as it is measured', () => {
  const backend = createWasmBackend({ threads: 1 });
  const report = profile(backend);
  riseAndFall(backend);
  backend.trim();
  results(backend);
  expect(report()).toMatch(/softmax \[400,300\] \[400,300\]\n/);
});
