import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { allocateArray, empty, keep, scope, type Backend, type DType, type Shape, type Tensor, type TypedArray } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, run, type Call } from './kernels.js';
import { activations, binaryOperations, dtypes, resultOf, unaryOperations } from './operations.js';
import { anyElement, broadcastView, contiguousViews, near, shapes, shapesThatBroadcastTo, views, type View } from './views.js';

/** A kernel whose every result is a function of one element of each input. */
interface Elementwise {
  readonly name: string;
  readonly inputs: readonly DType[];
  readonly out: DType;
  /** How many results an element has, one after the other along a leading axis. Default: 1, without that axis. */
  readonly results?: number;
  /** Whether inputs may broadcast. Default: false. */
  readonly broadcasts?: boolean;
  /** Whether inputs must be contiguous. Default: false. */
  readonly contiguous?: boolean;
  readonly call: Call;
}

const floats = ['float32', 'float64'] as const;

const kernels: readonly Elementwise[] = [
  ...unaryOperations.map(([operation, dtype]): Elementwise => ({
    name: `${operation} of ${dtype}`, inputs: [dtype], out: resultOf(operation, dtype), call: (on, out, x) => on.unary(operation, x, out),
  })),
  ...binaryOperations.map(([operation, dtype]): Elementwise => ({
    name: `${operation} of two ${dtype}`, inputs: [dtype, dtype], out: resultOf(operation, dtype), broadcasts: true,
    call: (on, out, x, y) => on.binary(operation, x, y, out),
  })),
  ...floats.flatMap((dtype) => activations.flatMap((name): Elementwise[] => {
    const activation = { name, constants: [0.75, 1.25] };
    return [
      { name: `${name} of ${dtype}`, inputs: [dtype], out: dtype, call: (on, out, x) => on.activation(activation, x, out) },
      {
        name: `the gradient of ${name} of ${dtype}`, inputs: [dtype, dtype], out: dtype,
        call: (on, out, c, x) => on.activationGradient(activation, c, x, out),
      },
    ];
  })),
  ...dtypes.map((dtype): Elementwise => ({
    name: `select of ${dtype}`, inputs: ['bool', dtype, dtype], out: dtype, broadcasts: true, call: (on, out, c, x, y) => on.select(c, x, y, out),
  })),
  ...dtypes.flatMap((from) => dtypes.map((to): Elementwise => ({
    name: `copy of ${from} to ${to}`, inputs: [from], out: to, call: (on, out, x) => on.copy(x, out),
  }))),
  ...floats.map((dtype): Elementwise => ({
    name: `adam of ${dtype}`, inputs: [dtype, dtype, dtype, dtype], out: dtype, results: 3, contiguous: true,
    call: (on, out, p, g, m, v) => on.adam(p, g, m, v, out, { stepSize: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6 }),
  })),
];

/** Often where functions bend, and often where one way to compute them ends and the next begins. */
function element(dtype: DType): fc.Arbitrary<number> {
  if (dtype !== 'float32' && dtype !== 'float64') return anyElement(dtype);
  const large = near(dtype, 3e6).filter((x) => Math.abs(x) > 1e5);
  return fc.oneof(anyElement(dtype), near(dtype, 8), near(dtype, 1000), large);
}

/** Evaluates a kernel on single elements, with zeros behind them. */
class Alone {
  private readonly found = new Map<string, TypedArray>();
  private readonly inputs: readonly Tensor[];
  private readonly out: Tensor;

  constructor(private readonly on: Backend, private readonly kernel: Elementwise) {
    const { inputs, out, results } = kernel;
    [this.inputs, this.out] = scope(() => keep([
      inputs.map((dtype) => empty(on, { dtype, shape: [1] })), empty(on, { dtype: out, shape: results === undefined ? [1] : [results, 1] }),
    ] as const));
  }

  results(elements: readonly number[]): TypedArray {
    const key = elements.map((x) => (Object.is(x, -0) ? '-0' : String(x))).join();
    const found = this.found.get(key) ?? this.evaluate(elements);
    this.found.set(key, found);
    return found;
  }

  private evaluate(elements: readonly number[]): TypedArray {
    const { on, kernel, inputs, out } = this;
    inputs.forEach(({ storage, dtype }, index) => on.write(storage.address, allocateArray(dtype, 1).fill(elements[index]!)));
    kernel.call(on, out, ...inputs);
    return on.readSync!(out.storage.address, kernel.out, 0, kernel.results ?? 1);
  }
}

/** Asserts that every result is the one that its elements have alone. `elements` are those of each input, as the kernel meets them. */
function expectAlone(actual: TypedArray, alone: Alone, elements: readonly TypedArray[]): void {
  const size = elements[0]!.length;
  for (let index = 0; index < size; index++) {
    const own = elements.map((values) => values[index]!);
    alone.results(own).forEach((expected, result) => {
      const value = actual[result * size + index]!;
      if (!Object.is(value, expected)) expect.fail(`element ${index} of ${size}, of ${own.join(' and ')}, is ${value}; alone it is ${expected}`);
    });
  }
}

function outShape({ results }: Elementwise, shape: Shape): Shape {
  return results === undefined ? shape : [results, ...shape];
}

describe.each(candidates)('each element of $name is a function of its own inputs alone', ({ create }) => {
  const single = create(1);
  const several = create(3);

  beforeAll(async () => {
    // The first job starts the threads; in a page they come when it is idle.
    scope(() => several.fill(0, empty(several, { dtype: 'float32', shape: [200_000] })));
    await new Promise((resolve) => setTimeout(resolve, 300));
  });

  it.each(kernels)('$name', (kernel) => {
    const alone = new Alone(single, kernel);
    const inputs = shapes().chain((shape) => {
      const own = kernel.broadcasts === true ? fc.oneof(fc.constant(shape), shapesThatBroadcastTo(shape)) : fc.constant(shape);
      const layouts = kernel.contiguous === true ? contiguousViews : views;
      return fc.tuple(fc.constant(shape), fc.tuple(...kernel.inputs.map((dtype) => own.chain((part) => layouts(dtype, part, element(dtype))))));
    });
    // In any place, with any neighbors, by any strides, repeated or not.
    fc.assert(fc.property(inputs, ([shape, operands]) => {
      const test = { inputs: operands, out: { dtype: kernel.out, shape: outShape(kernel, shape) }, call: kernel.call };
      expectAlone(run(single, test), alone, operands.map((view) => elementsOf(broadcastView(view, shape))));
    }), { numRuns: 30 });
    // Among so many that threads share them.
    const size = 40_001;
    const pools = fc.tuple(...kernel.inputs.map((dtype) => fc.array(element(dtype), { minLength: 9, maxLength: 15 })));
    fc.assert(fc.property(pools, (elements) => {
      const operands = kernel.inputs.map((dtype, input): View => {
        const pool = elements[input]!;
        const memory = allocateArray(dtype, size).map((_, index) => pool[(Math.imul(index + 1, 0x9e3779b1 + 2 * input) >>> 12) % pool.length]!);
        return { dtype, shape: [size], strides: [1], offset: 0, memory };
      });
      const test = { inputs: operands, out: { dtype: kernel.out, shape: outShape(kernel, [size]) }, call: kernel.call };
      for (const on of [single, several]) expectAlone(run(on, test), alone, operands.map(({ memory }) => memory));
    }), { numRuns: 1 });
  });
});
