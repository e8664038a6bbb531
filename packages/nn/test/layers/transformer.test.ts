import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, grad, key, normal, ones, ShapeError, tensor, type Tensor } from '@adjoint/core';
import { tensors } from '@adjoint/core/testing';
import * as nn from '@adjoint/nn';
import { index, slice, square, sum } from '@adjoint/ops';
import { describeLayers } from './properties.js';
import { expectLike, expectNear, wave, waves } from './waves.js';

const float64 = { dtype: 'float64' } as const;
const length = fc.integer({ min: 1, max: 3 });
const sequences = fc.tuple(fc.integer({ min: 0, max: 2 }), length, fc.constant(4));
// Not relu, whose kink a random input meets now and then; and no small epsilon, which makes equal features a cliff.
const options = fc.record({
  heads: fc.constantFrom(1, 2), hiddenUnits: length, normFirst: fc.boolean(), activation: fc.constantFrom('gelu', 'exactGelu', 'silu'),
  dropout: fc.constantFrom(0, 0.4), causal: fc.boolean(), rotary: fc.boolean(), epsilon: fc.constantFrom(0.5, 1),
});
const maskOf = (count: number, steps: number) => fc.option(tensors([count, steps], { dtype: 'bool' }));

describeLayers({
  transformerEncoderBlock: {
    layer: options.map(nn.transformerEncoderBlock),
    inputs: sequences,
    call: ([count, steps]) => maskOf(count!, steps!).map((mask) => () => (mask === null ? {} : { mask: mask.make() })),
  },
  transformerDecoderBlock: {
    layer: options.map(nn.transformerDecoderBlock),
    inputs: sequences,
    call: ([count]) => length.chain((steps) => fc.tuple(tensors([count!, steps, 4]), maskOf(count!, steps)))
      .map(([memory, mask]) => () => ({ memory: memory.make(), ...(mask === null ? {} : { memoryMask: mask.make() }) })),
  },
});

