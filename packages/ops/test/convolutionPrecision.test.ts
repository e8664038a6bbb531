import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ArgumentError, checkpoint, defaultConvolutionPrecision, grad, key, normal, ones, reference, setDefaultBackend, setDefaultConvolutionPrecision, tensor,
  uniform, vjp, vmap, withBackend, withConvolutionPrecision, type Backend, type ConvolutionPrecision, type Shape, type Tensor,
} from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import { add, conv1d, conv1dTranspose, conv2d, conv2dTranspose, conv3d, conv3dTranspose, depthwiseConv2d, mul, sum } from '../src/index.js';

const convolutionMethods: readonly unknown[] = ['conv2d', 'conv2dInputGradient', 'conv2dKernelGradient'] satisfies readonly (keyof Backend)[];

/** Runs `fn` with a backend that writes down with what precision each of its convolutions is called. */
function precisionsOf(fn: () => unknown): Record<string, ConvolutionPrecision[]> {
  const seen: Record<string, ConvolutionPrecision[]> = {};
  const recording = new Proxy(reference, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...values: unknown[]): unknown => {
        if (convolutionMethods.includes(name)) (seen[String(name)] ??= []).push(values[4] as ConvolutionPrecision);
        return Reflect.apply(value, target, values);
      };
    },
  });
  withBackend(recording, fn);
  return Object.fromEntries(Object.entries(seen).map(([method, values]) => [method, [...new Set(values)]]));
}

interface Options {
  readonly precision?: ConvolutionPrecision;
}

const operations: Readonly<Record<string, readonly [image: Shape, kernel: Shape, operation: (x: Tensor, k: Tensor, options: Options) => Tensor]>> = {
  conv1d: [[2, 4, 2], [3, 2, 3], conv1d],
  conv1dTranspose: [[2, 4, 2], [3, 3, 2], conv1dTranspose],
  conv2d: [[2, 4, 4, 2], [3, 3, 2, 3], conv2d],
  'conv2d in groups': [[2, 4, 4, 4], [3, 3, 2, 2], (x, k, options) => conv2d(x, k, { ...options, groups: 2 })],
  conv2dTranspose: [[2, 4, 4, 2], [3, 3, 3, 2], conv2dTranspose],
  conv3d: [[1, 3, 4, 3, 2], [2, 3, 3, 2, 3], conv3d],
  conv3dTranspose: [[1, 3, 2, 3, 2], [2, 3, 3, 3, 2], conv3dTranspose],
  depthwiseConv2d: [[2, 4, 4, 2], [3, 3, 2, 1], depthwiseConv2d],
};

const all = (precision: ConvolutionPrecision) => ({ conv2d: [precision], conv2dInputGradient: [precision], conv2dKernelGradient: [precision] });

afterEach(() => setDefaultConvolutionPrecision('default'));

describe.each(Object.entries(operations))('%s', (name, [image, kernel, operation]) => {
  /** The value, both gradients, and what differentiates those again. */
  const differentiate = (options: Options): void => {
    const [x, k] = [normal(key(1), image), normal(key(2), kernel)];
    const loss = (a: Tensor, b: Tensor) => {
      const y = operation(a, b, options);
      return sum(mul(y, mul(y, y)));
    };
    const gradients = grad(loss, { argnums: [0, 1] });
    grad((a: Tensor, b: Tensor) => gradients(a, b).map((y) => sum(mul(y, y))).reduce((left, right) => add(left, right)), { argnums: [0, 1] })(x, k);
  };

  test('is made, and differentiated to any order, with the precision that it was called with', () => {
    expect(precisionsOf(() => differentiate({}))).toEqual(all('default'));
    expect(precisionsOf(() => differentiate({ precision: 'highest' }))).toEqual(all('highest'));
    expect(precisionsOf(() => withConvolutionPrecision('highest', () => differentiate({})))).toEqual(all('highest'));
    expect(precisionsOf(() => withConvolutionPrecision('highest', () => differentiate({ precision: 'default' })))).toEqual(all('default'));
  });

  test('keeps its precision when it is differentiated later', () => {
    for (const wrapped of [operation, checkpoint(operation)]) {
      expect(precisionsOf(() => {
        const [x, k] = [normal(key(1), image), normal(key(2), kernel)];
        const { value, pullback } = withConvolutionPrecision('highest', () => vjp((a: Tensor, b: Tensor) => wrapped(a, b, {}), x, k));
        pullback(ones(value.shape));
      })).toEqual(all('highest'));
    }
  });

  test('keeps its precision in a batch of examples', () => {
    for (const inAxes of [[0, null], [null, 0], [0, 0]] as const) {
      expect(precisionsOf(() => {
        const [x, k] = [normal(key(1), inAxes[0] === 0 ? [2, ...image] : image), normal(key(2), inAxes[1] === 0 ? [2, ...kernel] : kernel)];
        const gradient = grad((a: Tensor, b: Tensor) => sum(operation(a, b, { precision: 'highest' })), { argnums: [0, 1] });
        vmap(gradient, { inAxes: [...inAxes] })(x, k);
      })).toEqual(all('highest'));
    }
  });

  test.each(['fast', 'DEFAULT', '', null, 1, {}, ['default']])('does not take %j for a precision', (precision) => {
    const call = () => operation(ones(image), ones(kernel), { precision: precision as 'default' });
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(`${name.split(' ')[0]}: precision is `);
    expect(call).toThrow("; expected 'default' or 'highest'");
  });
});

