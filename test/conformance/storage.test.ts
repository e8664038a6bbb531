import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackendError, bytesPerElement, type Allocation, type DType, type TypedArray } from '@adjoint/core';
import { candidates } from './backends.js';
import { views } from './views.js';

const dtypes: readonly DType[] = ['bool', 'int32', 'float32', 'float64'];

describe.each(candidates)('storage of $name', ({ create }) => {
  const backend = create();

  it.each(dtypes)('gives %s elements back as they were written, from any offset', async (dtype) => {
    const memory = fc.nat({ max: 70 }).chain((size) => views(dtype, [size])).map((view) => view.memory);
    await fc.assert(fc.asyncProperty(memory, fc.nat(), fc.nat(), async (values, a, b) => {
      const offset = a % (values.length + 1);
      const length = b % (values.length - offset + 1);
      const expected = values.slice(offset, offset + length);
      const allocation = backend.allocate(values.byteLength);
      backend.write(allocation.address, values);
      expect(await backend.read(allocation.address, dtype, offset, length)).toEqual(expected);
      if (backend.readSync) expect(backend.readSync(allocation.address, dtype, offset, length)).toEqual(expected);
      backend.free(allocation);
    }));
  });

  it('reads a copy, not a window', async () => {
    const allocation = backend.allocate(8);
    backend.write(allocation.address, Int32Array.of(1, 2));
    const first = await backend.read(allocation.address, 'int32', 0, 2);
    backend.write(allocation.address, Int32Array.of(3, 4));
    expect(first).toEqual(Int32Array.of(1, 2));
    backend.free(allocation);
  });

  it('keeps what lives apart, however it is allocated and freed', async () => {
    const size = fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 20_000 }));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('allocate' as const), size }),
      fc.record({ kind: fc.constant('free' as const), which: fc.nat() }),
    );
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const living: { allocation: Allocation; values: TypedArray }[] = [];
      for (const [index, next] of steps.entries()) {
        if (next.kind === 'allocate') {
          const values = new Int32Array(next.size).fill(index);
          const allocation = backend.allocate(values.byteLength);
          backend.write(allocation.address, values);
          living.push({ allocation, values });
        } else if (living.length > 0) {
          const [gone] = living.splice(next.which % living.length, 1);
          backend.free(gone!.allocation);
        }
      }
      for (const { allocation, values } of living) {
        const found = await backend.read(allocation.address, 'int32', 0, values.length);
        expect(found.every((value, index) => value === values[index])).toBe(true);
        backend.free(allocation);
      }
    }));
  });

  it('refuses to free or evict what is not in use', () => {
    const allocation = backend.allocate(8);
    backend.free(allocation);
    expect(() => backend.free(allocation)).toThrow(BackendError);
    expect(() => backend.evict!(allocation)).toThrow(BackendError);
    const evictable = backend.allocate(8);
    const evicted = backend.evict!(evictable);
    expect(() => backend.free(evictable)).toThrow(BackendError);
    expect(() => backend.evict!(evictable)).toThrow(BackendError);
    backend.free(backend.restore!(evicted));
  });

  it('restores evicted bytes as they were, once', () => {
    const length = fc.oneof(fc.nat(200), fc.nat(1_500_000), fc.constantFrom(64, 65, 512 * 1024, 512 * 1024 + 1, 1024 * 1024));
    fc.assert(fc.property(length, fc.nat(255), fc.boolean(), (byteLength, seed, inverse) => {
      const values = new Uint8Array(byteLength);
      for (let index = 0; index < byteLength; index++) values[index] = index * 31 + (index >> 8) + seed;
      const others = [0, 1, 2].map((index) => new Uint8Array(100).fill(index + 1));
      const first = backend.allocate(byteLength);
      backend.write(first.address, values);
      const evicted = backend.evict!(first);
      expect(evicted.byteLength).toBe(byteLength);
      // What takes the place of the bytes must not show in them, nor be changed when they come back.
      const neighbors = others.map((other) => {
        const neighbor = backend.allocate(inverse ? byteLength : other.length);
        backend.write(neighbor.address, other.subarray(0, inverse ? byteLength : other.length));
        return neighbor;
      });
      const second = backend.restore!(evicted);
      expect(backend.readSync!(second.address, 'bool', 0, byteLength).findIndex((value, index) => value !== values[index])).toBe(-1);
      neighbors.forEach((neighbor, index) => {
        const expected = others[index]!.subarray(0, inverse ? Math.min(byteLength, 100) : 100);
        expect(backend.readSync!(neighbor.address, 'bool', 0, expected.length)).toEqual(expected);
        backend.free(neighbor);
      });
      expect(() => backend.restore!(evicted)).toThrow(BackendError);
      backend.free(second);
    }), { numRuns: 40 });
  });

  it('refuses to restore bytes that it did not evict', () => {
    expect(() => backend.restore!({ byteLength: 8 })).toThrow(BackendError);
  });

  it('frees the memory of evicted bytes', () => {
    const cycle = (): void => {
      const evicted = [1, 2, 3].map((count) => backend.evict!(backend.allocate(count << 20)));
      evicted.map((bytes) => backend.restore!(bytes)).forEach((allocation) => backend.free(allocation));
    };
    cycle();
    const reserved = backend.reservedBytes();
    for (let round = 0; round < 20; round++) cycle();
    expect(backend.reservedBytes()).toBe(reserved);
  });

  it('takes no more from the system when the same is allocated and freed again', () => {
    const cycle = (): void => {
      const sizes = [16, 1000, 65_536, 1_000_000].map((elements) => elements * bytesPerElement('float32'));
      sizes.map((size) => backend.allocate(size)).forEach((allocation) => backend.free(allocation));
    };
    cycle();
    const reserved = backend.reservedBytes();
    for (let round = 0; round < 100; round++) cycle();
    expect(backend.reservedBytes()).toBe(reserved);
  });
});
