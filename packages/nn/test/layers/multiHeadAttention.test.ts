import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, checkGradients, DTypeError, grad, key, normal, ones, scope, ShapeError, tensor, zeros, type Tensor } from '@adjoint/core';
import { tensors } from '@adjoint/core/testing';
import * as nn from '@adjoint/nn';
import { concat, greater, index, slice, square, sum } from '@adjoint/ops';
import { describeLayers } from './properties.js';
import { expectLike, expectNear, wave, waves } from './waves.js';

const float64 = { dtype: 'float64' } as const;
const length = fc.integer({ min: 1, max: 3 });
const sequences = fc.tuple(fc.integer({ min: 0, max: 2 }), length, fc.constantFrom(4, 8));
const shared = { heads: fc.constantFrom(1, 2), dropout: fc.constantFrom(0, 0.4), useBias: fc.boolean(), biasInitializer: fc.constant(nn.randomNormal()) };
const headUnits = fc.constantFrom({}, { headUnits: 2 }, { headUnits: 4 });

describeLayers({
  multiHeadAttention: {
    layer: fc.tuple(fc.record({ ...shared, causal: fc.boolean(), rotary: fc.boolean() }), headUnits)
      .map(([options, more]) => nn.multiHeadAttention({ ...options, ...more })),
    inputs: sequences,
    call: ([count, steps]) => fc.option(fc.oneof(tensors([count!, steps!], { dtype: 'bool' }), tensors([count!, steps!, steps!], { dtype: 'bool' })))
      .map((mask) => () => (mask === null ? {} : { mask: mask.make() })),
  },
  'multiHeadAttention to a memory': {
    layer: fc.tuple(fc.record(shared), headUnits).map(([options, more]) => nn.multiHeadAttention({ ...options, ...more, cross: true, memoryFeatures: 3 })),
    inputs: sequences,
    call: ([count]) => length.chain((steps) => fc.tuple(tensors([count!, steps, 3]), fc.option(tensors([count!, steps], { dtype: 'bool' }))))
      .map(([memory, mask]) => () => ({ memory: memory.make(), ...(mask === null ? {} : { memoryMask: mask.make() }) })),
  },
});

const hidden = tensor([[true, true, true], [true, true, false]]);
const memoryMask = tensor([[true, false, true]]);

describe('agrees with PyTorch 1.13', () => {
  // nn.MultiheadAttention(4, 2, batch_first) with the transposed waves as weights.
  const input = wave([2, 3, 4], 5);

  test('with masked steps', () => {
    expectLike(nn.multiHeadAttention({ heads: 2 }), input, {
      output: [
        0.4126127825, 0.5506300744, 0.1824006153, -0.3535271284, 0.4131159002, 0.5504758212, 0.1817308109, -0.3540966689, 0.4122527413, 0.5501646266,
        0.1822576913, -0.3532161248, 0.4060526381, 0.5626623485, 0.2019628906, -0.3444203175, 0.4060777189, 0.5624933496, 0.2017551887, -0.3444757622,
        0.4061601075, 0.5626434338, 0.2018349818, -0.3445396217,
      ],
      inputGradient: [
        0.0030873186, -0.0115039149, 0.0119516026, -0.0041202627, -0.0017408529, -0.0052967583, 0.0086652375, -0.0060311961, 0.0063259874,
        -0.0109664929, 0.0080103689, 0.0004946399, 0.0103866373, -0.0127382073, 0.0062658586, 0.0045469303, 0.0108639818, -0.008398904, 0.0001157983,
        0.0082475224, -0.0003035263, 0.0002124421, 0.0000258034, -0.0002461746,
      ],
      parameterGradients: {
        'query.kernel': -0.000445065, 'query.bias': 0.0005354114, 'key.kernel': 0.0012668112, 'key.bias': 0, 'value.kernel': -0.0002982472,
        'value.bias': 0.0115017666, 'output.kernel': 0.0456191124, 'output.bias': 0.1398005391,
      },
    }, { mask: hidden });
  });

  test('causal', () => {
    expectLike(nn.multiHeadAttention({ heads: 2, causal: true }), input, {
      output: [
        0.4276856522, 0.550163335, 0.1668233848, -0.369893216, 0.4109842641, 0.5626674562, 0.197036784, -0.3497485988, 0.4122527413, 0.5501646266,
        0.1822576913, -0.3532161248, 0.4208629225, 0.5647538118, 0.1894126511, -0.3600736275, 0.4060777189, 0.5624933496, 0.2017551887, -0.3444757622,
        0.4123466398, 0.5513644459, 0.1834603231, -0.3531163746,
      ],
      inputGradient: [
        0.0591436912, -0.026305236, -0.0247551918, 0.0586673824, -0.0365711995, 0.0240306409, 0.0051562493, -0.0307713398, -0.0147999334,
        -0.0244714626, 0.0467911642, -0.0366980295, 0.0588700746, 0.0063014695, -0.0671079053, 0.0814278389, -0.0362737468, 0.0036638498, 0.0314840427,
        -0.0448225371, -0.0002649615, -0.0311545545, 0.0409929131, -0.0224349578,
      ],
      parameterGradients: {
        'query.kernel': -0.0009943739, 'query.bias': 0.0020197901, 'key.kernel': 0.0035924906, 'key.bias': 0, 'value.kernel': -0.0364675246,
        'value.bias': 0.0115017666, 'output.kernel': 0.0196613226, 'output.bias': 0.1398005391,
      },
    });
  });

  test('to a memory with masked steps', () => {
    const options = { memory: wave([1, 3, 4], 9), memoryMask };
    expectLike(nn.multiHeadAttention({ heads: 2, cross: true }), wave([1, 2, 4], 5), {
      output: [
        0.4071102702, 0.5690852289, 0.2078458526, -0.3444860421, 0.407115443, 0.5690085158, 0.2077577832, -0.3445044971,
      ],
      inputGradient: [
        0.000358773, -0.0006170904, 0.0004479414, 0.0000315023, -0.0001587268, 0.0002512595, -0.0001697415, -0.0000293586,
      ],
      parameterGradients: {
        'query.kernel': 6.86176e-05, 'query.bias': 0.0002000461, 'key.kernel': -0.0001188741, 'key.bias': 0, 'value.kernel': -0.023262126,
        'value.bias': -0.1204682181, 'output.kernel': -0.0602670494, 'output.bias': 0.2253966418,
      },
    }, options);
  });
});

