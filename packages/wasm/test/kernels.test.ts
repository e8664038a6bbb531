import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  allocateArray, contiguousStrides, reference, sizeOf,
  type Backend, type BinaryOperation, type DType, type PoolWindow2d, type ReduceOperation, type Shape, type Strided,
  type TypedArray, type UnaryOperation,
} from '@adjoint/core';
import { createWasmBackend, wasm } from '../src/index.js';
import { dense, put, run, type View } from './operands.js';

const builds = [...new Set(['baseline' as const, wasm.simd])];

function values(dtype: DType, size: number): fc.Arbitrary<TypedArray> {
  const element = dtype === 'bool' ? fc.integer({ min: 0, max: 1 })
    : dtype === 'int32' ? fc.integer({ min: -40, max: 40 })
      : fc.integer({ min: -400, max: 400 }).map((n) => n / 64);
  return fc.array(element, { minLength: size, maxLength: size }).map((list) => {
    const array = allocateArray(dtype, size);
    array.set(list);
    return array;
  });
}

/** A view of `shape` over a larger storage: its axes in any order, reversed, repeated or with steps. */
function viewOf(dtype: DType, shape: Shape): fc.Arbitrary<View> {
  const axes = shape.map(() => fc.record({ step: fc.constantFrom(1, 1, 1, 2), kind: fc.constantFrom('plain', 'plain', 'plain', 'flip', 'repeat') }));
  const order = fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length });
  const arrangement = fc.oneof(fc.constant([...shape.keys()]), order);
  const details = fc.oneof(fc.constant(shape.map(() => ({ step: 1, kind: 'plain' }))), fc.tuple(...axes));
  return fc.tuple(arrangement, details, fc.integer({ min: 0, max: 5 })).chain(([axisOrder, kinds, start]) => {
    const strides = new Array<number>(shape.length).fill(0);
    let extent = 1;
    let offset = start;
    for (const axis of [...axisOrder].reverse()) {
      const { step, kind } = kinds[axis]!;
      if (kind === 'repeat') continue;
      strides[axis] = extent * step * (kind === 'flip' ? -1 : 1);
      if (kind === 'flip') offset += Math.max(shape[axis]! - 1, 0) * extent * step;
      extent *= Math.max(shape[axis]!, 1) * step;
    }
    return values(dtype, start + extent).map((storage) => ({ dtype, shape, strides, offset, values: storage }));
  });
}

const shapes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }).filter((shape) => sizeOf(shape) <= 1200);
const floats = fc.constantFrom<DType>('float32', 'float64');
const numbers = fc.constantFrom<DType>('float32', 'float64', 'int32');
const dtypes = fc.constantFrom<DType>('float32', 'float64', 'int32', 'bool');

function expectClose(actual: TypedArray, expected: TypedArray, dtype: DType, scale = 1): void {
  expect(actual.length).toBe(expected.length);
  const tolerance = dtype === 'float64' ? 1e-13 : dtype === 'float32' ? 2e-6 : 0;
  for (let index = 0; index < expected.length; index++) {
    const [a, e] = [actual[index]!, expected[index]!];
    const close = Object.is(a, e) || a === e || Math.abs(a - e) <= tolerance * Math.max(scale, Math.abs(e));
    if (!close) expect(`element ${index}: ${a}`).toBe(`element ${index}: ${e}`);
  }
}

/** Shapes that broadcast to `shape`: axes dropped from the front, others of length 1. */
function broadcastable(shape: Shape): fc.Arbitrary<Shape> {
  return fc.tuple(fc.integer({ min: 0, max: shape.length }), fc.tuple(...shape.map(() => fc.boolean()))).map(
    ([dropped, ones]) => shape.map((length, axis) => (ones[axis] ? 1 : length)).slice(dropped),
  );
}

