import { describe, expect, it } from 'vitest';
import {
  allocateArray, contiguousStrides, empty, scope, sizeOf, view,
  type Backend, type DType, type Factorization, type PoolWindow2d, type ReduceOperation, type Shape, type Tensor, type TypedArray, type Window2d,
} from '@adjoint/core';
import { candidates } from './backends.js';
import { activations, binaryOperations, dtypes, resultOf, unaryOperations } from './operations.js';

/** An operand: its elements, in row-major order. */
interface Operand {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly elements: TypedArray;
}

/** One call of a kernel. */
interface Case {
  readonly name: string;
  readonly inputs: readonly Operand[];
  readonly dtype: DType;
  readonly shape: Shape;
  /** Whether the inputs must be contiguous. Default: false. */
  readonly contiguous?: boolean;
  readonly call: (on: Backend, out: Tensor, ...inputs: Tensor[]) => void;
}

type Garbage = (index: number) => number;

const mixed = [1e6, NaN, 0, -Infinity, 1e-310, 3, -1e38, 2 ** 31 - 1, -1, Infinity, 1e308, -1e6, 255, -0];

/** What memory holds that belongs to no operand. In memory of other dtypes it is what they make of it. */
const garbages: Record<string, Garbage> = {
  zeros: () => 0, NaN: () => NaN, Infinity: () => Infinity, '-Infinity': () => -Infinity,
  1e38: () => 1e38, '-1e38': () => -1e38, 1e6: () => 1e6, '-1e6': () => -1e6, '-1': () => -1,
  mixture: (index) => mixed[(Math.imul(index + 1, 0x9e3779b1) >>> 12) % mixed.length]!,
};

const floats = ['float32', 'float64'] as const;
const numbers = ['int32', ...floats] as const;

/** Lengths that are not multiples of a vector's length. */
const lengths = [1, 3, 5, 7, 13, 37];

/** Elements without a pattern, of either sign, that have all digits; those of `bool` are 0 and 1. */
function operand(dtype: DType, shape: Shape, { scale = 4, shift = 0, seed = 1 } = {}): Operand {
  let state = seed;
  const elements = allocateArray(dtype, sizeOf(shape)).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return dtype === 'bool' ? state >>> 31 : ((state / 2 ** 31 - 1) * scale) / 3 + shift;
  });
  return { dtype, shape, elements };
}

/** Positions from 0 to `limit - 1`. */
function positions(shape: Shape, limit: number): Operand {
  const { elements } = operand('int32', shape, { scale: 3e9, seed: 7 });
  return { dtype: 'int32', shape, elements: elements.map((value) => Math.abs(value % limit)) };
}

/** Symmetric matrices whose eigenvalues are all positive. */
function positiveDefinite(dtype: DType, count: number, size: number): Operand {
  const { elements } = operand(dtype, [count, size, size]);
  const symmetric = elements.map((_, index) => {
    const [matrix, row, column] = [Math.floor(index / size ** 2), Math.floor(index / size) % size, index % size];
    const at = (i: number, j: number): number => elements[(matrix * size + i) * size + j]!;
    return at(row, column) + at(column, row) + (row === column ? 4 * size : 0);
  });
  return { dtype, shape: [count, size, size], elements: symmetric };
}

