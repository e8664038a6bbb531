import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ArgumentError, flattenTree, key, memoryStats, ones, reference, ShapeError, tensor, withBackend, type Tensor,
} from '@adjoint/core';
import { mean, relu as reluOf } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { describeLayers, type LayerCase } from './layers/properties.js';

/** The output of a layer without parameters. */
function run(layer: nn.Layer, input: Tensor, options: nn.ApplyOptions = {}): Tensor {
  return layer.apply(layer.init(key(0), input.shape.slice(1)), input, options).output;
}

const size = fc.integer({ min: 1, max: 3 });
const pair = fc.tuple(size, size);
const padding = fc.constantFrom('valid' as const, 'same' as const);
const image = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 }), fc.integer({ min: 1, max: 2 }));
const matrix = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 4 }));
const anyShape = fc.array(size, { minLength: 1, maxLength: 4 });
const bias = nn.heNormal;

/** Every layer, with random options and the inputs it takes. */
const cases: Record<string, LayerCase> = {
  dense: {
    layer: fc.record({ units: size, useBias: fc.boolean() }).map((options) => nn.dense({ ...options, biasInitializer: bias })),
    inputs: matrix,
  },
  conv2d: {
    layer: fc.oneof(
      fc.record({ filters: size, kernelSize: pair, strides: pair, padding, useBias: fc.boolean() }),
      fc.record({ filters: size, kernelSize: pair, dilation: fc.constant(2), padding: fc.constant('same' as const) }),
    ).map((options) => nn.conv2d({ ...options, biasInitializer: bias })),
    inputs: image,
  },
  maxPool2d: {
    layer: fc.record({ poolSize: pair, strides: pair, padding }).map(nn.maxPool2d),
    inputs: image,
    values: { distinct: true },
  },
  avgPool2d: { layer: fc.record({ poolSize: pair, strides: pair, padding }).map(nn.avgPool2d), inputs: image },
  dropout: { layer: fc.constantFrom(0, 0.3, 0.9).map((rate) => nn.dropout({ rate })), inputs: anyShape },
  flatten: { layer: fc.constant(nn.flatten()), inputs: anyShape },
  relu: { layer: fc.constant(nn.relu()), inputs: anyShape, values: { awayFromZero: 0.01 } },
  leakyRelu: { layer: fc.constant(nn.leakyRelu({ negativeSlope: 0.2 })), inputs: anyShape, values: { awayFromZero: 0.01 } },
  elu: { layer: fc.constant(nn.elu({ alpha: 0.7 })), inputs: anyShape, values: { awayFromZero: 0.01 } },
  sigmoid: { layer: fc.constant(nn.sigmoid()), inputs: anyShape },
  tanh: { layer: fc.constant(nn.tanh()), inputs: anyShape },
  softplus: { layer: fc.constant(nn.softplus()), inputs: anyShape, values: { awayFromZero: 0.01 } },
  silu: { layer: fc.constant(nn.silu()), inputs: anyShape },
  gelu: { layer: fc.constant(nn.gelu()), inputs: anyShape },
  softmax: { layer: fc.constant(nn.softmax()), inputs: matrix },
  sequential: {
    layer: fc.constant(nn.sequential(
      nn.conv2d({ filters: 2, kernelSize: 2, biasInitializer: bias }), nn.tanh(),
      nn.sequential(nn.avgPool2d({ poolSize: 2 }), nn.dropout({ rate: 0.3 }), nn.flatten()), nn.dense({ units: 2 }),
    )),
    inputs: image,
  },
};

describeLayers(cases);

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

describe('a layer', () => {
  test('is an Immutable value whose definition prints as JSON', () => {
    const layer = nn.conv2d({ filters: 8, kernelSize: [3, 5], kernelInitializer: nn.heNormal, name: 'first' });
    expect(JSON.parse(JSON.stringify(layer))).toEqual({
      type: 'conv2d',
      name: 'first',
      trainable: true,
      layers: [],
      config: {
        filters: 8, kernelSize: [3, 5], strides: 1, padding: 'valid', dilation: 1, useBias: true,
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
        seen.push([mask, memory, memoryMask]);
        return { output: input, state };
      },
    });
    const model = nn.sequential(probe, nn.sequential(probe));
    const [input, mask, memory, memoryMask] = [ones([1, 2, 3]), ones([1, 2], { dtype: 'bool' }), ones([1, 4, 3]), ones([1, 4], { dtype: 'bool' })];
    model.apply(model.init(key(0), [2, 3]), input, { mask, memory, memoryMask });
    model.apply(model.init(key(0), [2, 3]), input);
    const all = [mask, memory, memoryMask];
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
  ])('refuses a shape at init with the path of the layer (%#)', (model, shape, message) => {
    const before = memoryStats();
    expect(() => model.init(key(0), shape)).toThrow(ShapeError);
    expect(() => model.init(key(0), shape)).toThrow(message);
    expect(memoryStats()).toEqual(before);
  });

  test('refuses two layers of one name, and names that look like paths', () => {
    expect(() => nn.sequential(nn.relu({ name: 'a' }), nn.tanh({ name: 'a' }))).toThrow(/two layers are named 'a'/);
    expect(() => nn.sequential(nn.relu({ name: 'a.b' }))).toThrow(/'a\.b' holds/);
  });

  test('names the layer that lacks a key or a parameter', () => {
    const model = nn.sequential(nn.dropout({ rate: 0.5 }), nn.dense({ units: 1 }));
    const { params, state } = model.init(key(0), [2]);
    expect(() => model.apply({ params, state }, ones([1, 2]), { training: true })).toThrow(/^sequential\/dropout: .*needs a key/);
    expect(() => model.apply({ params: params.delete('dense'), state }, ones([1, 2]))).toThrow(/^sequential\/dense: params has no tensor 'kernel'/);
  });

  test('leaves nothing behind but its output, and gives an activation back once the next layer has read it', () => {
    const width = 1000;
    const peaks: number[] = [];
    const probe = new nn.Layer({
      type: 'probe',
      forward: ({ state }, input) => {
        const output = reluOf(input);
        peaks.push(memoryStats().bytes);
        return { output, state };
      },
    });
    const model = nn.sequential(...Array.from({ length: 6 }, () => probe));
    const input = ones([1, width]);
    const before = memoryStats();
    const { output } = model.apply(model.init(key(0), [width]), input);
    expect(memoryStats()).toEqual({ tensors: before.tensors + 1, bytes: before.bytes + 4 * width });
    // Its input and its output: two tensors, however deep.
    expect(Math.max(...peaks) - before.bytes).toBe(2 * 4 * width);
    expect(output.shape).toEqual([1, width]);
  });
});
