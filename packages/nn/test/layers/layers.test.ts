import { describe, expect, test } from 'vitest';
import {
  ArgumentError, DTypeError, flattenTree, key, normal, ones, zeros, reference, ShapeError, tensor, withBackend, type Tensor,
} from '@adjoint/core';
import { mean, relu as reluOf } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living } from '../../../../test/living.js';

/** The output of a layer without parameters. */
function run(layer: nn.Layer, input: Tensor, options: nn.ApplyOptions = {}): Tensor {
  return layer.apply(layer.init(key(0), input.shape.slice(1)), input, options).output;
}

describe('values', () => {
  const formulas: Record<string, [nn.Layer, (x: number) => number]> = {
    relu: [nn.relu(), (x) => Math.max(x, 0)],
    leakyRelu: [nn.leakyRelu({ negativeSlope: 0.2 }), (x) => (x > 0 ? x : 0.2 * x)],
    elu: [nn.elu({ alpha: 0.7 }), (x) => (x > 0 ? x : 0.7 * Math.expm1(x))],
    sigmoid: [nn.sigmoid(), (x) => 1 / (1 + Math.exp(-x))],
    tanh: [nn.tanh(), Math.tanh],
    softplus: [nn.softplus(), (x) => Math.log1p(Math.exp(x))],
    silu: [nn.silu(), (x) => x / (1 + Math.exp(-x))],
    gelu: [nn.gelu(), (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
  };
  test.each(Object.entries(formulas))('%s is its formula', (type, [layer, formula]) => {
    const points = [-3, -0.5, 0, 0.5, 3];
    const output = run(layer, tensor([points], { dtype: 'float64' })).data();
    points.forEach((x, index) => expect(output[index]).toBeCloseTo(formula(x), 12));
    expect(layer.type).toBe(type);
  });

  test('softmax sums to 1 along its axis', () => {
    const [[[a], [b]]] = run(nn.softmax({ axis: 1 }), tensor([[[0], [Math.log(3)]]], { dtype: 'float64' })).toArray() as [[[number], [number]]];
    expect(a).toBeCloseTo(0.25, 12);
    expect(b).toBeCloseTo(0.75, 12);
  });

  test('dense multiplies and adds the bias', () => {
    const layer = nn.dense({ units: 2 });
    const { params, state } = layer.init(key(0), [2]);
    const set = params.set('kernel', tensor([[1, 2], [3, 4]])).set('bias', tensor([10, 20]));
    expect(layer.apply({ params: set, state }, tensor([[1, 1], [0, 2]])).output.toArray()).toEqual([[14, 26], [16, 28]]);
  });

  test('conv2d passes strides, padding and dilation on, and adds the bias', () => {
    const options = { filters: 1, kernelSize: 3, kernelInitializer: nn.ones, biasInitializer: nn.constant(0.5) } as const;
    const values = (layer: nn.Layer, side: number) => [...run(layer, ones([1, side, side, 1])).data()];
    expect(values(nn.conv2d(options), 3)).toEqual([9.5]);
    expect(values(nn.conv2d({ ...options, padding: 'same', strides: 2 }), 3)).toEqual([4.5, 4.5, 4.5, 4.5]);
    expect(values(nn.conv2d({ ...options, padding: 1 }), 2)).toEqual([4.5, 4.5, 4.5, 4.5]);
    expect(values(nn.conv2d({ ...options, dilation: 2 }), 5)).toEqual([9.5]);
    expect(values(nn.conv2d({ ...options, useBias: false }), 3)).toEqual([9]);
  });

  test('pooling takes maximum and mean, by default without overlap', () => {
    const images = tensor([1, 2, 3, 4], { shape: [1, 1, 4, 1] });
    expect([...run(nn.maxPool2d({ poolSize: [1, 2] }), images).data()]).toEqual([2, 4]);
    expect([...run(nn.maxPool2d({ poolSize: [1, 2], strides: 1 }), images).data()]).toEqual([2, 3, 4]);
    expect([...run(nn.avgPool2d({ poolSize: [1, 2] }), images).data()]).toEqual([1.5, 3.5]);
  });

  test('flatten is row-major and keeps the batch', () => {
    expect(run(nn.flatten(), tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])).toArray()).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
    expect(run(nn.flatten(), tensor([1, 2])).toArray()).toEqual([[1], [2]]);
  });

  test('dropout is the identity in use, and in training drops its share and keeps the mean', () => {
    const input = ones([100, 100]);
    const layer = nn.dropout({ rate: 0.25 });
    expect(run(layer, input).data()).toEqual(input.data());
    const dropped = run(layer, input, { training: true, key: key(3) });
    expect(new Set(dropped.data())).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(mean(dropped).item()).toBeCloseTo(1, 1);
    expect(run(layer, input, { training: true, key: key(3) }).data()).toEqual(dropped.data());
    expect(run(layer, input, { training: true, key: key(4) }).data()).not.toEqual(dropped.data());
  });
});