describe('the default precision of convolutions', () => {
  test('can be set, and set for one function', () => {
    expect(defaultConvolutionPrecision()).toBe('default');
    expect(withConvolutionPrecision('highest', defaultConvolutionPrecision)).toBe('highest');
    expect(() => withConvolutionPrecision('highest', () => { throw new Error('inside'); })).toThrow('inside');
    expect(defaultConvolutionPrecision()).toBe('default');
    setDefaultConvolutionPrecision('highest');
    expect(withConvolutionPrecision('default', defaultConvolutionPrecision)).toBe('default');
    expect(defaultConvolutionPrecision()).toBe('highest');
  });

  test('is one that there is', () => {
    expect(() => setDefaultConvolutionPrecision('high' as 'highest')).toThrow("setDefaultConvolutionPrecision: precision is 'high'; expected 'default' or 'highest'");
    expect(() => withConvolutionPrecision(undefined as unknown as 'highest', () => 0)).toThrow('withConvolutionPrecision: precision is of type undefined');
    expect(defaultConvolutionPrecision()).toBe('default');
  });
});

describe.each(backends)('one strange element on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const size = 12;
  const images: Shape = [1, size, size, 8];
  const kernels: Shape = [3, 3, 8, 8];
  /** Numbers from -1 to 1, one of them replaced. */
  const numbers = (seed: number, shape: Shape, place = 0, value = 0.5): Tensor => {
    const values = uniform(key(seed), shape, { low: -1, high: 1 }).data().slice();
    values[place] = value;
    return tensor(values, { shape });
  };
  const place = (5 * size + 6) * 8 + 2;
  const isNear = (y: number, x: number): boolean => Math.abs(y - 5) <= 1 && Math.abs(x - 6) <= 1;

  type Results = Readonly<Record<'forward' | 'inputGradient' | 'kernelGradient', Tensor>>;
  /** The convolution and its gradients, with the element in the image for the kernel's and in the cotangent for the image's. */
  const convolve = (value: number, precision: ConvolutionPrecision): Results => {
    const options = { precision, padding: 'same' } as const;
    const kernel = numbers(1, kernels);
    const strange = numbers(2, images, place, value);
    const { value: forward, pullback } = vjp((x: Tensor, k: Tensor) => conv2d(x, k, options), strange, kernel);
    const ordinary = vjp((x: Tensor) => conv2d(x, kernel, options), numbers(2, images));
    return { forward, inputGradient: ordinary.pullback(strange)[0], kernelGradient: pullback(numbers(3, images))[1] };
  };

  /** The largest change of results that do not depend on the element, and how many of those that do are finite. */
  const compare = (value: number, precision: ConvolutionPrecision) => {
    const [ordinary, strange] = [convolve(0.5, precision), convolve(value, precision)];
    let change = 0;
    let finite = 0;
    for (const name of ['forward', 'inputGradient', 'kernelGradient'] as const) {
      const [before, after] = [ordinary[name].data(), strange[name].data()];
      after.forEach((element, index) => {
        const position = Math.floor(index / 8);
        const depends = name === 'kernelGradient' ? position % 8 === 2 : isNear(Math.floor(position / size), position % size);
        if (!depends) change = Math.max(change, Number.isFinite(element) ? Math.abs(element - before[index]!) : Infinity);
        else if (Number.isFinite(element)) finite++;
      });
    }
    return { change, finite };
  };

  test.each([NaN, Infinity, -Infinity])('%d changes only results that have it as a term', (value) => {
    expect(compare(value, 'highest')).toEqual({ change: 0, finite: 0 });
    const { change, finite } = compare(value, 'default');
    expect(finite).toBe(0);
    expect(change).toBeLessThan(1e-4);
  });

  test.each([1e6, 1e30])('%d changes other results by its rounding error in the transform, and with highest not at all', (value) => {
    expect(compare(value, 'highest').change).toBe(0);
    expect(compare(value, 'default').change).toBeLessThan(2e-5 * value);
  });

  test('1e38 overflows in the transform, and not in the result', () => {
    for (const precision of ['default', 'highest'] as const) expect(compare(1e38, precision).change).toBeLessThan(1e-4);
  });
});
