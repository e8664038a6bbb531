import { describe, expect, test } from 'vitest';
import { dispose, flattenTree, grad, key, mapTree, normal, ones, reference, scope, setDefaultBackend, tensor, type Tensor, type Tree } from '@adjoint/core';
import { mul, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { expectNothingLeft, FaultyBackend } from '../../../test/faults.js';
import { living } from '../../../test/living.js';

// A file of its own, so that the collector finds nothing of other tests to release meanwhile.

const faulty = new FaultyBackend(reference);
setDefaultBackend(faulty.backend);

const model = nn.sequential(nn.dense({ units: 3 }), nn.relu(), nn.dropout({ rate: 0.2 }), nn.batchNorm(), nn.dense({ units: 2 }));
const optimizer = nn.adam({ learningRate: 0.05 });
const start = (): nn.TrainingState => nn.createTrainingState({ model, optimizer, key: key(1), inputShape: [3] });
const state = start();
const { params } = state;
const data: nn.Batch = { inputs: normal(key(0), [6, 3]), targets: tensor([0, 1, 0, 1, 0, 1], { dtype: 'int32' }) };
const { inputs, targets } = data;
const scores = normal(key(2), [6, 2]);
const mine: Tree[] = [params, state.state, [...state.optimizerState.moments.values()] as Tree[], { ...data, scores }];
const metrics = { recall: nn.recall(), area: nn.rocAuc(), confusion: nn.confusionMatrix() };
const fit = (options: Partial<nn.FitOptions> = {}) => nn.fit({ model, optimizer, state, data, epochs: 1, batchSize: 4, ...options });

const freshBatch = (seed: number): nn.Batch => scope(() => ({ inputs: normal(key(seed), [4, 3]), targets: tensor([0, 1, 0, 1], { dtype: 'int32' }) }));
function* generated(): Generator<nn.Batch> {
  for (let index = 0; index < 2; index++) yield freshBatch(index);
}
async function* awaited(): AsyncGenerator<nn.Batch> {
  for (let index = 0; index < 2; index++) {
    await Promise.resolve();
    yield freshBatch(index);
  }
}
const smaller = (given: nn.TrainingState): nn.TrainingState => scope(() => given.set('params', mapTree(given.params, (leaf) => mul(leaf, 0.99))));
const update = (tried: nn.Optimizer) => scope(() => {
  const first = tried.update(params, tried.init(params), params);
  return tried.update(params, first.state, first.params);
});
const sequences = nn.sequential(nn.lstm({ units: 2, returnSequences: true }), nn.transformerEncoderBlock({ heads: 1, hiddenUnits: 2 }), nn.gru({ units: 2 }));

describe('a call of the backend that fails leaves nothing in', () => {
  test.each<[string, number, () => unknown]>([
    ['createTrainingState', 20, start],
    ['init', 10, () => model.init(key(0), [3])],
    ['apply', 30, () => model.apply(state, inputs, { training: true, key: key(2) })],
    ['init and apply of layers over sequences', 100, () => scope(() => sequences.apply(sequences.init(key(0), [3, 2]), ones([2, 3, 2])))],
    ['init and apply of convolutions', 20, () => scope(() => {
      const layers = nn.sequential(nn.conv2d({ filters: 2, kernelSize: 2 }), nn.maxPool2d({ poolSize: 2 }), nn.flatten(), nn.layerNorm());
      return layers.apply(layers.init(key(0), [4, 4, 1]), ones([1, 4, 4, 1]));
    })],
    ['a gradient through a model', 50, () => grad((x: Tensor) => sum(model.apply(state, x, { training: true, key: key(2) }).output))(inputs)],
    ['predict', 50, () => nn.predict(model, state, inputs, { batchSize: 4 })],
    ['evaluate', 100, async () => { await nn.evaluate(model, state, data, { batchSize: 4, metrics }); }],
    ['a training step', 80, () => nn.makeTrainingStep({ model, optimizer })(state, data)],
    ['fit', 300, () => fit({ validation: data, metrics })],
    ['fit, with callbacks', 300, () => fit({ validation: data, callbacks: [nn.earlyStopping(), nn.reduceLearningRate({ patience: 0 })] })],
    ['fit, on a generator', 200, () => fit({ data: generated })],
    ['fit, on an asynchronous generator', 200, () => fit({ data: awaited })],
    ['fit, where a callback replaces the state', 200, () => fit({ onBatch: (report) => ({ state: smaller(report.state) }) })],
    ['predictBatches', 50, async () => { for await (const output of nn.predictBatches(model, state, [inputs, inputs])) dispose(output); }],
    ['predictBatches, of an asynchronous generator', 50, async () => { for await (const output of nn.predictBatches(model, state, awaited())) dispose(output); }],
    ['decodeTrainingState', 20, () => nn.decodeTrainingState(nn.encodeTrainingState(state)).state],
    ['decodeVariables', 10, () => nn.decodeVariables(nn.encodeVariables(state))],
    ['fromPyTorch and toPyTorch', 10, () => scope(() => nn.fromPyTorch(model, [3], nn.toPyTorch(model, [3], state)))],
    ['orthogonal', 5, () => nn.orthogonal()(key(0), [2, 3], { dtype: 'float32' })],
    ['measure', 5, () => { Object.values(metrics).forEach((metric) => nn.measure<nn.MetricValue>(metric, scores, targets)); }],
    ['summary', 0, () => { nn.summary(model, [3]); }],
  ])('%s', async (_, least, run) => {
    expect(await expectNothingLeft(faulty, run, mine)).toBeGreaterThanOrEqual(least);
  });

  test.each<[string, nn.Optimizer]>([
    ['adam', optimizer], ['sgd', nn.sgd({ learningRate: 0.1, momentum: 0.9 })], ['adadelta', nn.adadelta({ learningRate: 0.1 })], ['adagrad', nn.adagrad({ learningRate: 0.1 })],
    ['adamax', nn.adamax({ learningRate: 0.1 })], ['lion', nn.lion({ learningRate: 0.1 })], ['nadam', nn.nadam({ learningRate: 0.1 })], ['radam', nn.radam({ learningRate: 0.1 })],
    ['rmsProp', nn.rmsProp({ learningRate: 0.1, momentum: 0.9, centered: true })], ['adamW', nn.adamW({ learningRate: 0.1 })],
    ['chain', nn.chain(nn.clipByGlobalNorm(1), nn.addDecayedWeights(0.1), nn.scaleByAdam())],
    ['partition', nn.partition({ a: nn.adam(), b: nn.sgd({ learningRate: 0.1, momentum: 0.9 }) }, (path) => (path.endsWith('kernel') ? 'a' : 'b'))],
    ['accumulateGradients', nn.accumulateGradients(optimizer, { steps: 2 })], ['averageWeights', nn.averageWeights(optimizer, { decay: 0.9 })], ['skipNonFinite', nn.skipNonFinite(optimizer)],
  ])('the optimizer %s', async (_, tried) => {
    expect(await expectNothingLeft(faulty, () => update(tried), mine)).toBeGreaterThan(30);
  });
});

describe('what a caller throws leaves nothing of', () => {
  const no = new Error('no');
  /** Throws at its `count`-th call only. */
  const failingAt = (count: number) => (): void => {
    if (--count === 0) throw no;
  };
  type Hooks = Partial<Pick<nn.FitOptions, 'onStart' | 'onBatch' | 'onEpoch' | 'onFinish' | 'onEnd'>>;
  const hooks: [keyof Hooks, number][] = [['onStart', 1], ['onBatch', 4], ['onEpoch', 2], ['onFinish', 1], ['onEnd', 1]];
  const early = (): nn.Callback => nn.earlyStopping({ monitor: 'loss' });
  const replacing: nn.Callback = { onBatch: ({ state: given }) => ({ state: smaller(given) }), onEpoch: (_, { state: given }) => ({ state: smaller(given) }) };

  /** Runs `fails` with what throws at the first call, at the second and so on, up to `calls`; each must fail and leave nothing. */
  const expectEachToFail = async (calls: number, fails: (fail: () => void) => unknown): Promise<void> => {
    const before = living();
    for (let call = 1; call <= calls; call++) {
      await expect((async () => fails(failingAt(call)))(), `call ${call}`).rejects.toBe(no);
      expect({ call, ...living() }).toEqual({ call, ...before });
      expect(flattenTree(mine).filter(([, leaf]) => leaf.isReleased)).toEqual([]);
    }
    const result = await fails(() => undefined);
    dispose(result, mine);
    expect(living()).toEqual(before);
  };

  describe.each(hooks)('fit, in %s', (hook, calls) => {
    test.each<[string, (fail: () => void) => () => unknown]>([
      ['at once', (fail) => fail],
      ['after an await', (fail) => async () => { await Promise.resolve(); fail(); }],
      ['after a timer', (fail) => async () => { await new Promise((resolve) => setTimeout(resolve)); fail(); }],
    ])('%s', async (_, listener) => {
      await expectEachToFail(calls, (fail) => fit({ epochs: 2, [hook]: listener(fail) }));
      await expectEachToFail(calls, (fail) => fit({ epochs: 2, callbacks: [early(), replacing, { [hook]: listener(fail) }, early()] }));
    });
  });

  test('fit, in the loss, a metric, a schedule, a monitor, a layer and the data', async () => {
    const loss = (fail: () => void): nn.Loss => (outputs, targets) => {
      const value = nn.crossEntropy(outputs, targets);
      fail();
      return value;
    };
    await expectEachToFail(6, (fail) => fit({ epochs: 2, validation: data, loss: loss(fail) }));
    await expectEachToFail(6, (fail) => fit({ epochs: 2, validation: data, metrics: { own: loss(fail) } }));
    await expectEachToFail(4, (fail) => fit({ epochs: 2, optimizer: nn.adam({ learningRate: () => { fail(); return 0.1; } }) }));
    await expectEachToFail(2, (fail) => fit({ epochs: 2, callbacks: [nn.earlyStopping({ monitor: ({ loss: value }) => { fail(); return value; }, mode: 'min' })] }));
    await expectEachToFail(3, (fail) => fit({
      data: function* () { for (const seed of [0, 1, 2]) { const batch = freshBatch(seed); fail(); yield batch; } },
    }));
    await expectEachToFail(3, (fail) => fit({
      data: async function* () { for (const seed of [0, 1, 2]) { await Promise.resolve(); fail(); yield freshBatch(seed); } },
    }));
    await expectEachToFail(1, (fail) => fit({ data: function* () { try { yield* generated(); } finally { fail(); } } }));
    const own = (fail: () => void) => nn.sequential(nn.dense({ units: 2 }), nn.lambda((x) => { const twice = mul(x, 2); fail(); return twice; }, { outputShape: (shape) => shape }));
    const first = nn.createTrainingState({ model: own(() => undefined), optimizer, key: key(0), inputShape: [3] });
    await expectEachToFail(4, (fail) => fit({ epochs: 2, model: own(fail), state: first }));
  });

  test('createTrainingState, in an initializer', async () => {
    const create = (fail: () => void) => {
      const initializer: nn.Initializer = (from, shape, options) => { const values = nn.heNormal(from, shape, options); fail(); return values; };
      const dense = () => nn.dense({ units: 3, kernelInitializer: initializer, biasInitializer: initializer });
      return nn.createTrainingState({ model: nn.sequential(dense(), nn.batchNorm(), dense()), optimizer, key: key(0), inputShape: [3] });
    };
    await expectEachToFail(4, create);
  });

  test('evaluate, predict and predictBatches', async () => {
    const own = (fail: () => void) => nn.sequential(nn.lambda((x) => mul(x, 2), { outputShape: (shape) => shape }), nn.lambda((x) => { const twice = mul(x, 2); fail(); return twice; }, { outputShape: (shape) => shape }));
    const none = own(() => undefined).init(key(0), [3]);
    await expectEachToFail(2, async (fail) => { await nn.evaluate(own(fail), none, data, { batchSize: 4 }); });
    await expectEachToFail(2, async (fail) => nn.predict(own(fail), none, inputs, { batchSize: 4 }));
    const walk = async (fail: () => void, batches: nn.InputBatches) => {
      const outputs: Tensor[] = [];
      try {
        for await (const output of nn.predictBatches(own(fail), none, batches)) outputs.push(output);
      } finally {
        dispose(outputs);
      }
    };
    await expectEachToFail(2, (fail) => walk(fail, [inputs, inputs]));
    await expectEachToFail(2, (fail) => walk(fail, awaited()));
  });
});

describe('a walk that is left early', () => {
  const walks: [string, () => nn.InputBatches][] = [['a list', () => [inputs, inputs]], ['a generator', generated], ['an asynchronous generator', awaited]];

  test.each(walks)('over %s holds no more than the outputs that were given', async (_, batches) => {
    const before = living();
    for await (const output of nn.predictBatches(model, state, batches())) {
      dispose(output);
      break;
    }
    expect(living()).toEqual(before);
    const leaving = async () => { for await (const output of nn.predictBatches(model, state, batches())) { dispose(output); throw new Error('no'); } };
    await expect(leaving()).rejects.toThrow('no');
    expect(living()).toEqual(before);
    // Neither return nor throw nor a second next: only what was given lives.
    const unfinished = nn.predictBatches(model, state, batches());
    dispose((await unfinished.next()).value);
    expect(living()).toEqual(before);
    await expect(unfinished.throw(new Error('no'))).rejects.toThrow('no');
    expect(living()).toEqual(before);
  });

  test('by a signal, at any batch', async () => {
    const before = living();
    for (const batches of [generated, awaited]) {
      for (let last = 1; last <= 4; last++) {
        const controller = new AbortController();
        const { signal } = controller;
        let seen = 0;
        const result = await fit({ epochs: 2, data: batches, signal, onBatch: () => { if (++seen === last) controller.abort(); } });
        dispose(result, mine);
        expect({ last, ...living() }).toEqual({ last, ...before });
      }
    }
  });
});
