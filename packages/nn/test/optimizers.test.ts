import * as fc from 'fast-check';
import { List, Map, OrderedMap } from 'immutable';
import { describe, expect, test } from 'vitest';
import { ArgumentError, DTypeError, flattenTree, memoryStats, tensor, type Tensor } from '@adjoint/core';
import { adam, OptimizerState, sgd, type Optimizer } from '@adjoint/nn';

const float64 = (values: number[]) => tensor(values, { dtype: 'float64' });
const number = fc.double({ min: -3, max: 3, noNaN: true });
const steps = fc.array(number, { minLength: 1, maxLength: 6 });

/** The parameter after each gradient. */
function trajectory(optimizer: Optimizer, start: number, gradients: readonly number[]): number[] {
  let params = float64([start]);
  let state = optimizer.init(params);
  return gradients.map((gradient) => {
    ({ params, state } = optimizer.update(float64([gradient]), state, params));
    return params.data()[0]!;
  });
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, index) => expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-12));
  expect(actual.length).toBe(expected.length);
}

describe('sgd', () => {
  test('goes down the gradient', () => {
    expectClose(trajectory(sgd({ learningRate: 0.1 }), 1, [2, -1]), [0.8, 0.9]);
  });

  test('with momentum, worked out by hand', () => {
    // v: 1, 1.5, 1.75; p: 1 - 0.1 (1), - 0.1 (1.5), - 0.1 (1.75)
    expectClose(trajectory(sgd({ learningRate: 0.1, momentum: 0.5 }), 1, [1, 1, 1]), [0.9, 0.75, 0.575]);
  });

  test('with Nesterov momentum, worked out by hand', () => {
    // g + 0.5 v: 1.5, 1.75, 1.875
    expectClose(trajectory(sgd({ learningRate: 0.1, momentum: 0.5, nesterov: true }), 1, [1, 1, 1]), [0.85, 0.675, 0.4875]);
  });

  test('follows the recurrence for any gradients', () => {
    fc.assert(fc.property(number, steps, fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.boolean(), (start, gradients, momentum, nesterov) => {
      let [p, v] = [start, 0];
      const expected = gradients.map((g) => {
        v = momentum * v + g;
        p -= 0.05 * (nesterov ? g + momentum * v : v);
        return p;
      });
      expectClose(trajectory(sgd({ learningRate: 0.05, momentum, nesterov }), start, gradients), expected);
    }));
  });

  test('asks a schedule for the rate of each step, from 0', () => {
    const asked: number[] = [];
    const optimizer = sgd({ learningRate: (step) => { asked.push(step); return 1 / (step + 1); } });
    asked.length = 0;
    expectClose(trajectory(optimizer, 0, [1, 1, 1]), [-1, -1.5, -1.5 - 1 / 3]);
    expect(asked).toEqual([0, 1, 2]);
  });
});

describe('adam', () => {
  test('follows algorithm 1 of the paper for any gradients', () => {
    const beta = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(fc.property(number, steps, beta, beta, fc.double({ min: 1e-8, max: 0.1, noNaN: true }), (start, gradients, beta1, beta2, epsilon) => {
      let [p, m, v] = [start, 0, 0];
      const expected = gradients.map((g, index) => {
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        const corrected = m / (1 - beta1 ** (index + 1));
        p -= (0.05 * corrected) / (Math.sqrt(v / (1 - beta2 ** (index + 1))) + epsilon);
        return p;
      });
      const actual = trajectory(adam({ learningRate: 0.05, beta1, beta2, epsilon }), start, gradients);
      actual.forEach((value, index) => expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-9));
    }));
  });

  test('has the defaults of the paper', () => {
    expect(adam().config.toObject()).toEqual({ learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false });
    // The first step is the learning rate, whatever the gradient's size.
    expectClose(trajectory(adam({ epsilon: 0 }), 1, [1e-3]), [0.999]);
  });

  test('asks a schedule for the rate of each step, from 0', () => {
    const actual = trajectory(adam({ learningRate: (step) => (step === 0 ? 0 : 0.5), epsilon: 0 }), 1, [1, 1]);
    expectClose(actual, [1, 0.5]);
  });
});

describe.each([['sgd', sgd({ learningRate: 0.1, momentum: 0.9 })], ['adam', adam()]] as const)('%s', (name, optimizer) => {
  const params = { layers: OrderedMap({ dense: Map({ kernel: float64([1, 2]) }) }), others: [List([float64([3])])] };

  test('keeps the structure of the parameters, and leaves old values as they were', () => {
    const state = optimizer.init(params);
    const first = optimizer.update(params, state, params);
    const second = optimizer.update(params, first.state, first.params);
    const paths = (tree: unknown) => flattenTree(tree).map(([path]) => path);
    expect(paths(second.params)).toEqual(paths(params));
    for (const moment of second.state.moments.values()) expect(paths(moment)).toEqual(paths(params));
    expect([state.step, first.state.step, second.state.step]).toEqual([0, 1, 2]);
    expect(params.layers.get('dense')!.get('kernel').toArray()).toEqual([1, 2]);
    const repeated = optimizer.update(params, first.state, first.params);
    expect(flattenTree(repeated.params).map(([, leaf]) => leaf.toArray())).toEqual(flattenTree(second.params).map(([, leaf]) => leaf.toArray()));
    expect(second.state).toBeInstanceOf(OptimizerState);
    expect(optimizer.type).toBe(name);
  });

  test('makes no tensors but its results', () => {
    const state = optimizer.init(params);
    const before = memoryStats().tensors;
    const { moments } = optimizer.update(params, state, params).state;
    expect(memoryStats().tensors - before).toBe(2 * (1 + moments.size));
  });

  test('refuses parameters that are no floats, and gradients of another structure', () => {
    expect(() => optimizer.init([tensor([1], { dtype: 'int32' })])).toThrow(DTypeError);
    expect(() => optimizer.update<unknown>({ b: float64([1]) }, optimizer.init({ a: float64([1]) }), { a: float64([1]) })).toThrow(ArgumentError);
  });
});

test.each([
  [() => sgd({ learningRate: -1 }), /sgd: learningRate is -1/],
  [() => sgd({ learningRate: () => NaN }), /sgd: learningRate is NaN at step 0/],
  [() => sgd({ learningRate: 1, momentum: 1 }), /sgd: momentum is 1/],
  [() => sgd({ learningRate: 1, nesterov: true }), /nesterov needs a momentum/],
  [() => adam({ beta1: 1 }), /adam: beta1 is 1/],
  [() => adam({ beta2: -0.1 }), /adam: beta2 is -0.1/],
  [() => adam({ epsilon: -1 }), /adam: epsilon is -1/],
])('refuses options out of range (%#)', (make: () => unknown, message) => {
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow(message);
});

test('a param of one scalar works too', () => {
  const x: Tensor = tensor(4);
  const optimizer = sgd({ learningRate: 0.5 });
  expect(optimizer.update(tensor(2), optimizer.init(x), x).params.item()).toBe(3);
});
