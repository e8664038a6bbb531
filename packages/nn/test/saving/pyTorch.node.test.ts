import { readFileSync } from 'node:fs';
import { ArgumentError, DataFormatError, flattenTree, key, normal, ones, scope, type Shape, type Tensor } from '@adjoint/core';
import { decodeSafetensors } from '@adjoint/data';
import * as nn from '@adjoint/nn';
import { index, layerNorm, moveAxis } from '@adjoint/ops';
import { describe, expect, test } from 'vitest';
import { living } from '../../../../test/living.js';

// Made by fixtures/makePyTorch.py with PyTorch 1.13.
const fixtures = decodeSafetensors(readFileSync(new URL('../fixtures/pyTorch.safetensors', import.meta.url))).tensors;

/** What PyTorch's model of this name holds, takes and gives. */
function caseOf(name: string): { readonly stateDict: ReadonlyMap<string, Tensor>; readonly input: Tensor; readonly options: nn.ApplyOptions; readonly output: Tensor } {
  const prefix = `${name}.model.`;
  const stateDict = [...fixtures].filter(([path]) => path.startsWith(prefix)).map(([path, leaf]) => [path.slice(prefix.length), leaf] as const);
  const memory = fixtures.get(`${name}.memory`);
  return { stateDict: new Map(stateDict), input: fixtures.get(`${name}.input`)!, options: memory === undefined ? {} : { memory }, output: fixtures.get(`${name}.output`)! };
}

interface Case {
  readonly model: nn.Layer;
  readonly inputShape: Shape;
  readonly modules?: nn.PyTorchOptions['modules'];
  /** Whether PyTorch's input has its channels first. */
  readonly channelsFirst: boolean;
}

const lastStep = new nn.Layer({
  type: 'lastStep',
  specify: ([, features]) => new nn.LayerSpecification({ outputShape: [features!] }),
  forward: ({ state }, input) => ({ output: index(input, [], -1), state }),
});

