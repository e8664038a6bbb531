import { describe, expect, test } from 'vitest';
import { ArgumentError, flattenTree, key, normal, scope, tensor, zeros, type Key, type Tensor } from '@adjoint/core';
import { add, binaryCrossEntropyWithLogits, cast, greater, mean, slice, square, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living } from '../../../test/living.js';

const exclusiveOr: nn.Batch = {
  inputs: tensor([[0, 0], [0, 1], [1, 0], [1, 1]]),
  targets: tensor([0, 1, 1, 0], { dtype: 'int32' }),
};
const model = nn.sequential(nn.dense({ units: 16 }), nn.relu(), nn.dense({ units: 2 }));
const optimizer = nn.adam({ learningRate: 0.05 });
const startFrom = (seed: number) => nn.createTrainingState({ model, optimizer, key: key(seed), inputShape: [2] });
const weights = (state: nn.TrainingState) => flattenTree(state.params).map(([, leaf]) => [...leaf.data()]);

/** A model with everything that could leak: images, dropout, a state. */
const counter = new nn.Layer({
  type: 'counter',
  specify: (inputShape) => new nn.LayerSpecification({ outputShape: inputShape, state: nn.dense({ units: 1 }).specify([1], '').params.delete('kernel') }),
  forward: ({ state }, input) => ({ output: input, state: state.update('bias', (count) => add(count as never, 1)) }),
});
const imageModel = nn.sequential(
  nn.conv2d({ filters: 2, kernelSize: 3 }), nn.relu(), nn.maxPool2d({ poolSize: 2 }), nn.dropout({ rate: 0.2 }), counter, nn.flatten(), nn.dense({ units: 2 }),
);

/** Noise images, class 1 where their sum is positive; made as the loop asks for them. */
function* imageBatches(from: Key, count: number, size = 8): Generator<nn.Batch> {
  const all = Array.from({ length: count }, (_, index) => from.low + index);
  for (const seed of all) {
    const inputs = normal(key(seed), [size, 6, 6, 1]);
    yield { inputs, targets: cast(greater(sum(inputs, { axes: [1, 2, 3] }), 0), 'int32') };
  }
}

describe('a training step', () => {
  test('lowers the loss, counts itself, and leaves the old state valid', () => {
    const step = nn.makeTrainingStep({ model, optimizer });
    const first = startFrom(1);
    const before = weights(first);
    let result = step(first, exclusiveOr);
    const { loss } = result;
    for (let count = 1; count < 100; count++) result = step(result.state, exclusiveOr);
    expect(result.loss.item()).toBeLessThan(loss.item() / 4);
    expect([result.state.step, result.state.optimizerState.step]).toEqual([100, 100]);
    expect(result.output.shape).toEqual([4, 2]);
    expect(weights(first)).toEqual(before);
  });

  test('is that of the gradient of the loss', () => {
    const line = nn.dense({ units: 1, kernelInitializer: nn.constant(2) });
    const descent = nn.sgd({ learningRate: 0.5 });
    const state = nn.createTrainingState({ model: line, optimizer: descent, key: key(0), inputShape: [1], dtype: 'float64' });
    const batch = { inputs: tensor([[1], [3]], { dtype: 'float64' }), targets: tensor([[1], [2]], { dtype: 'float64' }) };
    const result = nn.makeTrainingStep({ model: line, optimizer: descent, loss: nn.meanSquaredError })(state, batch);
    // Residuals 1 and 4: loss (1 + 16) / 2, kernel gradient 1 * 1 + 4 * 3, bias gradient 1 + 4.
    expect(result.loss.item()).toBe(8.5);
    expect(weights(result.state)).toEqual([[2 - 0.5 * 13], [-0.5 * 5]]);
  });

  test('hands the state of layers on', () => {
    const step = nn.makeTrainingStep({ model: imageModel, optimizer });
    let state = nn.createTrainingState({ model: imageModel, optimizer, key: key(0), inputShape: [6, 6, 1] });
    for (const batch of imageBatches(key(1), 3)) ({ state } = step(state, batch));
    expect(flattenTree(state.state).map(([path, leaf]) => [path, leaf.toArray()])).toEqual([['counter.bias', [3]]]);
  });

  test('has a key of its own, so that dropout differs from step to step', () => {
    const layers = nn.sequential(nn.dropout({ rate: 0.5 }), nn.dense({ units: 2 }));
    const frozen = nn.sgd({ learningRate: 0 });
    const step = nn.makeTrainingStep({ model: layers, optimizer: frozen });
    const state = nn.createTrainingState({ model: layers, optimizer: frozen, key: key(0), inputShape: [100] });
    const batch = { inputs: normal(key(1), [1, 100]), targets: tensor([0], { dtype: 'int32' }) };
    const first = step(state, batch);
    expect(step(state, batch).loss.item()).toBe(first.loss.item());
    expect(step(first.state, batch).loss.item()).not.toBe(first.loss.item());
  });

  test('refuses a loss that is no scalar', () => {
    const step = nn.makeTrainingStep({ model, optimizer, loss: (outputs) => outputs });
    expect(() => step(startFrom(0), exclusiveOr)).toThrow(/the loss is float32 \[4,2\]; expected a float scalar/);
  });
});

