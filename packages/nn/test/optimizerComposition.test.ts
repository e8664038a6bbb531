import * as fc from 'fast-check';
import { Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import { ArgumentError, dispose, flattenTree, grad, key, tensor, zeros, type Tensor } from '@adjoint/core';
import * as nn from '@adjoint/nn';
import { matmul, mean, neg, slice, square, sub } from '@adjoint/ops';
import { living } from '../../../test/living.js';

const float64 = (values: number | number[]) => tensor(values, { dtype: 'float64' });
const valuesOf = (tree: unknown) => flattenTree(tree).flatMap(([, leaf]) => [...leaf.data()]);

/** What a link makes of gradients. */
function transformed<P>(link: nn.GradientTransformation, gradients: P, params: P = gradients): P {
  return link.update(gradients, link.init(params), params)[0];
}

function run(optimizer: nn.Optimizer, start: unknown, gradients: readonly unknown[]) {
  let params = start;
  let state = optimizer.init(params);
  for (const gradient of gradients) ({ params, state } = optimizer.update(gradient, state, params));
  return { params, state };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-12));
}

describe('chain', () => {
  test('runs the links in order, and names their states by their types', () => {
    const optimizer = nn.chain(nn.clipByValue(1), nn.addDecayedWeights(0.5), nn.clipByValue(2), nn.scaleByLearningRate(0.1));
    const { params, state } = run(optimizer, float64([4, -2]), [float64([9, 0.5])]);
    // Clipped to [1, 0.5], decayed to [3, -0.5], clipped to [2, -0.5].
    expectClose(valuesOf(params), [3.8, -1.95]);
    expect([...state.parts.keys()]).toEqual(['clipByValue', 'addDecayedWeights', 'clipByValue_1', 'scaleByLearningRate']);
    expect(state.parts.map(({ step }) => step).toSet().toArray()).toEqual([1]);
    expect([state.step, state.learningRate]).toEqual([1, 0.1]);
  });

  test('without a learning rate goes the whole direction', () => {
    expectClose(valuesOf(run(nn.chain(nn.clipByValue(1)), float64([4]), [float64([9])]).params), [3]);
  });

  test('ends with an optimizer, that sees what the links made', () => {
    const optimizer = nn.chain(nn.clipByValue(1), nn.sgd({ learningRate: 0.5, momentum: 0.5 }));
    const { params, state } = run(optimizer, float64([4]), [float64([9]), float64([-9])]);
    expectClose(valuesOf(params), [4 - 0.5 + 0.25]);
    expectClose(valuesOf(state.parts.get('sgd')!.moments.get('velocity')), [-0.5]);
  });

  test('takes links that others wrote, and tells when one changes the type', () => {
    const linkBy = (fn: (gradient: Tensor) => Tensor): nn.GradientTransformation => ({
      type: 'mine', config: Map(), ...nn.leafwise('mine', { coefficients: () => (_, gradient) => [fn(gradient)] }),
    });
    expectClose(valuesOf(run(nn.chain(linkBy(neg)), float64([1]), [float64([2])]).params), [3]);
    expect(() => run(nn.chain(linkBy((gradient) => slice(gradient, [[0, 1]]))), float64([1, 2]), [float64([1, 1])])).toThrow(/chain: the gradient of the parameter is float64 \[1\]/);
  });

  test('prints its links as JSON', () => {
    const { config } = nn.chain(nn.clipByGlobalNorm(1), nn.addDecayedWeights(0.1, { mask: '**.kernel' }), nn.sgd({ learningRate: 1 }));
    expect(JSON.parse(JSON.stringify(config))).toEqual({ links: [
      { type: 'clipByGlobalNorm', config: { maxNorm: 1 } },
      { type: 'addDecayedWeights', config: { weightDecay: 0.1, mask: '**.kernel' } },
      { type: 'sgd', config: { learningRate: 1, momentum: 0, nesterov: false, dampening: 0 } },
    ] });
  });

  test('refuses the state of another optimizer', () => {
    const params = float64([1]);
    expect(() => nn.chain(nn.clipByValue(1)).update(params, nn.adam().init(params), params))
      .toThrow(new ArgumentError("chain: the state has no part clipByValue; expected a state that began with this optimizer's init"));
  });
});