describe('noise', () => {
  const rows = 200;
  const input = ones([rows, 5, 20]);
  const moments = (values: ArrayLike<number>) => {
    const list = Array.from(values);
    const average = list.reduce((sum, value) => sum + value, 0) / list.length;
    return { average, variance: list.reduce((sum, value) => sum + (value - average) ** 2, 0) / list.length };
  };

  test.each([nn.spatialDropout1d({ rate: 0.25 }), nn.alphaDropout({ rate: 0.25 }), nn.gaussianDropout({ rate: 0.2 }), nn.gaussianNoise({ standardDeviation: 1 })])('$type is the identity in use, and needs a key in training', (layer) => {
    expect(run(layer, input)).toBe(input);
    expect(() => run(layer, input, { training: true })).toThrow(/needs a key in training/);
    const drawn = (seed: number) => run(layer, input, { training: true, key: key(seed) }).data();
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  test('spatialDropout drops whole channels of an example', () => {
    const dropped = run(nn.spatialDropout1d({ rate: 0.25 }), input, { training: true, key: key(5) }).toArray() as number[][][];
    for (const example of dropped) for (const position of example) expect(position).toEqual(example[0]);
    const channels = dropped.flatMap((example) => example[0]!);
    expect(new Set(channels)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(moments(channels).average).toBeCloseTo(1, 1);
  });

  test('alphaDropout keeps mean 0 and variance 1, and drops its share', () => {
    const normalInput = normal(key(1), [20_000], { dtype: 'float64' });
    const output = run(nn.alphaDropout({ rate: 0.3 }), normalInput, { training: true, key: key(2) });
    expect(moments(output.data()).average).toBeCloseTo(0, 1);
    expect(moments(output.data()).variance).toBeCloseTo(1, 1);
    const counts = new Map<number, number>();
    for (const value of output.data()) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect(Math.max(...counts.values()) / 20_000).toBeCloseTo(0.3, 1);
  });

  test('gaussianDropout multiplies by numbers of its variance, gaussianNoise adds them', () => {
    const multiplied = moments(run(nn.gaussianDropout({ rate: 0.2 }), input, { training: true, key: key(3) }).data());
    expect(multiplied.average).toBeCloseTo(1, 1);
    expect(multiplied.variance).toBeCloseTo(0.25, 2);
    const added = moments(run(nn.gaussianNoise({ standardDeviation: 0.3 }), input, { training: true, key: key(4) }).data());
    expect(added.average).toBeCloseTo(1, 1);
    expect(added.variance).toBeCloseTo(0.09, 2);
  });
});

describe('a layer', () => {
  test('is an Immutable value whose definition prints as JSON', () => {
    const layer = nn.conv2d({ filters: 8, kernelSize: [3, 5], kernelInitializer: nn.heNormal, name: 'first' });
    expect(JSON.parse(JSON.stringify(layer))).toEqual({
      type: 'conv2d',
      name: 'first',
      trainable: true,
      layers: [],
      config: {
        filters: 8, groups: 1, kernelSize: [3, 5], strides: 1, padding: 'valid', dilation: 1, useBias: true,
        kernelInitializer: 'heNormal', biasInitializer: 'zeros',
      },
    });
    expect(layer.set('name', 'second').name).toBe('second');
    expect(layer.name).toBe('first');
  });

  test('of one\'s own keeps a state without changing it in place', () => {
    const counter = new nn.Layer({
      type: 'counter',
      specify: (inputShape) => new nn.LayerSpecification({
        outputShape: inputShape,
        state: nn.dense({ units: 1 }).specify([1], '').params.filter((_, name) => name === 'bias'),
      }),
      forward: ({ state }, input) => ({ output: input, state: state.set('bias', ones([1])) }),
    });
    const model = nn.sequential(nn.relu(), nn.sequential(counter), nn.dense({ units: 1 }));
    const { params, state } = model.init(key(0), [1]);
    const after = model.apply({ params, state }, ones([1, 1])).state;
    const at = ['sequential', 'counter', 'bias'];
    expect((state.getIn(at) as Tensor).item()).toBe(0);
    expect((after.getIn(at) as Tensor).item()).toBe(1);
    expect([...params.keys()]).toEqual(['dense']);
    expect([...after.keys()]).toEqual(['sequential']);
  });

  test('runs on the backend of its variables', () => {
    withBackend(reference, () => {
      const layer = nn.dense({ units: 2 });
      expect(layer.apply(layer.init(key(0), [3]), ones([1, 3])).output.backend.name).toBe('reference');
    });
  });

  test('refuses an initializer that makes another shape', () => {
    const layer = nn.dense({ units: 2, kernelInitializer: () => ones([3]) });
    expect(() => layer.init(key(0), [5])).toThrow(/dense\/kernel.*float32 \[3\].*expected float32 \[5,2\]/);
  });

  test.each([
    [() => nn.dense({ units: 0 }), /dense: units is 0/],
    [() => nn.dense({ units: 1.5 }), /dense: units is 1.5/],
    [() => nn.conv2d({ filters: -1, kernelSize: 3 }), /conv2d: filters is -1/],
    [() => nn.conv2d({ filters: 1, kernelSize: 0 }), /conv2d: kernelSize is 0/],
    [() => nn.conv2d({ filters: 1, kernelSize: 1, strides: [1, 0] }), /conv2d: strides is/],
    [() => nn.maxPool2d({ poolSize: 0 }), /maxPool2d: poolSize is 0/],
    [() => nn.dropout({ rate: 1 }), /dropout: rate is 1/],
    [() => nn.dropout({ rate: NaN }), /dropout: rate is NaN/],
    [() => nn.dense({ units: 1, useBias: 'no' as never }), /dense: useBias is "no"; expected true or false/],
    [() => nn.dense({ units: 1, kernelInitializer: 'heNormal' as never }), /dense: kernelInitializer is "heNormal"; expected an initializer/],
    [() => nn.dense({ units: 1, name: 3 as never }), /dense: name is 3; expected a string/],
    [() => nn.conv1d({ filters: 1, kernelSize: 3, dilation: 0 }), /conv1d: dilation is 0/],
    [() => nn.conv1d({ filters: 3, kernelSize: 3, groups: 2 }), /conv1d: filters is 3; expected a multiple of the 2 groups/],
    [() => nn.conv2d({ filters: 1, kernelSize: 3, padding: 'full' as never }), /conv2d: padding is "full"; expected 'valid', 'same', an integer/],
    [() => nn.conv2d({ filters: 1, kernelSize: 3, padding: [[1, 1]] as never }), /conv2d: padding is \[\[1,1\]\].*or 2 of \[before, after\]/],
    [() => nn.conv2d({ filters: 1, kernelSize: 3, padding: 'causal' as never }), /conv2d: padding is "causal"/],
    [() => nn.conv3d({ filters: 1, kernelSize: [3, 3] as never }), /conv3d: kernelSize is \[3,3\]; expected an integer >= 1, or \[depth, height, width\]/],
    [() => nn.conv2dTranspose({ filters: 1, kernelSize: 3, outputPadding: -1 }), /conv2dTranspose: outputPadding is -1; expected an integer >= 0/],
    [() => nn.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 0 }), /depthwiseConv2d: depthMultiplier is 0/],
    [() => nn.spatialDropout2d({ rate: 1 }), /spatialDropout2d: rate is 1/],
    [() => nn.alphaDropout({ rate: -0.1 }), /alphaDropout: rate is -0\.1/],
    [() => nn.gaussianDropout({ rate: 1 }), /gaussianDropout: rate is 1/],
    [() => nn.gaussianNoise({ standardDeviation: -1 }), /gaussianNoise: standardDeviation is -1/],
    [() => nn.batchNorm({ momentum: 1 }), /batchNorm: momentum is 1/],
    [() => nn.batchNorm({ epsilon: -1 }), /batchNorm: epsilon is -1; expected a finite number from 0/],
    [() => nn.batchNorm({ axis: 0.5 }), /batchNorm: axis is 0\.5/],
    [() => nn.layerNorm({ axes: ['last'] as never }), /layerNorm: axes is \["last"\]/],
    [() => nn.groupNorm({ groups: 0 }), /groupNorm: groups is 0/],
    [() => nn.softmax({ axis: 1.5 }), /softmax: axis is 1\.5/],
    [() => nn.leakyRelu({ negativeSlope: NaN }), /leakyRelu: negativeSlope is NaN/],
    [() => nn.elu({ alpha: Infinity }), /elu: alpha is Infinity/],
    [() => nn.gelu({ approximate: 'tanh' as never }), /gelu: approximate is "tanh"/],
    [() => nn.reshape({ targetShape: [-1, -1] }), /reshape: targetShape is \[-1,-1\]/],
    [() => nn.permute({ axes: 1 as never }), /permute: axes is 1; expected a list/],
    [() => nn.resize({ size: 0 }), /resize: size is 0/],
    [() => nn.resize({ size: 2, method: 'cubic' as never }), /resize: method is "cubic"; expected one of 'nearest'/],
    [() => nn.resize({ size: 2, method: 'nearest', alignCorners: true }), /resize: alignCorners goes with the linear methods/],
    [() => nn.upSampling2d({ interpolation: 'area' as never }), /upSampling2d: interpolation is "area"/],
    [() => nn.zeroPadding2d({ padding: [1] as never }), /zeroPadding2d: padding is \[1\]; expected an integer >= 0, 2 of them, or 2 of \[before, after\]/],
    [() => nn.cropping1d({ cropping: [1, -1] }), /cropping1d: cropping is \[1,-1\]; expected an integer >= 0, \[before, after\]/],
  ])('refuses options out of range (%#)', (make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});

describe('sequential', () => {
  test('names layers by their type and number, and given names as given', () => {
    const model = nn.sequential(
      nn.dense({ units: 1 }), nn.dense({ units: 1 }), nn.dense({ units: 1, name: 'dense_1' }), nn.relu(), nn.dense({ units: 1, name: 'head' }),
    );
    expect([...model.init(key(0), [1]).params.keys()]).toEqual(['dense', 'dense_2', 'dense_1', 'head']);
  });

  test('keys nested parameters by path', () => {
    const block = nn.sequential(nn.dense({ units: 2 }), nn.relu());
    const { params } = nn.sequential(block, block).init(key(0), [2]);
    expect(flattenTree(params).map(([path]) => path)).toEqual([
      'sequential.dense.kernel', 'sequential.dense.bias', 'sequential_1.dense.kernel', 'sequential_1.dense.bias',
    ]);
    expect(flattenTree(params)[0]![1].data()).not.toEqual(flattenTree(params)[2]![1].data());
  });

  test('gives each dropout a key of its own', () => {
    const output = (model: nn.Layer) => [...run(model, ones([1, 1000]), { training: true, key: key(0) }).data()];
    const twice = output(nn.sequential(nn.dropout({ rate: 0.5 }), nn.dropout({ rate: 0.5 })));
    expect(twice).toContain(4);
    // A quarter survives both; half would, if both dropped the same elements.
    expect(twice.filter((value) => value !== 0).length).toBeLessThan(350);
  });

  test('shows masks and memory to each layer', () => {
    const seen: unknown[] = [];
    const probe = new nn.Layer({
      type: 'probe',
      forward: ({ state }, input, { mask, memory, memoryMask }) => {
        seen.push([mask, memory, memoryMask].map((value) => value?.toArray()));
        return { output: input, state };
      },
    });
    const model = nn.sequential(probe, nn.sequential(probe));
    const [input, mask, memory, memoryMask] = [ones([1, 2, 3]), ones([1, 2], { dtype: 'bool' }), ones([1, 4, 3]), ones([1, 4], { dtype: 'bool' })];
    model.apply(model.init(key(0), [2, 3]), input, { mask, memory, memoryMask });
    model.apply(model.init(key(0), [2, 3]), input);
    const all = [mask, memory, memoryMask].map((value) => value.toArray());
    const none = [undefined, undefined, undefined];
    expect(seen).toEqual([all, all, none, none]);
  });

  test('init is the same for the same key', () => {
    const kernel = (seed: number) => nn.sequential(nn.dense({ units: 3 })).init(key(seed), [2]).params.getIn(['dense', 'kernel']) as Tensor;
    expect(kernel(1).data()).toEqual(kernel(1).data());
    expect(kernel(1).data()).not.toEqual(kernel(2).data());
  });

  test.each([
    [nn.sequential(nn.conv2d({ filters: 3, kernelSize: 3 }), nn.dense({ units: 1 })), [8, 8, 1], /^sequential\/dense: the input is \[n, 6, 6, 3\]; expected \[n, features\].*flatten\(\)/],
    [nn.sequential(nn.conv2d({ filters: 3, kernelSize: 3 }), nn.conv2d({ filters: 3, kernelSize: 5 })), [5, 5, 1], /^sequential\/conv2d_1: images of 3 x 3 do not fit.*padding 'same'/],
    [nn.sequential(nn.flatten(), nn.sequential(nn.maxPool2d({ poolSize: 2 }))), [4, 4, 1], /^sequential\/sequential\/maxPool2d: .*before flatten\(\)/],
    [nn.conv2d({ filters: 1, kernelSize: 3, name: 'stem' }), [28, 28], /^stem: .*\[height, width, 1\]/],
    [nn.conv1d({ filters: 1, kernelSize: 3, name: 'stem' }), [28], /^stem: .*Sequences of one channel have the shape \[length, 1\]/],
    [nn.sequential(nn.conv2d({ filters: 4, kernelSize: 3, groups: 2 })), [5, 5, 3], /^sequential\/conv2d: the input has 3 channels; expected a multiple of the 2 groups/],
    [nn.sequential(nn.groupNorm({ groups: 2 })), [5, 3], /^sequential\/groupNorm: the input is \[n, 5, 3\]; expected .* 2 equal groups/],
    [nn.sequential(nn.glu()), [3], /^sequential\/glu: the input is \[n, 3\]; expected an even length/],
    [nn.sequential(nn.reshape({ targetShape: [2, -1] })), [3, 3], /^sequential\/reshape: the input is \[n, 3, 3\], 9 elements/],
    [nn.sequential(nn.cropping1d({ cropping: 2 })), [4, 1], /^sequential\/cropping1d: .*lengths \[0\]/],
  ])('refuses a shape at init with the path of the layer (%#)', (model, shape, message) => {
    const before = living();
    expect(() => model.init(key(0), shape)).toThrow(ShapeError);
    expect(() => model.init(key(0), shape)).toThrow(message);
    expect(living()).toEqual(before);
  });

  test('refuses two layers of one name, and names that look like paths', () => {
    expect(() => nn.sequential(nn.relu({ name: 'a' }), nn.tanh({ name: 'a' }))).toThrow(/two layers are named 'a'/);
    expect(() => nn.sequential(nn.relu({ name: 'a.b' }))).toThrow(/'a\.b' holds/);
  });

  test('names the layer that lacks a key or a parameter', () => {
    const model = nn.sequential(nn.dropout({ rate: 0.5 }), nn.dense({ units: 1 }));
    const { params, state } = model.init(key(0), [2]);
    expect(() => model.apply({ params, state }, ones([1, 2]), { training: true })).toThrow(/^sequential\/dropout: .*needs a key/);
    expect(() => model.apply({ params: params.delete('dense'), state }, ones([1, 2]))).toThrow(/^sequential\/dense: .*missing \[params\.dense\.kernel, params\.dense\.bias\]/);
  });

  test('names the layer whose operation refuses an input, once, and keeps the error\'s type', () => {
    const model = nn.sequential(nn.relu(), nn.embedding({ vocabularySize: 3, units: 2 }));
    const inner = nn.sequential(nn.dense({ units: 2, name: 'encoder' }));
    const variables = nn.sequential(inner).init(key(0), [3]);
    expect(() => nn.sequential(inner).apply(variables, ones([1, 4]))).toThrow(ShapeError);
    expect(() => nn.sequential(inner).apply(variables, ones([1, 4]))).toThrow(/^sequential\/sequential\/encoder: for inputs \[n, 4\], .*\[params\.sequential\.encoder\.kernel is float32 \[3,2\], expected a float of shape \[4,2\]\]/);
    expect(() => model.apply(model.init(key(0), [3]), ones([1, 3]))).toThrow(DTypeError);
    expect(() => model.apply(model.init(key(0), [3]), ones([1, 3]))).toThrow(/^sequential\/embedding: the input is float32/);
  });

  test('refuses parameters in the place of variables', () => {
    const model = nn.dense({ units: 1 });
    expect(() => model.apply(model.init(key(0), [2]).params as unknown as nn.Variables, ones([1, 2]))).toThrow(/^dense: the variables are no \{ params, state \}; pass what init gave/);
  });

  test('names thousands of layers, and knows which of them learn', () => {
    const count = 5000;
    const given = [nn.relu({ name: 'dense_1' }), nn.dense({ units: 1, trainable: false }), ...Array.from({ length: count }, () => nn.dense({ units: 1 }))];
    const names = nn.sequential(...given).layers.map(({ name }) => name).toArray();
    expect(new Set(names).size).toBe(count + 2);
    expect([...names.slice(0, 4), names.at(-1)]).toEqual(['dense_1', 'dense', 'dense_2', 'dense_3', `dense_${count + 1}`]);
    const model = nn.sequential(...given);
    expect(names.map((name) => model.isTrainable(`${name}.kernel`)).indexOf(false)).toBe(1);
    const shared = nn.relu({ name: 'shared' });
    expect([...nn.sequential(shared, shared, shared).specify([1], 'model').parts.keys()]).toEqual(['shared', 'shared, use 2', 'shared, use 3']);
  });

  test('refuses the variables of another model', async () => {
    const model = nn.sequential(nn.dense({ units: 5 }), nn.batchNorm());
    const own = model.init(key(0), [3]);
    const inputs = ones([4, 3]);
    const batch = { inputs, targets: zeros([4, 5]) };
    const others: [nn.Variables, RegExp][] = [
      [nn.sequential(nn.dense({ units: 2 }), nn.batchNorm()).init(key(0), [3]), /misshapen \[params\.dense\.kernel is float32 \[3,2\], expected a float of shape \[3,5\], params\.dense\.bias/],
      [nn.sequential(nn.dense({ units: 5 }), nn.batchNorm(), nn.dense({ units: 1 })).init(key(0), [3]), /superfluous \[params\.dense_1\.kernel/],
      [nn.sequential(nn.dense({ units: 5 })).init(key(0), [3]), /missing \[params\.batchNorm\./],
      [{ ...own, params: own.params.setIn(['dense', 'bias'], zeros([1])) }, /misshapen \[params\.dense\.bias is float32 \[1\], expected a float of shape \[5\]\]/],
      [{ ...own, state: own.state.setIn(['batchNorm', 'mean'], zeros([1])) }, /misshapen \[state\.batchNorm\.mean is float32 \[1\], expected a tensor of shape \[5\]\]/],
    ];
    for (const [variables, message] of others) {
      expect(() => model.apply(variables, inputs)).toThrow(message);
      expect(() => nn.predict(model, variables, inputs)).toThrow(message);
      await expect(nn.evaluate(model, variables, batch, { loss: nn.meanSquaredError })).rejects.toThrow(message);
      await expect(nn.predictBatches(model, variables, [inputs]).next()).rejects.toThrow(message);
      const optimizer = nn.sgd({ learningRate: 1 });
      const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [3] }).merge(variables);
      await expect(nn.fit({ model, optimizer, state, data: batch, epochs: 1, loss: nn.meanSquaredError })).rejects.toThrow(message);
      expect(() => nn.makeTrainingStep({ model, optimizer, loss: nn.meanSquaredError })(state, batch)).toThrow(message);
    }
    const ofIntegers = { ...own, params: own.params.setIn(['dense', 'bias'], zeros([5], { dtype: 'int32' })) };
    expect(() => model.apply(ofIntegers, inputs)).toThrow(/misshapen \[params\.dense\.bias is int32 \[5\], expected a float of shape \[5\]\]/);
    expect(model.apply(own, inputs).output.shape).toEqual([4, 5]);
  });

  test('leaves nothing behind but its output, and gives an activation back once the next layer has read it', () => {
    const width = 1000;
    const peaks: number[] = [];
    const probe = new nn.Layer({
      type: 'probe',
      forward: ({ state }, input) => {
        const output = reluOf(input);
        peaks.push(living().bytes);
        return { output, state };
      },
    });
    const model = nn.sequential(...Array.from({ length: 6 }, () => probe));
    const input = ones([1, width]);
    const before = living();
    const { output } = model.apply(model.init(key(0), [width]), input);
    expect(living()).toEqual({ tensors: before.tensors + 1, bytes: before.bytes + 4 * width });
    // Its input and its output: two tensors, however deep.
    expect(Math.max(...peaks) - before.bytes).toBe(2 * 4 * width);
    expect(output.shape).toEqual([1, width]);
  });
});
