import * as fc from 'fast-check';
import { List, Map, OrderedMap } from 'immutable';
import { describe, expect, test } from 'vitest';
import { ArgumentError, dispose, DTypeError, flattenTree, ShapeError, tensor, zeros, type Tensor } from '@adjoint/core';
import * as nn from '@adjoint/nn';
import { adam, OptimizerState, sgd, type Optimizer } from '@adjoint/nn';
import { living } from '../../../test/living.js';

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

const single: readonly (readonly [type: string, optimizer: nn.Optimizer])[] = [
  ['sgd', sgd({ learningRate: 0.1 })],
  ['sgd', sgd({ learningRate: 0.1, momentum: 0.9 })],
  ['rmsProp', nn.rmsProp({ centered: true, momentum: 0.9 })],
  ['adagrad', nn.adagrad()],
  ['adadelta', nn.adadelta()],
  ['adam', adam()],
  ['adam', adam({ amsgrad: true })],
  ['adamW', nn.adamW()],
  ['nadam', nn.nadam()],
  ['radam', nn.radam()],
  ['adamax', nn.adamax()],
  ['lion', nn.lion()],
];

describe.each(single)('%s', (name, optimizer) => {
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
    const before = living().tensors;
    const { moments } = optimizer.update(params, state, params).state;
    expect(living().tensors - before).toBe(2 * (1 + moments.size));
  });

  test('refuses parameters that are no floats, and gradients of another structure', () => {
    expect(() => optimizer.init([tensor([1], { dtype: 'int32' })])).toThrow(DTypeError);
    expect(() => optimizer.update<unknown>({ b: float64([1]) }, optimizer.init({ a: float64([1]) }), { a: float64([1]) })).toThrow(ArgumentError);
  });

  test('refuses gradients of another shape or dtype than their parameter, and the state of other parameters', () => {
    const state = optimizer.init({ a: float64([1]) });
    const update = (gradient: Tensor) => () => optimizer.update({ a: gradient }, state, { a: float64([1]) });
    expect(update(float64([1, 2]))).toThrow(new ShapeError(`${name}: the gradient of a is float64 [2], the parameter float64 [1]; expected one type`));
    expect(update(tensor([1]))).toThrow(DTypeError);
    if (state.moments.isEmpty()) return;
    expect(() => optimizer.update([float64([1])], state, [float64([1])])).toThrow(/other leaves than the parameters have: 1 tensor \(a\) against 1 tensor \(0\)/);
  });

  test('keeps dtypes, takes parameters of size 0, and its state is tensors and numbers', () => {
    const mixed = [tensor([1, -2]), float64([3]), zeros([0, 2]), zeros([], { dtype: 'float64' })];
    const typesOf = (tree: unknown) => flattenTree(tree).map(([, { dtype, shape }]) => [dtype, ...shape]);
    const { params: after, state } = optimizer.update(mixed, optimizer.init(mixed), mixed);
    expect(typesOf(after)).toEqual(typesOf(mixed));
    for (const moment of state.moments.values()) expect(typesOf(moment)).toEqual(typesOf(mixed));
    expect(state.delete('moments').toJS()).toEqual({ step: 1, learningRate: state.learningRate, learningRateScale: 1, moments: {}, parts: {} });
    expect(state.learningRate).toBeGreaterThan(0);
  });

  test('does to a leaf what it does to it alone, wherever it stands', () => {
    fc.assert(fc.property(fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 4 }), (leaves) => {
      const run = (wrap: (leaves: Tensor[]) => unknown) => {
        let params = wrap(leaves.map(([start]) => float64([start])));
        let state = optimizer.init(params);
        for (const column of [1, 2] as const) ({ params, state } = optimizer.update(wrap(leaves.map((leaf) => float64([leaf[column]]))), state, params));
        return flattenTree(params).map(([, leaf]) => leaf.item());
      };
      const alone = leaves.map(([start, ...slopes]) => trajectory(optimizer, start, slopes)[1]);
      expect(run((list) => list)).toEqual(alone);
      expect(run((list) => ({ deep: OrderedMap(list.map((leaf, index) => [`leaf${index}`, List([null, leaf])])) }))).toEqual(alone);
    }), { numRuns: 20 });
  });

  test('keeps memory flat', () => {
    let params = { w: tensor([[1, 2], [3, 4]]), b: tensor([1]) };
    let state = optimizer.init(params);
    const gradients = { w: tensor([[1, -2], [3, -4]]), b: tensor([2]) };
    const before = living();
    for (let step = 0; step < 200; step++) {
      const next = optimizer.update(gradients, state, params);
      dispose([params, state], next);
      ({ params, state } = next);
    }
    expect(living()).toEqual(before);
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
  [() => sgd({ learningRate: 1, dampening: 1 }), /sgd: dampening is 1/],
  [() => sgd({ learningRate: 1, momentum: 0.9, nesterov: true, dampening: 0.5 }), /sgd: nesterov takes no dampening, got 0.5/],
  [() => nn.scaleByMomentum({ nesterov: true }), /as in scaleByMomentum\({ momentum: 0.9, nesterov: true }\)/],
  [() => nn.rmsProp({ decay: 1 }), /rmsProp: decay is 1/],
  [() => nn.rmsProp({ momentum: -1 }), /rmsProp: momentum is -1/],
  [() => nn.rmsProp({ epsilon: NaN }), /rmsProp: epsilon is NaN/],
  [() => nn.adagrad({ initialAccumulator: -1 }), /adagrad: initialAccumulator is -1/],
  [() => nn.adagrad({ epsilon: -1 }), /adagrad: epsilon is -1/],
  [() => nn.adadelta({ decay: 1 }), /adadelta: decay is 1/],
  [() => nn.adadelta({ epsilon: -1 }), /adadelta: epsilon is -1/],
  [() => nn.adamW({ weightDecay: -1 }), /adamW: weightDecay is -1/],
  [() => nn.nadam({ momentumDecay: -1 }), /nadam: momentumDecay is -1/],
  [() => nn.radam({ beta1: 1 }), /radam: beta1 is 1/],
  [() => nn.adamax({ beta2: 1 }), /adamax: beta2 is 1/],
  [() => nn.lion({ beta1: 1 }), /lion: beta1 is 1/],
  [() => nn.lion({ beta2: 1 }), /lion: beta2 is 1/],
  [() => nn.lion({ weightDecay: Infinity }), /lion: weightDecay is Infinity/],
  [() => nn.addDecayedWeights(-1), /addDecayedWeights: weightDecay is -1/],
  [() => nn.scaleByLearningRate(-1), /scaleByLearningRate: learningRate is -1 at step 0/],
  [() => nn.clipByValue(0), /clipByValue: limit is 0/],
  [() => nn.clipByNorm(-1), /clipByNorm: maxNorm is -1/],
  [() => nn.clipByGlobalNorm(NaN), /clipByGlobalNorm: maxNorm is NaN/],
  [() => nn.accumulateGradients(adam(), { steps: 0 }), /accumulateGradients: steps is 0/],
  [() => nn.averageWeights(adam(), { decay: 1 }), /averageWeights: decay is 1/],
  [() => nn.partition({}, () => 'a' as never), /partition: got no optimizers/],
  [() => nn.chain(...([] as unknown as [nn.Optimizer])), /chain: got no links/],
  [() => nn.chain('adam' as never), /chain: link 0 is "adam"; expected a link or an optimizer, as in chain\(clip/],
  ...[nn.skipNonFinite, (one: Optimizer) => nn.freeze(one, '**'), (one: Optimizer) => nn.averageWeights(one), (one: Optimizer) => nn.partition({ one }, () => 'one'),
    (one: Optimizer) => nn.accumulateGradients(one, { steps: 2 })].map((wrap): [() => unknown, RegExp] =>
    [() => wrap('adam' as never), /(skipNonFinite|freeze|averageWeights|partition|accumulateGradients): optimizer is "adam"; expected an optimizer, as adam\(\)/]),
  [() => adam(0.1 as never), /adam: options is 0.1; expected an object with some of \[learningRate, .*beta1/],
  [() => nn.chain(adam() as unknown as nn.GradientTransformation, nn.clipByValue(1)), /chain: link 0 is the optimizer adam/],
])('refuses options out of range (%#)', (make: () => unknown, message) => {
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow(message);
});

test('a centered rmsProp takes gradients that never vary, whose variance rounding may bring below 0', () => {
  const optimizer = nn.rmsProp({ centered: true, decay: 0.5 });
  let params = float64([1, 1, 1, 1, 1]);
  let state = optimizer.init(params);
  for (let step = 0; step < 60; step++) ({ params, state } = optimizer.update(float64([0.1, 0.2, 0.3, 0.7, 1.1]), state, params));
  expect([...params.data()].every(Number.isFinite)).toBe(true);
});

test.each<[name: string, option: string, make: (flag: boolean) => unknown]>([
  ['averageWeights', 'biasCorrection', (biasCorrection) => nn.averageWeights(adam(), { biasCorrection })],
  ['adam', 'amsgrad', (amsgrad) => adam({ amsgrad })],
  ['adamW', 'amsgrad', (amsgrad) => nn.adamW({ amsgrad })],
  ['scaleByAdam', 'amsgrad', (amsgrad) => nn.scaleByAdam({ amsgrad })],
  ['rmsProp', 'centered', (centered) => nn.rmsProp({ centered })],
  ['sgd', 'nesterov', (nesterov) => sgd({ learningRate: 1, momentum: 0.5, nesterov })],
])('%s refuses %s that is neither true nor false', (name, option, make) => {
  expect(() => make('no' as unknown as boolean)).toThrow(new ArgumentError(`${name}: ${option} is "no"; expected true or false`));
});

const links = [
  nn.scaleByAdadelta, nn.scaleByAdagrad, nn.scaleByAdam, nn.scaleByAdamax, nn.scaleByLion, nn.scaleByMomentum, nn.scaleByNadam, nn.scaleByRadam, nn.scaleByRms,
];
const optimizers = [nn.adadelta, nn.adagrad, nn.adam, nn.adamW, nn.adamax, nn.lion, nn.nadam, nn.radam, nn.rmsProp, nn.sgd];

test.each([
  ...links.map((make) => [make.name, make as (options: object) => { readonly config: Map<string, unknown> }, {}] as const),
  ...optimizers.map((make) => [make.name, make as (options: object) => Optimizer, { learningRate: 1 }] as const),
])('%s names an option that it does not have, and those that it has', (name, make, options) => {
  const refused = () => make({ ...options, lr: 1 });
  expect(refused).toThrow(ArgumentError);
  expect(refused).toThrow(`${name}: unknown option 'lr'; expected one of [`);
  for (const option of make(options).config.keys()) expect(refused).toThrow(new RegExp(`[[ ]${option}[\\],]`));
});

test('averageWeights names an option that it does not have', () => {
  expect(() => nn.averageWeights(adam(), { decay: 0.9, rate: 1 } as nn.AverageWeightsOptions)).toThrow("averageWeights: unknown option 'rate'; expected one of [decay, biasCorrection]");
});

test('a param of one scalar works too', () => {
  const x: Tensor = tensor(4);
  const optimizer = sgd({ learningRate: 0.5 });
  expect(optimizer.update(tensor(2), optimizer.init(x), x).params.item()).toBe(3);
});