function prepare(layer: nn.Layer, shape: readonly number[]): { variables: nn.Variables; input: Tensor } {
  const { params, state } = layer.init(key(0), shape.slice(1), float64);
  return { variables: { params: waves(params), state }, input: normal(key(1), shape, float64) };
}

describe('multiHeadAttention', () => {
  test('a causal output depends on no later step', () => {
    const layer = nn.multiHeadAttention({ heads: 2, causal: true });
    const { variables, input } = prepare(layer, [1, 5, 4]);
    for (const step of [0, 2, 4]) {
      const gradient = grad((x: Tensor) => sum(square(index(layer.apply(variables, x).output, [], step))))(input).toArray() as number[][][];
      expect(gradient[0]!.map((row) => row.some((value) => value !== 0))).toEqual([0, 1, 2, 3, 4].map((other) => other <= step));
    }
  });

  test('masked steps change nothing', () => {
    fc.assert(fc.property(tensors([2, 5], { dtype: 'bool' }), (sample) => {
      scope(() => {
        const layer = nn.multiHeadAttention({ heads: 2 });
        const { variables, input } = prepare(layer, [2, 5, 4]);
        const mask = sample.make();
        const counts = mask.toArray() as boolean[][];
        const { output } = layer.apply(variables, input, { mask });
        counts.forEach((row, example) => {
          const kept = row.flatMap((counted, step) => (counted ? [step] : []));
          if (kept.length === 0) return;
          const at = tensor(kept, { dtype: 'int32' });
          const short = layer.apply(variables, index(slice(input, [[example, example + 1]]), [], at)).output;
          expectNear(index(output, example, at), [...short.data()]);
        });
      });
    }), { numRuns: 20 });
  });

  test('a mask of queries and keys says who sees whom', () => {
    const layer = nn.multiHeadAttention({ heads: 2 });
    const { variables, input } = prepare(layer, [2, 3, 4]);
    const lower = greater(tensor([[[1, 0, 0], [1, 1, 0], [1, 1, 1]]]), 0);
    const causal = nn.multiHeadAttention({ heads: 2, causal: true }).apply(variables, input).output;
    expect(layer.apply(variables, input, { mask: lower }).output.data()).toEqual(causal.data());
    expect(layer.apply(variables, input, { mask: concat([lower, lower]) }).output.data()).toEqual(causal.data());
  });

  test('who may attend to nothing gets the bias of the output', () => {
    const layer = nn.multiHeadAttention({ heads: 2 });
    const { variables, input } = prepare(layer, [1, 2, 4]);
    const { output } = layer.apply(variables, input, { mask: tensor([[false, false]]) });
    const bias = [...nn.getAt(variables.params, 'output.bias').data()];
    expect([...output.data()]).toEqual([...bias, ...bias]);
  });

  test('a memory has a gradient, and dropout is for training alone', () => {
    const layer = nn.multiHeadAttention({ heads: 2, cross: true, dropout: 0.5 });
    const { variables, input } = prepare(layer, [1, 2, 4]);
    const memory = normal(key(2), [1, 3, 4], float64);
    const report = checkGradients((x: Tensor) => layer.apply(variables, input, { memory: x, memoryMask, training: true, key: key(4) }).output, [memory]);
    expect(report.ok, report.toString()).toBe(true);
    const run = (options: nn.ApplyOptions) => layer.apply(variables, input, { memory, ...options }).output.data();
    expect(run({})).toEqual(nn.multiHeadAttention({ heads: 2, cross: true }).apply(variables, input, { memory }).output.data());
    expect(run({ training: true, key: key(0) })).not.toEqual(run({ training: true, key: key(1) }));
    expect(() => run({ training: true })).toThrow(/^multiHeadAttention: dropout needs a key/);
  });

  test.each<[string, Partial<nn.MultiHeadAttentionOptions>, RegExp]>([
    ['no heads', { heads: 0 }, /heads is 0/],
    ['no units', { headUnits: 0.5 }, /headUnits is 0.5/],
    ['no features', { cross: true, memoryFeatures: 0 }, /memoryFeatures is 0/],
    ['a rate of 1', { dropout: 1 }, /dropout is 1/],
    ['a causal memory', { cross: true, causal: true }, /cross goes with neither causal nor rotary/],
    ['a memory that turns', { cross: true, rotary: true }, /cross goes with neither causal nor rotary/],
    ['features of no memory', { memoryFeatures: 3 }, /memoryFeatures is 3 without cross/],
  ])('refuses %s', (_, options, message) => {
    expect(() => nn.multiHeadAttention({ heads: 2, ...options })).toThrow(ArgumentError);
    expect(() => nn.multiHeadAttention({ heads: 2, ...options })).toThrow(message);
  });

  test('names its place when shapes, masks or memories do not fit', () => {
    const model = nn.sequential(nn.multiHeadAttention({ heads: 2, name: 'self' }), nn.multiHeadAttention({ heads: 2, cross: true, name: 'cross' }));
    const variables = model.init(key(0), [3, 4]);
    const input = ones([2, 3, 4]);
    const memory = ones([2, 5, 4]);
    const fails = (call: () => unknown, kind: new (...parameters: never[]) => Error, message: RegExp) => {
      expect(call).toThrow(kind);
      expect(call).toThrow(message);
    };
    fails(() => model.init(key(0), [4]), ShapeError, /^sequential\/self: the input is \[n, 4\]; expected \[n, steps, features\]/);
    fails(() => model.init(key(0), [3, 5]), ShapeError, /^sequential\/self: 5 features are no multiple of 2 heads/);
    fails(() => nn.multiHeadAttention({ heads: 2, headUnits: 3, rotary: true }).init(key(0), [3, 4]), ShapeError, /^multiHeadAttention: each head has 3 features/);
    fails(() => model.apply(variables, input), ArgumentError, /^sequential\/cross: cross attention needs a memory/);
    fails(() => model.apply(variables, input, { memory: ones([2, 5, 3]) }), ShapeError, /^sequential\/cross: memory is float32 \[2,5,3\]; expected \[n, memorySteps, 4\]/);
    fails(() => model.apply(variables, input, { memory, mask: ones([2, 3]) }), DTypeError, /^sequential\/self: mask is float32 \[2,3\]/);
    fails(() => model.apply(variables, input, { memory, mask: ones([2, 3, 3]) }), DTypeError, /^sequential\/self: mask is float32 \[2,3,3\]/);
    fails(() => model.apply(variables, input, { memory, mask: zeros([2, 3, 4], { dtype: 'bool' }) }), ShapeError, /^sequential\/self: mask is bool \[2,3,4\]; expected \[2, 3, 3\] or \[1, 3, 3\]/);
    fails(() => model.apply(variables, input, { memory, mask: zeros([3, 3, 3], { dtype: 'bool' }) }), ShapeError, /^sequential\/self: mask is bool \[3,3,3\]; expected \[2, 3, 3\] or \[1, 3, 3\]/);
    fails(() => model.apply(variables, input, { memory, memoryMask: zeros([2, 3], { dtype: 'bool' }) }), ShapeError, /^sequential\/cross: memoryMask is bool \[2,3\]; expected \[2, 5\]/);
    fails(() => model.apply({ ...variables, params: variables.params.deleteIn(['self', 'key', 'bias']) }, input, { memory }), ArgumentError, /^sequential\/self: .*missing \[params\.self\.key\.bias\]/);
  });
});