describe('clipping', () => {
  // Whose squares do not underflow.
  const elements = fc.array(fc.integer({ min: -64_000, max: 64_000 }).map((value) => value / 64), { maxLength: 5 });
  const trees = fc.tuple(elements, elements).map(([a, b]) => ({ a: float64(a), b: float64(b) }));
  const limits = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
  const lengthOf = (values: readonly number[]) => Math.hypot(...values);

  test('by the global norm keeps the direction and bounds the length', () => {
    fc.assert(fc.property(trees, limits, (gradients, maxNorm) => {
      const before = valuesOf(gradients);
      const after = valuesOf(transformed(nn.clipByGlobalNorm(maxNorm), gradients));
      const length = lengthOf(before);
      expect(Math.abs(nn.globalNorm(gradients).item() - length)).toBeLessThanOrEqual(1e-12 * length);
      expect(lengthOf(after)).toBeLessThanOrEqual(maxNorm * (1 + 1e-12));
      const factor = Math.min(1, maxNorm / length);
      before.forEach((value, index) => expect(Math.abs(after[index]! - factor * value)).toBeLessThanOrEqual(1e-12 * maxNorm));
      if (length < maxNorm * (1 - 1e-12)) expect(after).toEqual(before);
    }));
  });

  test('by the norm bounds each tensor by itself, by value each element', () => {
    fc.assert(fc.property(trees, limits, (gradients, limit) => {
      const byNorm = transformed(nn.clipByNorm(limit), gradients);
      for (const name of ['a', 'b'] as const) {
        const factor = Math.min(1, limit / lengthOf(valuesOf(gradients[name])));
        expect(lengthOf(valuesOf(byNorm[name]))).toBeLessThanOrEqual(limit * (1 + 1e-12));
        valuesOf(gradients[name]).forEach((value, index) => expect(Math.abs(valuesOf(byNorm[name])[index]! - factor * value)).toBeLessThanOrEqual(1e-12 * limit));
      }
      expect(valuesOf(transformed(nn.clipByValue(limit), gradients))).toEqual(valuesOf(gradients).map((value) => Math.max(-limit, Math.min(limit, value))));
    }));
  });

  test('keeps dtypes, also of trees with both, and takes zeros and nothing', () => {
    const mixed = { single: tensor([3]), double: float64([4]), none: zeros([0]) };
    const clipped = transformed(nn.clipByGlobalNorm(1), mixed);
    expect(flattenTree(clipped).map(([, { dtype }]) => dtype)).toEqual(['float32', 'float64', 'float32']);
    expect(clipped.single.item()).toBeCloseTo(0.6, 6);
    expect(valuesOf(transformed(nn.clipByGlobalNorm(1), float64([0, 0])))).toEqual([0, 0]);
    expect(transformed(nn.clipByGlobalNorm(1), {})).toEqual({});
    expect(nn.globalNorm([]).item()).toBe(0);
  });

  test('of what is not finite does what its doc says', () => {
    expect(valuesOf(transformed(nn.clipByGlobalNorm(1), [float64([NaN]), float64([1])]))).toEqual([NaN, NaN]);
    expect(valuesOf(transformed(nn.clipByGlobalNorm(1), [float64([-Infinity]), float64([1])]))).toEqual([NaN, 0]);
    expect(valuesOf(transformed(nn.clipByValue(1), float64([Infinity, NaN, -Infinity])))).toEqual([1, NaN, -1]);
  });
});

describe('decay of weights', () => {
  const params = { dense: { kernel: float64([10, 20]), bias: float64([10]) } };
  const still = { dense: { kernel: float64([0, 0]), bias: float64([0]) } };

  test.each([
    ['a pattern', '**.kernel'],
    ['a predicate of the path', (path: string) => path === 'dense.kernel'],
    ['a predicate of the parameter', (_: string, parameter: Tensor) => parameter.size > 1],
  ])('falls on those that %s chooses', (_, mask) => {
    const decaying = [
      nn.chain(nn.addDecayedWeights(0.5, { mask }), nn.scaleByLearningRate(0.2)),
      nn.adamW({ learningRate: 0.2, weightDecay: 0.5, mask }),
      nn.adamW({ learningRate: 0.2, weightDecay: 0.5, mask, amsgrad: true }),
      nn.lion({ learningRate: 0.2, weightDecay: 0.5, mask }),
    ];
    for (const optimizer of decaying) expectClose(valuesOf(run(optimizer, params, [still]).params), [9, 18, 10]);
  });
});

