import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arange, ArgumentError, BackendError, tensor, withBackend, zeros, type Backend, type NestedArray, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import { broadcastTo, flip, reshape, slice, transpose } from '@adjoint/ops';
import { backends } from '../backends.js';

/** Row-major values as nested arrays, worked out apart from the library. */
function nest(values: readonly number[], shape: readonly number[]): NestedArray {
  if (shape.length === 0) return values[0]!;
  const [length, ...rest] = shape as [number, ...number[]];
  const size = rest.reduce((product, each) => product * each, 1);
  return Array.from({ length }, (_, index) => nest(values.slice(index * size, (index + 1) * size), rest));
}

describe.each(backends)('reading out on $name', ({ backend }) => {
  const views: readonly [string, (x: Tensor) => Tensor, NestedArray][] = [
    ['transposed', (x) => transpose(x), [[0, 3], [1, 4], [2, 5]]],
    ['sliced', (x) => slice(x, [null, [null, null, 2]]), [[0, 2], [3, 5]]],
    ['one column', (x) => slice(x, [null, [1, 2]]), [[1], [4]]],
    ['flipped', (x) => flip(x), [[5, 4, 3], [2, 1, 0]]],
    ['flipped along one axis', (x) => flip(x, 1), [[2, 1, 0], [5, 4, 3]]],
    ['broadcast', (x) => broadcastTo(slice(x, [[0, 1], [1, 3]]), [2, 2, 2]), [[[1, 2], [1, 2]], [[1, 2], [1, 2]]]],
    ['flipped, sliced and transposed', (x) => transpose(slice(flip(x, 0), [null, [1]])), [[4, 1], [5, 2]]],
    ['nothing', (x) => slice(x, [[2]]), []],
    ['the last row', (x) => slice(x, [[-1]]), [[3, 4, 5]]],
  ];

  test.each(views)('%s', async (_, view, expected) => {
    const x = withBackend(backend, () => view(reshape(arange(6), [2, 3])));
    const flat = [expected].flat(9) as number[];
    expect(x.toArray()).toEqual(expected);
    expect(x.data()).toEqual(Float32Array.from(flat));
    expect(await x.read()).toEqual(Float32Array.from(flat));
  });

  test('any layout of any dtype gives its elements in row-major order', async () => {
    const sample = fc
      .tuple(shapes(), fc.constantFrom('float32' as const, 'float64' as const, 'int32' as const))
      .chain(([shape, dtype]) => tensors(shape, { dtype, distinct: true }));
    await fc.assert(
      fc.asyncProperty(sample, async (x) => {
        const made = withBackend(backend, () => x.make());
        const expected = x.dtype === 'float32' ? x.values.map(Math.fround) : [...x.values];
        expect([...made.data()]).toEqual(expected);
        expect([...(await made.read())]).toEqual(expected);
        expect(made.toArray()).toEqual(nest(expected, x.shape));
      }),
    );
  });

  test('data is a copy', () => {
    const x = withBackend(backend, () => tensor([1, 2]));
    x.data()[0] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });

  test('item reads one element, of any rank and place', () => {
    const x = withBackend(backend, () => arange(6));
    expect(slice(x, [[4, 5]]).item()).toBe(4);
    expect(reshape(slice(x, [[2, 3]]), [1, 1]).item()).toBe(2);
    expect(withBackend(backend, () => tensor(true)).item()).toBe(1);
    expect(() => x.item()).toThrow(ArgumentError);
    expect(() => x.item()).toThrow('item: float32 [6] has 6 elements; expected exactly one, use toArray() or data() for more');
    expect(() => withBackend(backend, () => zeros([0])).item()).toThrow(ArgumentError);
  });

  test('a bool gives booleans', () => {
    const x = withBackend(backend, () => tensor([[true, false], [false, false]]));
    expect(transpose(x).toArray()).toEqual([[true, false], [false, false]]);
    expect(flip(x).toArray()).toEqual([[false, false], [false, true]]);
    expect(x.data()).toEqual(new Uint8Array([1, 0, 0, 0]));
  });
});

test('a backend that can only be read asynchronously says so', async () => {
  const { backend } = backends[0]!;
  const read: Backend['read'] = (...place) => backend.read(...place);
  const slow = Object.create(backend, { name: { value: 'slow' }, readSync: { value: undefined }, read: { value: read } }) as Backend;
  const x = withBackend(slow, () => tensor([1, 2]));
  expect(() => x.data()).toThrow(BackendError);
  expect(() => x.data()).toThrow('data: the slow backend can only be read asynchronously; await tensor.read() instead');
  expect(await x.read()).toEqual(new Float32Array([1, 2]));
  expect(String(x)).toBe('Tensor(on slow, float32 [2])');
});
