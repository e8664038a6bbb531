import { describe, expect, test } from 'vitest';
import { ArgumentError, key, normal, ones, tensor, type Tensor } from '@adjoint/core';
import {
  confusionMatrix, createTrainingState, decodeTrainingState, dense, encodeTrainingState, evaluate, fit, makeTrainingStep, meanSquaredError, measure, meanOf, predict, predictBatches, r2Score, sgd, type Callback, type Loss,
} from '@adjoint/nn';
import { saveModel, saveVariables } from '@adjoint/nn/node';
import { equal, mean, square, sub, where } from '@adjoint/ops';

const model = dense({ units: 1 });
const optimizer = sgd({ learningRate: 0.1 });
const data = { inputs: normal(key(0), [4, 3]), targets: normal(key(1), [4, 1]) };
const state = createTrainingState({ model, optimizer, key: key(2), inputShape: [3] });
const train = (options: object) => fit({ model, optimizer, state, data, loss: meanSquaredError, epochs: 1, ...options });

async function errorOf(promise: Promise<unknown>): Promise<ArgumentError> {
  const error: unknown = await promise.then(() => null, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(ArgumentError);
  return error as ArgumentError;
}

describe('data with parts that nobody reads', () => {
  const weighted = { ...data, weights: ones([4]) };
  test.each<[string, object, RegExp]>([
    ['weights of all examples', { data: weighted }, /^fit: a batch has 'weights', which is never read; expected { inputs, targets }\. Weights of examples, masks and the like go into the targets/],
    ['weights of a batch', { data: [{ ...data, sampleWeight: ones([4]) }] }, /^fit: a batch has 'sampleWeight'/],
    ['weights of a generator', { data: function* () { yield weighted; } }, /^fit: a batch has 'weights'/],
    ['weights in the validation', { validation: weighted }, /^evaluate: a batch has 'weights'/],
  ])('%s', async (_, options, message) => {
    expect((await errorOf(train(options))).message).toMatch(message);
  });

  test('in evaluate, in steps and in predictions', async () => {
    expect((await errorOf(evaluate(model, state, weighted, { loss: meanSquaredError }))).message).toMatch(/^evaluate: a batch has 'weights'/);
    expect(() => makeTrainingStep({ model, optimizer, loss: meanSquaredError })(state, weighted)).toThrow(/^makeTrainingStep: a batch has 'weights'/);
    expect((await errorOf(predictBatches(model, state, [{ inputs: data.inputs, mask: ones([4]) } as never]).next())).message).toMatch(/^predictBatches: a batch has 'mask'/);
  });
});

describe('promises that nobody awaits', () => {
  const later = <T>(value: T) => Promise.resolve(value) as never;
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['data', () => train({ data: later(data) }), /^fit: the data is no .*It is a Promise: await it/],
    ['batches', () => train({ data: () => [later(data)] }), /^fit: a batch is a Promise; await it, as an async generator/],
    ['inputs', () => train({ data: { ...data, inputs: later(data.inputs) } }), /^fit: the inputs of a batch are a Promise, which has to be awaited/],
    ['a state', () => train({ state: later(state) }), /^fit: state is a Promise/],
    ['variables', () => evaluate(model, later(state), data, { loss: meanSquaredError }), /They are a Promise, which has to be awaited/],
    ['the state of a result', async () => predict(model, (later({ state }) as { state: never }).state, data.inputs), /They are undefined/],
  ])('%s', async (_, run, message) => {
    expect((await errorOf(run())).message).toMatch(message);
  });
});

describe('arguments that are named by the function that was called', () => {
  const frozen = dense({ units: 1, trainable: false });
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['fit without a model', () => train({ model: undefined }), /^fit: model is undefined; expected a layer/],
    ['fit without an optimizer', () => train({ optimizer: undefined }), /^fit: optimizer is undefined; expected an optimizer/],
    ['fit with positions', () => (fit as unknown as (...args: unknown[]) => Promise<unknown>)(model, data.inputs, data.targets), /^fit: options is an Immutable Record; expected an object/],
    ['evaluate without a model', () => evaluate(undefined as never, state, data), /^evaluate: model is undefined; expected a layer/],
    ['saveModel in another order', () => saveModel({ model, params: state.params, state: state.state } as never, 'folder' as never), /^saveModel: folder is /],
    ['saveModel without variables', () => saveModel('folder', { model } as never), /^saveModel: variables is an object/],
    ['saveVariables of params', () => saveVariables('file', state.params as never), /^saveVariables: variables is an Immutable OrderedMap/],
    ['a saved state in its wrapping', () => train({ state: decodeTrainingState(encodeTrainingState(state)) }), /^fit: state is .*\. Pass its property state$/],
    ['the result of a training', async () => train({ state: await train({}) }), /^fit: state is .*\. Pass its property state$/],
  ])('%s', async (_, run, message) => {
    expect((await errorOf(run())).message).toMatch(message);
  });

  test('a model that is frozen whole', async () => {
    const begin = createTrainingState({ model: frozen, optimizer, key: key(2), inputShape: [3] });
    await expect(train({ model: frozen, state: begin })).rejects.toThrow(/^fit: the model has no parameters that learn; expected some that are not frozen/);
  });
});

