import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  apply, contiguousStrides, defaultBackend, definePrimitive, DTypeError, empty, formatType, reference, setDefaultBackend, ShapeError, tensor, view, zeros,
  type Primitive, type Tensor,
} from '@adjoint/core';
import { gradientCase, matmulShapes, primitiveProperties, shapes, tensors, convolutions, type PrimitiveProperty } from '@adjoint/core/testing';
import { concat, conv1d, conv3d, cos, div, matmul, mul, sin, square, sub, sum, tanh } from '@adjoint/ops';
import { wasm } from '@adjoint/wasm';

let planted = 0;

/** `sin(x) / x`, or what `changes` make of it. */
function makeSinc(changes: Partial<Primitive> = {}): Primitive {
  return definePrimitive({
    name: `test: sinc ${planted++}`,
    keeps: { inputs: 'all' },
    infer: ([x]) => {
      if (x!.dtype !== 'float32' && x!.dtype !== 'float64') throw new DTypeError(`sinc: x is ${formatType(x!)}; expected a float dtype`);
      return x!;
    },
    forward: (backend, [x], _, type) => {
      const sine = empty(backend, type);
      const out = empty(backend, type);
      backend.unary('sin', x!, sine);
      backend.binary('divide', sine, x!, out);
      return out;
    },
    vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, div(sub(mul(x!, cos(x!)), sin(x!)), square(x!)))],
    batch: 'broadcast',
    ...changes,
  });
}

const calls = shapes({ maxRank: 2 }).chain((shape) => tensors(shape, { awayFromZero: 0.3 })).map((x) => ({ inputs: [x] }));
const prove = (changes: Partial<Primitive> = {}) =>
  primitiveProperties(makeSinc(changes), calls, { fastCheckSeed: 1, numRuns: 40, wrongCalls: [{ inputs: [{ shape: [2], dtype: 'int32' }], throws: DTypeError }] });

function messageOf({ run }: PrimitiveProperty): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
}

/** The properties that do not hold. */
function broken(properties: readonly PrimitiveProperty[]): Record<string, string> {
  const messages = properties.map((property): [string, string | null] => [property.name.replace(/^.*?sinc \d+: /, ''), messageOf(property)]);
  return Object.fromEntries(messages.filter((pair): pair is [string, string] => pair[1] !== null));
}

describe('primitiveProperties', () => {
  beforeEach(() => setDefaultBackend(wasm));
  afterEach(() => setDefaultBackend(wasm));

  test('hold for a right primitive, and are named for a runner', () => {
    const properties = prove();
    expect(broken(properties)).toEqual({});
    expect(properties.map(({ name }) => name.replace(/^.*?sinc \d+: /, ''))).toEqual([
      'the shape rule tells the type of the result', 'the shape rule refuses the wrong call',
      'reference gives what reference gives, in every memory layout', 'wasm gives what reference gives, in every memory layout',
      'first and second derivatives agree with differences on reference', 'first and second derivatives agree with differences on wasm',
      'keeps what its rule reads and nothing else', 'leaves nothing in memory', 'vmap gives what a call an example gives',
    ]);
    expect(defaultBackend()).toBe(wasm);
  });

  test('a wrong element of a gradient rule is named', () => {
    const vjp: Primitive['vjp'] = ({ inputs: [x], cotangent }) => {
      const factors = new Float64Array(x!.size).fill(1);
      if (x!.size > 1) factors[1] = 1.01;
      return [mul(tensor(factors, { shape: x!.shape }), mul(cotangent, div(sub(mul(x!, cos(x!)), sin(x!)), square(x!))))];
    };
    const failures = broken(prove({ vjp }));
    expect(Object.keys(failures)).toEqual(['first and second derivatives agree with differences on reference', 'first and second derivatives agree with differences on wasm']);
    // The smallest counterexample has two elements.
    expect(Object.values(failures)[0]).toMatch(/GradientError: gradients differ[^]*\n {2}1 +0 +\[(1|0,1|1,0)\] /);
  });

  test('a wrong shape rule, one that takes everything, and one that throws another error', () => {
    const failures = broken(prove({ infer: ([x]) => ({ shape: [...x!.shape, 1], dtype: x!.dtype }), forward: (backend, [x]) => {
      const out = empty(backend, x!);
      backend.unary('sin', x!, out);
      return out;
    } }));
    expect(failures['the shape rule tells the type of the result']).toMatch(/sinc \d+: its forward gave Tensor\(float64 \[\]\); expected a tensor float64 \[1\], as its infer says/);
    expect(failures['the shape rule refuses the wrong call']).toMatch(/infer takes int32 \[2\] and tells int32 \[2,1\]; expected DTypeError/);
    const other = broken(prove({ infer: ([x]) => { if (x!.dtype === 'int32') throw new ShapeError('no'); return x!; } }));
    expect(other).toEqual({ 'the shape rule refuses the wrong call': expect.stringContaining('throws ShapeError: no; expected DTypeError') as string });
  });

  test('a kernel call that goes by memory and not by strides', () => {
    const forward: Primitive['forward'] = (backend, [x], _, type) => {
      const out = empty(backend, type);
      backend.unary('sin', view(x!, x!.shape, contiguousStrides(x!.shape), x!.offset), out);
      return out;
    };
    expect(broken(prove({ forward }))['reference gives what reference gives, in every memory layout']).toMatch(/reference and reference differ at element \d+ of float64/);
  });

  test('keeps that are too few, and too many', () => {
    expect(broken(prove({ keeps: {} }))['keeps what its rule reads and nothing else']).toContain('its gradient rule reads what `keeps` does not declare');
    expect(broken(prove({ keeps: { inputs: [0], output: true } }))).toEqual({
      'keeps what its rule reads and nothing else': expect.stringContaining('`keeps` declares the output, which its gradient rule reads in no call') as string,
    });
  });

  test('a wrong batching rule', () => {
    expect(broken(prove({ batch: ({ inputs: [x] }) => concat([x!, x!], 0) }))['vmap gives what a call an example gives']).toMatch(/vmap gives float64 \[4\]; expected float64 \[2\]/);
  });

  test('without a gradient there is nothing to prove about one', () => {
    const names = primitiveProperties(makeSinc({ vjp: 'none' }), calls, { backends: [reference] }).map(({ name }) => name);
    expect(names).toHaveLength(4);
  });

  test.each([
    ['empty', tensors([0, 2])],
    ['integers', tensors([2], { dtype: 'int32' })],
  ])('a property of derivatives that compared none does not hold: %s', (_, samples) => {
    const anything = makeSinc({ infer: ([x]) => x! });
    const properties = primitiveProperties(anything, samples.map((x) => ({ inputs: [x] })), { backends: [reference], numRuns: 5 });
    expect(broken(properties.filter(({ name }) => name.includes('derivatives')))).toEqual({
      'first and second derivatives agree with differences on reference': expect.stringMatching(/no call has a float input with elements, so that no derivative was compared/) as string,
    });
  });
});

