import { beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { allocateArray, ArgumentError, type Backend, type DType, type Shape, type Strided } from '@adjoint/core';
import { dtypeCodes } from '../src/device.js';
import { createWasmBackend } from '../src/index.js';
import { compileKernels, instantiateKernels } from '../src/kernels.js';
import { LinearMemory } from '../src/linearMemory.js';
import { ThreadPool } from '../src/threadPool.js';
import { WasmBackend } from '../src/wasmBackend.js';
import { dense, firstDifference, run, type View } from './operands.js';

const alone = createWasmBackend({ threads: 1 });
const together = createWasmBackend({ threads: 3 });

/** Numbers without a pattern, the same for the same shape. By a third they have all digits, so that every sum is rounded. */
function numbers(dtype: DType, shape: Shape, seed = 1): View {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = allocateArray(dtype, size);
  let state = seed;
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[index] = dtype === 'bool' ? state >>> 31 : dtype === 'int32' ? state >>> 20 : (state / 2 ** 31 - 1) / 3;
  }
  return dense(dtype, shape, values);
}

/** The same with an infinity or NaN here and there. */
function withNonFinite({ values, ...rest }: View): View {
  const changed = values.slice();
  for (let index = 100; index < changed.length; index += 1009) changed[index] = [NaN, Infinity, -Infinity][index % 3]!;
  return { ...rest, values: changed };
}

type Call = (backend: Backend, inputs: Strided[], out: Strided) => void;

interface Case {
  readonly name: string;
  readonly inputs: readonly View[];
  readonly dtype: DType;
  readonly shape: Shape;
  readonly call: Call;
}

function transposed({ dtype, shape, values }: View): View {
  const [rows, columns] = shape as [number, number];
  return { dtype, shape: [columns, rows], strides: [1, columns], offset: 0, values };
}

/** Positions among `length`, each of them several times. */
function positions(count: number, length: number): View {
  const { values } = numbers('int32', [count], 7);
  return dense('int32', [count], values.map((value) => value % length));
}

const window = { strides: [1, 1], dilation: [1, 1], padding: [[1, 1], [1, 1]] } as const;
const pool = { size: [2, 2], strides: [2, 2], dilation: [1, 1], padding: [[0, 0], [0, 0]] } as const;
const key = { high: 12, low: 34 };

