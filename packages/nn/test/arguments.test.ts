import { Map as ImmutableMap, OrderedMap } from 'immutable';
import { describe, expect, test } from 'vitest';
import { AdjointError, ArgumentError, key, tensor } from '@adjoint/core';
import * as nn from '@adjoint/nn';

const model = nn.dense({ units: 2 });
const variables = model.init(key(0), [3]);
const x = tensor([[1, 2, 3]]);

/** The message of what is thrown, which is one line that names no value at length. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AdjointError);
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('nothing was thrown');
}

test.each(['aborted', 'throwIfAborted', 'addEventListener', 'removeEventListener'])('a signal without %s is refused before anything runs', async (member) => {
  const whole = { aborted: false, throwIfAborted: () => undefined, addEventListener: () => undefined, removeEventListener: () => undefined };
  const signal = { ...whole, [member]: undefined } as never;
  const data = { inputs: x, targets: tensor([[1, 2]]) };
  const optimizer = nn.sgd({ learningRate: 1 });
  const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [3] });
  const [loss, expected] = [nn.meanSquaredError, /signal is an object \{.*expected an AbortSignal/];
  await expect(nn.fit({ model, optimizer, state, data, loss, epochs: 1, signal })).rejects.toThrow(expected);
  await expect(nn.evaluate(model, variables, data, { loss, signal })).rejects.toThrow(expected);
  await expect(nn.predictBatches(model, variables, [x], { signal }).next()).rejects.toThrow(expected);
  await expect(nn.evaluate(model, variables, data, { loss, signal: whole })).resolves.toBeDefined();
});

describe('arguments of the wrong kind are refused by name', () => {
  test.each<[string, () => unknown]>([
    ['registerInitializer: name is undefined; expected a string', () => nn.registerInitializer(undefined as never, nn.zeros)],
    ['registerInitializer: initializer is 5; expected a function', () => nn.registerInitializer('five', 5 as never)],
    ['registerLayer: type is 5; expected a string', () => { nn.registerLayer(5 as never, () => model); }],
    ['registerLayer: make is "text"; expected a function', () => { nn.registerLayer('text', 'text' as never); }],
    ['layerToConfig: layer is null; expected a layer', () => nn.layerToConfig(null as never)],
    ['fansOf: shape is 5', () => nn.fansOf(5 as never)],
    ['heNormal: key is 5', () => nn.heNormal(5 as never, [2, 3])],
    ['heNormal: shape is "text"', () => nn.heNormal(key(0), 'text' as never)],
    ["heNormal: unknown option 'fanin'", () => nn.heNormal(key(0), [2, 3], { fanin: 3 } as never)],
    ['ones: options is null', () => nn.ones(key(0), [2], null as never)],
    ['fromPyTorch: tensors is 5', () => nn.fromPyTorch(model, [3], 5 as never)],
    ['fromPyTorch: tensors[0] is 1; expected [name, tensor] entries', () => nn.fromPyTorch(model, [3], [1] as never)],
    ['fromPyTorch: the tensor of tensors[0] is [1]; expected a tensor', () => nn.fromPyTorch(model, [3], [['weight', [1]]] as never)],
    ["fromPyTorch: modules['fc'] is 5; expected the path of a layer", () => nn.fromPyTorch(model, [3], [], { modules: { fc: 5 } } as never)],
    ['toPyTorch: modules is "fc"; expected an object', () => nn.toPyTorch(model, [3], variables, { modules: 'fc' } as never)],
    ['toPyTorch: variables is an Immutable OrderedMap of 2', () => nn.toPyTorch(model, [3], variables.params as never)],
    ['layer: options is 5', () => nn.layer(5 as never)],
    ["layer: unknown option 'aply'", () => nn.layer({ type: 'twice', aply: () => x } as never)],
    ['twice: layers is "dense"; expected an object', () => nn.layer({ type: 'twice', layers: 'dense' as never, apply: (input) => input })],
    ['twice: what init returned is null; expected an object', () => nn.layer({ type: 'twice', init: () => null as never, apply: (input) => input }).init(key(0), [3])],
    ['twice: params.w of init is 5; expected an object', () => nn.layer({ type: 'twice', init: () => ({ params: { w: 5 as never } }), apply: (input) => input }).init(key(0), [3])],
    ['rotatePositions: input is [1,2]; expected a tensor', () => nn.rotatePositions([1, 2] as never)],
    ['meanSquaredError: targets is [1]; expected a tensor', () => nn.meanSquaredError(tensor([1]), [1] as never)],
    ['accuracy: outputs is 5; expected a tensor', () => nn.accuracy(5 as never, x)],
    ['meanOf: measureOf is 5; expected a function', () => nn.meanOf(5 as never)],
    ['meanOf: options is null', () => nn.meanOf(nn.crossEntropy, null as never)],
    ['measure: metric is the function accuracy; expected a metric', () => nn.measure(nn.accuracy as never, x, x)],
    ['measure: targets is [0]; expected a tensor', () => nn.measure(nn.binaryAccuracy(), tensor([1]), [0] as never)],
    ['matchVariables: model is 5; expected a layer', () => nn.matchVariables(5 as never, [3], variables)],
    ['matchVariables: shape is 3', () => nn.matchVariables(model, 3 as never, variables)],
    ['matchVariables: name is 5; expected a string', () => nn.matchVariables(model, [3], variables, { name: 5 as never })],
    ['encodeVariables: variables is an Immutable OrderedMap of 2; expected { params, state }', () => nn.encodeVariables(variables.params as never)],
    ['encodeTrainingState: state is an object {}; expected a TrainingState', () => nn.encodeTrainingState({} as never)],
    ['averagedWeights: state is an object {}; expected an OptimizerState', () => nn.averagedWeights({} as never, variables.params)],
    ['sgd: state is undefined; expected an OptimizerState', () => nn.sgd({ learningRate: 1 }).update(x, undefined as never, x)],
    ['leafwise: rule is an object {}; expected an object with a function', () => nn.leafwise('mine', {} as never)],
    ['withLearningRateScale: learningRateScale is Tensor(float32 [2])', () => nn.withLearningRateScale(new nn.OptimizerState(), tensor([1, 2]) as never)],
    ['partition: optimizers is null', () => nn.partition(null as never, () => 'a' as never)],
    ['partition: labelOf is "a"; expected a function', () => nn.partition({ a: nn.sgd({ learningRate: 1 }) }, 'a' as never)],
    ['scaleByLearningRate: learningRate is Tensor(float32 [2]) at step 0', () => nn.scaleByLearningRate(tensor([1, 2]) as never)],
    ['adamW: mask is 5; expected a pattern of paths', () => nn.adamW({ mask: 5 as never })],
    ['addDecayedWeights: mask is 5; expected a pattern of paths', () => nn.addDecayedWeights(0.1, { mask: 5 as never })],
    ['freeze: frozen is undefined; expected a pattern of paths', () => nn.freeze(nn.adam(), undefined as never)],
    ['joinSchedules: schedules is undefined; expected a list', () => nn.joinSchedules({} as never)],
    ['joinSchedules: schedules[0] is 5; expected a function', () => nn.joinSchedules({ schedules: [5 as never], boundaries: [] })],
    ['piecewiseConstant: boundaries is 5; expected a list', () => nn.piecewiseConstant({ values: [1, 2], boundaries: 5 as never })],
    ['warmup: schedule is 0.1; expected a function', () => nn.warmup(0.1 as never, { steps: 2 })],
    ['summary: model is 5; expected a layer', () => nn.summary(5 as never, [3])],
    ['summary: shape is 3', () => nn.summary(model, 3 as never)],
    ['countParameters: params is an object {}; expected a tree of tensors', () => nn.countParameters({} as never)],
    ['filterTree: filter is 5; expected a pattern of paths', () => nn.filterTree(variables.params, 5 as never)],
    ['filterTree: tree at a is 5; expected a tree of tensors', () => nn.filterTree(OrderedMap({ a: 5 }) as never, () => true)],
    ['partitionTree: tree is undefined; expected a tree of tensors', () => nn.partitionTree(undefined as never, () => true)],
    ['getAt: path is ["kernel"]; expected a string', () => nn.getAt(variables.params, ['kernel'] as never)],
    ['setAt: value is [1,2]; expected a tensor', () => nn.setAt(variables.params, 'bias', [1, 2] as never)],
    ['unflattenTree: entries[0] is 5; expected [name, tensor] entries', () => nn.unflattenTree([5] as never)],
    ['unflattenTree: the tensor of entries[0] is 5; expected a tensor', () => nn.unflattenTree([['a', 5]] as never)],
  ])('%s', (message, run) => {
    expect(messageOf(run)).toContain(message);
  });

  test.each<[string, () => AsyncGenerator]>([
    ['predictBatches: model is 5; expected a layer', () => nn.predictBatches(5 as never, variables, [])],
    ['predictBatches: batches is 5; expected an iterable', () => nn.predictBatches(model, variables, 5 as never)],
    ['predictBatches: options is null', () => nn.predictBatches(model, variables, [], null as never)],
    ['dense: input is undefined; expected a tensor', () => nn.predictBatches(model, variables, [null as never])],
  ])('%s', async (message, run) => {
    const first = Promise.resolve().then(() => run().next());
    await expect(first).rejects.toThrow(message);
    await expect(first).rejects.toBeInstanceOf(ArgumentError);
  });
});

describe('arguments of the right kind are taken', () => {
  test('entries come from a generator, a Map, and an Immutable Map', () => {
    const entries: [string, ReturnType<typeof tensor>][] = [['a.b', tensor(1)], ['c', tensor(2)]];
    const made = nn.unflattenTree(entries);
    function* generate() { yield* entries; }
    for (const given of [generate(), new Map(entries), ImmutableMap(entries)]) expect([...nn.unflattenTree(given).keys()].sort()).toEqual([...made.keys()]);
  });
});
