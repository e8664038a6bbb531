import { fromJS, List } from 'immutable';
import { describe, expect, test } from 'vitest';
import {
  type Tensor, arange, empty, fromTypedArray, full, grad, key, normal, ones, randomInteger, reference, scope, tensor, uniform, view, vjp, zeros, type Shape,
} from '@adjoint/core';
import { conv1dTranspose, conv2d, cosineDecay, joinSchedules, layerNorm, maxPool2d, piecewiseConstant, permute, reshape as reshapeLayer, varianceScaling, zeroPadding2d } from '@adjoint/nn';
import * as ops from '@adjoint/ops';
import { backends } from '../backends.js';

const frozen = (x: Tensor): void => {
  expect(Object.isFrozen(x.shape)).toBe(true);
  expect(Object.isFrozen(x.strides)).toBe(true);
};

describe('shape and strides of a tensor are frozen', () => {
  const x = ops.mul(ones([2, 3, 4]), 1);
  test.each<[string, () => Tensor]>([
    ['tensor', () => tensor([[1, 2]])], ['zeros', () => zeros([2, 3])], ['arange', () => arange(3)], ['uniform', () => uniform(key(0), [2, 2])],
    ['add', () => ops.add(x, x)], ['a broadcast sum', () => ops.add(x, ones([4]))], ['sum', () => ops.sum(x, { axes: 1 })], ['transpose', () => ops.transpose(x)],
    ['slice', () => ops.slice(x, [[0, 1]])], ['flip', () => ops.flip(x, 0)], ['broadcastTo', () => ops.broadcastTo(ones([1]), [2, 2])], ['reshape', () => ops.reshape(x, [-1])],
    ['concat', () => ops.concat([x, x])], ['matmul', () => ops.matmul(x, ones([4, 2]))], ['squeeze', () => ops.squeeze(ones([1, 2]))], ['expandDims', () => ops.expandDims(x, 0)],
    ['split', () => ops.split(x, 2)[0]], ['unstack', () => ops.unstack(x)[0]!], ['gather', () => ops.gather(x, tensor([0], { dtype: 'int32' }))],
    ['a gradient', () => grad((y: Tensor) => ops.sum(ops.square(y)))(x)], ['cast', () => ops.cast(x, 'int32')], ['argMax', () => ops.argMax(x, { axis: 0 })],
    ['empty', () => empty(reference, { shape: [2], dtype: 'float32' })], ['view', () => view(tensor([1, 2]), [1, 2], [2, 1])], ['diagonal', () => ops.diagonal(ones([2, 2]))],
  ])('%s', (_, make) => {
    frozen(make());
    frozen(ops.mul(make(), 1));
  });

  test('what a caller tries changes nothing', () => {
    const y = ones([2, 3]);
    expect(() => (y.shape as number[]).reverse()).toThrow(TypeError);
    expect(() => ((y.shape as number[])[0] = 1000)).toThrow(TypeError);
    expect(ops.add(y, y).shape).toEqual([2, 3]);
  });
});

