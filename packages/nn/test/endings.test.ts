import { describe, expect, test } from 'vitest';
import { defaultBackend, dispose, flattenTree, key, normal, scope, tensor, zeros, type Tensor } from '@adjoint/core';
import { add, cast, greater, mean, mul, sqrt, sum } from '@adjoint/ops';
import { Map } from 'immutable';
import * as nn from '@adjoint/nn';
import { living } from '../../../test/living.js';

const model = nn.sequential(nn.dense({ units: 4 }), nn.tanh(), nn.dropout({ rate: 0.3 }), nn.dense({ units: 2 }));
const optimizer = nn.adam({ learningRate: 0.05 });
const startFrom = (seed: number) => nn.createTrainingState({ model, optimizer, key: key(seed), inputShape: [3] });
const weights = (state: nn.TrainingState) => flattenTree(state.params).map(([, leaf]) => [...leaf.data()]);
const inputs = normal(key(9), [20, 3]);
const data: nn.Batch = { inputs, targets: cast(greater(sum(inputs, { axes: 1 }), 0), 'int32') };
const train = (options: Partial<nn.FitOptions> = {}) => nn.fit({ model, optimizer, data, batchSize: 4, epochs: 4, ...options, state: options.state ?? startFrom(1) });
/** A batch that an asynchronous iterator can give away. */
const freshBatch = (): nn.Batch => scope(() => ({ inputs: normal(key(1), [4, 3]), targets: zeros([4], { dtype: 'int32' }) }));
const never = <T>() => new Promise<T>(() => undefined);

/** The parameters after each epoch, and a number of each that the list says. */
function recorder() {
  const after: number[][][] = [];
  const recording: nn.Callback = { onEpoch: (_, { state }) => { after.push(weights(state)); } };
  return { after, recording };
}
const early = (numbers: readonly number[], options: nn.EarlyStoppingOptions = {}) =>
  nn.earlyStopping({ monitor: ({ epoch }) => numbers[epoch - 1]!, mode: 'min', patience: 10, ...options });

describe('earlyStopping restores the best parameters', () => {
  test.each<[string, Partial<nn.FitOptions>]>([
    ['the last epoch', { epochs: 3 }],
    ['another callback, after an epoch', { onEpoch: ({ epoch }) => (epoch === 3 ? { stop: 'enough' } : undefined) }],
    ['another callback, after a step', { onBatch: ({ epoch, batch }) => (epoch === 4 && batch === 2 ? { stop: 'enough' } : undefined) }],
  ])('at the end by %s', async (_, options) => {
    const { after, recording } = recorder();
    const ends: unknown[] = [];
    const { state } = await train({ ...options, callbacks: [{ onEnd: (result) => ends.push(result!.state) }, recording, early([3, 1, 2, 4])] });
    expect(weights(state)).toEqual(after[1]);
    expect(weights(state)).not.toEqual(after[2]);
    expect(state.kept.isEmpty()).toBe(true);
    expect(ends.length).toBe(1);
    expect(ends[0]).toBe(state);
  });

  test.each(['epoch', 'step', 'validation'])('at an abort in a %s, and the training goes on as if it had not been', async (at) => {
    const { after, recording } = recorder();
    const numbers = [3, 1, 2, 4, 0.5];
    const callbacks = [recording, early(numbers)];
    const whole = await train({ callbacks, epochs: 5, validation: data });
    const controller = new AbortController();
    const abort = () => { controller.abort(); };
    const first = await train({
      callbacks, epochs: 5, signal: controller.signal,
      onEpoch: ({ epoch }) => { if (at === 'epoch' && epoch === 3) abort(); },
      onBatch: ({ epoch, batch }) => { if (at === 'step' && epoch === 4 && batch === 2) abort(); },
      validation: { *[Symbol.iterator]() { yield data; if (at === 'validation' && after.length === 5 + 3) abort(); } },
    });
    expect([first.aborted, first.state.epoch]).toEqual([true, 3]);
    expect(weights(first.state)).toEqual(after[1]);
    // Also from a file, whose tensors are others.
    for (const from of [first.state, nn.decodeTrainingState(nn.encodeTrainingState(first.state)).state]) {
      const rest = await train({ callbacks, epochs: 2, validation: data, state: from });
      expect(weights(rest.state)).toEqual(weights(whole.state));
      expect(rest.history.size).toBe(2);
    }
    // Parameters that somebody put in place are what training goes on from.
    const own = first.state.set('params', startFrom(7).params);
    let begun: nn.TrainingState | undefined;
    await train({ callbacks: [early(numbers)], epochs: 1, state: own, onStart: ({ state }) => { begun = state; return { stop: 'seen' }; } });
    expect(begun!.params).toBe(own.params);
  });

  test('of each number that is watched', async () => {
    const { after, recording } = recorder();
    const second = nn.earlyStopping({ monitor: 'metrics.own', mode: 'max', patience: 10 });
    let calls = 0;
    const own: nn.Metric<number> = { ...nn.meanOf(nn.accuracy), result: () => [NaN, 5, 9, 2][calls++]! };
    // Of the functions' numbers the first epoch is best, of the metric's the second: that of the last callback stays.
    const { state } = await train({ batchSize: 20, epochs: 3, metrics: { own }, callbacks: [recording, early([1, 2, 3]), second] });
    expect(weights(state)).toEqual(after[1]);
  });
});