describe('what callbacks return', () => {
  const expected = "; expected nothing, { stop: 'the reason' } to end the training, or { state } to go on from another state";
  test.each<[unknown, string]>([
    [{ stopped: 'x' }, 'an object {"stopped":"x"}'], [{ stop: true }, 'an object {"stop":true}'], [{ stop: 'x', states: 1 }, 'an object {"stop":"x","states":1}'],
    ['stop', '"stop"'], [false, 'false'], [true, 'true'], [state, 'an Immutable Record'], [Promise.resolve('stop'), '"stop"'],
  ])('%j is refused', async (returned, shown) => {
    for (const hook of ['onStart', 'onBatch', 'onEpoch', 'onFinish'] as const) {
      expect((await errorOf(train({ [hook]: () => returned }))).message).toBe(`fit: ${hook} returned ${shown}${expected}`);
      const callbacks = [{ onStart: () => undefined }, { [hook]: () => returned }] as Callback[];
      expect((await errorOf(train({ callbacks }))).message).toBe(`fit: callbacks[1].${hook} returned ${shown}${expected}`);
    }
  });

  test('what an arrow function returns by the way is ignored', async () => {
    for (const returned of [undefined, null, 3, {}, [1], new Set(), new Map(), { stop: undefined, state: undefined }]) {
      expect((await train({ onEpoch: () => returned })).stopped).toBeNull();
    }
    const seen: unknown[] = [];
    let last: unknown = null;
    await train({ onBatch: (report: unknown) => (last = report), onEpoch: (record: unknown) => (last = record), onStart: (report: unknown) => seen.push(report) });
    expect([last === null, seen.length]).toEqual([false, 1]);
  });

  test('decisions are taken', async () => {
    expect((await train({ onEpoch: () => ({ stop: 'enough' }), epochs: 5 })).stopped).toBe('enough');
    expect((await train({ onEpoch: async () => ({ stop: 'enough' }), epochs: 5 })).stopped).toBe('enough');
  });

  test.each(['onStart', 'onBatch', 'onEpoch', 'onFinish', 'onEnd'])('%s of fit is a function', async (hook) => {
    expect((await errorOf(train({ [hook]: 'log' }))).message).toBe(`fit: ${hook} is "log"; expected a function`);
  });
});

describe('what metrics return', () => {
  const ofOutputs = (of: (outputs: Tensor) => unknown) => ((outputs: Tensor, _: Tensor) => of(outputs)) as unknown as Loss;
  test.each<[string, unknown, RegExp]>([
    ['a number', { mean: ofOutputs((outputs) => mean(outputs).item()) }, /^metrics\.mean returned -?[\d.]+; expected a scalar tensor: leave out item\(\)$/],
    ['nothing', { mean: ofOutputs(() => undefined) }, /^metrics\.mean returned undefined; expected a scalar tensor\. Return the result/],
    ['a promise', { mean: ofOutputs(async () => tensor(1)) }, /^metrics\.mean returned a Promise; expected a scalar tensor\. The function must not be asynchronous/],
    ['several numbers', { each: ofOutputs((outputs) => outputs) }, /^metrics\.each returned float32 \[4,1\]; expected a scalar/],
    ['a metric', { r2: r2Score }, /^metrics\.r2 returned a metric; expected a scalar tensor: call r2Score\(\) to get the metric/],
    ['a metric of options', { confusion: confusionMatrix }, /^metrics\.confusion fails: confusionMatrix: .*call it: confusionMatrix\(\)/],
    ['a list', [r2Score()], /^metrics is a list; expected an object, whose names the results get/],
    ['a metric itself', r2Score(), /^metrics: direction is "max"; expected a metric/],
    ['null', null, /^metrics is null; expected a metric/],
    ['text', 'accuracy', /^metrics is "accuracy"; expected a metric/],
    ['a metric without a result', { half: { update: () => null } }, /^metrics: half is .*; expected a metric/],
  ])('%s', async (_, metrics, message) => {
    const reasons = [train({ metrics }), evaluate(model, state, data, { loss: meanSquaredError, metrics: metrics as never })];
    for (const reason of reasons) {
      const error: unknown = await reason.catch((thrown: unknown) => thrown);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).name).toMatch(/^(?:Argument|Shape)Error$/);
    }
  });

  test('of meanOf', () => {
    expect(() => measure(meanOf(() => 5 as never), ones([2]), ones([2]))).toThrow(/^meanOf: measureOf returned 5; expected a scalar tensor/);
  });
});

describe('NaN that a loss hides', () => {
  const known = tensor([[1], [NaN], [2], [3]]);
  const inputs = ones([4, 3]);
  const hiddenTooLate: Loss = (outputs, targets) => mean(where(equal(targets, targets), square(sub(outputs, targets)), 0));
  const hiddenBefore: Loss = (outputs, targets) => mean(square(where(equal(targets, targets), sub(outputs, targets), 0)));

  test('after the square it makes the gradient NaN, which the error says', async () => {
    const error: unknown = await train({ data: [{ inputs, targets: known }], loss: hiddenTooLate, epochs: 3 }).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(/in step 2: an update before made parameters that are not finite; the gradient first was so at.*Also, the targets of the batch are not all finite numbers: give them the weight 0/);
  });

  test('NaN that is not hidden is still found in the data', async () => {
    const error: unknown = await train({ data: [{ inputs, targets: known }] }).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(/in step 1: the targets of the batch are not all finite numbers\. Look at the data, or, .*weight 0/);
  });

  test('before the square it trains', async () => {
    const { history } = await train({ data: [{ inputs, targets: known }], loss: hiddenBefore, epochs: 3 });
    expect(history.last()!.loss).toBeLessThan(history.first()!.loss);
  });
});