function elementwise(n: number): Case[] {
  const unary = unaryOperations.map(([operation, dtype]): Case => ({
    name: operation, inputs: [operand(dtype, [n])], dtype: resultOf(operation, dtype), shape: [n], call: (on, out, x) => on.unary(operation, x, out),
  }));
  const binary = binaryOperations.flatMap(([operation, dtype]): Case[] => {
    const call: Case['call'] = (on, out, x, y) => on.binary(operation, x, y, out);
    const result = resultOf(operation, dtype);
    return [
      { name: operation, inputs: [operand(dtype, [n]), operand(dtype, [n], { seed: 2 })], dtype: result, shape: [n], call },
      { name: `${operation} of rows`, inputs: [operand(dtype, [n]), operand(dtype, [3, 1], { seed: 2 })], dtype: result, shape: [3, n], call },
    ];
  });
  const functions = floats.flatMap((dtype) => activations.flatMap((name): Case[] => [
    { name, inputs: [operand(dtype, [n])], dtype, shape: [n], call: (on, out, x) => on.activation({ name, constants: [0.5, 2] }, x, out) },
    {
      name: `${name}'`, inputs: [operand(dtype, [n]), operand(dtype, [n], { seed: 2 })], dtype, shape: [n],
      call: (on, out, c, x) => on.activationGradient({ name, constants: [0.5, 2] }, c, x, out),
    },
  ]));
  const moves = dtypes.flatMap((dtype): Case[] => [
    ...dtypes.map((to): Case => ({ name: `copy to ${to}`, inputs: [operand(dtype, [3, n])], dtype: to, shape: [3, n], call: (on, out, x) => on.copy(x, out) })),
    { name: 'fill', inputs: [], dtype, shape: [n], call: (on, out) => on.fill(1, out) },
    {
      name: 'assign', inputs: [operand(dtype, [3, n])], dtype, shape: [3, n + 2],
      call: (on, out, x) => {
        on.fill(1, out);
        on.assign(x, view(out, [3, n], out.strides, 1));
      },
    },
    {
      name: 'select', inputs: [operand('bool', [3, n]), operand(dtype, [n]), operand(dtype, [3, 1], { seed: 2 })], dtype, shape: [3, n],
      call: (on, out, c, x, y) => on.select(c, x, y, out),
    },
  ]);
  return [...unary, ...binary, ...functions, ...moves];
}

function reductions(n: number): Case[] {
  const operations: readonly ReduceOperation[] = ['sum', 'product', 'max', 'min', 'argMax', 'argMin'];
  return dtypes.flatMap((dtype) => {
    const reduced = operations.filter((operation) => dtype !== 'bool' || (operation !== 'sum' && operation !== 'product')).flatMap((operation) =>
      [0, 1, 2].map((axis): Case => ({
        name: `${operation} along axis ${axis}`, inputs: [operand(dtype, [3, 5, n])], dtype: operation.startsWith('arg') ? 'int32' : dtype,
        shape: [3, 5, n].toSpliced(axis, 1), call: (on, out, x) => on.reduce(operation, x, [axis], out),
      })));
    const scanned = dtype === 'bool' ? [] : (['sum', 'product'] as const).flatMap((operation) => [0, 1].map((axis): Case => ({
      name: `cumulative ${operation} along axis ${axis}`, inputs: [operand(dtype, [7, n])], dtype, shape: [7, n],
      call: (on, out, x) => on.scan(operation, x, out, axis, { reverse: axis === 0, exclusive: n === 7 }),
    })));
    const sorted: Case = {
      name: 'argSort', inputs: [operand(dtype, [3, n + 40])], dtype: 'int32', shape: [3, n], call: (on, out, x) => on.argSort(x, out, n === 7),
    };
    return [...reduced, ...scanned, sorted];
  });
}