describe('agrees with PyTorch 1.13', () => {
  // nn.TransformerEncoderLayer and DecoderLayer(4, 2, 6, dropout=0, batch_first) with the transposed waves as weights.
  const input = wave([2, 3, 4], 5);
  const mask = tensor([[true, true, true], [true, true, false]]);

  test('an encoder block that normalizes last', () => {
    expectLike(nn.transformerEncoderBlock({ heads: 2, hiddenUnits: 6 }), input, {
      output: [
        0.2259417301, 0.3932939684, -0.3335873177, -0.1687470366, 1.1064205503, -0.3167847453, -0.3213535385, -0.4048764991, 0.6719805798,
        -0.0866265317, -0.2385644957, -0.7626940933, 0.2971847593, 0.3926076833, -0.3601864526, -0.0117966832, 1.0504268954, -0.2895509469,
        -0.2989363886, -0.4938138713, 0.385843457, 0.1394614585, -0.2409413012, -0.6982044194,
      ],
      inputGradient: [
        0.0730443537, -0.095146566, 0.1330325553, -0.1294863426, 0.0596282745, -0.0634965609, -0.1074311342, 0.0906361461, 0.2335843524, -0.1464504022,
        -0.0378274419, -0.0672258303, -0.0988552453, 0.1194241753, -0.1070428989, 0.0517472432, 0.057543048, -0.0896559295, -0.0087787045, 0.005197528,
        0.4451297289, -0.1819755962, -0.038823122, -0.2244837988,
      ],
      parameterGradients: {
        'selfAttention.query.kernel': -3.929e-05, 'selfAttention.query.bias': 0.0002024388, 'selfAttention.key.kernel': 0.0009155317,
        'selfAttention.key.bias': 0, 'selfAttention.value.kernel': 0.010752131, 'selfAttention.value.bias': 0.153993233,
        'selfAttention.output.kernel': 0.07539236, 'selfAttention.output.bias': -0.3235006229, 'selfAttentionNorm.scale': -0.511338512,
        'selfAttentionNorm.bias': -0.1315142338, 'feedForward.hidden.kernel': -0.0029354087, 'feedForward.hidden.bias': -0.2001831114,
        'feedForward.output.kernel': 0.0133954323, 'feedForward.output.bias': -0.3187841653, 'feedForwardNorm.scale': 1.0168372493,
        'feedForwardNorm.bias': 0.1398005391,
      },
    }, { mask });
  });

  test('an encoder block that normalizes first, with the exact gelu', () => {
    expectLike(nn.transformerEncoderBlock({ heads: 2, hiddenUnits: 6, normFirst: true, activation: 'exactGelu' }), input, {
      output: [
        0.1454340939, 0.9827336147, 0.9165123823, 0.0076538923, 0.7621347216, 0.6925689178, -0.0137415551, -0.7074181056, 0.7907378011, 1.4837889459,
        0.8126513766, -0.6056341206, 0.1870992196, 0.7620122892, 0.6363347744, -0.0743859975, 1.0431305206, 0.9694025243, 0.0044103178, -0.9646367145,
        0.5219484894, 1.3885846855, 0.9785625256, -0.3311455075,
      ],
      inputGradient: [
        0.098373064, 0.4323129312, 0.3655834719, 0.027249488, -0.4317261404, -0.4537605869, -0.0418205926, 0.486715891, 0.5101054335, 0.0313859781,
        -0.390519125, -0.4985116878, -0.102107391, 0.418512365, 0.4884699245, 0.0900503557, -0.257973768, -0.5165689438, -0.3141903354, 0.2663480814,
        0.5432954445, 0.3096285492, -0.0853270966, -0.5874287776,
      ],
      parameterGradients: {
        'selfAttention.query.kernel': -0.0055355234, 'selfAttention.query.bias': 0.0198710493, 'selfAttention.key.kernel': -0.0557050093,
        'selfAttention.key.bias': 0, 'selfAttention.value.kernel': 0.0384972966, 'selfAttention.value.bias': 0.0170457081,
        'selfAttention.output.kernel': 0.06672395, 'selfAttention.output.bias': 0.1123503271, 'selfAttentionNorm.scale': -0.0497107653,
        'selfAttentionNorm.bias': -0.0074959316, 'feedForward.hidden.kernel': -0.1786845543, 'feedForward.hidden.bias': -0.0708885419,
        'feedForward.output.kernel': 0.093062379, 'feedForward.output.bias': 0.1398005391, 'feedForwardNorm.scale': 0.038533845,
        'feedForwardNorm.bias': 0.0958696256,
      },
    }, { mask });
  });

  const memory = wave([1, 3, 4], 9);
  const memoryMask = tensor([[true, false, true]]);

  test('a decoder block that normalizes last', () => {
    expectLike(nn.transformerDecoderBlock({ heads: 2, hiddenUnits: 6 }), wave([1, 2, 4], 5), {
      output: [
        -0.1303452602, 0.4145282277, 0.031017192, 0.8687688207, 0.3773314207, 0.4015876235, 0.3309810873, 0.9352091971,
      ],
      inputGradient: [
        0.0815525082, -0.0582193131, 0.0779706878, -0.0953395154, -0.0846257627, 0.0969838355, 0.0750252853, -0.0763133706,
      ],
      parameterGradients: {
        'selfAttention.query.kernel': 4.7162e-06, 'selfAttention.query.bias': 0.0001455538, 'selfAttention.key.kernel': -7.33772e-05,
        'selfAttention.key.bias': 0, 'selfAttention.value.kernel': -0.0034858836, 'selfAttention.value.bias': -0.0083786678,
        'selfAttention.output.kernel': 0.0123639081, 'selfAttention.output.bias': 0.078301391, 'selfAttentionNorm.scale': -0.0091351043,
        'selfAttentionNorm.bias': -0.0185171101, 'crossAttention.query.kernel': 0.0001217972, 'crossAttention.query.bias': 0.0001454235,
        'crossAttention.key.kernel': -0.0001446368, 'crossAttention.key.bias': 0, 'crossAttention.value.kernel': -0.0004381035,
        'crossAttention.value.bias': -0.0044559063, 'crossAttention.output.kernel': 0.0205981873, 'crossAttention.output.bias': -0.0185653589,
        'crossAttentionNorm.scale': 0.0947684207, 'crossAttentionNorm.bias': -0.1524608149, 'feedForward.hidden.kernel': -0.0752060678,
        'feedForward.hidden.bias': -0.0588562339, 'feedForward.output.kernel': 0.061220434, 'feedForward.output.bias': -0.1155220483,
        'feedForwardNorm.scale': -0.2067567024, 'feedForwardNorm.bias': 0.2253966418,
      },
    }, { memory, memoryMask });
  });

  test('a decoder block that normalizes first', () => {
    expectLike(nn.transformerDecoderBlock({ heads: 2, hiddenUnits: 6, normFirst: true }), wave([1, 2, 4], 5), {
      output: [
        -0.5021761446, -0.5006061617, -0.0387811824, 0.4586990372, -0.3381993113, -0.7472833221, -0.4693184929, 0.2401355943,
      ],
      inputGradient: [
        0.184003828, 0.392730369, 0.4844479343, -0.1376631763, -0.524974843, -0.2876982916, -0.0391517614, 0.4112334671,
      ],
      parameterGradients: {
        'selfAttention.query.kernel': -0.0285008476, 'selfAttention.query.bias': -0.0264792218, 'selfAttention.key.kernel': -0.0258293298,
        'selfAttention.key.bias': 0, 'selfAttention.value.kernel': 0.0777194106, 'selfAttention.value.bias': -0.1197598247,
        'selfAttention.output.kernel': -0.1829777899, 'selfAttention.output.bias': 0.256294162, 'selfAttentionNorm.scale': -0.0224849017,
        'selfAttentionNorm.bias': -0.0201054469, 'crossAttention.query.kernel': -0.0009885844, 'crossAttention.query.bias': 0.000405775,
        'crossAttention.key.kernel': 0.0011399043, 'crossAttention.key.bias': 0, 'crossAttention.value.kernel': 0.0157389662,
        'crossAttention.value.bias': 0.0789151368, 'crossAttention.output.kernel': 0.1006327582, 'crossAttention.output.bias': 0.2563439445,
        'crossAttentionNorm.scale': 0.0001079294, 'crossAttentionNorm.bias': 0.0001094079, 'feedForward.hidden.kernel': 0.3486566674,
        'feedForward.hidden.bias': -0.0529927802, 'feedForward.output.kernel': -0.1983182746, 'feedForward.output.bias': 0.2253966418,
        'feedForwardNorm.scale': 0.0243838579, 'feedForwardNorm.bias': 0.0727900979,
      },
    }, { memory, memoryMask });
  });
});

