import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, checkGradients, DTypeError, grad, key, normal, ones, scope, ShapeError, tensor, zeros, type Tensor } from '@adjoint/core';
import { tensors } from '@adjoint/core/testing';
import * as nn from '@adjoint/nn';
import { add, concat, flip, greater, index, less, mul, slice, square, sub, sum } from '@adjoint/ops';
import { describeLayers, type LayerCase } from './properties.js';
import { expectLike, expectNear, wave, waves } from './waves.js';
import { living } from '../../../../test/living.js';

const float64 = { dtype: 'float64' } as const;
const kinds = { simpleRnn: nn.simpleRnn, lstm: nn.lstm, gru: nn.gru };
const each = Object.entries(kinds);
const sequences = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }));
const maskOf = ([count, steps]: readonly number[]) => tensors([count!, steps!], { dtype: 'bool' });
const masked: LayerCase['call'] = (shape) => fc.option(maskOf(shape)).map((mask) => () => (mask === null ? {} : { mask: mask.make() }));

const options = fc.record({
  units: fc.integer({ min: 1, max: 3 }),
  returnSequences: fc.boolean(),
  backwards: fc.boolean(),
  stateful: fc.boolean(),
  recurrentDropout: fc.constantFrom(0, 0, 0.5),
  useBias: fc.boolean(),
  biasInitializer: fc.constant(nn.randomNormal()),
});
const any = fc.tuple(fc.constantFrom(...Object.values(kinds)), options).map(([make, given]) => make(given));

describeLayers({
  simpleRnn: { layer: options.map(nn.simpleRnn), inputs: sequences, call: masked },
  lstm: { layer: fc.tuple(options, fc.boolean()).map(([given, unitForgetBias]) => nn.lstm({ ...given, unitForgetBias })), inputs: sequences, call: masked },
  gru: { layer: options.map(nn.gru), inputs: sequences, call: masked },
  bidirectional: {
    layer: fc.tuple(any, fc.constantFrom('concat', 'sum', 'average', 'multiply')).map(([layer, merge]) => nn.bidirectional(layer, { merge })),
    inputs: sequences,
    call: masked,
  },
});

/** Runs a layer whose parameters and input are random, so that nothing of it is 0 by chance. */
function prepare(layer: nn.Layer, shape: readonly number[], seed = 0): { variables: nn.Variables; input: Tensor } {
  const { params, state } = layer.init(key(seed), shape.slice(1), float64);
  return { variables: { params: waves(params), state }, input: normal(key(seed + 1), shape, float64) };
}

