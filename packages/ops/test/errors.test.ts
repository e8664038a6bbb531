import { beforeEach, describe, expect, test } from 'vitest';
import { AdjointError, BackendError, dispose, reference, ReleasedTensorError, scope, setDefaultBackend, tensor, withBackend, zeros, type Tensor } from '@adjoint/core';
import { wasm } from '@adjoint/wasm';
import { backends } from '../../../test/backends.js';
import * as ops from '../src/index.js';
import { elementwise, elementwiseOfAny } from './errors/elementwise.js';
import { images } from './errors/images.js';
import { indexing } from './errors/indexing.js';
import { linear } from './errors/linear.js';
import { losses } from './errors/losses.js';
import { normalization } from './errors/normalization.js';
import { optimizer } from './errors/optimizer.js';
import { random } from './errors/random.js';
import { reduce } from './errors/reduce.js';
import { shape } from './errors/shape.js';
import { living } from '../../../test/living.js';

/** A wrong call of every operation that can refuse one. */
const wrongCalls: Record<string, () => unknown> = {
  ...elementwise, ...reduce, ...linear, ...shape, ...indexing, ...images, ...random, ...losses, ...normalization, ...optimizer,
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
    const before = living();
    scope(() => {
      expect(call).toThrow(AdjointError);
      expect(call).toThrow(new RegExp(`^${name.split(' ')[0]}: `));
    });
    expect(living()).toEqual(before);
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
  const takesAny = [...elementwiseOfAny, 'contiguous', 'kron', 'outer'];
  expect(Object.keys(ops).filter((name) => !(name in wrongCalls) && !takesAny.includes(name))).toEqual([]);
});

test('tensors of two backends do not meet', () => {
  const [x, y] = [withBackend(reference, () => zeros([2])), withBackend(wasm, () => zeros([2]))];
  for (const call of [() => ops.add(x, y), () => ops.concat([y, x]), () => ops.where(x, y, y)]) {
    expect(call).toThrow(BackendError);
    expect(call).toThrow(/input 0 is on the (reference|wasm) backend, input 1 on (reference|wasm); make both on one/);
  }
});

test('a message shows what came also where that holds tensors', () => scope(() => {
  const decomposed = { values: tensor([1, 2]) } as unknown as Tensor;
  expect(() => ops.add(zeros([2]), decomposed)).toThrow(/^add: an operand is an object {"values":Tensor\(float32 \[2\]\)}; expected a tensor/);
}));

test.each([
  ...elementwiseOfAny, 'add', 'sub', 'mul', 'div', 'mod', 'pow', 'hypot', 'atan2', 'clip', 'maximum', 'minimum', 'equal', 'notEqual', 'less', 'lessEqual', 'greater',
  'greaterEqual', 'logicalAnd', 'logicalOr', 'logicalXor', 'where', 'sum', 'prod', 'mean', 'variance', 'standardDeviation', 'max', 'min',
  'argMax', 'argMin', 'any', 'all', 'norm', 'logSumExp', 'cumSum', 'cumProd', 'softmax', 'logSoftmax', 'matmul', 'kron', 'outer', 'tensordot', 'dot', 'inner', 'vdot', 'solve',
  'triangularSolve', 'cholesky', 'leastSquares', 'meanSquaredError', 'klDivergence', 'cosineSimilarity', 'binaryCrossEntropyWithLogits',
])('%s of an array says which operation expected a tensor', (name) => scope(() => {
  const operation = (ops as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!;
  // Without options, which are checked first.
  expect(() => operation(...[[1, 2], [3, 4], [5, 6]].slice(0, operation.length))).toThrow(new RegExp(`^${name}: an operand is \\[[1-6],[1-6]\\]; expected a tensor, a number or a boolean`));
}));