const cases: Readonly<Record<string, Case>> = {
  images: {
    model: nn.sequential(
      nn.conv2d({ filters: 3, kernelSize: 3 }), nn.relu(), nn.maxPool2d({ poolSize: 2 }), nn.conv2d({ filters: 4, kernelSize: 2, useBias: false }),
      nn.flatten(), nn.relu(), nn.dense({ units: 3 }),
    ),
    inputShape: [8, 6, 2],
    channelsFirst: true,
  },
  signals: {
    model: nn.sequential(
      nn.conv1d({ filters: 3, kernelSize: 3, strides: 2 }), nn.conv1dTranspose({ filters: 4, kernelSize: 3, strides: 2 }), nn.flatten(), nn.dense({ units: 2 }),
    ),
    inputShape: [9, 2],
    channelsFirst: true,
  },
  volumes: {
    model: nn.sequential(
      nn.conv3d({ filters: 2, kernelSize: [1, 2, 3] }), nn.tanh(), nn.conv3dTranspose({ filters: 2, kernelSize: 2 }), nn.reshape({ targetShape: [128] }), nn.dense({ units: 2 }),
    ),
    inputShape: [3, 4, 5, 1],
    channelsFirst: true,
  },
  normalized: {
    model: nn.sequential(
      nn.sequential(
        nn.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }), nn.batchNorm({ epsilon: 1e-3 }), nn.prelu(), nn.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
        nn.groupNorm({ groups: 2 }), nn.conv2d({ filters: 4, kernelSize: 1, groups: 2 }), nn.conv2dTranspose({ filters: 6, kernelSize: 3, strides: 2, groups: 2 }),
        nn.instanceNorm(),
      ),
      nn.flatten(),
      nn.dense({ units: 2 }),
    ),
    inputShape: [4, 5, 2],
    modules: {
      conv1: 'sequential.conv2d', bn: 'sequential.batchNorm', act: 'sequential.prelu', depthwise: 'sequential.depthwiseConv2d',
      norm: 'sequential.groupNorm', grouped: 'sequential.conv2d_1', up: 'sequential.conv2dTranspose', instance: 'sequential.instanceNorm', fc: 'dense',
    },
    channelsFirst: true,
  },
  attention: {
    model: nn.sequential(nn.multiHeadAttention({ heads: 2 }), nn.layerNorm(), lastStep, nn.dense({ units: 3 })),
    inputShape: [5, 4],
    modules: { attention: 'multiHeadAttention', norm: 'layerNorm', fc: 'dense' },
    channelsFirst: false,
  },
  sequences: {
    model: nn.sequential(
      nn.embedding({ vocabularySize: 7, units: 4 }),
      nn.simpleRnn({ units: 3, returnSequences: true }),
      nn.lstm({ units: 3, returnSequences: true }),
      nn.bidirectional(nn.gru({ units: 2, returnSequences: true })),
      nn.flatten(),
      nn.dense({ units: 2 }),
    ),
    inputShape: [5],
    modules: { embed: 'embedding', rnn: 'simpleRnn', lstm: 'lstm', gru: 'bidirectional', fc: 'dense' },
    channelsFirst: false,
  },
  stacked: {
    model: nn.sequential(
      nn.simpleRnn({ units: 2, returnSequences: true }), nn.simpleRnn({ units: 2, returnSequences: true }),
      nn.lstm({ units: 2, returnSequences: true }), nn.lstm({ units: 2, returnSequences: true }), nn.lstm({ units: 2, returnSequences: true }),
      nn.bidirectional(nn.gru({ units: 2, returnSequences: true })), nn.bidirectional(nn.gru({ units: 2, returnSequences: true })),
    ),
    inputShape: [4, 3],
    modules: { rnn: ['simpleRnn', 'simpleRnn_1'], lstm: ['lstm', 'lstm_1', 'lstm_2'], gru: ['bidirectional', 'bidirectional_1'] },
    channelsFirst: false,
  },
  transformer: {
    model: nn.sequential(
      nn.learnedPositions({ maxSteps: 6 }), nn.transformerEncoderBlock({ heads: 2, hiddenUnits: 5 }), nn.transformerEncoderBlock({ heads: 2, hiddenUnits: 5 }), nn.layerNorm(),
    ),
    inputShape: [5, 4],
    modules: {
      positions: 'learnedPositions', 'encoder.layers.0': 'transformerEncoderBlock', 'encoder.layers.1': 'transformerEncoderBlock_1', 'encoder.norm': 'layerNorm',
    },
    channelsFirst: false,
  },
  decoder: {
    model: nn.sequential(...['first', 'second'].map((name) =>
      nn.transformerDecoderBlock({ heads: 2, hiddenUnits: 5, causal: false, normFirst: true, activation: 'exactGelu', name }))),
    inputShape: [3, 4],
    modules: { 'decoder.layers.0': 'first', 'decoder.layers.1': 'second' },
    channelsFirst: false,
  },
  cross: {
    model: nn.multiHeadAttention({ heads: 2, cross: true, memoryFeatures: 3 }),
    inputShape: [3, 4],
    modules: { attention: '' },
    channelsFirst: false,
  },
};