describe.each(backends)('what a caller gives stays the caller\'s on $name', ({ backend }) => {
  test('typed arrays and what data() returns are copies', async () => {
    const values = new Float32Array([1, 2, 3]);
    const x = scope(() => tensor(values));
    const y = fromTypedArray(values, [3], 'float32');
    values.fill(9);
    x.data().fill(7);
    (await x.read()).fill(7);
    expect(x.toArray()).toEqual([1, 2, 3]);
    expect(y.toArray()).toEqual([1, 2, 3]);
    const onBackend = empty(backend, { shape: [2], dtype: 'float32' });
    backend.fill(1, onBackend);
    onBackend.data().fill(5);
    expect(onBackend.toArray()).toEqual([1, 1]);
  });

  test.each<[string, (shape: number[]) => Tensor]>([
    ['zeros', zeros], ['full', (shape) => full(shape, 1)], ['tensor', (shape) => tensor(new Float32Array(6), { shape })],
    ['fromTypedArray', (shape) => fromTypedArray(new Float32Array(6), shape, 'float32')],
    ['uniform', (shape) => uniform(key(0), shape)], ['normal', (shape) => normal(key(0), shape)], ['randomInteger', (shape) => randomInteger(key(0), shape, { high: 3 })],
    ['reshape', (shape) => ops.reshape(ones([6]), shape)], ['broadcastTo', (shape) => ops.broadcastTo(ones([1]), shape)], ['sumTo', (shape) => ops.sumTo(ones([4, 2, 3]), shape)],
    ['categorical', (shape) => ops.categorical(key(0), ones([2]), { shape })],
  ])('the shape given to %s may change afterwards', (_, make) => {
    const shape = [2, 3];
    const x = make(shape);
    shape[0] = 1000;
    shape.push(1);
    expect(x.shape).toEqual([2, 3]);
    expect(ops.add(x, x).shape).toEqual([2, 3]);
  });

  test.each<[string, number[] | number[][], (list: never, x: Tensor) => Tensor]>([
    ['axes of sum', [0], (axes: number[], x) => ops.sum(x, { axes })],
    ['axes of transpose', [1, 0, 2, 3], (axes: number[], x) => ops.transpose(x, axes)],
    ['axes of flip', [0], (axes: number[], x) => ops.flip(x, axes)],
    ['widths of pad', [[0, 0], [1, 1], [0, 0], [0, 0]], (widths: [number, number][], x) => ops.pad(x, widths)],
    ['strides of conv2d', [1, 2], (strides: [number, number], x) => ops.conv2d(x, ones([2, 2, 2, 1]), { strides })],
    ['padding of conv2d', [[1, 0], [0, 1]], (padding: [[number, number], [number, number]], x) => ops.conv2d(x, ones([2, 2, 2, 1]), { padding })],
    ['dilation of conv2d', [1, 2], (dilation: [number, number], x) => ops.conv2d(x, ones([2, 2, 2, 1]), { dilation })],
    ['poolSize of maxPool2d', [2, 1], (poolSize: [number, number], x) => ops.maxPool2d(x, { poolSize })],
    ['strides of avgPool2d', [1, 2], (strides: [number, number], x) => ops.avgPool2d(x, { poolSize: 2, strides })],
    ['sizes of split', [1, 2], (sizes: number[], x) => ops.split(x, sizes, 1)[1]!],
    ['ranges of slice', [[1, 2], [0, 1]], (ranges: [number, number][], x) => ops.slice(x, ranges)],
    ['size of resize', [4, 4], (size: number[], x) => ops.resize(x, size)],
    ['axes of layerNorm', [2, 3], (axes: number[], x) => ops.layerNorm(x, { axes })],
    ['axes of diagonal', [1, 2], (axes: [number, number], x) => ops.diagonal(x, { axes })],
    ['repeats of tile', [1, 2, 1, 1], (repeats: number[], x) => ops.tile(x, repeats)],
    ['shifts of roll', [1], (shifts: number[], x) => ops.roll(x, shifts, [1])],
  ])('%s may change before the gradient is taken', (_, list, operation) => {
    const x = uniform(key(1), [2, 3, 3, 2], { dtype: 'float32' });
    const own = structuredClone(list);
    const run = operation as (list: unknown, x: Tensor) => Tensor;
    const wanted = vjp((y: Tensor) => run(structuredClone(list), y), x);
    const { value, pullback } = vjp((y: Tensor) => run(own, y), x);
    for (const inner of own) if (Array.isArray(inner)) inner.fill(7);
    (own as unknown[]).fill(7);
    expect(pullback(ones(value.shape))[0].toArray()).toEqual(wanted.pullback(ones(wanted.value.shape))[0].toArray());
  });
});

test('layers, schedules and their configs keep nothing of the lists that they were given', () => {
  const lists: Record<string, number[] | number[][]> = {
    kernelSize: [2, 2], padding: [[1, 0], [0, 1]], targetShape: [-1], axes: [2, 1], values: [1, 2], boundaries: [3], poolSize: [2, 2], normalized: [1, 2], around: [[1, 1], [1, 1]],
  };
  const make = (from: typeof lists) => ({
    conv: conv2d({ filters: 2, kernelSize: from.kernelSize as [number, number], padding: from.padding as [[number, number], [number, number]] }),
    transposed: conv1dTranspose({ filters: 1, kernelSize: 2 }),
    pool: maxPool2d({ poolSize: from.poolSize as [number, number] }),
    pad: zeroPadding2d({ padding: from.around as [[number, number], [number, number]] }),
    flat: reshapeLayer({ targetShape: from.targetShape as Shape }),
    norm: layerNorm({ axes: from.normalized as number[] }),
  });
  const [layers, wanted] = [make(lists), make(structuredClone(lists))];
  const turned = permute({ axes: lists.axes as number[] });
  const schedule = piecewiseConstant({ values: lists.values as number[], boundaries: lists.boundaries as number[] });
  for (const list of Object.values(lists)) {
    for (const inner of list) if (Array.isArray(inner)) inner.fill(50);
    (list as unknown[]).fill(50);
  }
  for (const name of Object.keys(layers) as (keyof typeof layers)[]) {
    const shape = name === 'transposed' ? [4, 1] : [4, 4, 1];
    expect(layers[name].init(key(0), shape).outputShape).toEqual(wanted[name].init(key(0), shape).outputShape);
    expect(layers[name].config.equals(wanted[name].config)).toBe(true);
  }
  expect(turned.init(key(0), [3, 5]).outputShape).toEqual([5, 3]);
  expect([0, 2, 3].map(schedule)).toEqual([1, 1, 2]);
});

