import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType, PoolWindow2d } from '@adjoint/core';
import { candidates } from './backends.js';
import { expectNear, expectSame, expectWithinUnits, sumBound, type Case } from './kernels.js';
import { anyElement, moderate, views, type View } from './views.js';
import { poolings } from './windows.js';

const floats = ['float32', 'float64'] as const;

/** A pooling's tensors. */
interface Pooling {
  readonly window: PoolWindow2d;
  /** With many ties, and with NaN. */
  readonly input: View;
  /** Shaped as the input. */
  readonly values: View;
  /** Shaped as the pooled. */
  readonly cotangent: View;
}

function pooling(dtype: DType): fc.Arbitrary<Pooling> {
  const channels = fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 20 }));
  return fc.tuple(poolings(9), fc.nat({ max: 2 }), channels).chain(([geometry, n, c]) => {
    const { height, width, outHeight, outWidth, window } = geometry;
    return fc.record({
      window: fc.constant(window),
      input: views(dtype, [n, height, width, c], fc.oneof(anyElement(dtype), fc.constantFrom(1, 2))),
      values: views(dtype, [n, height, width, c], moderate(dtype)),
      cotangent: views(dtype, [n, outHeight, outWidth, c], moderate(dtype)),
    });
  });
}

function termsOf({ size }: PoolWindow2d): number {
  return size[0] * size[1];
}

describe.each(candidates)('pooling of $name', ({ create }) => {
  const backend = create();

  it.each(['int32', ...floats] as const)('maximum of %s', (dtype) => {
    fc.assert(fc.property(pooling(dtype), ({ window, input, cotangent }) => {
      const out = { dtype, shape: cotangent.shape };
      expectWithinUnits(backend, { inputs: [input], out, call: (on, y, x) => on.maxPool2d(x, y, window) }, 0);
    }), { numRuns: 200 });
  });

  it.each(floats)('gather by the first maximum of %s', (dtype) => {
    fc.assert(fc.property(pooling(dtype), ({ window, input, values, cotangent }) => {
      const call: Case['call'] = (on, out, x, v) => on.maxPool2dGather(x, v, out, window);
      expectSame(backend, { inputs: [input, values], out: { dtype, shape: cotangent.shape }, call });
    }), { numRuns: 200 });
  });

  it.each(floats)('scatter to the first maximum of %s', (dtype) => {
    fc.assert(fc.property(pooling(dtype), ({ window, input, cotangent }) => {
      const call: Case['call'] = (on, out, x, y) => on.maxPool2dScatter(x, y, out, window);
      const out = { dtype, shape: input.shape };
      // The magnitudes of the cotangent alone: those of the input would have other maxima.
      const spread: Case = { inputs: [cotangent], out, call: (on, y, x) => on.averagePool2dGradient(x, y, window) };
      const terms = termsOf(window);
      const bound = sumBound(spread, terms);
      const test: Case = { inputs: [input, cotangent], out, call };
      expectNear(backend, test, (expected, index) => terms * bound(expected, index));
    }), { numRuns: 200 });
  });

  it.each(floats)('average of %s', (dtype) => {
    fc.assert(fc.property(pooling(dtype), ({ window, values, cotangent }) => {
      const call: Case['call'] = (on, out, x) => on.averagePool2d(x, out, window);
      const test: Case = { inputs: [values], out: { dtype, shape: cotangent.shape }, call };
      expectNear(backend, test, sumBound(test, termsOf(window)));
    }), { numRuns: 200 });
  });

  it.each(floats)('the gradient of the average of %s', (dtype) => {
    fc.assert(fc.property(pooling(dtype), ({ window, values, cotangent }) => {
      const call: Case['call'] = (on, out, y) => on.averagePool2dGradient(y, out, window);
      const test: Case = { inputs: [cotangent], out: { dtype, shape: values.shape }, call };
      expectNear(backend, test, sumBound(test, termsOf(window)));
    }), { numRuns: 200 });
  });
});
