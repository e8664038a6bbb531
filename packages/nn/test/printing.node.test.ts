import { inspect } from 'node:util';
import { grad, key, ones, tensor, type Tensor } from '@adjoint/core';
import { square, sum } from '@adjoint/ops';
import {
  adam, averagedWeights, averageWeights, batchNorm, bidirectional, chain, clipByGlobalNorm, clipByNorm, confusionMatrix, constant, constantSchedule, conv2d, cosineDecay,
  createTrainingState, decodeTrainingState, dense, dropout, encodeTrainingState, EpochRecord, evaluate, f1Score, filterTree, fit, flatten, freeze, heNormal,
  Layer, layer, layerFromConfig, layerToConfig, lstm, makeTrainingStep, maxPool2d, meanOf, meanSquaredError, mergeTrees, multiHeadAttention, partition, partitionTree, perplexity,
  PlateauState, reduceOnPlateau, relu, reshape, residual, rootMeanSquaredError, sequential, setAt, sgd, softmax, TrainingState, transformerEncoderBlock, zeroPadding2d,
  type History,
} from '@adjoint/nn';
import { List, Map } from 'immutable';
import { describe, expect, it } from 'vitest';

/** Versions of Node differ in how they indent nested text of several lines. */
const nested = (value: unknown) => inspect({ around: [value] }).split('\n').map((line) => line.trim());

/** What a value prints as, the same everywhere. */
function printed(value: object): string {
  const text = inspect(value);
  expect(String(value as unknown)).toBe(text);
  if (text.includes('\n')) expect(nested(value).join('\n')).toContain(text.split('\n').map((line) => line.trim()).join('\n'));
  else expect(inspect({ around: value }, { breakLength: Infinity })).toBe(`{ around: ${text} }`);
  return text;
}

const mlp = sequential(dense({ units: 4 }), relu(), dense({ units: 2 }));
const paramLines = 'dense.kernel: float32 [3,4],\n    dense.bias: float32 [4],\n    dense_1.kernel: float32 [4,2],\n    dense_1.bias: float32 [2]';