function rows(n: number): Case[] {
  return floats.flatMap((dtype): Case[] => [
    { name: 'softmax', inputs: [operand(dtype, [5, n])], dtype, shape: [5, n], call: (on, out, x) => on.softmax(x, out) },
    { name: 'logSoftmax', inputs: [operand(dtype, [5, n])], dtype, shape: [5, n], call: (on, out, x) => on.logSoftmax(x, out) },
    { name: 'crossEntropy', inputs: [operand(dtype, [5, n]), positions([5], n)], dtype, shape: [5], call: (on, out, x, l) => on.crossEntropy(x, l, out) },
    {
      name: 'crossEntropyGradient', inputs: [operand(dtype, [5]), operand(dtype, [5, n]), positions([5], n)], dtype, shape: [5, n],
      call: (on, out, c, x, l) => on.crossEntropyGradient(c, x, l, out),
    },
    ...[true, false].flatMap((centred): Case[] => [
      { name: 'standardize', inputs: [operand(dtype, [5, n])], dtype, shape: [5, n], call: (on, out, x) => on.standardize(x, out, { centred, epsilon: 1e-5 }) },
      {
        name: 'standardizeGradient', inputs: [operand(dtype, [5, n], { seed: 2 }), operand(dtype, [5, n])], dtype, shape: [5, n],
        call: (on, out, c, x) => on.standardizeGradient(c, x, out, { centred, epsilon: 1e-5 }),
      },
    ]),
    { name: 'randomUniform', inputs: [], dtype, shape: [n], call: (on, out) => on.randomUniform({ high: 1, low: 2 }, out) },
    { name: 'randomBits', inputs: [], dtype: 'int32', shape: [n], call: (on, out) => on.randomBits({ high: 1, low: 2 }, out) },
    { name: 'dropout', inputs: [operand(dtype, [n])], dtype, shape: [n], call: (on, out, x) => on.dropout(x, out, { high: 1, low: 2 }, 0.4) },
    {
      name: 'adam', inputs: [1, 2, 3, 4].map((seed) => operand(dtype, [n], { seed, shift: 4 })), dtype, shape: [3, n], contiguous: true,
      call: (on, out, p, g, m, v) => on.adam(p, g, m, v, out, { stepSize: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6 }),
    },
  ]);
}

function places(n: number): Case[] {
  return dtypes.flatMap((dtype): Case[] => [
    { name: 'gather', inputs: [operand(dtype, [3, 5, n]), positions([7], 5)], dtype, shape: [3, 7, n], call: (on, out, x, i) => on.gather(x, i, out, 1) },
    ...(dtype === 'bool' ? [] : [
      { name: 'scatterAdd', inputs: [operand(dtype, [3, 7, n]), positions([7], 5)], dtype, shape: [3, 5, n], call: (on, out, x, i) => on.scatterAdd(x, i, out, 1) } satisfies Case,
    ]),
  ]);
}

function matrices(n: number): Case[] {
  const product = (dtype: DType, m: number, k: number, columns: number): Case => ({
    name: `matmul of [${m}, ${k}] and [${k}, ${columns}]`, inputs: [operand(dtype, [2, m, k]), operand(dtype, [2, k, columns], { seed: 2 })], dtype, shape: [2, m, columns],
    call: (on, out, x, y) => on.matmul(x, y, out),
  });
  const products = numbers.flatMap((dtype) => [
    product(dtype, n, 5, n + 1), product(dtype, n, 50, 1), product(dtype, 1, 50, n), product(dtype, 11, n, 13), product(dtype, 13, 45, n), product(dtype, n, 45, 14),
  ]);
  const operations: readonly (readonly [Factorization, number])[] = [['cholesky', 0], ['lu', 1], ['qr', n], ['eigh', 1], ['svd', n + 1]];
  return [...products, ...floats.flatMap((dtype): Case[] => [
    ...operations.map(([operation, more]): Case => ({
      name: operation, inputs: [positiveDefinite(dtype, 2, n)], dtype, shape: [2, n + more, n], call: (on, out, x) => on.factorize(operation, x, out),
    })),
    ...[true, false].map((lower): Case => ({
      name: 'triangularSolve', inputs: [positiveDefinite(dtype, 2, n), operand(dtype, [2, n, 5])], dtype, shape: [2, n, 5],
      call: (on, out, a, b) => on.triangularSolve(a, b, out, { lower, transpose: n === 5, unitDiagonal: n === 7 }),
    })),
  ])];
}

