import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType, Shape, Window2d } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, sumBound, type Case } from './kernels.js';
import { moderate, views, type View } from './views.js';
import { convolutions } from './windows.js';

/** A convolution: its three tensors, any two of which give the third or its gradient. */
interface Convolution {
  readonly window: Window2d;
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

describe.each(candidates)('conv2d of $name', ({ create }) => {
  const backend = create();

  /** Of two tensors, whose products make the elements of a third. */
  function expectSums(inputs: readonly View[], shape: Shape, terms: number, call: Case['call']): void {
    const test = { inputs, out: { dtype: inputs[0]!.dtype, shape }, call };
    expectNear(backend, test, sumBound(test, 2 * terms));
  }

  it.each(cases)('$title images of $dtype', ({ convolutions, numRuns }) => {
    fc.assert(fc.property(convolutions, ({ input, kernel, result, window }) => {
      const [height, width, channels] = kernel.shape;
      const terms = height! * width! * channels!;
      expectSums([input, kernel], result.shape, terms, (on, out, x, k) => on.conv2d(x, k, out, window));
    }), { numRuns });
  });

  it.each(cases)("the input's gradient, $title images of $dtype", ({ convolutions, numRuns }) => {
    fc.assert(fc.property(convolutions, ({ input, kernel, result, window }) => {
      const [height, width, , filters] = kernel.shape;
      const terms = height! * width! * filters!;
      const call: Case['call'] = (on, out, y, k) => on.conv2dInputGradient(y, k, out, window);
      expectSums([result, kernel], input.shape, terms, call);
    }), { numRuns });
  });

  it.each(cases)("the kernel's gradient, $title images of $dtype", ({ convolutions, numRuns }) => {
    fc.assert(fc.property(convolutions, ({ input, kernel, result, window }) => {
      const [batch, height, width] = result.shape;
      const terms = batch! * height! * width!;
      const call: Case['call'] = (on, out, x, y) => on.conv2dKernelGradient(x, y, out, window);
      expectSums([input, result], kernel.shape, terms, call);
    }), { numRuns });
  });
});