describe('layers', () => {
  it.each<[object, string]>([
    [dense({ units: 10 }), 'dense({ units: 10 })'],
    [dense({ units: 10, useBias: false, name: 'head', trainable: false }), "dense({ units: 10, useBias: false, name: 'head', trainable: false })"],
    [dense({ units: 1, kernelInitializer: heNormal, biasInitializer: constant(3) }), "dense({\n  units: 1,\n  kernelInitializer: 'heNormal',\n  biasInitializer: constant({ value: 3 })\n})"],
    [relu(), 'relu()'],
    [flatten(), 'flatten()'],
    [conv2d({ filters: 32, kernelSize: [3, 5], strides: 2 }), 'conv2d({ filters: 32, kernelSize: [3, 5], strides: 2 })'],
    [maxPool2d({ poolSize: 2 }), 'maxPool2d({ poolSize: 2 })'],
    [dropout({ rate: 0.5 }), 'dropout({ rate: 0.5 })'],
    [reshape({ targetShape: [2, -1] }), 'reshape({ targetShape: [2, -1] })'],
    [zeroPadding2d(), 'zeroPadding2d()'],
    [zeroPadding2d({ padding: 2 }), 'zeroPadding2d({ padding: 2 })'],
    [softmax({ axis: 1 }), 'softmax({ axis: 1 })'],
    [batchNorm(), 'batchNorm()'],
    [multiHeadAttention({ heads: 2 }), 'multiHeadAttention({ heads: 2 })'],
    [transformerEncoderBlock({ heads: 2, hiddenUnits: 8 }), 'transformerEncoderBlock({ heads: 2, hiddenUnits: 8 })'],
    [new Layer({ type: 'double', config: Map<string, unknown>({ factor: 2 }) }), 'double({ factor: 2 })'],
    [layer({ type: 'scaled', config: { factor: 3 }, apply: (input) => input }), 'scaled({ factor: 3 })'],
    [residual(dense({ units: 4 })), 'residual(dense({ units: 4 }))'],
    [sequential(), 'sequential()'],
    [mlp, 'sequential(\n  dense({ units: 4 }),\n  relu(),\n  dense({ units: 2 })\n)'],
    [sequential(residual(dense({ units: 4 }), relu()), dense({ units: 2, name: 'head' })),
      "sequential(\n  residual(\n    dense({ units: 4 }),\n    relu()\n  ),\n  dense({ units: 2, name: 'head' })\n)"],
    [bidirectional(lstm({ units: 4 }), { merge: 'sum' }), "bidirectional(\n  lstm({ units: 4, name: 'forward' }),\n  lstm({ units: 4, name: 'backward' }),\n  { merge: 'sum' }\n)"],
  ])('%s', (value, text) => {
    expect(printed(value)).toBe(text);
  });

  it('leaves out the middle of a deep model', () => {
    const lines = printed(sequential(...Array.from({ length: 100 }, (_, index) => dense({ units: index + 1 })))).split('\n');
    expect(lines).toHaveLength(23);
    expect(lines[17]).toBe('  ... 80 more,');
    expect(lines[21]).toBe('  dense({ units: 100 })');
  });

  it('prints a model that was read as the one that was saved, in any order of the options', () => {
    const model = sequential(conv2d({ filters: 2, kernelSize: 3, padding: 'same' }), dropout({ rate: 0.1 }), flatten(), dense({ units: 2, kernelInitializer: heNormal }));
    const words = (text: string) => text.match(/[\w.]+/g)!.sort();
    expect(words(printed(layerFromConfig(JSON.parse(JSON.stringify(layerToConfig(model))))))).toEqual(words(printed(model)));
  });

  it('prints names and options of a copy', () => {
    expect(printed(dense({ units: 2 }).set('name', 'head').set('trainable', false))).toBe("dense({ units: 2, name: 'head', trainable: false })");
    expect(printed(dense({ units: 2 }).config)).toBe("{\n  units: 2,\n  useBias: true,\n  kernelInitializer: 'glorotUniform',\n  biasInitializer: 'zeros'\n}");
  });

  it('prints variables and specifications', () => {
    const variables = mlp.init(key(0), [3]);
    expect(printed(variables)).toBe(`{\n  params: {\n    ${paramLines}\n  },\n  state: {},\n  outputShape: [2]\n}`);
    expect(printed(variables.params)).toBe(`{\n  ${paramLines.replaceAll('    ', '  ')}\n}`);
    expect(printed(variables.state)).toBe('{}');
    expect(printed(dense({ units: 2 }).specify([3], 'dense'))).toBe(
      'LayerSpecification {\n  outputShape: [2],\n  params: { kernel: [3,2] by glorotUniform, bias: [2] by zeros }\n}',
    );
    const norm = batchNorm();
    expect(printed(norm.apply(norm.init(key(0), [2]), ones([3, 2]), { training: true }).state)).toBe('{ mean: float32 [2], variance: float32 [2] }');
  });

  it('prints the trees that are made of parameters', () => {
    const { params } = dense({ units: 2 }).init(key(0), [3]);
    const all = '{ kernel: float32 [3,2], bias: float32 [2] }';
    expect(printed(filterTree(params, 'bias'))).toBe('{ bias: float32 [2] }');
    expect(printed(partitionTree(params, 'bias')[1])).toBe('{ kernel: float32 [3,2] }');
    expect(printed(mergeTrees(params, filterTree(params, 'bias')))).toBe(all);
    expect(printed(setAt(params, 'bias', ones([2])))).toBe(all);
    expect(printed(grad((tree: typeof params) => sum(square(tree.get('bias') as Tensor)))(params))).toBe(all);
    expect(printed(sgd({ learningRate: 1 }).update(params, sgd({ learningRate: 1 }).init(params), params).params)).toBe(all);
  });
});