describe('a second training on the state of the first', () => {
  test('counts its own epochs, and ends with its own best parameters', async () => {
    const { after, recording } = recorder();
    const numbers = [1, 2, 3, 9, 8, 7, 8, 9, 10, 11];
    const callbacks = [recording, early(numbers, { patience: 2 })];
    const first = await train({ callbacks, epochs: 10 });
    expect([first.history.size, first.state.startEpoch]).toEqual([3, 3]);
    const second = await train({ callbacks, epochs: 10, state: first.state });
    expect([second.history.size, second.stopped]).toEqual([5, 'what is monitored has not become better for 2 epochs']);
    expect(weights(second.state)).toEqual(after[5]);
  });

  test('has none of the former best, where its own numbers are NaN', async () => {
    const { after, recording } = recorder();
    const callbacks = [recording, early([1, 2, NaN, NaN])];
    const first = await train({ callbacks, epochs: 2 });
    const second = await train({ callbacks, epochs: 2, state: first.state });
    expect(weights(second.state)).toEqual(after[3]);
  });

  test('has the rate that the first ended with, and reduces it by its own epochs', async () => {
    const callbacks = [nn.reduceLearningRate({ monitor: ({ epoch }) => [1, 1, 5, 5, 5][epoch - 1]!, mode: 'min', factor: 0.5, patience: 0 })];
    const first = await train({ callbacks, epochs: 2 });
    const second = await train({ callbacks, epochs: 3, state: first.state });
    expect(second.state.history.map(({ learningRate }) => learningRate).toArray()).toEqual([0.05, 0.05, 0.025, 0.025, 0.0125]);
  });

  test('may watch a number that the first did not have', async () => {
    const first = await train({ epochs: 2 });
    const options = { metrics: { f1: nn.f1Score() }, callbacks: [nn.earlyStopping({ monitor: 'metrics.f1' })], epochs: 2 };
    expect((await train({ ...options, state: first.state })).history.size).toBe(2);
    const cut = await train({ epochs: 2, onEpoch: () => undefined, signal: AbortSignal.abort() });
    expect((await train({ ...options, state: cut.state })).history.size).toBe(2);
  });
});