describe('gradientCase', () => {
  const wrong = makeSinc({ vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, x!)] });
  const wrongSinc = (x: Tensor) => apply(wrong, [x], {});

  test('checks at arguments that are given', () => {
    const result = gradientCase((x: Tensor, factor: number) => mul(x, factor), [tensor([1, 2]), 3], { argnums: 0, order: 2 }).check();
    expect(result).toMatchObject({ runs: 1, counterexample: null, isProven: true, report: { ok: true } });
    expect(gradientCase(wrongSinc, [tensor([1, 2])]).check().report.ok).toBe(false);
  });

  test('checks at random arguments, trees of samples too, and tells the smallest that fail', () => {
    const tree = fc.tuple(fc.record({ w: tensors([2]), b: tensors([]) }));
    const fine = gradientCase((p: { w: Tensor; b: Tensor }) => tanh(mul(p.w, p.b)), tree as fc.Arbitrary<never>, { numRuns: 7 });
    expect(fine.check()).toMatchObject({ runs: 7, counterexample: null, report: { ok: true } });
    expect(fine.check({ numRuns: 3 })).toMatchObject({ runs: 3, isProven: true });
    expect(() => fine.check({ numRuns: 0 })).toThrow(/^gradientCase: numRuns is 0; expected an integer >= 1/);
    // Empty tensors among others may be left out, but something must be compared.
    expect(gradientCase(tanh as (x: Tensor) => Tensor, fc.tuple(fc.constantFrom([0], [2]).chain((shape) => tensors(shape)))).check()).toMatchObject({ isProven: true, report: { ok: true } });
    expect(gradientCase(tanh as (x: Tensor) => Tensor, fc.tuple(tensors([0]))).check()).toMatchObject({ isProven: false, report: { ok: true } });
    const failing = gradientCase(wrongSinc, fc.tuple(shapes().chain((shape) => tensors(shape, { awayFromZero: 0.3 })))).check();
    expect(failing.report.ok).toBe(false);
    expect(failing.counterexample).toMatch(/float64 \[\]/);
  });

  test('an error of the function is thrown as it is', () => {
    expect(() => gradientCase((_: Tensor) => { throw new ShapeError('mine'); }, fc.tuple(tensors([1]))).check()).toThrow(ShapeError);
  });
});

describe('the shapes that belong together', () => {
  test('operands of a product', () => {
    fc.assert(fc.property(matmulShapes(), ({ left, right, product }) => { expect(matmul(zeros(left), zeros(right)).shape).toEqual(product); }));
  });

  test('convolutions of one and three axes', () => {
    fc.assert(fc.property(convolutions({ rank: 1 }), ({ input, kernel, options }) => {
      expect(conv1d(zeros(input), zeros(kernel), { ...options, strides: options.strides[0], dilation: options.dilation[0] }).shape).toHaveLength(3);
    }));
    fc.assert(fc.property(convolutions({ rank: 3, maxLength: 3, maxTaps: 2 }), ({ input, kernel, options }) => {
      expect(sum(conv3d(zeros(input), zeros(kernel), options)).item()).toBe(0);
    }), { numRuns: 30 });
  });
});
