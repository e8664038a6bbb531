/* Measures one row with Adjoint: `adjoint.ts ROW`. */
import { dispose, key, memoryStats, normal, scope, sizeOf, tensor, valueAndGrad, type Shape, type Tensor } from '@adjoint/core';
import { createTrainingState, makeTrainingStep } from '@adjoint/nn';
import {
  adamUpdate, add, contiguous, dropout, matmul, max, maxPool2d, mul, relu, reshape, softmax, square, sum, tanh, transpose,
} from '@adjoint/ops';
import { budget, median, refuse, report, timeSteps } from './measure.mjs';
import { workloads, type Workload } from './workloads.js';

/** A function that takes the next training step each time. */
function makeTraining({ model, optimizer, batchSize, inputShape }: Workload): () => void {
  let state = createTrainingState({ model, optimizer, key: key(0), inputShape });
  const step = makeTrainingStep({ model, optimizer });
  const inputs = normal(key(1), [batchSize, ...inputShape]);
  const targets = tensor(Array.from({ length: batchSize }, (_, index) => index % 10), { dtype: 'int32' });
  return () => {
    const result = step(state, { inputs, targets });
    dispose([state, result.loss, result.output], result.state);
    state = result.state;
  };
}

async function train(row: string, workload: Workload): Promise<void> {
  report(row, await timeSteps(makeTraining(workload)), 'ms');
  report(`${row} memory`, process.resourceUsage().maxRSS / 1024, 'MB');
}

/** What a thousand steps of W1b leave behind. */
function steadiness(): void {
  const takeStep = makeTraining(workloads['W1b']!);
  const repeat = (times: number): void => {
    for (let index = 0; index < times; index++) takeStep();
  };
  repeat(100);
  const tensorBytes = memoryStats().bytes;
  const { maxRSS } = process.resourceUsage();
  repeat(1000);
  report('tensor bytes that 1,000 steps of W1b add', memoryStats().bytes - tensorBytes, 'bytes');
  report('peak memory that 1,000 steps of W1b add', (process.resourceUsage().maxRSS - maxRSS) / 1024, 'MB');
}

/** Forward and backward of sum(tanh(x * w + b) ** 2) over 8 elements. */
async function smallGradient(row: string): Promise<void> {
  const [x, w, b] = [0, 1, 2].map((seed) => normal(key(seed), [8])) as [Tensor, Tensor, Tensor];
  const gradient = valueAndGrad(([weight, bias]: readonly [Tensor, Tensor]) => sum(square(tanh(add(mul(x, weight), bias)))));
  const repeats = 100;
  const milliseconds = await timeSteps(() => {
    for (let index = 0; index < repeats; index++) scope(() => { gradient([w, b]); });
  });
  report(row, (1000 * milliseconds) / repeats, 'us');
}