describe.each(builds)('kernels of the %s build', (simd) => {
  const backend = createWasmBackend({ simd });

  function compare(
    views: readonly View[], dtype: DType, shape: Shape, kernel: (on: Backend, inputs: Strided[], out: Strided) => void, scale = 1,
  ): void {
    const actual = run(backend, views, dtype, shape, (inputs, out) => kernel(backend, inputs, out));
    const expected = run(reference, views, dtype, shape, (inputs, out) => kernel(reference, inputs, out));
    expectClose(actual, expected, dtype, scale);
  }

  it('copy converts any strides and dtypes', () => {
    fc.assert(fc.property(shapes.chain((shape) => dtypes.chain((dtype) => fc.tuple(viewOf(dtype, shape), dtypes))), ([view, dtype]) => {
      compare([view], dtype, view.shape, (on, [input], out) => on.copy(input!, out));
    }), { numRuns: 300 });
  });

  it('assign writes a view and nothing else', () => {
    const cases = shapes.chain((shape) => dtypes.chain((dtype) => fc.tuple(viewOf(dtype, shape), viewOf(dtype, shape))));
    fc.assert(fc.property(cases.filter(([, view]) => !view.strides.some((stride, axis) => stride === 0 && view.shape[axis]! > 1)), ([input, view]) => {
      const [actual, expected] = [backend, reference].map((on) => {
        const [source, target] = [put(on, input), put(on, view)];
        on.assign(source, target);
        const result = on.readSync!(target.storage.address, view.dtype, 0, view.values.length);
        for (const operand of [source, target]) on.free(operand.storage);
        return result;
      });
      expect(actual).toEqual(expected);
    }), { numRuns: 300 });
  });

  it('transposes large matrices by blocks', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }), dtypes, (rows, columns, dtype) => {
      const storage = allocateArray(dtype, rows * columns * 2);
      for (let i = 0; i < storage.length; i++) storage[i] = dtype === 'bool' ? i % 2 : i;
      const shape = [2, rows, columns];
      const view: View = { dtype, shape, strides: [rows * columns, 1, rows], offset: 0, values: storage };
      compare([view], dtype, shape, (on, [input], out) => on.copy(input!, out));
    }), { numRuns: 60 });
  });

  const unaryNumbers: UnaryOperation[] = ['negate', 'abs', 'sign', 'square', 'relu', 'floor', 'ceil', 'round', 'isNaN', 'isFinite', 'not'];
  const unaryFloats: UnaryOperation[] = [
    ...unaryNumbers, 'reciprocal', 'sqrt', 'rsqrt', 'exp', 'expm1', 'log', 'log1p', 'log2', 'sin', 'cos', 'atan', 'asin',
    'acos', 'tanh', 'asinh', 'acosh', 'atanh', 'sigmoid', 'erf',
  ];

  it('unary operations', () => {
    const cases = shapes.chain((shape) => numbers.chain((dtype) => fc.tuple(
      viewOf(dtype, shape), fc.constantFrom(...(dtype === 'int32' ? unaryNumbers : unaryFloats)),
    )));
    fc.assert(fc.property(cases, ([view, operation]) => {
      const isTest = operation === 'isNaN' || operation === 'isFinite' || operation === 'not';
      compare([view], isTest ? 'bool' : view.dtype, view.shape, (on, [input], out) => on.unary(operation, input!, out));
    }), { numRuns: 500 });
  });

  const logical: BinaryOperation[] = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or'];
  const arithmetic: BinaryOperation[] = ['add', 'subtract', 'multiply', 'power', 'remainder', 'minimum', 'maximum', 'reluGradient'];

  it('binary operations with broadcasting', () => {
    const cases = shapes.chain((shape) => dtypes.chain((dtype) => fc.tuple(
      fc.constant(shape),
      broadcastable(shape).chain((part) => viewOf(dtype, part)),
      broadcastable(shape).chain((part) => viewOf(dtype, part)),
      fc.constantFrom(...logical, ...(dtype === 'bool' ? [] : arithmetic), ...(dtype.startsWith('float') ? ['divide' as const, 'atan2' as const] : [])),
    )));
    fc.assert(fc.property(cases, ([shape, left, right, operation]) => {
      const dtype = logical.includes(operation) ? 'bool' : left.dtype;
      compare([left, right], dtype, shape, (on, [l, r], out) => on.binary(operation, l!, r!, out));
    }), { numRuns: 800 });
  });

  it('a short row meets many rows, on either side', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 900 }), fc.boolean(), dtypes).chain(
      ([width, height, isLeft, dtype]) => fc.tuple(
        fc.constant({ width, height, isLeft }), values(dtype, width), values(dtype, width * height), fc.constant(dtype),
      ));
    fc.assert(fc.property(cases, ([{ width, height, isLeft }, row, matrix, dtype]) => {
      const views = [dense(dtype, [width], row), dense(dtype, [height, width], matrix)];
      if (!isLeft) views.reverse();
      compare(views, 'bool', [height, width], (on, [l, r], out) => on.binary('less', l!, r!, out));
      const column = dense(dtype, [height, 1], matrix.slice(0, height));
      compare([views[isLeft ? 0 : 1]!, column], 'bool', [height, width], (on, [l, r], out) => on.binary('less', l!, r!, out));
      if (dtype === 'bool') return;
      compare(views, dtype, [height, width], (on, [l, r], out) => on.binary('subtract', l!, r!, out));
    }), { numRuns: 60 });
  });

  it('select with broadcasting', () => {
    const cases = shapes.chain((shape) => dtypes.chain((dtype) => fc.tuple(
      fc.constant(shape),
      broadcastable(shape).chain((part) => viewOf('bool', part)),
      broadcastable(shape).chain((part) => viewOf(dtype, part)),
      broadcastable(shape).chain((part) => viewOf(dtype, part)),
    )));
    fc.assert(fc.property(cases, ([shape, condition, x, y]) => {
      compare([condition, x, y], x.dtype, shape, (on, [c, t, f], out) => on.select(c!, t!, f!, out));
    }), { numRuns: 400 });
  });

  it('reductions over any axes', () => {
    const operations = fc.constantFrom<ReduceOperation>('sum', 'product', 'max', 'min');
    const cases = shapes.filter((shape) => sizeOf(shape) > 0).chain((shape) => numbers.chain((dtype) => fc.tuple(
      viewOf(dtype, shape), fc.subarray([...shape.keys()]), operations,
    )));
    fc.assert(fc.property(cases, ([view, axes, operation]) => {
      const shape = view.shape.filter((_, axis) => !axes.includes(axis));
      const scale = operation === 'sum' ? 100 : 1;
      // A longer product can overflow, and whether it then meets a zero depends on the order.
      fc.pre(operation !== 'product' || sizeOf(view.shape) <= 40 * sizeOf(shape));
      compare([view], view.dtype, shape, (on, [input], out) => on.reduce(operation, input!, axes, out), scale);
    }), { numRuns: 500 });
  });

  it('first extremes, NaN included', () => {
    const cases = shapes.filter((shape) => sizeOf(shape) > 0 && shape.length > 0).chain((shape) => fc.tuple(
      viewOf('float32', shape), fc.integer({ min: 0, max: shape.length - 1 }), fc.constantFrom<ReduceOperation>('argMax', 'argMin'),
      fc.boolean(),
    ));
    fc.assert(fc.property(cases, ([view, axis, operation, withNaN]) => {
      if (withNaN) view.values[view.offset] = NaN;
      const shape = view.shape.filter((_, other) => other !== axis);
      compare([view], 'int32', shape, (on, [input], out) => on.reduce(operation, input!, [axis], out));
    }), { numRuns: 300 });
  });

  it('sums of many float32 stay within a few units in the last place', () => {
    const size = 200_003;
    const storage = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1000) / 1000 + 0.1);
    const exact = storage.reduce((sum, x) => sum + x, 0);
    for (const shape of [[size], [size, 1], [1, size]]) {
      const view: View = { dtype: 'float32', shape, strides: contiguousStrides(shape), offset: 0, values: storage };
      const [total] = run(backend, [view], 'float32', [], (inputs, out) => backend.reduce('sum', inputs[0]!, [...shape.keys()], out));
      expect(Math.abs(total! - exact) / exact).toBeLessThan(2e-7);
    }
    const columns: View = { dtype: 'float32', shape: [size - 3, 1], strides: [1, 0], offset: 0, values: storage };
    const wide: View = { ...columns, shape: [(size - 3) / 8, 8], strides: [8, 1] };
    const sums = run(backend, [wide], 'float32', [8], (inputs, out) => backend.reduce('sum', inputs[0]!, [0], out));
    sums.forEach((sum, column) => {
      let total = 0;
      for (let row = 0; row < (size - 3) / 8; row++) total += storage[row * 8 + column]!;
      expect(Math.abs(sum - total) / total).toBeLessThan(1e-6);
    });
  });

  const pools = fc.record({
    shape: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 9 })),
    size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pads: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  }).map(({ shape, size, strides, pads, dilation }) => {
    const pad = pads.map((p, i) => Math.min(p, size[i >> 1]! - 1));
    const window: PoolWindow2d = { size, strides, dilation, padding: [[pad[0]!, pad[1]!], [pad[2]!, pad[3]!]] };
    const [height, width] = [0, 1].map((i) =>
      Math.floor((shape[i + 1]! + pad[2 * i]! + pad[2 * i + 1]! - (size[i]! - 1) * dilation[i]! - 1) / strides[i]!) + 1);
    return { shape, window, pooled: [shape[0], height!, width!, shape[3]] };
  }).filter(({ pooled }) => pooled[1]! > 0 && pooled[2]! > 0);

  it('pooling and its gradients', () => {
    const cases = pools.chain((pool) => floats.chain((dtype) => fc.tuple(
      fc.constant(pool), viewOf(dtype, pool.shape), viewOf(dtype, pool.shape), viewOf(dtype, pool.pooled),
    )));
    fc.assert(fc.property(cases, ([{ shape, pooled, window }, image, tangent, cotangent]) => {
      const { dtype } = image;
      compare([image], dtype, pooled, (on, [x], out) => on.maxPool2d(x!, out, window));
      compare([image, tangent], dtype, pooled, (on, [x, t], out) => on.maxPool2dGather(x!, t!, out, window));
      compare([image, cotangent], dtype, shape, (on, [x, g], out) => on.maxPool2dScatter(x!, g!, out, window));
      compare([image], dtype, pooled, (on, [x], out) => on.averagePool2d(x!, out, window), 10);
      compare([cotangent], dtype, shape, (on, [g], out) => on.averagePool2dGradient(g!, out, window), 10);
    }), { numRuns: 200 });
  });

  it('gather and scatterAdd', () => {
    const cases = fc.tuple(shapes.filter((shape) => shape.length > 0 && sizeOf(shape) > 0), numbers).chain(([shape, dtype]) =>
      fc.integer({ min: 0, max: shape.length - 1 }).chain((axis) => fc.tuple(
        fc.constant(shape), fc.constant(axis), viewOf(dtype, shape),
        fc.array(fc.nat(shape[axis]! - 1), { minLength: 6, maxLength: 6 }),
      ).chain(([s, a, input, places]) => {
        const taken = [...s.slice(0, a), 2, 3, ...s.slice(a + 1)];
        return fc.tuple(fc.constant({ shape: s, axis: a, input, places, taken }), viewOf(dtype, taken));
      })));
    fc.assert(fc.property(cases, ([{ shape, axis, input, places, taken }, updates]) => {
      const indices: View = { dtype: 'int32', shape: [2, 3], strides: [3, 1], offset: 0, values: Int32Array.from(places) };
      compare([input, indices], input.dtype, taken, (on, [x, i], out) => on.gather(x!, i!, out, axis));
      compare([updates, indices], input.dtype, shape, (on, [u, i], out) => on.scatterAdd(u!, i!, out, axis), 10);
    }), { numRuns: 200 });
  });

  it('softmax and logSoftmax', () => {
    const cases = shapes.filter((shape) => shape.length > 0).chain((shape) => floats.chain((dtype) => viewOf(dtype, shape)));
    fc.assert(fc.property(cases, (view) => {
      compare([view], view.dtype, view.shape, (on, [input], out) => on.softmax(input!, out));
      compare([view], view.dtype, view.shape, (on, [input], out) => on.logSoftmax(input!, out));
    }), { numRuns: 200 });
  });

  it('random numbers are the same words as everywhere', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(fc.property(word, word, fc.nat(40), fc.double({ min: 0, max: 0.95, noNaN: true }), (high, low, size, rate) => {
      const key = { high, low };
      compare([], 'int32', [size], (on, _, out) => on.randomBits(key, out));
      compare([], 'float32', [size], (on, _, out) => on.randomUniform(key, out), 0);
      compare([], 'float64', [size], (on, _, out) => on.randomUniform(key, out), 0);
      const ones: View = { dtype: 'float32', shape: [size], strides: [1], offset: 0, values: new Float32Array(size).fill(1) };
      compare([ones], 'float32', [size], (on, [x], out) => on.dropout(x!, out, key, rate));
      const doubles: View = { ...ones, dtype: 'float64', values: new Float64Array(size).fill(1) };
      compare([doubles], 'float64', [size], (on, [x], out) => on.dropout(x!, out, key, rate));
    }), { numRuns: 100 });
  });

  it('adam', () => {
    const cases = fc.tuple(floats, fc.nat(40)).chain(([dtype, size]) => fc.tuple(
      fc.constant(dtype), fc.constant(size), values(dtype, size), values(dtype, size), values(dtype, size), values(dtype, size),
    ));
    fc.assert(fc.property(cases, ([dtype, size, ...arrays]) => {
      const views = arrays.map((array, k) => ({
        dtype, shape: [size], strides: [1], offset: 0, values: k === 3 ? array.map(Math.abs) as TypedArray : array,
      }));
      const coefficients = { stepSize: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-4 };
      compare(views, dtype, [3, size], (on, [p, g, m, v], out) => on.adam(p!, g!, m!, v!, out, coefficients), 10);
    }), { numRuns: 100 });
  });
});