describe('errors', () => {
  const failing = (message: string) => () => { throw new Error(message); };
  const endOf = (promise: Promise<unknown>) => promise.then(() => null, (reason: unknown) => reason as Error & { suppressed?: Error[] });

  test.each<[string, nn.Callback]>([
    ['onStart', { onStart: failing('first') }],
    ['onBatch', { onBatch: failing('first') }],
    ['onEpoch', { onEpoch: () => Promise.reject(new Error('first')) }],
    ['onFinish', { onFinish: failing('first') }],
  ])('of %s goes before those of onEnd, which are all called', async (_, callback) => {
    const ends: unknown[] = [];
    const error = await endOf(train({
      callbacks: [callback, { onEnd: failing('second') }, { onEnd: (result) => { ends.push(result); } }, { onEnd: () => Promise.reject(new Error('third')) }],
      onEnd: (result) => { ends.push(result); },
    }));
    expect([error!.message, error!.suppressed!.map(({ message }) => message)]).toEqual(['first', ['second', 'third']]);
    expect(ends).toEqual([null, null]);
  });

  test('of onEnd alone ends the training, after all others were told', async () => {
    const ends: unknown[] = [];
    const error = await endOf(train({ callbacks: [{ onEnd: failing('first') }, { onEnd: failing('second') }], onEnd: (result) => { ends.push(result?.aborted); } }));
    expect([error!.message, error!.suppressed!.map(({ message }) => message), ends]).toEqual(['first', ['second'], [false]]);
  });

  test('that are not objects, or are frozen, are thrown as they are', async () => {
    for (const thrown of ['a text', Object.freeze(new Error('frozen'))]) {
      expect(await endOf(train({ onStart: () => { throw thrown as Error; }, onEnd: failing('second') }))).toBe(thrown);
    }
  });

  /** Batches whose generator throws as it is closed. */
  function* leaving(): Generator<nn.Batch> {
    try {
      for (;;) yield data;
    } finally {
      failing('closing')();
    }
  }
  async function* leavingLater(): AsyncGenerator<nn.Batch> {
    try {
      for (;;) yield await Promise.resolve(freshBatch());
    } finally {
      failing('closing')();
    }
  }

  test.each<[string, () => Iterable<nn.Batch> | AsyncIterable<nn.Batch>]>([['', leaving], ['asynchronous ', leavingLater]])('of closing an %siterator hides no other', async (_, batches) => {
    const loss = failing('the loss') as nn.Loss;
    const ends = [
      await endOf(train({ data: batches, loss })), await endOf(nn.evaluate(model, startFrom(1), batches(), { loss })),
      await endOf(train({ data: batches, onBatch: failing('the loss') })),
      await endOf(train({ epochs: 1, validation: batches(), metrics: { own: loss } })),
    ];
    for (const error of ends) expect([error!.message, error!.suppressed?.map(({ message }) => message) ?? ['closing']]).toEqual(['the loss', ['closing']]);
    const walk = async () => { for await (const output of nn.predictBatches(nn.dense({ units: 9 }), startFrom(1), batches())) dispose(output); };
    expect((await endOf(walk()))!.message).not.toBe('closing');
    // Where nothing else failed, it is the error.
    expect((await endOf(train({ data: batches, onBatch: () => ({ stop: 'enough' }) })))!.message).toBe('closing');
  });

  test('an iterator is closed once where it is left, and not where it ended or failed', async () => {
    const closed: string[] = [];
    const counted = (name: string, count: number, fails = false): nn.Batches => ({
      [Symbol.iterator]: () => {
        let given = 0;
        return {
          next: () => {
            if (given++ < count) return { done: false, value: data };
            if (fails) throw new Error('the disk is gone');
            return { done: true, value: undefined };
          },
          return: () => { closed.push(name); return { done: true, value: undefined }; },
        };
      },
    });
    await train({ epochs: 1, data: () => counted('ended', 2) });
    await endOf(train({ epochs: 1, data: () => counted('failed', 2, true) }));
    await train({ epochs: 1, data: () => counted('stopped', 9), onBatch: () => ({ stop: 'enough' }) });
    const cut = await train({ epochs: 1, data: () => counted('stopped', 9), onBatch: ({ batch }) => (batch === 3 ? { stop: 'enough' } : undefined) });
    await endOf(train({ epochs: 1, state: cut.state, data: () => counted('too few', 2) }));
    await endOf(nn.evaluate(model, startFrom(1), counted('evaluated', 9), { loss: failing('no') }));
    for await (const output of nn.predictBatches(model, startFrom(1), counted('predicted', 9))) { dispose(output); break; }
    expect(closed).toEqual(['stopped', 'stopped', 'evaluated', 'predicted']);
  });
});