describe('accumulateGradients', () => {
  const inputs = tensor([[1, 2], [0, -1], [3, 1], [-2, 0.5], [1, 1], [2, -2], [0.25, 4], [-1, -1]], { dtype: 'float64' });
  const targets = tensor([[1], [2], [-1], [0.5], [3], [-2], [1], [0]], { dtype: 'float64' });
  const gradientOf = (weights: Tensor, from: number, to: number) =>
    grad((w: Tensor) => mean(square(sub(matmul(slice(inputs, [[from, to]]), w), slice(targets, [[from, to]])))))(weights);

  test.each([
    ['sgd', () => nn.sgd({ learningRate: 0.125 })],
    ['adam', () => nn.adam({ learningRate: 0.125 })],
    ['a chain', () => nn.chain(nn.clipByGlobalNorm(0.5), nn.scaleByMomentum({ momentum: 0.5 }), nn.scaleByLearningRate(0.25))],
  ])('of four quarters is %s on the whole batch', (_, make) => {
    const start = tensor([[0.5], [-0.25]], { dtype: 'float64' });
    const [whole, accumulated] = [make(), nn.accumulateGradients(make(), { steps: 4 })];
    let [large, small] = [{ params: start, state: whole.init(start) }, { params: start, state: accumulated.init(start) }];
    for (let update = 0; update < 3; update++) {
      large = whole.update(gradientOf(large.params, 0, 8), large.state, large.params);
      for (let part = 0; part < 4; part++) small = accumulated.update(gradientOf(small.params, 2 * part, 2 * part + 2), small.state, small.params);
      expectClose(valuesOf(small.params), valuesOf(large.params));
    }
    expect([small.state.step, small.state.parts.get('optimizer')!.step]).toEqual([12, 3]);
  });

  test('updates with the exact mean, leaves the parameters alone in between, and counts updates for schedules', () => {
    const asked: number[] = [];
    const optimizer = nn.accumulateGradients(nn.sgd({ learningRate: (step) => { asked.push(step); return 1; } }), { steps: 3 });
    asked.length = 0;
    const params = float64([1]);
    const gradient = float64([2]);
    const first = optimizer.update(gradient, optimizer.init(params), params);
    const second = optimizer.update(float64([4]), first.state, first.params);
    expect(second.params).toBe(params);
    const third = optimizer.update(float64([-3]), second.state, second.params);
    expect(valuesOf(third.params)).toEqual([0]);
    expect(valuesOf(third.state.moments.get('sum'))).toEqual([0]);
    expect(asked).toEqual([0]);
    expect([second.state.learningRate, third.state.learningRate]).toEqual([null, 1]);
    // The sum is the state's own: the caller may give the gradient away.
    dispose(gradient);
    expect(valuesOf(first.state.moments.get('sum'))).toEqual([2]);
  });
});

