import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesPerElement, type DType, type TypedArray } from '@adjoint/core';
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
      const address = backend.allocate(values.byteLength);
      backend.write(address, values);
      expect(await backend.read(address, dtype, offset, length)).toEqual(expected);
      if (backend.readSync) expect(backend.readSync(address, dtype, offset, length)).toEqual(expected);
      backend.free(address, values.byteLength);
    }));
  });

  it('reads a copy, not a window', async () => {
    const address = backend.allocate(8);
    backend.write(address, Int32Array.of(1, 2));
    const first = await backend.read(address, 'int32', 0, 2);
    backend.write(address, Int32Array.of(3, 4));
    expect(first).toEqual(Int32Array.of(1, 2));
    backend.free(address, 8);
  });

  it('keeps what lives apart, however it is allocated and freed', async () => {
    const size = fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 20_000 }));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('allocate' as const), size }),
      fc.record({ kind: fc.constant('free' as const), which: fc.nat() }),
    );
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const living: { address: number; values: TypedArray }[] = [];
      for (const [index, next] of steps.entries()) {
        if (next.kind === 'allocate') {
          const values = new Int32Array(next.size).fill(index);
          const address = backend.allocate(values.byteLength);
          backend.write(address, values);
          living.push({ address, values });
        } else if (living.length > 0) {
          const [gone] = living.splice(next.which % living.length, 1);
          backend.free(gone!.address, gone!.values.byteLength);
        }
      }
      for (const { address, values } of living) {
        const found = await backend.read(address, 'int32', 0, values.length);
        expect(found.every((value, index) => value === values[index])).toBe(true);
        backend.free(address, values.byteLength);
      }
    }));
  });

  it('takes no more from the system when the same is allocated and freed again', () => {
    const cycle = (): void => {
      const sizes = [16, 1000, 65_536, 1_000_000].map((elements) => elements * bytesPerElement('float32'));
      const addresses = sizes.map((size) => backend.allocate(size));
      addresses.forEach((address, index) => backend.free(address, sizes[index]!));
    };
    cycle();
    const reserved = backend.reservedBytes();
    for (let round = 0; round < 100; round++) cycle();
    expect(backend.reservedBytes()).toBe(reserved);
  });
});