/** Without the type that would not be a tensor's any longer. */
function freeze(x: Tensor): Tensor {
  Object.freeze(x);
  return x;
}

test('a frozen tensor works like any other', () => {
  const x = freeze(tensor([1, 2]));
  expect(scope(() => freeze(ops.add(x, x))).toArray()).toEqual([2, 4]);
  expect(grad((y: Tensor) => ops.sum(ops.square(freeze(y))))(x).toArray()).toEqual([2, 4]);
  const z = freeze(scope(() => tensor([1])));
  scope(() => freeze(tensor([1, 2, 3])).size);
  expect(z.toArray()).toEqual([1]);
});

describe('operators of JavaScript', () => {
  const x = tensor([1, 2]) as unknown as number;
  const k = key(0) as unknown as number;
  /* eslint-disable eqeqeq, @typescript-eslint/restrict-plus-operands -- what JavaScript lets callers write */
  test.each<[string, () => unknown]>([
    ['x + x', () => x + x], ['x + 1', () => x + 1], ['1 + x', () => 1 + x], ["'text' + x", () => 'text' + x], ["x + ''", () => x + ''], ['x == 1', () => x == 1],
    ['x * 2', () => x * 2], ['x < 2', () => x < 2], ['-x', () => -x], ['key + 1', () => k + 1], ["'' + key", () => '' + k], ['x + key', () => x + k],
  ])('%s throws, with what to write instead', (_, run) => {
    expect(run).toThrow(/^an operator of JavaScript.*; expected .*template literal/);
  });

  test('a template literal, String and join give text', () => {
    expect(`x: ${x}`).toBe('x: Tensor([1, 2], float32 [2])');
    expect(String(x)).toBe('Tensor([1, 2], float32 [2])');
    expect([x].join()).toBe('Tensor([1, 2], float32 [2])');
    expect(`k: ${k}`).toBe('k: Key(0, 0)');
  });

  test.each<[string, (x: number[]) => unknown]>([
    ['spreading', (y) => [...y]], ['destructuring', ([y]) => y], ['a loop', (y) => { for (const part of y) return part; return 0; }], ['arguments', (y) => Math.max(...y)],
    ['Array.from', (y) => Array.from(y)], ['a typed array', (y) => new Float32Array(y)], ['a Set', (y) => new Set(y)], ['Immutable', (y) => List(y)],
  ])('%s throws, with what to write instead', (_, run) => {
    expect(() => run(x as unknown as number[])).toThrow(/^a tensor \(float32 \[2\]\) is spread.*unstack\(x\).*data\(\).*toArray\(\)/);
  });

  test('a structure of tensors is spread as ever', () => {
    const tree = { a: tensor([1]), list: [tensor([2])] };
    expect({ ...tree }.a).toBe(tree.a);
    expect(List(tree.list).get(0)).toBe(tree.list[0]);
    expect(() => fromJS(tree)).toThrow(/^a tensor .*is spread/);
  });
});

test.each<[string, () => { readonly config?: unknown }]>([
  ['piecewiseConstant', () => piecewiseConstant({ values: [1, 2], boundaries: [5] })],
  ['joinSchedules', () => joinSchedules({ schedules: [piecewiseConstant({ values: [1, 2], boundaries: [5] }), cosineDecay({ initial: 1, steps: 3 })], boundaries: [4] })],
  ['an initializer', () => varianceScaling({ scale: 2 })],
])('the config of %s, which is saved, is frozen with all that it holds', (_, make) => {
  const isDeeplyFrozen = (value: unknown): boolean => typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen));
  const { config } = make();
  expect(config).toBeDefined();
  expect(isDeeplyFrozen(config)).toBe(true);
});