describe('averageWeights', () => {
  const gradients = [1, -2, 0.5, 3].map((value) => float64([value, -value]));
  const decay = 0.75;

  test('is the recurrence, from the first weights', () => {
    const optimizer = nn.averageWeights(nn.sgd({ learningRate: 0.5 }), { decay });
    let [params, average] = [[2, 1], [2, 1]];
    for (const [index] of gradients.entries()) {
      const { params: actual, state } = run(optimizer, float64([2, 1]), gradients.slice(0, index + 1));
      params = params.map((value, place) => value - 0.5 * gradients[index]!.data()[place]!);
      average = average.map((value, place) => decay * value + (1 - decay) * params[place]!);
      expectClose(valuesOf(actual), params);
      expectClose(valuesOf(nn.averagedWeights(state, actual)), average);
    }
  });

  test('with bias correction is the mean from 0 over 1 - decay ** t', () => {
    const optimizer = nn.averageWeights(nn.sgd({ learningRate: 0.5 }), { decay, biasCorrection: true });
    let [params, sum] = [2, 0];
    for (const [index, gradient] of gradients.entries()) {
      params -= 0.5 * gradient.data()[0]!;
      sum = decay * sum + (1 - decay) * params;
      const { state } = run(optimizer, float64([2, 1]), gradients.slice(0, index + 1));
      expectClose([valuesOf(state.moments.get('average'))[0]!], [sum / (1 - decay ** (index + 1))]);
    }
    // The weights themselves, also where the way to them from those before would round.
    const first = run(nn.averageWeights(nn.adamW({ learningRate: 1, weightDecay: 1 }), { decay, biasCorrection: true }), float64([1e8]), [float64([0.3])]);
    expect(valuesOf(nn.averagedWeights(first.state, first.params))).toEqual(valuesOf(first.params));
  });

  test('lives on when the parameters are given back, and is found inside of others', () => {
    const optimizer = nn.chain(nn.clipByValue(1), nn.averageWeights(nn.sgd({ learningRate: 1 }), { decay: 0.5 }));
    const params = { w: float64([4]) };
    const start = optimizer.init(params);
    const { params: after, state } = optimizer.update({ w: float64([9]) }, start, params);
    dispose(params);
    expect(valuesOf(nn.averagedWeights(start, after))).toEqual([4]);
    expect(valuesOf(nn.averagedWeights(state, after))).toEqual([3.5]);
    expect(() => nn.averagedWeights(state, [after.w])).toThrow(/averagedWeights: the state's average: other leaves/);
    expect(() => nn.averagedWeights(nn.adam().init(after), after)).toThrow(/averagedWeights: the state has no average/);
  });
});

describe('partition and freeze', () => {
  const params = { encoder: { kernel: float64([1, 2]) }, head: { kernel: float64([3, 4]), bias: float64([5]) } };

  test('each optimizer updates its own, as if there were no others', () => {
    const optimizers = { body: nn.adam({ learningRate: 0.1 }), head: nn.chain(nn.clipByGlobalNorm(1), nn.sgd({ learningRate: 1, momentum: 0.9 })) };
    const optimizer = nn.partition(optimizers, (path) => (path.startsWith('head.') ? 'head' : 'body'));
    const gradients = [params, { encoder: { kernel: float64([-7, 1]) }, head: { kernel: float64([0, 1]), bias: float64([-9]) } }];
    const { params: after, state } = run(optimizer, params, gradients);
    const body = run(optimizers.body, params.encoder, gradients.map(({ encoder }) => encoder));
    const head = run(optimizers.head, params.head, gradients.map(({ head: own }) => own));
    expect(valuesOf(after)).toEqual([...valuesOf(body.params), ...valuesOf(head.params)]);
    expect(flattenTree(state.parts.get('body')!.moments.get('first')).map(([path]) => path)).toEqual(['encoder.kernel']);
    expect([state.step, state.learningRate, state.parts.get('head')!.learningRate]).toEqual([2, 0.1, 1]);
  });

  test('tells of a label without an optimizer', () => {
    const optimizer = nn.partition({ body: nn.adam() }, (path) => (path.startsWith('head.') ? 'haed' : 'body') as 'body');
    expect(() => optimizer.init(params)).toThrow(new ArgumentError("partition: labelOf gives 'haed' for parameter head.kernel; expected one of 'body'"));
  });

  test.each([['encoder.**'], [(path: string) => path.startsWith('encoder.')], [(_: string, parameter: Tensor) => parameter === params.encoder.kernel]])(
    'the frozen stay the tensors that they are, whatever the gradient (%#)', (filter) => {
      const optimizer = nn.freeze(nn.adamW({ learningRate: 1 }), filter);
      const before = living().tensors;
      const state = optimizer.init(params);
      expect(living().tensors - before).toBe(4);
      const updated = optimizer.update({ encoder: { kernel: float64([NaN, 1]) }, head: params.head }, state, params);
      expect(updated.params.encoder.kernel).toBe(params.encoder.kernel);
      expect(valuesOf(updated.params.head)).not.toEqual(valuesOf(params.head));
      expect(updated.state.parts.map(({ step }) => step).toObject()).toEqual({ trained: 1, frozen: 1 });
      expect(valuesOf(params)).toEqual([1, 2, 3, 4, 5]);
    });

  test('the frozen can be all or none, and a tensor alone', () => {
    const x = float64([1]);
    expect(nn.freeze(nn.adam(), '**').update(x, nn.freeze(nn.adam(), '**').init(x), x).params).toBe(x);
    expect(valuesOf(run(nn.freeze(nn.sgd({ learningRate: 1 }), () => false), x, [float64([3])]).params)).toEqual([-2]);
  });
});

test('skipNonFinite leaves an update out, state and all', () => {
  const optimizer = nn.skipNonFinite(nn.adam({ learningRate: 0.1 }));
  const params = [float64([1]), float64([2]), zeros([0], { dtype: 'float64' })];
  const slope = (a: number, b: number) => [float64([a]), float64([b]), params[2]!];
  const skipped = run(optimizer, params, [slope(1, 2), slope(1, Infinity), slope(NaN, 1), slope(-1, 3)]);
  const straight = run(nn.adam({ learningRate: 0.1 }), params, [slope(1, 2), slope(-1, 3)]);
  expect(valuesOf(skipped.params)).toEqual(valuesOf(straight.params));
  expect([skipped.state.step, skipped.state.parts.get('optimizer')!.step]).toEqual([4, 2]);
});

describe('withLearningRateScale', () => {
  const bare = (scale: number) => {
    const x = float64([1]);
    const optimizers = [
      nn.adam({ learningRate: 0.5, epsilon: 0 }),
      nn.lion({ learningRate: () => 0.5, weightDecay: 0 }),
      nn.chain(nn.scaleByLion(), nn.scaleByLearningRate(0.5)),
      nn.freeze(nn.accumulateGradients(nn.averageWeights(nn.lion({ learningRate: 0.5, weightDecay: 0 })), { steps: 1 }), () => false),
    ];
    return optimizers.map((optimizer) => {
      const { params, state } = optimizer.update(float64([3]), nn.withLearningRateScale(optimizer.init(x), scale), x);
      return [params.item(), state.learningRate, state.learningRateScale];
    });
  };

  test('multiplies the learning rate wherever it stands, and stays', () => {
    expect(bare(0.5)).toEqual(Array(4).fill([0.75, 0.25, 0.5]));
    expect(bare(0)).toEqual(Array(4).fill([1, 0, 0]));
  });

  test('replaces the former factor, and refuses what is none', () => {
    const state = nn.withLearningRateScale(nn.withLearningRateScale(nn.adam().init(float64([1])), 0.5), 0.25);
    expect(state.learningRateScale).toBe(0.25);
    for (const factor of [-1, NaN, Infinity]) expect(() => nn.withLearningRateScale(state, factor)).toThrow(/learningRateScale is (-1|NaN|Infinity); expected a finite number from 0/);
  });
});

test.each<[string, nn.Optimizer]>([
  ['chain', nn.chain(nn.clipByGlobalNorm(1), nn.clipByNorm(1), nn.scaleByAdam(), nn.addDecayedWeights(0.1), nn.scaleByLearningRate(0.1))],
  ['partition', nn.partition({ b: nn.sgd({ learningRate: 0.1 }), w: nn.adam() }, (path) => path as 'b' | 'w')],
  ['freeze', nn.freeze(nn.adam(), 'w')],
  ['accumulateGradients', nn.accumulateGradients(nn.adam(), { steps: 3 })],
  ['averageWeights', nn.averageWeights(nn.adam(), { biasCorrection: true })],
  ['skipNonFinite', nn.skipNonFinite(nn.adam())],
])('%s keeps memory flat, and old values as they were', (_, optimizer) => {
  const start = { w: tensor([[1, 2], [3, 4]]), b: tensor([1]) };
  const gradients = { w: tensor([[1, -2], [3, -4]]), b: tensor([2]) };
  const first = optimizer.init(start);
  const snapshot = valuesOf([start, first.moments, first.parts.map(({ moments }) => moments)]);
  let { params, state } = optimizer.update(gradients, first, start);
  const counts = new Set<string>();
  for (let step = 1; step < 200; step++) {
    const next = optimizer.update(gradients, state, params);
    dispose([params, state], [next, start, first]);
    ({ params, state } = next);
    counts.add(JSON.stringify(living()));
  }
  // Of bytes there is one figure but for the updates that share the parameters with the ones before.
  expect(counts.size).toBeLessThanOrEqual(2);
  expect(valuesOf([start, first.moments, first.parts.map(({ moments }) => moments)])).toEqual(snapshot);
  expect(valuesOf(optimizer.update(gradients, first, start).params)).toEqual(valuesOf(optimizer.update(gradients, first, start).params));
});

test('an update can be differentiated, where its operations can', () => {
  const optimizer = nn.chain(nn.addDecayedWeights(0.5), nn.sgd({ learningRate: 0.5 }));
  const one = float64(1);
  // The parameter after the update is 1 - (g + 0.5) / 2.
  const after = (gradient: Tensor) => square(optimizer.update(gradient, optimizer.init(one), one).params);
  expect(grad(after)(float64(2)).item()).toBe(0.25);
});

describe('leaves are matched by path', () => {
  const params = { kernel: float64([1, -2]), bias: float64([3, 0.5]), inner: { a: float64([4, 4]), b: float64([-1, 2]) } };
  const gradients = { kernel: float64([0.3, 0.7]), bias: float64([-2, 5]), inner: { a: float64([1, 0.1]), b: float64([9, -0.4]) } };
  const shuffled = { inner: { b: gradients.inner.b, a: gradients.inner.a }, bias: gradients.bias, kernel: gradients.kernel };
  const { sgd, adam } = nn;

  const optimizers: Record<string, () => nn.Optimizer> = {
    sgd: () => sgd({ learningRate: 0.1, momentum: 0.9 }),
    adam, adamW: nn.adamW, adamax: nn.adamax, nadam: nn.nadam, radam: nn.radam, lion: nn.lion, adagrad: nn.adagrad, adadelta: nn.adadelta, rmsProp: nn.rmsProp,
    'adam with amsgrad': () => adam({ amsgrad: true }),
    'a chain': () => nn.chain(nn.clipByGlobalNorm(1), nn.addDecayedWeights(0.1, { mask: '**.a' }), nn.scaleByAdam(), nn.scaleByLearningRate(0.1)),
    'a chain of one optimizer': () => nn.chain(nn.clipByNorm(1), adam()),
    partition: () => nn.partition({ one: sgd({ learningRate: 1 }), two: adam() }, (path) => (path.startsWith('inner') ? 'one' : 'two')),
    freeze: () => nn.freeze(adam(), 'inner.a'),
    accumulateGradients: () => nn.accumulateGradients(adam(), { steps: 2 }),
    averageWeights: () => nn.averageWeights(adam()),
    skipNonFinite: () => nn.skipNonFinite(adam()),
  };

  test.each(Object.entries(optimizers))('%s takes gradients whose names come in another order', (_, make) => {
    const optimizer = make();
    const expected = run(optimizer, params, [gradients, gradients]);
    const actual = run(optimizer, params, [shuffled, gradients]);
    expect(flattenTree(actual.params).map(([path]) => path)).toEqual(flattenTree(params).map(([path]) => path));
    expect(valuesOf(actual.params)).toEqual(valuesOf(expected.params));
    expect(actual.state.moments.map((moment) => valuesOf(moment)).toJS()).toEqual(expected.state.moments.map((moment) => valuesOf(moment)).toJS());
  });

  test('a state whose names come in another order is taken too, and other structures are refused', () => {
    const optimizer = adam();
    const { state } = optimizer.update(gradients, optimizer.init(params), params);
    const moved = state.update('moments', (moments) => moments.map((moment) => {
      const { kernel, bias, inner } = moment as typeof params;
      return { inner: { b: inner.b, a: inner.a }, bias, kernel };
    }));
    expect(valuesOf(optimizer.update(gradients, moved, params).params)).toEqual(valuesOf(optimizer.update(gradients, state, params).params));
    expect(() => optimizer.update({ ...gradients, bias: { x: gradients.bias } } as unknown as typeof params, state, params))
      .toThrow(/adam: gradients: other leaves .*bias\.x.* against .*bias/);
  });

  test.each(Object.entries(optimizers))('%s refuses moments of other shapes', (_, make) => {
    const optimizer = make();
    const { state } = optimizer.update(gradients, optimizer.init(params), params);
    const larger = Object.fromEntries(['kernel', 'bias'].map((name) => [name, float64([1, 2, 3])])) as Pick<typeof params, 'kernel' | 'bias'>;
    const others = { ...params, ...larger };
    expect(() => optimizer.update({ ...gradients, ...larger }, state, others)).toThrow(/the state's \w+ of kernel is float64 \[2\], the parameter float64 \[3\]/);
  });
});

describe('patterns are compared with all parameters, also where others update some', () => {
  const params = { dense: { kernel: float64([1]), bias: float64([2]) }, head: { kernel: float64([3]) } };
  const isHead = (path: string) => (path.startsWith('head.') ? 'head' : 'body');

  test.each<[string, (mask: string) => nn.Optimizer]>([
    ['partition', (mask) => nn.partition({ body: nn.adamW({ mask }), head: nn.adamW({ mask }) }, isHead)],
    ['freeze', (mask) => nn.freeze(nn.adamW({ mask }), 'dense.**')],
    ['links', (mask) => nn.freeze(nn.chain(nn.addDecayedWeights(0.1, { mask }), nn.lion({ mask })), 'dense.**')],
    ['others between', (mask) => nn.freeze(nn.skipNonFinite(nn.accumulateGradients(nn.averageWeights(nn.adamW({ mask }), { decay: 0.5 }), { steps: 2 })), 'dense.**')],
    ['freeze in partition', (mask) => nn.partition({ body: nn.freeze(nn.sgd({ learningRate: 1 }), mask), head: nn.freeze(nn.sgd({ learningRate: 1 }), mask) }, isHead)],
  ])('%s', (_, make) => {
    const optimizer = make('dense.**');
    expect(optimizer.update(params, optimizer.init(params), params).state.step).toBe(1);
    expect(() => make('dens.**').init(params)).toThrow(/'dens\.\*\*' matches no tensor; expected a pattern of paths such as \[dense\.kernel, dense\.bias, head\.kernel\]/);
  });

  test('layers that do not learn count', () => {
    const model = nn.sequential(nn.dense({ units: 2, name: 'body', trainable: false }), nn.dense({ units: 1, name: 'head' }));
    const begin = (optimizer: nn.Optimizer) => nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [3] }).step;
    expect(begin(nn.adamW({ mask: 'body.**' }))).toBe(0);
    expect(begin(nn.freeze(nn.adam(), 'body.**'))).toBe(0);
    expect(begin(nn.partition({ body: nn.sgd({ learningRate: 0 }), head: nn.adam() }, isHead))).toBe(0);
    expect(() => begin(nn.adamW({ mask: 'bodi.**' }))).toThrow(/adamW: mask 'bodi\.\*\*' matches no tensor/);
  });
});