describe.each(Object.entries(cases))('%s', (name, { model, inputShape, channelsFirst, modules }) => {
  const { stateDict, input, options: memory, output } = caseOf(name);
  const options = modules === undefined ? {} : { modules };
  const variables = nn.fromPyTorch(model, inputShape, stateDict, options);

  test('a model with the variables of PyTorch gives its outputs', () => {
    const given = channelsFirst ? moveAxis(input, 1, -1) : input;
    const ours = model.apply(variables, given, memory).output;
    expect(ours.shape).toEqual(output.shape);
    const wanted = output.data();
    ours.data().forEach((value, index) => expect(value).toBeCloseTo(wanted[index]!, 5));
  });

  test('variables are in one piece, and in the order of the model', () => {
    expect(flattenTree(variables.params).map(([path]) => path)).toEqual(flattenTree(model.init(key(0), inputShape).params).map(([path]) => path));
    for (const [, leaf] of flattenTree(variables.params)) expect(leaf.isContiguous).toBe(true);
  });

  test('toPyTorch gives the state_dict back', () => {
    const back = nn.toPyTorch(model, inputShape, variables, options);
    const counted = [...stateDict.keys()].filter((path) => !path.endsWith('num_batches_tracked'));
    expect([...back.keys()].sort()).toEqual(counted.sort());
    for (const path of counted) {
      expect([path, back.get(path)!.shape]).toEqual([path, stateDict.get(path)!.shape]);
      if (!isSummed(path)) expect(back.get(path)!.data()).toEqual(stateDict.get(path)!.data());
    }
    const again = nn.fromPyTorch(model, inputShape, back, options);
    expect(flattenTree(again.params).map(([path, leaf]) => [path, leaf.data()])).toEqual(flattenTree(variables.params).map(([path, leaf]) => [path, leaf.data()]));
  });

  test('leaves nothing behind', () => {
    const before = living();
    scope(() => void nn.fromPyTorch(model, inputShape, stateDict, options));
    expect(living()).toEqual(before);
  });
});

/** The biases of which PyTorch has two where one would do. */
function isSummed(path: string): boolean {
  return /^(rnn|lstm)\.bias/.test(path);
}