describe('an abort', () => {
  async function* stalled(): AsyncGenerator<nn.Batch> {
    yield freshBatch();
    await never();
  }
  /** A batch that comes too late, from an iterator whose `return` never ends. */
  function late(milliseconds: number, fails = false): AsyncIterable<nn.Batch> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise((resolve, reject) => setTimeout(() => { if (fails) reject(new Error('too late')); else resolve({ done: false, value: freshBatch() }); }, milliseconds)),
        return: () => never(),
      }),
    };
  }
  const soon = () => {
    const controller = new AbortController();
    setTimeout(() => { controller.abort(new Error('enough')); }, 30);
    return controller.signal;
  };

  test.each<[string, () => AsyncIterable<nn.Batch>]>([['a generator', stalled], ['an iterator', () => late(300)], ['an iterator that fails', () => late(300, true)]])('ends the wait for %s', { timeout: 4000 }, async (_, batches) => {
    const before = living();
    const state = startFrom(1);
    const result = await train({ state, data: batches, signal: soon() });
    expect([result.aborted, result.state.epoch]).toEqual([true, 0]);
    const controller = new AbortController();
    const validation: nn.AsyncBatches = { [Symbol.asyncIterator]: () => {
      setTimeout(() => { controller.abort(); }, 30);
      return batches()[Symbol.asyncIterator]();
    } };
    const validated = await train({ state, epochs: 1, validation, signal: controller.signal });
    expect([validated.aborted, validated.state.epoch, validated.state.step]).toEqual([true, 0, 5]);
    await expect(nn.evaluate(model, state, batches(), { signal: soon() })).rejects.toThrow('enough');
    const signal = soon();
    await expect((async () => { for await (const output of nn.predictBatches(model, state, batches(), { signal })) dispose(output); })()).rejects.toThrow('enough');
    // What came after the end is released too, and its failure is nobody's.
    await new Promise((resolve) => setTimeout(resolve, 350));
    dispose([state, result.state, validated.state]);
    expect(living().tensors).toBeLessThanOrEqual(before.tensors);
  });

  test('is heard by the iterator too, whose failure by it is the abort', async () => {
    const controller = new AbortController();
    const closed: string[] = [];
    async function* fetching(): AsyncGenerator<nn.Batch> {
      try {
        yield freshBatch();
        await new Promise((_, reject) => { controller.signal.addEventListener('abort', () => { reject(controller.signal.reason as Error); }); });
      } finally {
        await Promise.resolve();
        closed.push('closed');
      }
    }
    setTimeout(() => { controller.abort(new Error('enough')); }, 30);
    const { aborted, state } = await train({ data: () => fetching(), signal: controller.signal, state: startFrom(1) });
    expect([aborted, state.step, closed]).toEqual([true, 1, ['closed']]);
  });

  test('before the start does nothing', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const [state, calls] = [startFrom(1), [] as string[]];
    const touched: nn.Batches = { [Symbol.iterator]: () => { calls.push('data'); return [data][Symbol.iterator](); } };
    const result = await train({ state, data: touched, signal, onStart: () => { calls.push('start'); }, onEnd: () => { calls.push('end'); } });
    expect(result.state.params).toBe(state.params);
    expect([result.aborted, calls]).toEqual([true, ['start', 'end']]);
    let applied = 0;
    const counting = new nn.Layer({ type: 'counting', forward: (variables, input) => { applied++; return { output: input, state: variables.state }; } });
    await expect(nn.evaluate(counting, counting.init(key(0), [3]), [data], { signal })).rejects.toThrow('enough');
    await expect(nn.predictBatches(counting, counting.init(key(0), [3]), [inputs], { signal }).next()).rejects.toThrow('enough');
    expect(applied).toBe(0);
  });

  test('must come from a signal', async () => {
    const signal = new AbortController() as unknown as AbortSignal;
    await expect(train({ signal })).rejects.toThrow(/fit: signal is .*; expected an AbortSignal, as new AbortController\(\)\.signal/);
    await expect(nn.evaluate(model, startFrom(1), data, { signal })).rejects.toThrow(/evaluate: signal is/);
    await expect(nn.predictBatches(model, startFrom(1), [inputs], { signal }).next()).rejects.toThrow(/predictBatches: signal is/);
  });
});

