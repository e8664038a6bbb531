import { beforeEach, describe, expect, test } from 'vitest';
import { AdjointError, BackendError, dispose, key, memoryStats, reference, ReleasedTensorError, scope, setDefaultBackend, tensor, withBackend, zeros, type Tensor } from '@adjoint/core';
import { wasm } from '@adjoint/wasm';
import { backends } from '../../../test/backends.js';
import * as ops from '../src/index.js';

/** A wrong call of every operation that can refuse one. */
const wrongCalls: Record<string, () => unknown> = {
  add: () => ops.add(zeros([2]), zeros([3], { dtype: 'float64' })),
  sub: () => ops.sub(zeros([2]), zeros([3])),
  mul: () => ops.mul(zeros([2]), zeros([3])),
  div: () => ops.div(zeros([2], { dtype: 'int32' }), zeros([3])),
  pow: () => ops.pow(zeros([2]), zeros([3])),
  maximum: () => ops.maximum(zeros([2]), zeros([3])),
  minimum: () => ops.minimum(zeros([2]), zeros([3])),
  equal: () => ops.equal(zeros([2]), zeros([3])),
  notEqual: () => ops.notEqual(zeros([2]), zeros([3])),
  less: () => ops.less(zeros([2]), zeros([3])),
  lessEqual: () => ops.lessEqual(zeros([2]), zeros([3])),
  greater: () => ops.greater(zeros([2]), zeros([3])),
  greaterEqual: () => ops.greaterEqual(zeros([2]), zeros([3])),
  logicalAnd: () => ops.logicalAnd(zeros([2]), zeros([3])),
  logicalOr: () => ops.logicalOr(zeros([2]), zeros([3])),
  where: () => ops.where(zeros([2]), zeros([3]), 0),
  sum: () => ops.sum(zeros([2]), { axes: 1 }),
  mean: () => ops.mean(zeros([2]), { axes: 1 }),
  max: () => ops.max(zeros([2]), { axes: -2 }),
  min: () => ops.min(zeros([0])),
  argMax: () => ops.argMax(zeros([2]), { axis: 1 }),
  argMin: () => ops.argMin(zeros([0])),
  broadcastTo: () => ops.broadcastTo(zeros([2]), [3]),
  matmul: () => ops.matmul(zeros([2, 3]), zeros([2, 3])),
  reshape: () => ops.reshape(zeros([2]), [3]),
  flatten: () => ops.flatten(zeros([2]), 1),
  expandDims: () => ops.expandDims(zeros([2]), 3),
  squeeze: () => ops.squeeze(zeros([2]), 0),
  transpose: () => ops.transpose(zeros([2, 2]), [0, 0]),
  swapAxes: () => ops.swapAxes(zeros([2, 2]), 0, 2),
  flip: () => ops.flip(zeros([2]), 1),
  slice: () => ops.slice(zeros([2]), [[0, 1, 0]]),
  pad: () => ops.pad(zeros([2]), [[-1, 0]]),
  concat: () => ops.concat([zeros([2]), zeros([2, 2])]),
  stack: () => ops.stack([zeros([2]), zeros([3])]),
  'stack (axis)': () => ops.stack([zeros([2]), zeros([2])], 5),
  'stack (nothing)': () => ops.stack([]),
  gather: () => ops.gather(zeros([2]), tensor([2], { dtype: 'int32' })),
  oneHot: () => ops.oneHot(zeros([2]), 3),
  conv2d: () => ops.conv2d(zeros([1, 2, 2, 1]), zeros([3, 3, 1, 1])),
  maxPool2d: () => ops.maxPool2d(zeros([1, 2, 2, 1]), { poolSize: 3 }),
  avgPool2d: () => ops.avgPool2d(zeros([2, 2]), { poolSize: 1 }),
  dropout: () => ops.dropout(zeros([2]), { rate: 1, key: key(0) }),
  softmax: () => ops.softmax(zeros([])),
  logSoftmax: () => ops.logSoftmax(zeros([2]), { axis: 1 }),
  softmaxCrossEntropy: () => ops.softmaxCrossEntropy(zeros([2, 3]), zeros([2])),
  adamUpdate: () => ops.adamUpdate(zeros([2]), zeros([3]), zeros([2]), zeros([2]), { stepSize: 0.1, beta1: 0, beta2: 0, epsilon: 0 }),
};

/** Calls that fit `[2]`. */
const callsWith: Record<string, (x: Tensor) => unknown> = {
  add: (x) => ops.add(x, 1),
  div: (x) => ops.div(zeros([2], { dtype: 'float64' }), x),
  equal: (x) => ops.equal(0, x),
  exp: (x) => ops.exp(x),
  cast: (x) => ops.cast(x, 'int32'),
  where: (x) => ops.where(x, 1, 0),
  sum: (x) => ops.sum(x),
  argMax: (x) => ops.argMax(x),
  reshape: (x) => ops.reshape(x, [1, 2]),
  slice: (x) => ops.slice(x, []),
  concat: (x) => ops.concat([zeros([1]), x]),
  matmul: (x) => ops.matmul(x, zeros([2, 2])),
  gather: (x) => ops.gather(x, zeros([1], { dtype: 'int32' })),
  softmaxCrossEntropy: (x) => ops.softmaxCrossEntropy(x, tensor(1, { dtype: 'int32' })),
};

describe.each(backends)('errors on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each(Object.entries(wrongCalls))('%s refuses what does not fit by name, and leaves nothing behind', (name, call) => {
    const before = memoryStats();
    scope(() => {
      expect(call).toThrow(AdjointError);
      expect(call).toThrow(new RegExp(`^${name.split(' ')[0]}: `));
    });
    expect(memoryStats()).toEqual(before);
  });

  test.each(Object.entries(callsWith))('%s refuses a released tensor', (_, call) => {
    const x = zeros([2]);
    expect(() => call(x)).not.toThrow();
    dispose(x);
    expect(() => call(x)).toThrow(ReleasedTensorError);
    expect(() => call(x)).toThrow(/was released by dispose\(\)/);
  });
});

test('every operation is among the wrong calls, or takes any tensor', () => {
  const takesAny = [
    'abs', 'cast', 'contiguous', 'elu', 'exp', 'gelu', 'leakyRelu', 'log', 'logicalNot', 'neg', 'relu', 'sigmoid', 'sign', 'silu', 'softplus', 'sqrt', 'square', 'sumTo', 'tanh',
  ];
  expect(Object.keys(ops).filter((name) => !(name in wrongCalls) && !takesAny.includes(name))).toEqual([]);
});

test('tensors of two backends do not meet', () => {
  const [x, y] = [withBackend(reference, () => zeros([2])), withBackend(wasm, () => zeros([2]))];
  for (const call of [() => ops.add(x, y), () => ops.concat([y, x]), () => ops.where(x, y, y)]) {
    expect(call).toThrow(BackendError);
    expect(call).toThrow(/input 0 is on the (reference|wasm) backend, input 1 on (reference|wasm); make both on one/);
  }
});