describe('fit', () => {
  const train = (options: Partial<nn.FitOptions> = {}) =>
    nn.fit({ model, optimizer, state: startFrom(1), data: [exclusiveOr], epochs: 200, ...options });

  test('learns exclusive or', async () => {
    const { history, state, aborted } = await train();
    expect(history.size).toBe(200);
    expect(history.last()?.toObject()).toMatchObject({ epoch: 200, accuracy: 1, validationLoss: null, validationAccuracy: null });
    expect(history.last()!.loss).toBeLessThan(history.first()!.loss / 10);
    expect([state.step, state.epoch, aborted]).toEqual([200, 200, false]);
    expect(await nn.evaluate(model, state, [exclusiveOr])).toMatchObject({ accuracy: 1 });
  });

  test('gives the same result for the same seed, and another for another', async () => {
    const data = (_: number, from: Key) => imageBatches(from, 3);
    const run = async (seed: number) => {
      const state = nn.createTrainingState({ model: imageModel, optimizer, key: key(seed), inputShape: [6, 6, 1] });
      return weights((await nn.fit({ model: imageModel, optimizer, state, data, epochs: 2 })).state);
    };
    const [first, again, other] = [await run(5), await run(5), await run(6)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test('goes on where it stopped: two epochs twice are four', async () => {
    const data = (_: number, from: Key) => imageBatches(from, 3);
    const start = nn.createTrainingState({ model: imageModel, optimizer, key: key(2), inputShape: [6, 6, 1] });
    const options = { model: imageModel, optimizer, data };
    const whole = await nn.fit({ ...options, state: start, epochs: 4 });
    const half = await nn.fit({ ...options, state: start, epochs: 2 });
    const rest = await nn.fit({ ...options, state: half.state, epochs: 2 });
    expect(weights(rest.state)).toEqual(weights(whole.state));
    expect(rest.history.map(({ epoch }) => epoch).toArray()).toEqual([3, 4]);
    expect(weights(start)).toHaveLength(4);
  });

  test('asks for the data of each epoch by its number and a key of its own', async () => {
    const asked: [number, number][] = [];
    await train({ epochs: 3, data: (epoch, from) => { asked.push([epoch, from.low]); return [exclusiveOr]; } });
    expect(asked.map(([epoch]) => epoch)).toEqual([1, 2, 3]);
    expect(new Set(asked.map(([, low]) => low)).size).toBe(3);
  });

  test('reports running means over examples, not batches', async () => {
    const reports: nn.BatchReport[] = [];
    const part = (start: number, stop: number): nn.Batch => ({
      inputs: slice(exclusiveOr.inputs, [[start, stop]]), targets: slice(exclusiveOr.targets, [[start, stop]]),
    });
    const frozen = nn.sgd({ learningRate: 0 });
    const state = nn.createTrainingState({ model, optimizer: frozen, key: key(1), inputShape: [2] });
    const { history } = await nn.fit({
      model, optimizer: frozen, state, epochs: 1, data: [part(0, 3), part(3, 4)], validation: [exclusiveOr],
      onBatch: (report) => reports.push(report),
    });
    expect(reports.map(({ epoch, batch, batches }) => [epoch, batch, batches])).toEqual([[1, 1, 2], [1, 2, 2]]);
    expect(reports.every(({ samplesPerSecond }) => samplesPerSecond > 0)).toBe(true);
    const record = history.first()!;
    // Nothing is learned, so that the epoch's means are those of one batch of all examples.
    expect(record.loss).toBeCloseTo(record.validationLoss!, 6);
    expect(record.accuracy).toBe(record.validationAccuracy);
    expect(reports[1]).toMatchObject({ loss: record.loss, accuracy: record.accuracy });
  });

  test('knows no accuracy where the targets are numbers', async () => {
    const line = nn.dense({ units: 1 });
    const data = [{ inputs: tensor([[1], [2]]), targets: tensor([[1], [2]]) }];
    const state = nn.createTrainingState({ model: line, optimizer, key: key(0), inputShape: [1] });
    const { history } = await nn.fit({ model: line, optimizer, loss: nn.meanSquaredError, state, data, epochs: 1, validation: data });
    expect(history.first()!.toObject()).toMatchObject({ accuracy: null, validationAccuracy: null });
    expect(history.first()!.validationLoss).toBeGreaterThan(0);
  });

  test.each<[string, Tensor, nn.Loss]>([
    ['a regression of several numbers', tensor([[0.2, 1.4], [3, -1]]), nn.meanSquaredError],
    ['several labels per example', tensor([[1, 1], [0, 1]]), (outputs, targets) => binaryCrossEntropyWithLogits(outputs, targets)],
    ['no label for an example', tensor([[0, 0], [0, 1]]), (outputs, targets) => binaryCrossEntropyWithLogits(outputs, targets)],
    ['integers that are not classes', tensor([1, 2], { dtype: 'int32' }), (outputs) => mean(square(outputs))],
  ])('knows no accuracy of %s', async (_, targets, loss) => {
    const pair = nn.dense({ units: 2 });
    const data = { inputs: tensor([[1], [2]]), targets };
    const state = nn.createTrainingState({ model: pair, optimizer, key: key(0), inputShape: [1] });
    const { history } = await nn.fit({ model: pair, optimizer, loss, state, data, epochs: 1, validation: data });
    expect(history.first()!.toObject()).toMatchObject({ accuracy: null, validationAccuracy: null });
    expect((await nn.evaluate(pair, state, data, { loss })).accuracy).toBeNull();
    expect(() => nn.accuracy(pair.apply(state, data.inputs).output, targets)).toThrow(
      targets.dtype === 'int32' ? /accuracy: the target at index 1 is 2; expected a class from 0 to 1/ : /accuracy: row \d of targets is not a probability distribution/,
    );
  });

  test('knows the accuracy of rows of probabilities', async () => {
    const pair = nn.dense({ units: 2, kernelInitializer: nn.zeros });
    const data = { inputs: tensor([[1], [2]]), targets: tensor([[0.9, 0.1], [0, 1]]) };
    expect((await nn.evaluate(pair, pair.init(key(0), [1]), data)).accuracy).toBe(0.5);
  });

  test('stops after the step that runs when the signal fires, and closes the iterator', async () => {
    const controller = new AbortController();
    let closed = false;
    function* endless(): Generator<nn.Batch> {
      try {
        for (;;) yield exclusiveOr;
      } finally {
        closed = true;
      }
    }
    const { state, history, aborted } = await train({
      epochs: 1, data: () => endless(), signal: controller.signal,
      onBatch: ({ batch }) => { if (batch === 7) controller.abort(); },
    });
    expect([state.step, state.epoch, history.size, aborted, closed]).toEqual([7, 0, 0, true, true]);
    expect(weights(state)).toHaveLength(4);
  });

  test('lets timers run, so that one can stop it', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const { aborted, state } = await train({ epochs: 10_000_000, signal: controller.signal });
    expect(aborted).toBe(true);
    expect(state.step).toBeGreaterThan(0);
  });

  test('stops in the validation as well, and goes on with it', async () => {
    const controller = new AbortController();
    function* abortsAtOnce(): Generator<nn.Batch> {
      controller.abort();
      for (;;) yield exclusiveOr;
    }
    const { history, aborted, state } = await train({ epochs: 2, validation: abortsAtOnce(), signal: controller.signal });
    expect([history.size, aborted, state.step, state.epoch, state.progress.batches]).toEqual([0, true, 1, 0, 1]);
    const rest = await train({ state, epochs: 2, validation: [exclusiveOr] });
    const whole = await train({ epochs: 2, validation: [exclusiveOr] });
    const numbers = (result: nn.FitResult) => result.history.map(({ loss, validationLoss }) => [loss, validationLoss]).toJS();
    expect(numbers(rest)).toEqual(numbers(whole));
  });

  test('refuses to go on within an epoch on data that is shorter', async () => {
    const three = [exclusiveOr, exclusiveOr, exclusiveOr];
    const { state } = await train({ data: three, onBatch: ({ batch }: nn.BatchReport) => (batch === 2 ? { stop: 'here' } : undefined) });
    const one = { ...exclusiveOr };
    for (const data of [one, [one], () => (function* () { yield one; })()]) {
      await expect(train({ state, data, batchSize: 4 })).rejects.toThrow(/fit: the state was trained on 2 batches of its epoch, but the data has only 1; go on with the data/);
    }
    expect((await train({ state, data: three.slice(1), epochs: 1 })).state.step).toBe(2);
  });

  test.each([
    [{ epochs: 0 }, /fit: epochs is 0/],
    [{ data: [] }, /fit: the data gave no batch/],
    [{ data: [{ ...exclusiveOr, targets: tensor([0], { dtype: 'int32' }) }] }, /fit: a batch has inputs \[4,2\] and targets \[1\]/],
    [{ data: [{ inputs: zeros([0, 2]), targets: zeros([0]) }] }, /fit: a batch has inputs \[0,2\]; expected at least one example/],
  ])('refuses what it cannot train on (%#)', async (options, message) => {
    await expect(train(options)).rejects.toThrow(message);
  });

  test.each<[object, RegExp]>([
    [{ data: [exclusiveOr, null] }, /fit: the inputs of a batch are undefined; expected a tensor/],
    [{ data: undefined }, /fit: the data is no \{ inputs, targets \}/],
    [{ data: [exclusiveOr.inputs, exclusiveOr.targets] }, /fit: the inputs of a batch are undefined; expected a tensor/],
    [{ data: { ...exclusiveOr, targets: [0, 1] } }, /fit: the targets of a batch are \[0,1\]; expected a tensor/],
    [{ divergence: 'warn' }, /fit: divergence is "warn"; expected one of 'throw', 'ignore'/],
    [{ loss: 'mse' }, /fit: loss is "?mse"?; expected a function/],
    [{ optimizer: 'adam' }, /fit: optimizer is "adam"; expected an optimizer, as adam\(\)/],
    [{ optimizer: nn.adam }, /fit: optimizer is a function; expected/],
    [{ model: () => 1 }, /fit: model is a function; expected a layer, as dense/],
    [{ state: undefined }, /fit: state is undefined; expected a TrainingState: pass createTrainingState/],
    [{ state: model.init(key(0), [2]) }, /fit: state is an object \{.*; expected a TrainingState/],
    [{ callbacks: [() => {}] }, /fit: callbacks\[0\] is a function; expected an object with one or more of the functions onStart, onBatch, onEpoch, onFinish, onEnd, as in \{ onEpoch: /],
    [{ callbacks: [{ onEpoch: () => {} }, {}] }, /fit: callbacks\[1\] has no function to call/],
    [{ callbacks: [nn.earlyStopping] }, /fit: callbacks\[0\] is a function/],
    [{ callbacks: [{ onEpoch: () => {}, onEpochEnd: () => {} }] }, /fit: callbacks\[0\] has a function 'onEpochEnd' that is never called/],
    [{ callbacks: [{ onEpoch: 'log' }] }, /fit: callbacks\[0\]\.onEpoch is "?log"?; expected a function/],
    [{ callbacks: [null] }, /fit: callbacks\[0\] is null; expected an object/],
    [{ callbacks: { onEpoch: () => {} } }, /fit: callbacks is .*; expected a list of callbacks/],
    [{ data: () => 5 }, /fit: data\(1, key\) returned 5; expected an iterable of batches/],
    [{ data: () => undefined }, /fit: data\(1, key\) returned undefined; expected an iterable of batches/],
    [{ data: () => 'batches' }, /fit: data\(1, key\) returned "batches"; expected an iterable/],
    [{ data: () => Promise.resolve([exclusiveOr]) }, /fit: data\(1, key\) returned a Promise; expected an iterable of batches.*async generator/],
    [{ data: () => exclusiveOr }, /fit: data\(1, key\) returned .*; expected an iterable/],
    [{ data: { batches: () => 7 } }, /fit: the dataset's batches\(\) returned 7; expected an iterable/],
    [{ data: exclusiveOr.inputs }, /fit: the data is no \{ inputs, targets \}/],
    [{ data: { [Symbol.iterator]: () => 5 } }, /an iterable of batches made 5; expected an iterator/],
    [{ validation: { batches: () => null } }, /evaluate: the dataset's batches\(\) returned null/],
    [{ loss: () => 3 }, /fit: the loss is 3; expected a tensor/],
    [{ metrics: ['accuracy'] }, /metrics: 0 is "?accuracy"?; expected a metric, as \{ f1: f1Score\(\) \}/],
  ])('refuses what TypeScript would have refused (%#)', async (options, message) => {
    const error = await train(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(String(error)).toMatch(message);
  });

  test('a state is refused that would begin without an optimizer', () => {
    const begin = () => nn.createTrainingState({ model, optimizer: 'adam', key: key(0), inputShape: [2] } as never);
    expect(begin).toThrow(new ArgumentError('createTrainingState: optimizer is "adam"; expected an optimizer, as adam()'));
  });

  test('a state is refused that would begin without a model', () => {
    const begin = () => nn.createTrainingState({ model: [model], optimizer: nn.adam(), key: key(0), inputShape: [2] } as never);
    expect(begin).toThrow(new ArgumentError('createTrainingState: model is a list; expected a layer, as dense({ units: 8 }), or sequential(...list)'));
  });

  test('an evaluation without variables is refused', async () => {
    await expect(nn.evaluate(model, undefined as never, exclusiveOr)).rejects.toThrow(/the variables are no \{ params, state \}/);
  });

  test('says what to do about a generator that is walked a second time', async () => {
    const once = (function* () { yield exclusiveOr; })();
    await expect(train({ data: once, epochs: 2 })).rejects.toThrow(/pass a function that makes one/);
  });
});

describe('evaluate and predict', () => {
  test('evaluate does not train: dropout drops nothing', async () => {
    const layers = nn.sequential(nn.dropout({ rate: 0.9 }), nn.dense({ units: 2, kernelInitializer: nn.zeros }));
    const variables = layers.init(key(0), [2]);
    const { loss, accuracy } = await nn.evaluate(layers, variables, [exclusiveOr, exclusiveOr]);
    expect(loss).toBeCloseTo(Math.LN2, 6);
    expect(accuracy).toBe(0.5);
  });

  test('evaluate throws the reason of its signal', async () => {
    await expect(nn.evaluate(model, startFrom(0), [exclusiveOr], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await expect(nn.evaluate(model, startFrom(0), [])).rejects.toThrow(/evaluate: the data gave no batch/);
  });

  test.each([0, 1, 9, 10, 11, 25])('predict of %i inputs is one call in batches of 10', (count) => {
    scope(() => {
      const inputs = normal(key(count), [count, 2], { dtype: 'float64' });
      const variables = model.init(key(0), [2], { dtype: 'float64' });
      const before = living().tensors;
      const outputs = nn.predict(model, variables, inputs, { batchSize: 10 });
      expect(living().tensors - before).toBe(1);
      const expected = model.apply(variables, inputs).output.data();
      expect(outputs.shape).toEqual([count, 2]);
      outputs.data().forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 12));
    });
  });

  test('predict refuses a scalar and an empty batch', () => {
    expect(() => nn.predict(model, startFrom(0), tensor(1))).toThrow(/predict: inputs is a scalar/);
    expect(() => nn.predict(model, startFrom(0), exclusiveOr.inputs, { batchSize: 0 })).toThrow(/predict: batchSize is 0/);
  });
});
