import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType, PoolWindow2d } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, expectNear, roundoff, sumBound, type Bound, type Case } from './kernels.js';
import { moderate, views, type View } from './views.js';
import { convolutions } from './windows.js';

/** A convolution: its three tensors, any two of which give the third or its gradient. */
interface Convolution {
  readonly window: PoolWindow2d;
  readonly input: View;
  readonly kernel: View;
  readonly result: View;
}

function convolution(dtype: DType, longest: number, mostChannels: number): fc.Arbitrary<Convolution> {
  const tensor = (...shape: number[]): fc.Arbitrary<View> => views(dtype, shape, moderate(dtype));
  const channels = fc.nat({ max: mostChannels });
  const alone = fc.record({ groups: fc.constant(1), c: channels, f: channels });
  const some = fc.integer({ min: 1, max: 4 });
  const grouped = fc.tuple(some, some, some).map(([groups, c, f]) => ({ groups, c, f: groups * f }));
  const depthwise = fc.tuple(fc.integer({ min: 1, max: mostChannels }), fc.integer({ min: 1, max: 2 })).map(([groups, multiplier]) => ({ groups, c: 1, f: groups * multiplier }));
  return fc.tuple(convolutions(longest), fc.nat({ max: 3 }), fc.oneof(alone, grouped, depthwise)).chain(([geometry, n, { groups, c, f }]) => {
    const { height, width, outHeight, outWidth, window } = geometry;
    return fc.record({
      window: fc.constant(window),
      input: tensor(n, height, width, groups * c),
      kernel: tensor(...window.size, c, f),
      result: tensor(n, outHeight, outWidth, f),
    });
  });
}

/** Many small ones, with each remainder of a tile, and a few that fill several tiles. */
const cases = (['float32', 'float64'] as const).flatMap((dtype) => [
  { dtype, title: 'small', convolutions: convolution(dtype, 7, 9), numRuns: 250 },
  { dtype, title: 'larger', convolutions: convolution(dtype, 20, 40), numRuns: 24 },
]);

function largest(view: View): number {
  let most = 0;
  for (const x of elementsOf(view)) most = Math.max(most, Math.abs(x));
  return most;
}

/** Whether a backend may make 4 by 4 results at once from shared products, by F(4x4, 3x3) of Lavin and Gray (2016). */
function mayBeTiled({ size, strides, dilation }: PoolWindow2d, dtype: DType): boolean {
  return dtype === 'float32' && size.every((length) => length === 3) && [...strides, ...dilation].every((step) => step === 1);
}

/**
 * What a result then loses is of the size of all that its tile holds, also where it has few terms itself. Along an axis, the
 * transforms weigh the largest elements by 48 in all, for the kernel's gradient by 53.3; that is squared, and a tile has 8 of the
 * terms or more. A product has 24 roundings in transforms, and one for each that it is added to.
 */
function tileBound([first, second]: readonly View[], terms: number): Bound {
  const allowed = 53.3 ** 2 / 8 * terms * (terms / 8 + 24) * roundoff('float32') * largest(first!) * largest(second!);
  return () => allowed;
}

describe.each(candidates)('conv2d of $name', ({ create }) => {
  const backend = create();

  /** Of two tensors, whose products make the elements of a third. */
  function expectSums(inputs: readonly View[], { shape, dtype }: View, window: PoolWindow2d, terms: number, call: Case['call']): void {
    const test = { inputs, out: { dtype, shape }, call };
    expectNear(backend, test, mayBeTiled(window, dtype) ? tileBound(inputs, terms) : sumBound(test, 2 * terms));
  }

  it.each(cases)('$title images of $dtype', ({ convolutions, numRuns }) => {
    fc.assert(fc.property(convolutions, ({ input, kernel, result, window }) => {
      const [height, width, channels] = kernel.shape;
      const terms = height! * width! * channels!;
      expectSums([input, kernel], result, window, terms, (on, out, x, k) => on.conv2d(x, k, out, window));
    }), { numRuns });
  });

  it.each(cases)("the input's gradient, $title images of $dtype", ({ convolutions, numRuns }) => {
    fc.assert(fc.property(convolutions, ({ input, kernel, result, window }) => {
      const [height, width, , filters] = kernel.shape;
      const terms = height! * width! * filters!;
      const call: Case['call'] = (on, out, y, k) => on.conv2dInputGradient(y, k, out, window);
      expectSums([result, kernel], input, window, terms, call);
    }), { numRuns });
  });

  it.each(cases)("the kernel's gradient, $title images of $dtype", ({ convolutions, numRuns }) => {
    fc.assert(fc.property(convolutions, ({ input, kernel, result, window }) => {
      const [batch, height, width] = result.shape;
      const terms = batch! * height! * width!;
      const call: Case['call'] = (on, out, x, y) => on.conv2dKernelGradient(x, y, out, window);
      expectSums([input, result], kernel, window, terms, call);
    }), { numRuns });
  });
});