describe('agrees with PyTorch 1.13', () => {
  // nn.RNN, nn.LSTM, nn.GRU with batch_first, the transposed waves as weights, and zeros as bias_hh of the first two.
  const input = wave([2, 3, 2], 5);

  test('simpleRnn', () => {
    expectLike(nn.simpleRnn({ units: 2, returnSequences: true }), input, {
      output: [0.3723346413, -0.1400969972, 0.6784967395, 0.4349355417, 0.5697389035, 0.2747189589, 0.3209201966, -0.157416048, 0.6661297528, 0.3794103027, 0.6019737546, 0.3421168838],
      inputGradient: [0.1941078181, 0.1029232729, 0.0153100064, 0.0191938106, -0.1618686818, -0.1678093169, 0.1498355181, 0.0759391465, 0.0735942726, 0.0519534599, -0.1772047556, -0.1409930992],
      parameterGradients: { kernel: -0.1720487937, recurrentKernel: -0.3358981728, bias: 0.0937741778 },
    });
  });

  test('lstm', () => {
    expectLike(nn.lstm({ units: 2, returnSequences: true }), input, {
      output: [0.0291780564, 0.1098499732, -0.1535363384, 0.1520084135, -0.0699076008, 0.1215657166, 0.0424193703, 0.1024323243, -0.1351398279, 0.1607651817, -0.0944854819, 0.1242320395],
      inputGradient: [-0.0392691152, 0.0056544838, -0.0013550046, -0.0667292627, 0.092644397, 0.0197198923, -0.0230684002, 0.0153745682, -0.0305694227, -0.071802369, 0.0933710295, 0.0132364601],
      parameterGradients: { kernel: -0.0078135874, recurrentKernel: -0.0377382382, bias: 0.0917534838 },
    });
  });

  test('gru', () => {
    expectLike(nn.gru({ units: 2, returnSequences: true }), input, {
      output: [0.2123688986, 0.4441830065, -0.1338807648, 0.2295625752, -0.0154672741, 0.4151826081, 0.2470082066, 0.4725106403, -0.1139656479, 0.2681643537, -0.0798848437, 0.3687438492],
      inputGradient: [-0.1375782762, -0.1351407335, -0.0077326034, 0.0123111084, 0.2190711598, 0.1981867951, -0.0873066536, -0.092102602, -0.050421134, -0.0257009239, 0.2128448795, 0.1977254196],
      parameterGradients: { kernel: 0.1654091443, recurrentKernel: 0.0182465131, bias: 0.1488773719, recurrentBias: 0.0960743879 },
    });
  });

  test('bidirectional over sequences of 3 and 2 steps, packed there and masked here', () => {
    const mask = tensor([[true, true, true], [true, true, false]]);
    const run = (returnSequences: boolean): Tensor => {
      const layer = nn.bidirectional(nn.gru({ units: 2, returnSequences }));
      const { params, state } = layer.init(key(0), [3, 2], float64);
      return layer.apply({ params: waves(params), state }, input, { mask }).output;
    };
    // All but the step of the second sequence that is padding.
    expectNear(slice(run(true), [[0, 1]]), [
      0.2123688986, 0.4441830065, -0.3803380491, -0.5355020513, -0.1338807648, 0.2295625752, -0.1840080373, -0.3442242182, -0.0154672741, 0.4151826081, -0.1677538499, -0.3215757389,
    ]);
    expectNear(slice(run(true), [[1, 2], [0, 2]]), [0.2470082066, 0.4725106403, -0.285008661, -0.5018536665, -0.1139656479, 0.2681643537, -0.0619035793, -0.2039461993]);
    expectNear(run(false), [-0.0154672741, 0.4151826081, -0.3803380491, -0.5355020513, -0.1139656479, 0.2681643537, -0.285008661, -0.5018536665]);
  });
});