describe.each([['transformerEncoderBlock', nn.transformerEncoderBlock, {}], ['transformerDecoderBlock', nn.transformerDecoderBlock, { memory: ones([2, 3, 4], float64) }]] as const)('%s', (type, make, given) => {
  test('is causal when it shall be', () => {
    const block = make({ heads: 2, hiddenUnits: 3, causal: true });
    const { params, state } = block.init(key(0), [4, 4], float64);
    const gradient = grad((x: Tensor) => sum(square(index(block.apply({ params, state }, x, given).output, [], 1))))(normal(key(1), [2, 4, 4], float64));
    expect((gradient.toArray() as number[][][])[0]!.map((row) => row.some((value) => value !== 0))).toEqual([true, true, false, false]);
  });

  test('masked steps change nothing', () => {
    const block = make({ heads: 2, hiddenUnits: 3 });
    const { params, state } = block.init(key(0), [4, 4], float64);
    const input = normal(key(1), [2, 4, 4], float64);
    const mask = tensor([[true, true, false, false], [true, true, false, false]]);
    const masked = block.apply({ params: waves(params), state }, input, { ...given, mask }).output;
    const short = block.apply({ params: waves(params), state }, slice(input, [null, [0, 2]]), given).output;
    expectNear(slice(masked, [null, [0, 2]]), [...short.data()]);
  });

  test('drops in training alone, by the key', () => {
    const block = make({ heads: 2, hiddenUnits: 3, dropout: 0.5 });
    const variables = block.init(key(0), [4, 4], float64);
    const input = normal(key(1), [2, 4, 4], float64);
    const run = (more: nn.ApplyOptions) => block.apply(variables, input, { ...given, ...more }).output.data();
    expect(run({})).toEqual(make({ heads: 2, hiddenUnits: 3 }).apply(variables, input, given).output.data());
    expect(run({ training: true, key: key(0) })).toEqual(run({ training: true, key: key(0) }));
    expect(run({ training: true, key: key(0) })).not.toEqual(run({ training: true, key: key(1) }));
    expect(() => run({ training: true })).toThrow(new RegExp(`^${type}/selfAttention: dropout needs a key`));
  });

  test('lists its parts, and names its place when something does not fit', () => {
    expect(nn.summary(make({ heads: 2, hiddenUnits: 3 }), [5, 4])).toContain('feedForward (sequential)');
    const model = nn.sequential(make({ heads: 2, hiddenUnits: 3, name: 'first' }));
    expect(() => model.init(key(0), [4])).toThrow(ShapeError);
    expect(() => model.init(key(0), [4])).toThrow(/^sequential\/first: the input is \[n, 4\]/);
    expect(() => model.init(key(0), [5, 3])).toThrow(/^sequential\/first\/selfAttention: 3 features are no multiple of 2 heads/);
    expect(() => model.apply(model.init(key(0), [5, 4]), ones([1, 4]), given)).toThrow(/^sequential\/first: the input is \[n, 4\]/);
    if (type === 'transformerDecoderBlock') {
      expect(() => model.apply(model.init(key(0), [5, 4]), ones([1, 5, 4]))).toThrow(/^sequential\/first\/crossAttention: cross attention needs a memory/);
    }
  });

  test.each<[string, Partial<nn.TransformerBlockOptions>, RegExp]>([
    ['no heads', { heads: 0 }, /heads is 0/],
    ['no hidden units', { hiddenUnits: 0 }, /hiddenUnits is 0/],
    ['an unknown activation', { activation: 'max' as 'relu' }, /activation is "max"; expected one of 'relu', 'gelu'/],
    ['a rate of 1', { dropout: 1 }, /dropout is 1/],
    ['a negative epsilon', { epsilon: -1 }, /epsilon is -1/],
    ['a word for a flag', { normFirst: 'yes' as never }, /normFirst is "yes"/],
  ])('refuses %s', (_, wrong, message) => {
    const call = () => make({ heads: 2, hiddenUnits: 3, ...wrong });
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
    expect(call).toThrow(new RegExp(`^${type}: `));
  });
});
