import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { reference, sizeOf, type Backend, type DType, type Shape, type TypedArray, type Window2d } from '@adjoint/core';
import { prefersWinograd } from '../src/winograd.js';
import { createWasmBackend, wasm } from '../src/index.js';
import { dense, run } from './operands.js';

const builds = [...new Set(['baseline' as const, wasm.simd])];

/** A convolution of 3 by 3 with stride 1, and from what its operands' values are made. */
interface Problem {
  readonly image: Shape;
  readonly taps: Shape;
  readonly out: Shape;
  readonly window: Window2d;
  readonly seed: number;
}

function numbers(shape: Shape, seed: number): number[] {
  let state = seed;
  return Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.fround(state / 2 ** 31);
  });
}

const problems: fc.Arbitrary<Problem> = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }), height: fc.integer({ min: 6, max: 17 }), width: fc.integer({ min: 6, max: 17 }),
    channels: fc.constantFrom(8, 12, 20, 32), filters: fc.constantFrom(8, 12, 28, 36),
    padding: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 2 }))), seed: fc.integer(),
  })
  .map(({ n, height, width, channels, filters, padding, seed }) => {
    const [top, bottom, left, right] = padding as [number, number, number, number];
    const image = [n, height, width, channels];
    const taps = [3, 3, channels, filters];
    const out = [n, height + top + bottom - 2, width + left + right - 2, filters];
    const window = { strides: [1, 1], dilation: [1, 1], padding: [[top, bottom], [left, right]] } as const;
    return { image, taps, out, window, seed };
  })
  .filter(({ image, taps, out }) => prefersWinograd({ image, taps, out, strides: [1, 1], dilation: [1, 1], before: [0, 0] }, 'float32', 'default'));

/** The largest error in units of the largest result that the numbers of a sum could give, all being of one size. */
function errorOf(actual: TypedArray, exact: TypedArray, terms: number): number {
  let largest = 0;
  for (let index = 0; index < exact.length; index++) largest = Math.max(largest, Math.abs(actual[index]! - exact[index]!));
  return largest / Math.sqrt(terms);
}

/**
 * The transforms weigh roundings most in the last row and column of a tile. There an error is above 5e-6 once in 600 times, and
 * half as often for each 5e-7 more, as products of sums are: above this once in 10^12. A constant that is wrong by a hundredth
 * makes errors of more than 1e-3.
 */
const mostError = 2e-5;

describe.each(builds)('Winograd convolutions, %s build', (simd) => {
  const backend = createWasmBackend({ simd });
  const evaluate = (kind: 'forward' | 'input' | 'kernel', on: Backend, dtype: DType, problem: Problem): TypedArray => {
    const { image, taps, out, window, seed } = problem;
    const x = dense(dtype, image, numbers(image, seed));
    const k = dense(dtype, taps, numbers(taps, seed + 1));
    const c = dense(dtype, out, numbers(out, seed + 2));
    if (kind === 'forward') return run(on, [x, k], dtype, out, ([a, b], to) => on.conv2d(a!, b!, to, window, 'default'));
    if (kind === 'input') return run(on, [c, k], dtype, image, ([a, b], to) => on.conv2dInputGradient(a!, b!, to, window, 'default'));
    return run(on, [x, c], dtype, taps, ([a, b], to) => on.conv2dKernelGradient(a!, b!, to, window, 'default'));
  };

  it.each([
    ['forward', ({ taps }: Problem) => 9 * taps[2]!],
    ['input', ({ taps }: Problem) => 9 * taps[3]!],
    ['kernel', ({ out }: Problem) => out[0]! * out[1]! * out[2]!],
  ] as const)('%s agrees with the float64 reference to 2e-5 of a term for the square root of the terms', (kind, terms) => {
    fc.assert(fc.property(problems, (problem) => {
      const error = errorOf(evaluate(kind, backend, 'float32', problem), evaluate(kind, reference, 'float64', problem), terms(problem));
      expect(error).toBeLessThan(mostError);
    }), { numRuns: 25 });
  });
});