describe('NaN of the last step', () => {
  // The root of 0 has an infinite gradient, and 0 times that is NaN: the loss of the step is finite.
  const root = new nn.Layer({ type: 'root', forward: ({ state }, input) => ({ output: sqrt(mul(input, 0)), state }) });
  const broken = nn.sequential(nn.dense({ units: 3 }), root, nn.dense({ units: 1 }));
  const own = nn.sgd({ learningRate: 0.1 });
  const line: nn.Batch = { inputs: normal(key(0), [4, 3]), targets: normal(key(1), [4, 1]) };
  const fitBroken = (options: Partial<nn.FitOptions> = {}) => nn.fit({
    model: broken, optimizer: own, loss: nn.meanSquaredError, data: [line], epochs: 1,
    state: nn.createTrainingState({ model: broken, optimizer: options.optimizer ?? own, key: key(0), inputShape: [3] }), ...options,
  });
  const message = /fit: the loss is [0-9.]+ in step 1, but its update made parameters that are not finite; the gradient first was so at dense\.bias \(and from there at dense\.kernel\)/;

  test.each<[string, Partial<nn.FitOptions>]>([
    ['the last epoch', {}],
    ['a stop after a step', { epochs: 9, onBatch: () => ({ stop: 'enough' }) }],
    ['a stop after an epoch', { epochs: 9, onEpoch: () => ({ stop: 'enough' }) }],
  ])('is a divergence at %s', async (_, options) => {
    const error: unknown = await fitBroken(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(nn.DivergenceError);
    expect(error).toMatchObject({ step: 0, origin: null, loss: expect.any(Number) as number });
    expect((error as Error).message).toMatch(message);
  });

  test('is one at an abort', async () => {
    const controller = new AbortController();
    await expect(fitBroken({ epochs: 9, signal: controller.signal, onBatch: () => { controller.abort(); } })).rejects.toThrow(message);
  });

  test('is found before callbacks hear of the epoch, and can be ignored', async () => {
    const heard: number[] = [];
    const onEpoch = ({ epoch }: nn.EpochRecord) => { heard.push(epoch); };
    await expect(fitBroken({ onEpoch })).rejects.toThrow(nn.DivergenceError);
    expect(heard).toEqual([]);
    expect((await fitBroken({ divergence: 'ignore', onEpoch })).history.size).toBe(1);
    // The gradient is not applied.
    expect((await fitBroken({ optimizer: nn.skipNonFinite(own) })).history.size).toBe(1);
  });

  test('is found where it waits in the optimizer or in the state of a layer', async () => {
    await expect(fitBroken({ optimizer: nn.accumulateGradients(own, { steps: 2 }) })).rejects.toThrow("left NaN in the optimizer's state");
    const remembering = new nn.Layer({
      type: 'remembering', name: 'remembering',
      specify: (outputShape) => new nn.LayerSpecification({ outputShape, state: Map({ seen: new nn.VariableSpecification({ shape: [], initializer: nn.zeros }) }).toOrderedMap() }),
      forward: ({ state }, input) => ({ output: input, state: state.set('seen', mean(sqrt(add(mul(input, 0), -1)))) }),
    });
    const layers = nn.sequential(remembering, nn.dense({ units: 1 }));
    const state = nn.createTrainingState({ model: layers, optimizer: own, key: key(0), inputShape: [3] });
    await expect(fitBroken({ model: layers, state })).rejects.toThrow("left NaN in the layers' state, first at remembering.seen");
  });

  test('that were there before count for nothing', async () => {
    const unused = new nn.VariableSpecification({ shape: [], initializer: () => tensor(Infinity) });
    const idle = new nn.Layer({ type: 'idle', name: 'idle', specify: (outputShape) => new nn.LayerSpecification({ outputShape, params: Map({ unused }).toOrderedMap() }) });
    const plain = nn.sequential(idle, nn.dense({ units: 1 }));
    const state = nn.createTrainingState({ model: plain, optimizer: own, key: key(0), inputShape: [3] });
    await expect(fitBroken({ model: plain, state })).resolves.toMatchObject({ aborted: false });
  });
});

describe('what fails keeps no memory', () => {
  /** The tensors and bytes that a try adds, after a first one that makes room. The collector may free those of other tests meanwhile. */
  const leftBy = async (fails: () => unknown): Promise<unknown> => {
    const attempt = async () => fails();
    await expect(attempt()).rejects.toThrow();
    const measure = () => ({ ...living(), reserved: defaultBackend().reservedBytes() });
    const before = measure();
    await expect(attempt()).rejects.toThrow();
    const after = measure();
    const added = (name: keyof typeof after) => Math.max(0, after[name] - before[name]);
    return { tensors: added('tensors'), bytes: added('bytes'), reserved: added('reserved') };
  };
  const nothing = { tensors: 0, bytes: 0, reserved: 0 };
  const fail = (): never => { throw new Error('no'); };
  /** An optimizer that fails in its second half. */
  const failsIn = (where: 'init' | 'update') => nn.chain(nn.scaleByAdam(), {
    type: 'failing', config: Map<string, unknown>(),
    init: () => (where === 'init' ? fail() : new nn.OptimizerState()),
    update: (gradients, state) => (where === 'update' ? fail() : [gradients, state]),
  });
  const state = startFrom(1);
  const failingLoss: nn.Loss = (outputs) => { mean(outputs); return fail(); };
  const copyOf = (from: nn.TrainingState) => scope(() => from.update('params', (params) => params.map((each) => (each as nn.Params).map((leaf) => add(leaf as Tensor, 0)) as nn.TensorTree)));

  test.each<[string, () => unknown]>([
    ['createTrainingState', () => nn.createTrainingState({ model, optimizer: failsIn('init'), key: key(0), inputShape: [3] })],
    ['createTrainingState, of a model', () => nn.createTrainingState({ model: nn.sequential(nn.dense({ units: 5 }), nn.dense({ units: 5, kernelInitializer: fail })), optimizer, key: key(0), inputShape: [3] })],
    ['init of an optimizer', () => nn.partition({ a: optimizer, b: failsIn('init') }, (path) => (path.endsWith('kernel') ? 'a' : 'b')).init(state.params)],
    ['update of an optimizer', () => { const own = failsIn('update'); scope(() => { own.update(state.params, own.init(state.params), state.params); }); }],
    ['a training step', () => nn.makeTrainingStep({ model, optimizer, loss: failingLoss })(state, data)],
    ['predict', () => nn.predict(nn.sequential(nn.lambda((x) => mul(x, 2)), nn.lambda(fail)), { params: Map().toOrderedMap() as nn.Params, state: Map().toOrderedMap() as nn.LayerState }, inputs, { batchSize: 5 })],
    ['evaluate', () => nn.evaluate(model, state, data, { batchSize: 7, metrics: { own: failingLoss } })],
    ['fit, by the loss', () => train({ state, loss: (outputs, targets) => (Math.random() < 0.4 ? fail() : nn.crossEntropy(outputs, targets)), epochs: 100 })],
    ['fit, by the optimizer', () => train({ state, optimizer: nn.chain(nn.scaleByAdam(), fail as never) })],
    ['fit, by the data', () => train({ state, data: function* () { yield data; yield fail(); } })],
    ['fit, by asynchronous data', () => train({ state, data: async function* () { await Promise.resolve(); yield freshBatch(); yield fail(); } })],
    ['fit, by the validation', () => train({ state, validation: [data, null as unknown as nn.Batch] })],
    ['fit, by onBatch', () => train({ state, onBatch: ({ step }) => { if (step === 7) fail(); } })],
    ['fit, by onEpoch', () => train({ state, callbacks: [early([1, 2, 3, 4])], onEpoch: ({ epoch }) => { if (epoch === 3) fail(); } })],
    ['fit, by onEpoch after a callback replaced the state', () => train({ state, callbacks: [{ onEpoch: (_, report) => ({ state: copyOf(report.state) }) }, { onEpoch: (_, report) => ({ state: copyOf(report.state) }) }], onEpoch: fail })],
    ['fit, by onFinish', () => train({ state, callbacks: [early([2, 1, 3, 4])], onFinish: fail })],
    ['fit, by onEnd', () => train({ state, callbacks: [early([2, 1, 3, 4])], onEnd: fail })],
    ['fit, by a state that is none', () => train({ state, onEpoch: () => ({ state: Map() as unknown as nn.TrainingState }) })],
    ['fit, by a divergence', () => train({ state, data: [{ inputs: tensor([[NaN, 1, 2]]), targets: tensor([1], { dtype: 'int32' }) }].map((batch) => (made.push(batch), batch)), onEnd: () => { dispose(made); } })],
  ])('%s', async (_, fails) => {
    expect(await leftBy(fails)).toEqual(nothing);
  });
  const made: nn.Batch[] = [];
});