describe.each(each)('%s', (type, make) => {
  test('names itself and its parts', () => {
    const { params } = make({ units: 2 }).init(key(0), [1, 3]);
    expect(make({ units: 2 }).type).toBe(type);
    expect([...params.keys()]).toEqual(['kernel', 'recurrentKernel', 'bias', ...(type === 'gru' ? ['recurrentBias'] : [])]);
    expect([...make({ units: 2, useBias: false }).init(key(0), [1, 3]).params.keys()]).toEqual(['kernel', 'recurrentKernel']);
    expect([...make({ units: 2 }).init(key(0), [1, 3]).state.keys()]).toEqual([]);
  });

  test('the last output is that of the last step, or of the first when it goes backwards', () => {
    for (const backwards of [false, true]) {
      const all = make({ units: 3, returnSequences: true, backwards });
      const { variables, input } = prepare(all, [2, 5, 2]);
      const last = make({ units: 3, backwards }).apply(variables, input).output;
      expect(last.data()).toEqual(index(all.apply(variables, input).output, [], backwards ? 0 : -1).data());
    }
  });

  test('going backwards is going forwards over the reversed steps', () => {
    const [forwards, backwards] = [make({ units: 3, returnSequences: true }), make({ units: 3, returnSequences: true, backwards: true })];
    const { variables, input } = prepare(forwards, [2, 5, 2]);
    expect(backwards.apply(variables, input).output.toArray()).toEqual(flip(forwards.apply(variables, flip(input, 1)).output, 1).toArray());
  });

  test('padded steps change nothing, wherever they are, and the state stays', () => {
    fc.assert(fc.property(maskOf([3, 6]), fc.boolean(), fc.nat(), (sample, backwards, seed) => {
      scope(() => {
        const layer = make({ units: 2, returnSequences: true, backwards });
        const { variables, input } = prepare(layer, [3, 6, 2], seed);
        const mask = sample.make();
        const counts = mask.toArray() as boolean[][];
        const { output } = layer.apply(variables, input, { mask });
        counts.forEach((row, example) => {
          // Without the padding, as a sequence of its own.
          const kept = row.flatMap((counted, step) => (counted ? [step] : []));
          const own = slice(input, [[example, example + 1]]);
          const short = kept.length === 0 ? null : layer.apply(variables, index(own, [], tensor(kept, { dtype: 'int32' }))).output;
          let state: number[] = [0, 0];
          const order = row.map((_, step) => step);
          for (const step of backwards ? order.reverse() : order) {
            if (row[step]!) state = [...index(short!, 0, kept.indexOf(step)).data()];
            const found = [...index(output, example, step).data()];
            found.forEach((value, unit) => expect(value).toBeCloseTo(state[unit]!, 12));
          }
        });
      });
    }), { numRuns: 20 });
  });

  test('no gradient flows to padded steps', () => {
    const layer = make({ units: 2 });
    const { variables, input } = prepare(layer, [1, 4, 2]);
    const mask = tensor([[true, false, true, false]]);
    const gradient = grad((x: Tensor) => sum(square(layer.apply(variables, x, { mask }).output)))(input).toArray() as number[][][];
    expect(gradient[0]!.map((step) => step.some((value) => value !== 0))).toEqual([true, false, true, false]);
  });

  test('step by step, or piece by piece, a stateful layer gives what it gives at once', () => {
    const whole = make({ units: 3, returnSequences: true });
    const { variables: { params }, input } = prepare(whole, [2, 6, 2]);
    const stateful = make({ units: 3, returnSequences: true, stateful: true });
    const first = stateful.init(key(0), [6, 2], float64).state;
    expect([...first.values()].map((tensor_) => (tensor_ as Tensor).shape)).toEqual(type === 'lstm' ? [[1, 3], [1, 3]] : [[1, 3]]);
    for (const pieces of [[1, 1, 1, 1, 1, 1], [2, 4]]) {
      let [state, start] = [first, 0];
      const outputs = pieces.map((steps) => {
        const result = stateful.apply({ params, state }, slice(input, [null, [start, start + steps]]));
        ({ state } = result);
        start += steps;
        return result.output;
      });
      expectNear(concat(outputs, 1), [...whole.apply({ params, state: first.clear() }, input).output.data()]);
      expect((state.first() as Tensor).shape).toEqual([2, 3]);
    }
  });

  test('a gradient flows through the state from one call to the next', () => {
    const layer = make({ units: 2, stateful: true });
    const { variables: { params, state: first }, input } = prepare(layer, [1, 3, 2]);
    const twice = (p: nn.Params, x: Tensor): Tensor => {
      const { state } = layer.apply({ params: p, state: first }, slice(x, [null, [0, 2]]));
      return layer.apply({ params: p, state }, slice(x, [null, [2]])).output;
    };
    const report = checkGradients(twice, [params, input]);
    expect(report.ok, report.toString()).toBe(true);
  });

  test('the gradient through 50 steps is right to the second order', () => {
    const layer = make({ units: 2 });
    const { variables: { params, state }, input } = prepare(layer, [1, 50, 1]);
    const report = checkGradients((p: nn.Params, x: Tensor) => layer.apply({ params: p, state }, x).output, [params, input], { order: 2 });
    expect(report.ok, report.toString()).toBe(true);
  });

  test('the gradient through 500 steps is right, and gives all memory back', () => {
    const layer = make({ units: 2, recurrentInitializer: nn.orthogonal() });
    const { params, state } = layer.init(key(3), [500, 1], float64);
    const input = normal(key(1), [1, 500, 1], float64);
    const loss = (x: Tensor): Tensor => sum(layer.apply({ params, state }, x).output);
    const before = living().tensors;
    const gradient = grad(loss)(input);
    expect(living().tensors).toBe(before + 1);
    for (const step of [0, 499]) {
      const shift = mul(less(square(sub(tensor(Array.from({ length: 500 }, (_, at) => at), { shape: [1, 500, 1], dtype: 'float64' }), step)), 0.5), 1e-5);
      const difference = (loss(add(input, shift)).item() - loss(sub(input, shift)).item()) / 2e-5;
      expect(index(gradient, 0, step, 0).item()).toBeCloseTo(difference, 7);
    }
  });

  test('recurrent dropout drops the same of the state at every step, in training alone', () => {
    const layer = make({ units: 8, recurrentDropout: 0.5, returnSequences: true });
    const { variables, input } = prepare(layer, [2, 4, 3]);
    const run = (given: nn.ApplyOptions) => layer.apply(variables, input, given).output.data();
    const plain = make({ units: 8, returnSequences: true }).apply(variables, input).output.data();
    expect(run({})).toEqual(plain);
    expect(run({ training: true, key: key(1) })).toEqual(run({ training: true, key: key(1) }));
    expect(run({ training: true, key: key(1) })).not.toEqual(run({ training: true, key: key(2) }));
    expect(run({ training: true, key: key(1) })).not.toEqual(plain);
    expect(() => run({ training: true })).toThrow(new RegExp(`^${type}: dropout needs a key`));
  });

  test.each<[string, () => unknown, RegExp, new (...parameters: never[]) => Error]>([
    ['no units', () => make({ units: 0 }), /units is 0; expected an integer >= 1/, ArgumentError],
    ['a rate of 1', () => make({ units: 1, recurrentDropout: 1 }), /recurrentDropout is 1/, ArgumentError],
    ['a flag that is a word', () => make({ units: 1, stateful: 'no' as never }), /stateful is "no"; expected true or false/, ArgumentError],
  ])('refuses %s', (_, call, message, kind) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
    expect(call).toThrow(new RegExp(`^${type}: `));
  });

  test('names its place when shapes, masks or states do not fit', () => {
    const model = nn.sequential(make({ units: 2, stateful: true, name: 'memory' }));
    const variables = model.init(key(0), [4, 3]);
    const input = ones([2, 4, 3]);
    const fails = (call: () => unknown, kind: new (...parameters: never[]) => Error, message: RegExp) => {
      expect(call).toThrow(kind);
      expect(call).toThrow(message);
    };
    fails(() => model.init(key(0), [3]), ShapeError, /^sequential\/memory: the input is \[n, 3\]; expected \[n, steps, features\]\. .*embedding\(\)/);
    fails(() => model.init(key(0), [0, 3]), ShapeError, /^sequential\/memory: the input is \[n, 0, 3\]; expected at least one step/);
    fails(() => model.apply(variables, ones([2, 3])), ShapeError, /^sequential\/memory: the input is \[n, 3\]/);
    fails(() => model.apply(variables, input, { mask: ones([2, 4]) }), DTypeError, /^sequential\/memory: mask is float32 \[2,4\]; expected a bool/);
    fails(() => model.apply(variables, input, { mask: greater(ones([2, 3]), 0) }), ShapeError, /^sequential\/memory: mask is bool \[2,3\]; expected \[2, 4\]/);
    fails(() => model.apply({ ...variables, params: variables.params.clear() }, input), ArgumentError, /^sequential\/memory: .* the variables are not those of this model: missing \[params\.memory\.kernel, /);
    fails(() => model.apply({ ...variables, state: variables.state.clear() }, input), ArgumentError, /^sequential\/memory: .* the variables are not those of this model: missing \[state\.memory\.hidden/);
    const kept = variables.state.setIn(['memory', 'hidden'], zeros([3, 2]));
    fails(() => model.apply({ ...variables, state: kept }, input), ShapeError, /^sequential\/memory: state\.hidden is float32 \[3,2\]; expected \[2, 2\]/);
  });
});

test('simpleRnn with relu; an unknown activation is refused', () => {
  const layer = nn.simpleRnn({ units: 1, activation: 'relu', kernelInitializer: nn.ones, recurrentInitializer: nn.ones, returnSequences: true });
  expect([...layer.apply(layer.init(key(0), [4, 1]), tensor([1, 2, -9, 3], { shape: [1, 4, 1] })).output.data()]).toEqual([1, 3, 0, 3]);
  expect(() => nn.simpleRnn({ units: 1, activation: 'gelu' as 'relu' })).toThrow(/simpleRnn: activation is "gelu"; expected one of 'tanh', 'relu'/);
});

test('the forget gate\'s bias begins at 1, unless it shall not', () => {
  const bias = (options: Partial<nn.LstmOptions>) => nn.getAt(nn.lstm({ units: 2, ...options }).init(key(0), [1, 1]).params, 'bias').toArray();
  expect(bias({})).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  expect(bias({ unitForgetBias: false })).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(bias({ biasInitializer: nn.constant(0.5) })).toEqual([0.5, 0.5, 1, 1, 0.5, 0.5, 0.5, 0.5]);
});

describe('bidirectional', () => {
  const merges = {
    concat: (forward: Tensor, backward: Tensor) => concat([forward, backward], -1),
    sum: add,
    average: (forward: Tensor, backward: Tensor) => mul(add(forward, backward), 0.5),
    multiply: mul,
  };
  test.each(Object.keys(merges) as (keyof typeof merges)[])('is two runs, by %s', (merge) => {
    fc.assert(fc.property(fc.constantFrom(...Object.values(kinds)), fc.boolean(), maskOf([2, 4]), (make, returnSequences, mask) => {
      scope(() => {
        const layer = nn.bidirectional(make({ units: 3, returnSequences }), { merge });
        const { variables, input } = prepare(layer, [2, 4, 2]);
        const one = (name: string, backwards: boolean): Tensor => {
          const params = variables.params.get(name) as nn.Params;
          return make({ units: 3, returnSequences, backwards }).apply({ params, state: variables.state }, input, { mask: mask.make() }).output;
        };
        const { output } = layer.apply(variables, input, { mask: mask.make() });
        expect(output.toArray()).toEqual(merges[merge](one('forward', false), one('backward', true)).toArray());
      });
    }), { numRuns: 10 });
  });

  test('names the direction where the layer inside does not take its input, and refuses an unknown merge', () => {
    expect(() => nn.bidirectional(nn.sequential(nn.gru({ units: 2 }), nn.gru({ units: 2 }))).init(key(0), [3, 2])).toThrow(/^bidirectional\/forward\/gru_1: the input is \[n, 2\]/);
    expect(() => nn.bidirectional(nn.gru({ units: 2 })).init(key(0), [3])).toThrow(/^bidirectional: the input is \[n, 3\]/);
    expect(() => nn.bidirectional(nn.gru({ units: 2 }), { merge: 'max' as 'sum' })).toThrow(/bidirectional: merge is "max"; expected one of 'concat'/);
  });

  test('keeps the state of both directions, and each has a key of its own', () => {
    const layer = nn.bidirectional(nn.sequential(nn.dropout({ rate: 0.5 }), nn.gru({ units: 2, stateful: true })));
    const { params, state } = layer.init(key(0), [3, 2]);
    const after = layer.apply({ params, state }, ones([5, 3, 2]), { training: true, key: key(1) }).state;
    const kept = (name: string) => after.getIn([name, 'gru', 'hidden']) as Tensor;
    expect(kept('forward').shape).toEqual([5, 2]);
    expect(kept('forward').data()).not.toEqual(kept('backward').data());
  });
});