describe('patterns that match no parameter are refused at init', () => {
  const params = { encoder: { kernel: float64([1]) }, head: { kernel: float64([2]), bias: float64([3]) } };
  const message = (option: string) => new RegExp(`${option} 'encodr\\.\\*\\*' matches no tensor; expected a pattern of paths such as \\[encoder\\.kernel, head\\.kernel, head\\.bias\\]`);

  test.each<[string, () => nn.Optimizer, string]>([
    ['freeze', () => nn.freeze(nn.adam(), 'encodr.**'), 'freeze: frozen'],
    ['freeze inside of others', () => nn.skipNonFinite(nn.chain(nn.clipByNorm(1), nn.freeze(nn.adam(), 'encodr.**'))), 'freeze: frozen'],
    ['adamW', () => nn.adamW({ mask: 'encodr.**' }), 'adamW: mask'],
    ['lion', () => nn.lion({ mask: 'encodr.**' }), 'lion: mask'],
    ['addDecayedWeights', () => nn.chain(nn.addDecayedWeights(0.1, { mask: 'encodr.**' }), nn.sgd({ learningRate: 1 })), 'addDecayedWeights: mask'],
  ])('%s', (_, make, option) => {
    expect(() => make().init(params)).toThrow(ArgumentError);
    expect(() => make().init(params)).toThrow(message(option));
    expect(make().init({}).step).toBe(0);
  });

  test('partition tells of an optimizer that no parameter gets', () => {
    const optimizer = nn.partition({ body: nn.adam(), head: nn.adam() }, (path) => (path.startsWith('hed') ? 'head' : 'body'));
    expect(() => optimizer.init(params)).toThrow(/partition: labelOf gives no parameter the label 'head'; check its paths, which are \[encoder\.kernel, head\.kernel, head\.bias\]/);
    expect(optimizer.init({}).parts.size).toBe(2);
  });
});
