import { describe, expect, test } from 'vitest';
import { ArgumentError, flattenTree, key, normal, tensor, type Key } from '@adjoint/core';
import { cast, greater, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';

const model = nn.sequential(nn.dense({ units: 4 }), nn.tanh(), nn.dropout({ rate: 0.3 }), nn.dense({ units: 2 }));
const optimizer = nn.adam({ learningRate: 0.05 });
const startFrom = (seed: number) => nn.createTrainingState({ model, optimizer, key: key(seed), inputShape: [3] });
const weights = (state: nn.TrainingState) => flattenTree(state.params).map(([, leaf]) => [...leaf.data()]);
const inputs = normal(key(9), [20, 3]);
const data: nn.Batch = { inputs, targets: cast(greater(sum(inputs, { axes: 1 }), 0), 'int32') };
const metrics = { f1: nn.f1Score(), auc: nn.rocAuc(), confusion: nn.confusionMatrix() };
const train = (options: Partial<nn.FitOptions> = {}) =>
  nn.fit({ model, optimizer, state: startFrom(1), data, batchSize: 4, epochs: 3, metrics, validation: data, ...options });

/** All of a record but for the times. */
const numbersOf = (history: nn.History) => history.map((record) => record.merge({ seconds: 0, samplesPerSecond: 0 }).toJS()).toArray();

describe('callbacks', () => {
  test('are called in order, and the last is that of the options', async () => {
    const calls: string[] = [];
    const spy = (name: string): nn.Callback => ({
      onStart: ({ state, epochs }) => { calls.push(`${name} start ${state.epoch} of ${epochs}`); },
      onBatch: async ({ epoch, batch, batches, step }) => { await Promise.resolve(); calls.push(`${name} ${epoch} ${batch}/${batches} ${step}`); },
      onEpoch: ({ epoch }, { state }) => { calls.push(`${name} epoch ${epoch} ${state.history.size}`); },
      onEnd: (result) => { calls.push(`${name} end ${result?.history.size}`); },
    });
    await train({ epochs: 1, batchSize: 10, callbacks: [spy('a')], ...spy('b') });
    expect(calls).toEqual(['a start 0 of 1', 'b start 0 of 1', 'a 1 1/2 1', 'b 1 1/2 1', 'a 1 2/2 2', 'b 1 2/2 2', 'a epoch 1 1', 'b epoch 1 1', 'a end 1', 'b end 1']);
  });

  test('are told of an end by an error', async () => {
    const ends: unknown[] = [];
    await expect(train({ callbacks: [{ onEnd: (result) => ends.push(result) }], onEpoch: () => { throw new Error('no'); } })).rejects.toThrow('no');
    expect(ends).toEqual([null]);
  });

  test('can end a training within an epoch, and replace the state', async () => {
    const { state, stopped, aborted } = await train({
      callbacks: [{ onBatch: ({ state: given, step }) => (step === 2 ? { state: given.set('params', startFrom(5).params) } : undefined) }],
      onBatch: ({ step, state: given }) => (step === 2 && weights(given)[0]![0] === weights(startFrom(5))[0]![0] ? { stop: 'seen' } : undefined),
    });
    expect([stopped, aborted, state.step, state.progress.batches, weights(state)]).toEqual(['seen', false, 2, 2, weights(startFrom(5))]);
  });

  test('know what metrics came to so far', async () => {
    const seen: unknown[] = [];
    const { history } = await train({ epochs: 1, onBatch: ({ metrics: values }) => seen.push(values.toJS()) });
    expect(seen).toHaveLength(5);
    expect(seen.at(-1)).toEqual(history.last()!.metrics.toJS());
    expect((history.last()!.metrics.get('confusion') as number[][]).flat().reduce((sum, count) => sum + count)).toBe(20);
    expect([...history.last()!.validationMetrics.keys()]).toEqual(['f1', 'auc', 'confusion']);
  });
});

describe('a training that is ended anywhere', () => {
  test.each([1, 3, 5, 6, 9, 14])('goes on as if it had not been, after step %i', async (at) => {
    const controller = new AbortController();
    const callbacks = [nn.earlyStopping({ patience: 1 })];
    const whole = await train({ callbacks });
    const first = await train({ callbacks, signal: controller.signal, onBatch: ({ step }) => { if (step === at) controller.abort(); } });
    expect([first.aborted, first.state.step]).toEqual([true, at]);
    const rest = await train({ callbacks, state: first.state, epochs: 3 - first.state.epoch });
    expect(weights(rest.state)).toEqual(weights(whole.state));
    expect(numbersOf(rest.state.history)).toEqual(numbersOf(whole.state.history));
    expect(rest.state.progress.batches).toBe(0);
  });

  test('skips batches by their own means where they have some', async () => {
    const skipped: number[] = [];
    const batches = Array.from({ length: 4 }, (_, index): nn.Batch => ({ inputs: tensor([[index, 0, 1]]), targets: tensor([index % 2], { dtype: 'int32' }) }));
    const from = (first: number): nn.Batches => ({
      length: 4 - first,
      skip: (count) => { skipped.push(count); return from(first + count); },
      [Symbol.iterator]: () => batches.slice(first)[Symbol.iterator](),
    });
    const options = { epochs: 1, data: (_: number, __: Key) => from(0) };
    const first = await train({ ...options, onBatch: ({ batch }) => (batch === 3 ? { stop: 'enough' } : undefined) });
    const reports: (number | null)[][] = [];
    const rest = await train({ ...options, state: first.state, onBatch: ({ batch, batches: all }) => reports.push([batch, all]) });
    expect([skipped, reports]).toEqual([[3], [[4, 4]]]);
    expect(weights(rest.state)).toEqual(weights((await train(options)).state));
  });
});

describe('earlyStopping', () => {
  /** A training whose number is what the list says. */
  const watched = async (numbers: readonly number[], options: nn.EarlyStoppingOptions = {}) => {
    const trained: number[][][] = [];
    const result = await train({
      epochs: numbers.length,
      callbacks: [{ onEpoch: (_, { state }) => trained.push(weights(state)) }, nn.earlyStopping({ monitor: ({ epoch }) => numbers[epoch - 1]!, mode: 'min', patience: 2, ...options })],
    });
    return { ...result, trained };
  };

  test('ends after as many epochs without a better number, with the best parameters', async () => {
    const { stopped, history, state, trained } = await watched([5, 3, 4, 3, 1]);
    expect([history.size, stopped]).toEqual([4, 'what is monitored has not become better for 2 epochs']);
    expect(weights(state)).toEqual(trained[1]);
  });

  test('counts only what is better by the least change, and can leave the parameters', async () => {
    const { history, state, trained } = await watched([5, 4.5, 4.2, 1], { minimumChange: 1, restoreBest: false });
    expect(history.size).toBe(3);
    expect(weights(state)).toEqual(trained[2]);
    expect(state.kept.isEmpty()).toBe(true);
  });

  test('knows that higher is better, and NaN never', async () => {
    expect((await watched([1, NaN, 2, 1, 2], { mode: 'max' })).history.size).toBe(5);
    expect((await watched([NaN, NaN, 1])).history.size).toBe(2);
  });

  test('ends with the best parameters when the epochs are over', async () => {
    const { state, stopped, trained } = await watched([5, 1, 2]);
    expect([stopped, weights(state)]).toEqual([null, trained[1]]);
  });

  test.each<[string, nn.EarlyStoppingOptions, nn.EarlyStoppingOptions]>([
    ['functions', { monitor: ({ epoch }) => [3, 2, 1, 4][epoch - 1]!, mode: 'min' }, { monitor: ({ epoch }) => [1, 2, 3, 4][epoch - 1]!, mode: 'min' }],
    ['directions of one number', { monitor: 'epoch', mode: 'max' }, { monitor: 'epoch', mode: 'min' }],
  ])('keeps the best parameters of two %s apart, also when resumed', async (_, first, last) => {
    const trained: number[][][] = [];
    const best: number[][][] = [];
    const note: nn.Callback = { onEpoch: (__, { state }) => { trained.push(weights(state)); }, onFinish: ({ state }) => { best.push(weights(state)); } };
    const callbacks = () => [nn.earlyStopping({ patience: 9, ...first }), note, nn.earlyStopping({ patience: 9, ...last })];
    const { state } = await train({ epochs: 4, callbacks: callbacks() });
    expect(weights(state)).toEqual(trained[0]);
    expect(best[0]).toEqual(trained['epoch' === first.monitor ? 3 : 2]);
    const controller = new AbortController();
    const aborted = await train({ epochs: 4, callbacks: callbacks(), signal: controller.signal, onEpoch: ({ epoch }) => { if (epoch === 3) controller.abort(); } });
    const resumed = await train({ epochs: 1, state: nn.decodeTrainingState(nn.encodeTrainingState(aborted.state)).state, callbacks: callbacks() });
    expect(weights(resumed.state)).toEqual(trained[0]);
    expect(resumed.state.kept.isEmpty()).toBe(true);
  });

  test('names what there is to watch', async () => {
    await expect(train({ validation: [], callbacks: [] })).rejects.toThrow(/no batch/);
    await expect(train({ callbacks: [nn.earlyStopping({ monitor: 'metrics.f2' })] })).rejects.toThrow(/monitor 'metrics\.f2' is no number in epoch 1; expected one of .*metrics\.f1.*validationLoss/);
    expect((await train({ callbacks: [nn.earlyStopping({ monitor: 'validationMetrics.auc', mode: 'max' })] })).history.size).toBe(3);
  });

  test.each<[nn.EarlyStoppingOptions, RegExp]>([
    [{ patience: 0 }, /earlyStopping: patience is 0/],
    [{ minimumChange: NaN }, /earlyStopping: minimumChange is NaN/],
    [{ mode: 'highest' as 'max' }, /earlyStopping: mode is "highest"; expected one of 'min', 'max'/],
    [{ restoreBest: 'yes' as unknown as boolean }, /earlyStopping: restoreBest is "yes"/],
  ])('refuses options out of range (%#)', (options, message) => {
    expect(() => nn.earlyStopping(options)).toThrow(ArgumentError);
    expect(() => nn.earlyStopping(options)).toThrow(message);
  });
});