/** Images of 9 by 7 pixels, windows of 3 by 3, or of 2 by 2 for a pooling. */
function windows(n: number): Case[] {
  const dense: Window2d = { strides: [1, 1], dilation: [1, 1], padding: [[1, 1], [1, 1]] };
  const apart: Window2d = { strides: [2, 1], dilation: [1, 2], padding: [[1, 0], [2, 1]] };
  const convolutions = floats.flatMap((dtype) => [dense, apart].flatMap((window) => {
    // Of one channel, of a few, with and without a transform, and of as many groups as channels.
    const pairs = [[1, n, 1], [n, 5, 1], [n, n, n], [8, 12, 1]] as const;
    return pairs.flatMap(([channels, filters, groups]): Case[] => {
      const [height, width] = window === dense ? [9, 7] : [4, 6];
      const image = [2, 9, 7, channels];
      const kernel = [3, 3, channels / groups, filters];
      const result = [2, height, width, filters];
      const of = `[${channels}] to [${filters}] in ${groups}, ${window === dense ? 'dense' : 'apart'}`;
      return [
        { name: `conv2d of ${of}`, inputs: [operand(dtype, image), operand(dtype, kernel, { seed: 2 })], dtype, shape: result, call: (on, out, x, k) => on.conv2d(x, k, out, window, 'default') },
        {
          name: `conv2dInputGradient of ${of}`, inputs: [operand(dtype, result), operand(dtype, kernel, { seed: 2 })], dtype, shape: image,
          call: (on, out, c, k) => on.conv2dInputGradient(c, k, out, window, 'default'),
        },
        {
          name: `conv2dKernelGradient of ${of}`, inputs: [operand(dtype, image), operand(dtype, result, { seed: 2 })], dtype, shape: kernel,
          call: (on, out, x, c) => on.conv2dKernelGradient(x, c, out, window, 'default'),
        },
      ];
    });
  }));
  const side: PoolWindow2d = { size: [2, 2], strides: [2, 2], dilation: [1, 1], padding: [[0, 0], [0, 0]] };
  const overlapping: PoolWindow2d = { size: [3, 2], strides: [2, 1], dilation: [1, 1], padding: [[1, 1], [0, 0]] };
  const poolings = [side, overlapping].flatMap((window) => {
    const image = [2, 9, 7, n];
    const pooled = window === side ? [2, 4, 3, n] : [2, 5, 6, n];
    return numbers.flatMap((dtype): Case[] => [
      { name: 'maxPool2d', inputs: [operand(dtype, image)], dtype, shape: pooled, call: (on, out, x) => on.maxPool2d(x, out, window) },
      ...(dtype === 'int32' ? [] : [
        { name: 'maxPool2dGather', inputs: [operand(dtype, image), operand(dtype, image, { seed: 2 })], dtype, shape: pooled, call: (on, out, x, v) => on.maxPool2dGather(x, v, out, window) },
        { name: 'maxPool2dScatter', inputs: [operand(dtype, image), operand(dtype, pooled, { seed: 2 })], dtype, shape: image, call: (on, out, x, c) => on.maxPool2dScatter(x, c, out, window) },
        { name: 'averagePool2d', inputs: [operand(dtype, image)], dtype, shape: pooled, call: (on, out, x) => on.averagePool2d(x, out, window) },
        { name: 'averagePool2dGradient', inputs: [operand(dtype, pooled)], dtype, shape: image, call: (on, out, c) => on.averagePool2dGradient(c, out, window) },
      ] satisfies Case[]),
    ]);
  });
  return [...convolutions, ...poolings];
}

const families = { elementwise, reductions, rows, places, matrices, windows };

/** How many elements of garbage lie before and behind an operand: an odd number, so that vectors are not aligned. */
const [lead, tail] = [5, 67];

function garbageArray(dtype: DType, size: number, garbage: Garbage): TypedArray {
  return allocateArray(dtype, size).map((_, index) => garbage(index));
}

