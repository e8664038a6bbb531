import fc from 'fast-check';
import { describe, it } from 'vitest';
import { allocateArray, view, type DType, type Shape } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectSame, type Case } from './kernels.js';
import { anyElement, shapes, views, type View } from './views.js';

const dtypes: readonly DType[] = ['bool', 'int32', 'float32', 'float64'];
const conversions = dtypes.flatMap((from) => dtypes.map((to) => [from, to] as const));

describe.each(candidates)('fill, copy and assign of $name', ({ create }) => {
  const backend = create();

  it.each(dtypes)('fills %s', (dtype) => {
    fc.assert(fc.property(shapes(), anyElement('float64'), (shape, value) => {
      expectSame(backend, { inputs: [], out: { dtype, shape }, call: (on, out) => on.fill(value, out) });
    }));
  });

  it.each(conversions)('copies %s to %s', (from, to) => {
    fc.assert(fc.property(shapes().chain((shape) => views(from, shape)), (input) => {
      const out = { dtype: to, shape: input.shape };
      expectSame(backend, { inputs: [input], out, call: (on, y, x) => on.copy(x, y) });
    }));
  });

  it.each(dtypes)('assigns %s to a view and leaves the rest as it is', (dtype) => {
    const targets = (shape: Shape): fc.Arbitrary<View> => views(dtype, shape).filter(hasElementsApart);
    const pairs = shapes().chain((shape) => fc.tuple(views(dtype, shape), targets(shape)));
    fc.assert(fc.property(pairs, ([input, { memory, shape, strides, offset }]) => {
      const call: Case['call'] = (on, out, x) => on.assign(x, view(out, shape, strides, offset));
      expectSame(backend, { inputs: [input], out: { dtype, shape: [memory.length] }, call });
    }));
  });

  it.each(dtypes)('copies transposed %s matrices of many blocks', (dtype) => {
    const length = fc.integer({ min: 30, max: 140 });
    fc.assert(fc.property(length, length, fc.nat({ max: 9 }), (rows, columns, offset) => {
      const element = (index: number): number => (dtype === 'bool' ? Number(index % 7 < 3) : index);
      const memory = allocateArray(dtype, rows * columns + offset).map((_, index) => element(index));
      const shape = [columns, rows];
      const input = { dtype, memory, shape, strides: [1, columns], offset };
      expectSame(backend, { inputs: [input], out: { dtype, shape }, call: (on, out, x) => on.copy(x, out) });
    }), { numRuns: 20 });
  });
});

/** Whether no two elements share a place, where an assignment would depend on its order. */
function hasElementsApart({ shape, strides }: View): boolean {
  return shape.every((length, axis) => length <= 1 || strides[axis] !== 0);
}