describe('fromPyTorch', () => {
  const model = nn.sequential(nn.dense({ units: 2 }), nn.relu());
  const stateDict = new Map([['0.weight', ones([2, 3])], ['0.bias', ones([2])]]);
  const messageOf = (change: (entries: Map<string, Tensor>) => void, options: nn.PyTorchOptions = {}): string => {
    const changed = new Map(stateDict);
    change(changed);
    try {
      nn.fromPyTorch(model, [3], changed, options);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    throw new Error('nothing was thrown');
  };

  test('takes a single layer by empty names', () => {
    const single = new Map([['weight', ones([2, 3])], ['bias', ones([2])]]);
    expect(nn.fromPyTorch(nn.dense({ units: 2 }), [3], single).params.get('bias')).toBeDefined();
    expect([...nn.toPyTorch(nn.dense({ units: 2 }), [3], nn.dense({ units: 2 }).init(key(0), [3])).keys()]).toEqual(['weight', 'bias']);
  });

  test('ignores the counter of batch normalizations', () => {
    expect(() => nn.fromPyTorch(model, [3], [...stateDict, ['0.num_batches_tracked', ones([])] as const])).not.toThrow();
  });

  test('says what is wrong in the words of PyTorch', () => {
    expect(messageOf((entries) => entries.delete('0.bias'))).toBe(
      "DataFormatError: fromPyTorch: missing [0.bias for dense.bias]; superfluous []. Where the modules have other names, pass { modules: { name: path } }, the paths being [dense]",
    );
    expect(messageOf((entries) => entries.set('1.weight', ones([1])))).toContain('superfluous [1.weight]');
    expect(messageOf((entries) => entries.set('0.weight', ones([3, 2])))).toBe('DataFormatError: fromPyTorch: 0.weight is float32 [3,2]; expected the shape [2,3]');
    expect(messageOf((entries) => entries.set('0.weight', ones([6])))).toContain('0.weight is float32 [6]');
    expect(messageOf((entries) => entries.set('0.bias', ones([2], { dtype: 'int32' })))).toContain('misshapen [params.dense.bias is int32 [2], expected a float');
    expect(messageOf(() => undefined, { modules: { fc: 'dense_1' } })).toBe("ArgumentError: fromPyTorch: modules names 'dense_1', where no layer has variables; expected one of the layers with variables, [dense], or a layer around one");
    expect(messageOf(() => undefined, { modules: { 0: 'relu' } })).toContain("modules names 'relu', where no layer has variables");
    expect(() => nn.fromPyTorch(nn.sequential(nn.dense({ units: 2 }), nn.dense({ units: 2 })), [3], stateDict, { modules: { fc: ['dense', 'dense_1'] } }))
      .toThrow("fromPyTorch: modules gives 'fc' several layers, of which 'dense' is not recurrent; expected one layer");
  });

  test('brings what scales whole images into the order of their axes', () => {
    const scales = new Map([['weight', normal(key(1), [2, 2, 2])], ['bias', normal(key(2), [2, 2, 2])]]);
    const images = normal(key(3), [3, 2, 2, 2]);
    const whole = nn.layerNorm({ axes: [1, 2, 3] });
    const variables = nn.fromPyTorch(whole, [2, 2, 2], scales);
    const ours = whole.apply(variables, moveAxis(images, 1, -1)).output.data();
    const theirs = moveAxis(layerNorm(images, { axes: [1, 2, 3], scale: scales.get('weight')!, bias: scales.get('bias')! }), 1, -1).data();
    ours.forEach((value, index) => expect(value).toBeCloseTo(theirs[index]!, 5));
    for (const [name, back] of nn.toPyTorch(whole, [2, 2, 2], variables)) expect(back.toArray()).toEqual(scales.get(name)!.toArray());
  });

  test('refuses a layer that PyTorch does not have', () => {
    const own = new nn.Layer({ ...nn.dense({ units: 2 }).toObject(), type: 'mine' });
    expect(() => nn.fromPyTorch(nn.sequential(own), [3], stateDict)).toThrow(ArgumentError);
    expect(() => nn.toPyTorch(nn.sequential(own), [3], nn.sequential(own).init(key(0), [3]))).toThrow(/mine is a layer of type 'mine', and it is not known what it is in PyTorch/);
  });

  test('refuses what it cannot bring into order', () => {
    const flattens = (...layers: nn.Layer[]) => () => nn.fromPyTorch(nn.sequential(nn.flatten(), ...layers), [4, 4, 2], []);
    expect(flattens(nn.prelu())).toThrow(/prelu is a layer of type 'prelu' behind the flattening of an image/);
    expect(flattens(nn.relu(), nn.dense({ units: 1 }))).toThrow(/missing \[2\.weight for dense\.kernel/);
  });

  test('refuses variables of another model', () => {
    expect(() => nn.toPyTorch(model, [3], nn.dense({ units: 2 }).init(key(0), [3]))).toThrow(DataFormatError);
  });
});

describe('names for some of the layers', () => {
  const block = nn.sequential(nn.dense({ units: 2 }), nn.relu(), nn.dense({ units: 2 })).set('name', 'features');
  const model = nn.sequential(nn.dense({ units: 2 }), block, nn.dense({ units: 1, name: 'head' }));
  const variables = model.init(key(1), [3]);
  const names = (modules: Readonly<Record<string, string>>) => [...nn.toPyTorch(model, [3], variables, { modules }).keys()].filter((name) => name.endsWith('weight'));

  test.each<[Readonly<Record<string, string>>, string[]]>([
    [{}, ['0.weight', '1.0.weight', '1.2.weight', '2.weight']],
    [{ fc: 'head' }, ['0.weight', '1.0.weight', '1.2.weight', 'fc.weight']],
    [{ backbone: 'features', fc: 'head' }, ['0.weight', 'backbone.0.weight', 'backbone.2.weight', 'fc.weight']],
    [{ backbone: 'features', last: 'features.dense_1' }, ['0.weight', 'backbone.0.weight', 'last.weight', '2.weight']],
    [{ net: '' }, ['net.0.weight', 'net.1.0.weight', 'net.1.2.weight', 'net.2.weight']],
  ])('%j leaves the others by their positions', (modules, expected) => {
    expect(names(modules)).toEqual(expected);
    const back = nn.fromPyTorch(model, [3], nn.toPyTorch(model, [3], variables, { modules }), { modules });
    expect(flattenTree(back.params).map(([path, leaf]) => [path, leaf.toArray()])).toEqual(flattenTree(variables.params).map(([path, leaf]) => [path, leaf.toArray()]));
  });

  test('refuses one name for two layers', () => {
    expect(() => names({ 0: 'head' })).toThrow(/toPyTorch: 'dense' and 'head' are both named '0'; expected another name in modules for one of them/);
  });
});