const cases: readonly Case[] = (['float32', 'float64'] as const).flatMap((dtype): Case[] => [
  { name: 'fill', inputs: [], dtype, shape: [100_003], call: (on, _, out) => on.fill(7, out) },
  { name: 'copy', inputs: [numbers(dtype, [100_003])], dtype, shape: [100_003], call: (on, [x], out) => on.copy(x!, out) },
  { name: 'copy of a transpose', inputs: [transposed(numbers(dtype, [257, 391]))], dtype, shape: [391, 257], call: (on, [x], out) => on.copy(x!, out) },
  { name: 'copy of many transposes', inputs: [{ ...numbers(dtype, [30, 33, 70]), shape: [30, 70, 33], strides: [2310, 1, 70] }], dtype, shape: [30, 70, 33], call: (on, [x], out) => on.copy(x!, out) },
  { name: 'cast', inputs: [numbers(dtype, [100_003])], dtype: 'bool', shape: [100_003], call: (on, [x], out) => on.copy(x!, out) },
  { name: 'unary', inputs: [numbers(dtype, [100_003])], dtype, shape: [100_003], call: (on, [x], out) => on.unary('tanh', x!, out) },
  { name: 'activation', inputs: [numbers(dtype, [100_003])], dtype, shape: [100_003], call: (on, [x], out) => on.activation({ name: 'gelu' }, x!, out) },
  { name: 'activationGradient', inputs: [numbers(dtype, [100_003]), numbers(dtype, [100_003], 2)], dtype, shape: [100_003], call: (on, [c, x], out) => on.activationGradient({ name: 'elu', constants: [1, 2] }, c!, x!, out) },
  { name: 'unary to bool', inputs: [numbers(dtype, [100_003])], dtype: 'bool', shape: [100_003], call: (on, [x], out) => on.unary('isFinite', x!, out) },
  { name: 'binary', inputs: [numbers(dtype, [100_003]), numbers(dtype, [100_003], 2)], dtype, shape: [100_003], call: (on, [x, y], out) => on.binary('multiply', x!, y!, out) },
  { name: 'binary with one element', inputs: [numbers(dtype, [100_003]), numbers(dtype, [1])], dtype, shape: [100_003], call: (on, [x, y], out) => on.binary('add', x!, y!, out) },
  { name: 'comparison', inputs: [numbers(dtype, [100_003]), numbers(dtype, [100_003], 2)], dtype: 'bool', shape: [100_003], call: (on, [x, y], out) => on.binary('less', x!, y!, out) },
  { name: 'binary with a short row', inputs: [numbers(dtype, [9001, 24]), numbers(dtype, [24])], dtype, shape: [9001, 24], call: (on, [x, y], out) => on.binary('add', x!, y!, out) },
  { name: 'binary with an odd row', inputs: [numbers(dtype, [300, 501]), numbers(dtype, [501])], dtype, shape: [300, 501], call: (on, [x, y], out) => on.binary('add', x!, y!, out) },
  { name: 'select', inputs: [numbers('bool', [300, 504]), numbers(dtype, [504]), numbers(dtype, [300, 1])], dtype, shape: [300, 504], call: (on, [c, x, y], out) => on.select(c!, x!, y!, out) },
  { name: 'sum of rows', inputs: [numbers(dtype, [301, 999])], dtype, shape: [301], call: (on, [x], out) => on.reduce('sum', x!, [1], out) },
  { name: 'sum of columns', inputs: [numbers(dtype, [3001, 99])], dtype, shape: [99], call: (on, [x], out) => on.reduce('sum', x!, [0], out) },
  { name: 'maximum over the middle', inputs: [numbers(dtype, [31, 99, 77])], dtype, shape: [31, 77], call: (on, [x], out) => on.reduce('max', x!, [1], out) },
  { name: 'argMax', inputs: [numbers(dtype, [301, 999])], dtype: 'int32', shape: [301], call: (on, [x], out) => on.reduce('argMax', x!, [1], out) },
  { name: 'argMax of columns', inputs: [numbers(dtype, [301, 999])], dtype: 'int32', shape: [999], call: (on, [x], out) => on.reduce('argMax', x!, [0], out) },
  { name: 'argMin over the middle', inputs: [numbers(dtype, [31, 99, 77])], dtype: 'int32', shape: [31, 77], call: (on, [x], out) => on.reduce('argMin', x!, [1], out) },
  { name: 'sum of rows of a transpose', inputs: [transposed(numbers(dtype, [999, 301]))], dtype, shape: [301], call: (on, [x], out) => on.reduce('sum', x!, [1], out) },
  { name: 'standardize', inputs: [numbers(dtype, [501, 97])], dtype, shape: [501, 97], call: (on, [x], out) => on.standardize(x!, out, { centred: true, epsilon: 1e-5 }) },
  { name: 'standardizeGradient', inputs: [numbers(dtype, [501, 97]), numbers(dtype, [501, 97], 2)], dtype, shape: [501, 97], call: (on, [g, x], out) => on.standardizeGradient(g!, x!, out, { centred: true, epsilon: 1e-5 }) },
  { name: 'cumulative sums of rows', inputs: [numbers(dtype, [301, 999])], dtype, shape: [301, 999], call: (on, [x], out) => on.scan('sum', x!, out, 1, { reverse: false, exclusive: false }) },
  { name: 'cumulative products of columns', inputs: [numbers(dtype, [301, 999])], dtype, shape: [301, 999], call: (on, [x], out) => on.scan('product', x!, out, 0, { reverse: true, exclusive: true }) },
  // Threads get whole cache lines of columns, so that the last one has a single column here.
  { name: 'cumulative sums of 17 columns', inputs: [numbers(dtype, [3001, 17])], dtype, shape: [3001, 17], call: (on, [x], out) => on.scan('sum', x!, out, 0, { reverse: false, exclusive: false }) },
  { name: 'sum of 17 columns', inputs: [numbers(dtype, [3001, 17])], dtype, shape: [17], call: (on, [x], out) => on.reduce('sum', x!, [0], out) },
  { name: 'softmax', inputs: [numbers(dtype, [501, 96])], dtype, shape: [501, 96], call: (on, [x], out) => on.softmax(x!, out) },
  { name: 'logSoftmax of odd rows', inputs: [numbers(dtype, [501, 97])], dtype, shape: [501, 97], call: (on, [x], out) => on.logSoftmax(x!, out) },
  { name: 'crossEntropy of odd rows', inputs: [numbers(dtype, [501, 97]), positions(501, 97)], dtype, shape: [501], call: (on, [x, l], out) => on.crossEntropy(x!, l!, out) },
  { name: 'crossEntropyGradient of odd rows', inputs: [numbers(dtype, [501]), numbers(dtype, [501, 97]), positions(501, 97)], dtype, shape: [501, 97], call: (on, [g, x, l], out) => on.crossEntropyGradient(g!, x!, l!, out) },
  { name: 'matmul of many rows', inputs: [numbers(dtype, [501, 97]), numbers(dtype, [97, 131])], dtype, shape: [501, 131], call: (on, [x, y], out) => on.matmul(x!, y!, out) },
  { name: 'matmul of many columns', inputs: [numbers(dtype, [61, 97]), numbers(dtype, [97, 1031])], dtype, shape: [61, 1031], call: (on, [x, y], out) => on.matmul(x!, y!, out) },
  { name: 'matmul of transposes', inputs: [transposed(numbers(dtype, [97, 501])), transposed(numbers(dtype, [131, 97]))], dtype, shape: [501, 131], call: (on, [x, y], out) => on.matmul(x!, y!, out) },
  ...(['lu', 'qr', 'svd'] as const).map((operation): Case => ({
    name: `factorize to ${operation}`, inputs: [numbers(dtype, [9, 35, 35])], dtype, shape: [9, 35 + { lu: 1, qr: 35, svd: 36 }[operation], 35],
    call: (on, [x], out) => on.factorize(operation, x!, out),
  })),
  {
    name: 'triangularSolve', inputs: [numbers(dtype, [9, 45, 45]), numbers(dtype, [9, 45, 31], 2)], dtype, shape: [9, 45, 31],
    call: (on, [a, b], out) => on.triangularSolve(a!, b!, out, { lower: true, transpose: true, unitDiagonal: true }),
  },
  { name: 'matmul of few rows', inputs: [numbers(dtype, [3, 1031]), numbers(dtype, [1031, 1029])], dtype, shape: [3, 1029], call: (on, [x, y], out) => on.matmul(x!, y!, out) },
  { name: 'matmul of a column', inputs: [numbers(dtype, [1029, 1031]), numbers(dtype, [1031, 1])], dtype, shape: [1029, 1], call: (on, [x, y], out) => on.matmul(x!, y!, out) },
  { name: 'matmul of a few columns of a transpose', inputs: [transposed(numbers(dtype, [1031, 1025])), numbers(dtype, [1031, 3])], dtype, shape: [1025, 3], call: (on, [x, y], out) => on.matmul(x!, y!, out) },
  { name: 'matmul of a batch', inputs: [numbers(dtype, [67, 17, 33]), numbers(dtype, [67, 33, 19])], dtype, shape: [67, 17, 19], call: (on, [x, y], out) => on.matmul(x!, y!, out) },
  { name: 'convolution', inputs: [numbers(dtype, [8, 15, 13, 12]), numbers(dtype, [3, 3, 12, 20])], dtype, shape: [8, 15, 13, 20], call: (on, [x, k], out) => on.conv2d(x!, k!, out, window, 'default') },
  { name: 'convolution of one channel', inputs: [numbers(dtype, [8, 28, 28, 1]), numbers(dtype, [3, 3, 1, 20])], dtype, shape: [8, 28, 28, 20], call: (on, [x, k], out) => on.conv2d(x!, k!, out, window, 'default') },
  { name: 'the gradient of its input', inputs: [numbers(dtype, [8, 15, 13, 20]), numbers(dtype, [3, 3, 12, 20])], dtype, shape: [8, 15, 13, 12], call: (on, [c, k], out) => on.conv2dInputGradient(c!, k!, out, window, 'default') },
  { name: 'the gradient of its kernel', inputs: [numbers(dtype, [8, 15, 13, 12]), numbers(dtype, [8, 15, 13, 20])], dtype, shape: [3, 3, 12, 20], call: (on, [x, c], out) => on.conv2dKernelGradient(x!, c!, out, window, 'default') },
  { name: 'the gradient of an odd kernel', inputs: [numbers(dtype, [8, 15, 13, 7]), numbers(dtype, [8, 15, 13, 9])], dtype, shape: [3, 3, 7, 9], call: (on, [x, c], out) => on.conv2dKernelGradient(x!, c!, out, window, 'default') },
  { name: 'the gradient of a narrow kernel', inputs: [numbers(dtype, [8, 28, 28, 1]), numbers(dtype, [8, 28, 28, 20])], dtype, shape: [3, 3, 1, 20], call: (on, [x, c], out) => on.conv2dKernelGradient(x!, c!, out, window, 'default') },
  ...[numbers(dtype, [8, 15, 13, 12]), numbers(dtype, [3, 3, 12, 20]), numbers(dtype, [8, 15, 13, 20])].map(withNonFinite).flatMap((strange, index): Case[] => {
    const [x, k, c] = [numbers(dtype, [8, 15, 13, 12]), numbers(dtype, [3, 3, 12, 20]), numbers(dtype, [8, 15, 13, 20])].map((view, other) => (other === index ? strange : view)) as [View, View, View];
    return [
      { name: 'convolution with infinities', inputs: [x, k], dtype, shape: c.shape, call: (on, [a, b], out) => on.conv2d(a!, b!, out, window, 'default') },
      { name: 'the gradient of its input with infinities', inputs: [c, k], dtype, shape: x.shape, call: (on, [a, b], out) => on.conv2dInputGradient(a!, b!, out, window, 'default') },
      { name: 'the gradient of its kernel with infinities', inputs: [x, c], dtype, shape: k.shape, call: (on, [a, b], out) => on.conv2dKernelGradient(a!, b!, out, window, 'default') },
    ];
  }),
  { name: 'depthwise convolution', inputs: [numbers(dtype, [8, 25, 23, 13]), numbers(dtype, [3, 3, 1, 13])], dtype, shape: [8, 25, 23, 13], call: (on, [x, k], out) => on.conv2d(x!, k!, out, window, 'default') },
  { name: 'the gradient of its input', inputs: [numbers(dtype, [8, 25, 23, 13]), numbers(dtype, [3, 3, 1, 13])], dtype, shape: [8, 25, 23, 13], call: (on, [c, k], out) => on.conv2dInputGradient(c!, k!, out, window, 'default') },
  { name: 'the gradient of its kernel', inputs: [numbers(dtype, [8, 25, 23, 13]), numbers(dtype, [8, 25, 23, 13])], dtype, shape: [3, 3, 1, 13], call: (on, [x, c], out) => on.conv2dKernelGradient(x!, c!, out, window, 'default') },
  { name: 'maxPool2d', inputs: [numbers(dtype, [20, 26, 26, 8])], dtype, shape: [20, 13, 13, 8], call: (on, [x], out) => on.maxPool2d(x!, out, pool) },
  { name: 'maxPool2d of odd channels', inputs: [numbers(dtype, [20, 26, 26, 7])], dtype, shape: [20, 13, 13, 7], call: (on, [x], out) => on.maxPool2d(x!, out, pool) },
  { name: 'maxPool2dScatter', inputs: [numbers(dtype, [20, 26, 26, 8]), numbers(dtype, [20, 13, 13, 8], 2)], dtype, shape: [20, 26, 26, 8], call: (on, [x, c], out) => on.maxPool2dScatter(x!, c!, out, pool) },
  { name: 'maxPool2dScatter of odd channels', inputs: [numbers(dtype, [20, 27, 27, 7]), numbers(dtype, [20, 13, 13, 7], 2)], dtype, shape: [20, 27, 27, 7], call: (on, [x, c], out) => on.maxPool2dScatter(x!, c!, out, pool) },
  { name: 'maxPool2dScatter of windows that overlap', inputs: [numbers(dtype, [20, 27, 27, 7]), numbers(dtype, [20, 26, 26, 7], 2)], dtype, shape: [20, 27, 27, 7], call: (on, [x, c], out) => on.maxPool2dScatter(x!, c!, out, { ...pool, strides: [1, 1] }) },
  { name: 'averagePool2dGradient', inputs: [numbers(dtype, [20, 13, 13, 8])], dtype, shape: [20, 26, 26, 8], call: (on, [c], out) => on.averagePool2dGradient(c!, out, pool) },
  { name: 'gather', inputs: [numbers(dtype, [501, 33]), positions(3001, 501)], dtype, shape: [3001, 33], call: (on, [x, i], out) => on.gather(x!, i!, out, 0) },
  { name: 'gather along the middle', inputs: [numbers(dtype, [7, 501, 3]), positions(3001, 501)], dtype, shape: [7, 3001, 3], call: (on, [x, i], out) => on.gather(x!, i!, out, 1) },
  { name: 'scatterAdd', inputs: [numbers(dtype, [3001, 33]), positions(3001, 501)], dtype, shape: [501, 33], call: (on, [x, i], out) => on.scatterAdd(x!, i!, out, 0) },
  { name: 'scatterAdd along the middle', inputs: [numbers(dtype, [7, 3001, 3]), positions(3001, 501)], dtype, shape: [7, 501, 3], call: (on, [x, i], out) => on.scatterAdd(x!, i!, out, 1) },
  { name: 'argSort', inputs: [numbers(dtype, [31, 501])], dtype: 'int32', shape: [31, 501], call: (on, [x], out) => on.argSort(x!, out, false) },
  { name: 'argSort of the greatest', inputs: [numbers(dtype, [31, 501])], dtype: 'int32', shape: [31, 5], call: (on, [x], out) => on.argSort(x!, out, true) },
  { name: 'randomUniform', inputs: [], dtype, shape: [100_003], call: (on, _, out) => on.randomUniform(key, out) },
  { name: 'dropout', inputs: [numbers(dtype, [100_003])], dtype, shape: [100_003], call: (on, [x], out) => on.dropout(x!, out, key, 0.3) },
  {
    name: 'adam', inputs: [1, 2, 3, 4].map((seed) => numbers(dtype, [100_003], seed)), dtype, shape: [3, 100_003],
    call: (on, [p, g, m, v], out) => on.adam(p!, g!, m!, v!, out, { stepSize: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6 }),
  },
]);