describe('optimizers, schedules, initializers and metrics', () => {
  it.each<[object, string]>([
    [adam(), 'adam({ learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false })'],
    [sgd({ learningRate: 0.1 }), 'sgd({ learningRate: 0.1, momentum: 0, nesterov: false, dampening: 0 })'],
    [clipByNorm(1), 'clipByNorm({ maxNorm: 1 })'],
    [chain(clipByGlobalNorm(1), sgd({ learningRate: cosineDecay({ initial: 0.1, steps: 10 }) })),
      'chain(\n  clipByGlobalNorm({ maxNorm: 1 }),\n  sgd({\n    learningRate: cosineDecay({ initial: 0.1, final: 0, steps: 10 }),\n    momentum: 0,\n    nesterov: false,\n    dampening: 0\n  })\n)'],
    [freeze(sgd({ learningRate: 1 }), '**.bias'),
      'partition({\n  optimizers: {\n    trained: sgd({ learningRate: 1, momentum: 0, nesterov: false, dampening: 0 }),\n    frozen: untouched()\n  }\n})'],
    [constantSchedule(0.1), 'constantSchedule({ value: 0.1 })'],
    [heNormal, 'heNormal'],
    [constant(3), 'constant({ value: 3 })'],
    [f1Score(), "f1Score { direction: 'max' }"],
    [confusionMatrix(), 'confusionMatrix { direction: null }'],
    [perplexity(), "perplexity { direction: 'min' }"],
    [rootMeanSquaredError(), "rootMeanSquaredError { direction: 'min' }"],
    [meanOf(meanSquaredError), "meanOf { direction: 'min' }"],
    [new PlateauState(), 'PlateauState { best: null, badEvaluations: 0, cooldown: 0, factor: 1 }'],
  ])('%s', (value, text) => {
    expect(printed(value)).toBe(text);
  });

  it('prints what stands for several options on lines of their own', () => {
    expect(printed(reduceOnPlateau())).toMatch(/^reduceOnPlateau\({\n {2}factor: 0.1,\n {2}patience: 10,/);
    expect(printed(averageWeights(adam(), { decay: 0.9 }))).toMatch(/\n {2}optimizer: adam\(\{ learningRate: 0.001,/);
    expect(printed(partition({ a: adam() }, () => 'a'))).toContain('a: adam({');
  });

  it('prints states', () => {
    const { params } = dense({ units: 2 }).init(key(0), [3]);
    const plain = sgd({ learningRate: 0.1 });
    expect(printed(plain.init(params))).toBe('OptimizerState { step: 0 }');
    expect(printed(plain.update(params, plain.init(params), params).state)).toBe('OptimizerState { step: 1, learningRate: 0.1 }');
    const chained = chain(clipByNorm(1), adam());
    expect(printed(chained.init(params))).toBe([
      'OptimizerState {', '  step: 0,', '  parts: {', '    clipByNorm: OptimizerState { step: 0 },', '    adam: OptimizerState {', '      step: 0,',
      '      moments: { first: 2 tensors of 8 elements, root: 2 tensors of 8 elements }', '    }', '  }', '}',
    ].join('\n'));
    expect(printed(chained.init(params).parts.get('adam')!.moments)).toBe('{\n  first.kernel: float32 [3,2],\n  first.bias: float32 [2],\n  root.kernel: float32 [3,2],\n  root.bias: float32 [2]\n}');
    const averaged = averageWeights(adam(), { decay: 0.9 });
    expect(printed(averagedWeights(averaged.init(params), params))).toBe('{ kernel: float32 [3,2], bias: float32 [2] }');
  });
});

describe('training', () => {
  const optimizer = adam();
  const data = { inputs: ones([4, 3]), targets: tensor([0, 1, 0, 1], { dtype: 'int32' }) };
  const start = () => createTrainingState({ model: mlp, optimizer, key: key(1), inputShape: [3] });
  const state = (epoch: number, more: readonly string[] = []) => [
    'TrainingState {', `  epoch: ${epoch},`, `  step: ${epoch},`, ...(epoch === 0 ? [] : [`  startEpoch: ${epoch},`]), '  params: {', `    ${paramLines}`, '  },',
    '  optimizerState: OptimizerState {', `    step: ${epoch},`, ...(epoch === 0 ? [] : ['    learningRate: 0.001,']),
    '    moments: { first: 4 tensors of 26 elements, root: 4 tensors of 26 elements }', '  },', ...more, '  key: Key(1261452753, 1220612463)', '}',
  ].join('\n');

  it('prints the state of a training', async () => {
    expect(printed(start())).toBe(state(0));
    expect(printed(start().history)).toBe('no epochs');
    const result = await fit({ model: mlp, optimizer, state: start(), epochs: 2, data });
    const line = /^2 epochs, the last with loss 0\.\d{1,4}, accuracy 0\.5$/;
    const history = /history: (.*),/.exec(inspect(result.state))![1]!;
    expect(history).toMatch(line);
    expect(printed(result.state)).toBe(state(2, [`  history: ${history},`]));
    const { state: read } = decodeTrainingState(encodeTrainingState(result.state, null));
    expect(printed(read)).toBe(printed(result.state));
    expect(printed(read.history)).toBe(printed(result.state.history));
    expect(printed(read.params)).toBe(printed(result.state.params));
    const step = makeTrainingStep({ model: mlp, optimizer })(start(), data);
    expect(printed(step.state.params)).toBe(printed(start().params));
  });

  it('prints the result of fit', async () => {
    const result = await fit({ model: mlp, optimizer, state: start(), epochs: 1, data, metrics: { f1: f1Score() }, onEpoch: () => ({ stop: 'enough' }) });
    const { loss } = result.history.last()!;
    expect(printed(result)).toBe([
      'FitResult {', `  history: 1 epoch, the last with loss ${Number(loss.toPrecision(4))}, accuracy 0.5, metrics.f1 ${Number((result.history.last()!.metrics.get('f1') as number).toPrecision(4))},`,
      '  state: TrainingState at epoch 1, step 1, with params: 4 tensors of 26 elements,', '  aborted: false,', "  stopped: 'enough'", '}',
    ].join('\n'));
    expect(Object.keys(result)).toEqual(['state', 'history', 'stopped', 'aborted']);
    expect(printed(result.history.last()!.metrics)).toMatch(/^{ f1: 0\.\d+ }$/);
    expect(inspect(await evaluate(mlp, result.state, data))).toMatch(/^{ loss: [\d.]+, accuracy: 0.5, metrics: {} }$/);
  });

  const record = (epoch: number, more: object = {}) => new EpochRecord({ epoch, loss: 1 / epoch, learningRate: 0.1, seconds: 2, samplesPerSecond: 10, ...more });

  it('prints a history as a table', () => {
    const history = new TrainingState().history.push(record(1), record(2, { accuracy: 0.5, metrics: Map({ f1: 0.25, matrix: [[1, 2], [3, 4]] }) }));
    const kept = decoded(history);
    expect(printed(kept)).toBe([
      'epoch  loss  learningRate  seconds  accuracy  metrics.f1  metrics.matrix',
      '    1     1           0.1        2         -           -               -',
      '    2   0.5           0.1        2       0.5        0.25         [2 x 2]',
    ].join('\n'));
  });

  it('prints the first and the last epochs of a long history', () => {
    const lines = printed(decoded(List(Array.from({ length: 100 }, (_, index) => record(index + 1))))).split('\n');
    expect(lines.map((line) => line.trim().split('  ')[0])).toEqual(['epoch', '1', '2', '...', '93', '94', '95', '96', '97', '98', '99', '100']);
    expect(lines[3]).toBe('  ...  (90 more epochs)');
    expect(lines[4]).toBe('   93  0.01075           0.1        2');
  });

  it('prints a record', () => {
    expect(printed(record(2, { accuracy: 0.5 }))).toBe('EpochRecord {\n  epoch: 2,\n  loss: 0.5,\n  accuracy: 0.5,\n  learningRate: 0.1,\n  seconds: 2,\n  samplesPerSecond: 10\n}');
  });

  /** A history as it comes from a file. */
  function decoded(history: History): History {
    return decodeTrainingState(encodeTrainingState(start().set('history', history), null)).state.history;
  }
});