/** An operand with garbage before it and behind it, and, unless it is contiguous, between its elements. */
function surrounded(on: Backend, { dtype, shape, elements }: Operand, garbage: Garbage, isContiguous: boolean): Tensor {
  const step = isContiguous ? 1 : 2;
  const memory = garbageArray(dtype, lead + step * elements.length + tail, garbage);
  elements.forEach((value, index) => {
    memory[lead + step * index] = value;
  });
  return view(placed(on, dtype, memory), shape, contiguousStrides(shape).map((stride) => step * stride), lead);
}

function placed(on: Backend, dtype: DType, memory: TypedArray): Tensor {
  const storage = empty(on, { dtype, shape: [memory.length] });
  on.write(storage.storage.address, memory);
  return storage;
}

/** Room for some elements of scratch, of each thread, and for the matrices of a product. */
const scratchElements = 500_000;

/** Leaves garbage in free memory and in a backend's scratch. */
function soil(on: Backend, garbage: Garbage): void {
  scope(() => {
    const memory = placed(on, 'float32', garbageArray('float32', 2 * scratchElements, garbage));
    // What is not contiguous is copied to scratch before its dtype is changed.
    on.copy(view(memory, [scratchElements], [2], 0), empty(on, { dtype: 'float64', shape: [scratchElements] }));
    for (let size = 1; size <= 4096; size *= 2) placed(on, 'float32', garbageArray('float32', size, garbage));
  });
}

/** What a kernel gives in the midst of garbage: each element's bits, but for those of a NaN. */
function evaluate(on: Backend, { inputs, dtype, shape, contiguous, call }: Case, garbage: Garbage, isContiguous: boolean): TypedArray {
  return scope(() => {
    const size = sizeOf(shape);
    const result = placed(on, dtype, garbageArray(dtype, size + tail, garbage));
    const out = view(result, shape, contiguousStrides(shape), 0);
    call(on, out, ...inputs.map((input) => surrounded(on, input, garbage, isContiguous || contiguous === true)));
    return on.readSync!(result.storage.address, dtype, 0, size);
  });
}

describe.each(candidates)('what lies around operands of $name does not matter', ({ create }) => {
  const backend = create(1);

  it.each(Object.entries(families))('to %s', (_, casesOf) => {
    const cases = lengths.flatMap(casesOf).flatMap((each) => [true, false].map((isContiguous) => ({ each, isContiguous })));
    const clean = cases.map(({ each, isContiguous }) => evaluate(backend, each, garbages.zeros!, isContiguous));
    for (const [name, garbage] of Object.entries(garbages)) {
      soil(backend, garbage);
      cases.forEach(({ each, isContiguous }, place) => {
        const actual = evaluate(backend, each, garbage, isContiguous);
        actual.forEach((value, index) => {
          const expected = clean[place]![index]!;
          if (Object.is(value, expected)) return;
          const kind = `${each.name} of ${each.inputs.map(({ dtype, shape }) => `${dtype} [${shape.join(', ')}]`).join(' and ')}`;
          expect.fail(`${kind}${isContiguous ? '' : ' (strided)'}: element ${index} is ${value} beside ${name}; beside zeros it is ${expected}`);
        });
      });
    }
  });

  it('is tried for every kernel', () => {
    const called = new Set<string>();
    const recorder = new Proxy(backend, {
      get: (on, name: string) => {
        called.add(name);
        const found: unknown = Reflect.get(on, name);
        return typeof found === 'function' ? (found.bind(on) as unknown) : found;
      },
    });
    for (const casesOf of Object.values(families)) for (const each of casesOf(3)) evaluate(recorder, each, garbages.zeros!, true);
    const besides = ['constructor', 'threads', 'setThreads', 'allocate', 'free', 'evict', 'restore', 'write', 'read', 'readSync', 'reservedBytes', 'trim', 'moveToSmallerMemory'];
    const all = Object.getOwnPropertyNames(Object.getPrototypeOf(backend)).filter((name) => !besides.includes(name));
    expect([...all].sort()).toEqual([...all].filter((name) => called.has(name)).sort());
  });
});