/** The least milliseconds of a call: what a kernel does when nobody disturbs it. */
function best(call: () => Tensor): number {
  let least = Infinity;
  for (const end = performance.now() + Math.min(400, budget); performance.now() < end;) {
    const start = performance.now();
    scope(() => { call(); });
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

const products: readonly (readonly [string, number, number, number, boolean, boolean])[] = [
  ['256', 256, 256, 256, false, false], ['512', 512, 512, 512, false, false], ['1024', 1024, 1024, 1024, false, false],
  ['512, left transposed', 512, 512, 512, true, false], ['512, right transposed', 512, 512, 512, false, true],
  ['1024, both transposed', 1024, 1024, 1024, true, true], ['1000', 1000, 1000, 1000, false, false],
  ['64 x 4608 x 256', 64, 4608, 256, false, false], ['4608 x 64 x 256, left transposed', 4608, 64, 256, true, false],
  ['128 x 784 x 512', 128, 784, 512, false, false], ['2048 x 2048 x 16', 2048, 2048, 16, false, false],
  ['64 x 64 x 64', 64, 64, 64, false, false], ['31 x 33 x 37', 31, 33, 37, false, false], ['1 x 1024 x 1024', 1, 1024, 1024, false, false],
];

/** Rates of matrix products, and what share they are of all threads' ceiling, which is measured right after. */
async function rates(): Promise<void> {
  // Not before: the compiler that it takes needs more memory than any row.
  const { makeCeiling } = await import('./ceiling.mjs');
  const measureCeiling = await makeCeiling();
  const threads = Number(process.env['ADJOINT_THREADS'] ?? 1);
  const ceiling = (): number => threads * measureCeiling();
  for (const [name, m, k, n, leftTransposed, rightTransposed] of products) {
    const left = leftTransposed ? transpose(normal(key(0), [k, m])) : normal(key(0), [m, k]);
    const right = rightTransposed ? transpose(normal(key(1), [n, k])) : normal(key(1), [k, n]);
    const repeats = Math.max(1, Math.floor(2e6 / (m * n * k)));
    const milliseconds = best(() => {
      for (let index = 1; index < repeats; index++) matmul(left, right);
      return matmul(left, right);
    });
    const rate = (2 * m * n * k * repeats) / milliseconds / 1e6;
    report(`GEMM ${name}`, rate, 'GFLOP/s');
    report(`GEMM ${name}, share of the ceiling`, (100 * rate) / ceiling(), '%');
  }
  report('ceiling', median([ceiling(), ceiling(), ceiling()]), 'GFLOP/s');
}

/** What is compared with a plain copy: a name, the bytes that it reads and writes, and a call. */
function streams(shape: Shape): readonly (readonly [string, number, () => Tensor])[] {
  const image = normal(key(0), shape);
  const other = normal(key(1), shape);
  const matrix = reshape(image, [-1, 512]);
  const moments = square(other);
  const coefficients = { stepSize: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const pooledBytes = image.size * 5;
  const maximum = (x: Tensor): Tensor => sum(maxPool2d(x, { poolSize: 2 }));
  return [
    ['add', 12 * image.size, () => add(image, other)],
    ['chain relu(x * y + y)', 32 * image.size, () => relu(add(mul(image, other), other))],
    ['relu', 8 * image.size, () => relu(image)],
    ['tanh', 8 * image.size, () => tanh(image)],
    ['sum of all', 4 * matrix.size, () => sum(matrix)],
    ['sum of rows', 4 * matrix.size, () => sum(matrix, { axes: 1 })],
    ['sum of columns', 4 * matrix.size, () => sum(matrix, { axes: 0 })],
    ['maximum of rows', 4 * matrix.size, () => max(matrix, { axes: 1 })],
    ['transposed to contiguous', 8 * matrix.size, () => contiguous(transpose(matrix))],
    ['dropout', 8 * image.size, () => dropout(image, { rate: 0.25, key: key(2) })],
    ['Adam', 28 * image.size, () => adamUpdate(image, other, image, moments, coefficients)[0]],
    ['softmax', 8 * matrix.size, () => softmax(matrix)],
    ['max pooling', pooledBytes, () => maxPool2d(image, { poolSize: 2 })],
    ['max pooling and its gradient', pooledBytes + 9 * image.size, () => valueAndGrad(maximum)(image).gradient],
  ];
}

/** Gigabytes a second of the fastest of some plain copies of `size` floats. */
function copyRate(size: number): number {
  const source = new Float32Array(size);
  const target = new Float32Array(size);
  let least = Infinity;
  for (let repeat = 0; repeat < Math.max(10, 2e8 / size); repeat++) {
    const start = performance.now();
    target.set(source);
    least = Math.min(least, performance.now() - start);
  }
  return (8 * size) / least / 1e6;
}

/** The bytes that operations read and write a second, as a share of what a plain copy of one of their operands does. */
function shareOfCopy(place: string, shape: Shape, isMeasured: (name: string) => boolean): void {
  const copy = copyRate(sizeOf(shape));
  report(`plain copy ${place}`, copy, 'GB/s');
  for (const [name, bytes, call] of streams(shape).filter(([name]) => isMeasured(name))) {
    report(`${name} ${place}, share of a plain copy`, (100 * bytes) / best(call) / 1e6 / copy, '%');
  }
}

/** With operands that the last-level cache holds, and with operands of 64 MiB, which it does not. */
function bandwidths(): void {
  const inMemory = new Set(['add', 'chain relu(x * y + y)', 'relu', 'sum of all', 'Adam', 'softmax', 'max pooling', 'max pooling and its gradient']);
  scope(() => { shareOfCopy('in cache', [64, 24, 24, 32], () => true); });
  scope(() => { shareOfCopy('in memory', [128, 64, 64, 32], (name) => inMemory.has(name)); });
}

const row = process.argv[2] ?? '';
const workload = workloads[row];
if (workload !== undefined) await train(row, workload);
else if (row === 'W6') await smallGradient(row);
else if (row === 'GEMM') await rates();
else if (row === 'bandwidth') bandwidths();
else if (row === 'memory') steadiness();
else refuse(row, 'no such row');