describe('threads', () => {
  beforeAll(async () => {
    // The first job starts the threads; in a page they come when it is idle.
    run(together, [], 'float32', [200_000], (_, out) => together.fill(0, out));
    await new Promise((resolve) => setTimeout(resolve, 300));
  });

  it.each(cases)('$name ($dtype) is the same on 1 and on 3 threads, bit for bit', ({ inputs, dtype, shape, call }) => {
    const evaluate = (on: Backend): Uint8Array => {
      const { buffer } = run(on, inputs, dtype, shape, (given, out) => call(on, given, out));
      return new Uint8Array(buffer);
    };
    const expected = evaluate(alone);
    expect(evaluate(together).findIndex((byte, index) => byte !== expected[index])).toBe(-1);
  });

  it('do what the host does not', async () => {
    const memory = LinearMemory.create();
    const module = compileKernels('baseline', memory.isShared);
    const kernels = instantiateKernels(module, memory.memory);
    const areas = kernels.heapBase();
    const areaBytes = kernels.threadBytes();
    const parameters = areas + 2 * areaBytes;
    const control = parameters + kernels.parameterBytes();
    const out = 512 * 1024;
    const bytesApart = 64;
    const results = (): number[] => [0, 1].map((part) => memory.view('float64', out + part * bytesApart, 1)[0]!);
    // The host leaves its part undone, and gives the thread a moment for the other one.
    const wait = (): void => {
      for (const end = performance.now() + 20; performance.now() < end && !results().includes(7););
    };
    const pool = new ThreadPool({ ...kernels, fill: wait }, { module, memory: memory.memory, areas, areaBytes, parameters, control });
    pool.resize(2);
    await vi.waitFor(() => {
      memory.view('float64', out, 2 * bytesApart / 8).fill(0);
      pool.run('fill', 2, (part) => [dtypeCodes.float64, 7, out + part * bytesApart, 1]);
      expect(results().sort()).toEqual([0, 7]);
    }, { timeout: 20_000 });
    pool.resize(1);
  });

  it('come and go', () => {
    const backend = createWasmBackend({ threads: 1 });
    const x = numbers('float32', [200_000]);
    const evaluate = (): ArrayLike<number> => run(backend, [x], 'float32', [200_000], ([input], out) => backend.unary('exp', input!, out));
    const expected = evaluate();
    fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), (threads) => {
      backend.setThreads(threads);
      expect(backend.threads).toBe(threads);
      expect(firstDifference(evaluate(), expected)).toBe(-1);
    }), { numRuns: 8 });
    backend.setThreads(1);
  });

  it('are an integer from 1 to 64', () => {
    for (const threads of [0, -1, 1.5, NaN, 65]) expect(() => createWasmBackend({ threads })).toThrow(ArgumentError);
    expect(() => alone.setThreads(0)).toThrow(/setThreads: threads is 0; expected an integer from 1 to 64/);
  });

  it('are one where memory cannot be shared, with the same results', () => {
    const backend = new WasmBackend('baseline', 4, false);
    expect(backend.threads).toBe(1);
    const baseline = createWasmBackend({ simd: 'baseline', threads: 2 });
    const x = numbers('float32', [60, 700]);
    const y = numbers('float32', [700, 500]);
    const product = (on: Backend): ArrayLike<number> => run(on, [x, y], 'float32', [60, 500], ([a, b], out) => on.matmul(a!, b!, out));
    expect(product(backend)).toEqual(product(baseline));
  });

  it('a failing kernel is an error on the host, and the pool works on', () => {
    const x = numbers('float32', [200_000]);
    const far = { dtype: 'float32', shape: [200_000], strides: [1], offset: 0, size: 200_000, storage: { address: 2 ** 32 - 2 ** 24 }, isContiguous: true } as const;
    expect(() => run(together, [x], 'float32', [200_000], ([input]) => together.unary('exp', input!, far))).toThrow();
    const exp = (on: Backend): ArrayLike<number> => run(on, [x], 'float32', [200_000], ([input], out) => on.unary('exp', input!, out));
    expect(firstDifference(exp(together), exp(alone))).toBe(-1);
  });
});
