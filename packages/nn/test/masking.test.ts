import { describe, expect, test } from 'vitest';
import { key, normal, tensor, vjp, vmap, type Tensor } from '@adjoint/core';
import { adam, bidirectional, createTrainingState, dense, embedding, evaluate, fit, gru, layer, lstm, measure, meanOf, multiHeadAttention, sequential, simpleRnn, spatialDropout1d, transformerDecoderBlock, transformerEncoderBlock, type ApplyOptions, type Layer, type Loss } from '@adjoint/nn';
import * as ops from '@adjoint/ops';

const poisons = [NaN, Infinity, -Infinity, 1e30, 3e38];
const [count, steps, features] = [2, 4, 4];
/** Padding at the end, and at the beginning. */
const mask = tensor([[true, true, true, false], [false, true, true, true]]);
const memoryMask = tensor([[true, false, true], [true, true, false]]);

/** Numbers without the sign of zeros. */
const numbers = (x: Tensor): number[] => [...x.data()].map((value) => value + 0);

function poisoned(x: Tensor, hides: Tensor, poison: number): Tensor {
  return ops.where(ops.expandDims(hides, -1), x, poison);
}

interface Run {
  readonly input: Tensor;
  readonly memory: Tensor;
}

/** The output at the steps that count, and all gradients of it. */
function run(model: Layer, { input, memory }: Run, options: ApplyOptions, counting: Tensor | null): number[][] {
  const { params, state } = model.init(key(1), [steps, features]);
  const result = vjp((p: typeof params, x: Tensor, m: Tensor) => {
    const { output, state: next } = model.apply({ params: p, state }, x, { ...options, memory: m });
    // Padding has no part in a loss.
    return { output: counting === null ? output : ops.where(ops.expandDims(counting, -1), output, 0), next: [...next.values()] as Tensor[] };
  }, params, input, memory);
  const gradients = result.pullback({ output: normal(key(2), result.value.output.shape), next: result.value.next.map(({ shape }) => normal(key(3), shape)) });
  const ofParams = (tree: unknown): Tensor[] => [...(tree as Map<string, unknown>).values()].flatMap((value) => (typeof (value as Tensor).data === 'function' ? [value as Tensor] : ofParams(value)));
  return [result.value.output, ...result.value.next, ...ofParams(gradients[0]), gradients[1], gradients[2]].map(numbers);
}

const block = { heads: 2, hiddenUnits: 6 };
const recurrent = { units: 3 };

const layers: Readonly<Record<string, readonly [Layer, Tensor | null]>> = {
  lstm: [lstm(recurrent), null],
  'lstm with a state': [lstm({ ...recurrent, stateful: true, returnSequences: true }), null],
  'lstm backwards': [lstm({ ...recurrent, backwards: true, returnSequences: true }), null],
  gru: [gru({ ...recurrent, returnSequences: true }), null],
  simpleRnn: [simpleRnn({ ...recurrent, activation: 'relu' }), null],
  bidirectional: [bidirectional(lstm({ ...recurrent, returnSequences: true })), null],
  'a stack behind dense': [sequential(dense({ units: 5 }), lstm({ ...recurrent, returnSequences: true }), gru(recurrent)), null],
  multiHeadAttention: [multiHeadAttention({ heads: 2 }), mask],
  'multiHeadAttention, causal and rotary': [multiHeadAttention({ heads: 2, causal: true, rotary: true }), mask],
  'multiHeadAttention to a memory': [multiHeadAttention({ heads: 2, cross: true }), mask],
  transformerEncoderBlock: [transformerEncoderBlock(block), mask],
  'transformerEncoderBlock with norms first': [transformerEncoderBlock({ ...block, normFirst: true, activation: 'gelu' }), mask],
  transformerDecoderBlock: [transformerDecoderBlock(block), mask],
  'a layer that masks the layers inside': [
    layer({ type: 'own', layers: { first: dense({ units: 4 }), second: lstm(recurrent) }, apply: (x, { layers: inside }) => inside.second(inside.first(x, { mask }), { mask }) }), null,
  ],
};

describe('what padding holds changes nothing', () => {
  test.each(Object.entries(layers))('in %s', (name, [model, counting]) => {
    const clean = { input: normal(key(4), [count, steps, features]), memory: normal(key(5), [count, 3, features]) };
    const options: ApplyOptions = name.startsWith('a layer that') ? {} : { mask, memoryMask };
    const expected = run(model, { input: poisoned(clean.input, mask, 0), memory: poisoned(clean.memory, memoryMask, 0) }, options, counting);
    expect(expected.flat().every(Number.isFinite)).toBe(true);
    for (const poison of poisons) {
      expect(run(model, { input: poisoned(clean.input, mask, poison), memory: poisoned(clean.memory, memoryMask, poison) }, options, counting), `${poison}`).toEqual(expected);
    }
  });

  test('where all steps of an example are padding', () => {
    const none = tensor([[true, true, true, true], [false, false, false, false]]);
    for (const model of [lstm(recurrent), multiHeadAttention({ heads: 2 }), transformerEncoderBlock(block)]) {
      const counting = model.type === 'lstm' ? null : none;
      const of = (poison: number): number[][] => run(model, { input: poisoned(normal(key(4), [count, steps, features]), none, poison), memory: normal(key(5), [count, 3, features]) }, { mask: none }, counting);
      for (const poison of poisons) expect(of(poison)).toEqual(of(0));
      expect(of(NaN).flat().every(Number.isFinite)).toBe(true);
    }
  });

  test('in attention by a mask of queries and keys', () => {
    const model = multiHeadAttention({ heads: 2 });
    // The last step sees nothing and is seen by none.
    const pairs = tensor([[[true, false, true, false], [true, true, false, false], [false, false, true, false], [false, false, false, false]]]);
    const seen = tensor([[true, true, true, false], [true, true, true, false]]);
    const of = (poison: number): number[][] => run(model, { input: poisoned(normal(key(4), [count, steps, features]), seen, poison), memory: normal(key(5), [count, 3, features]) }, { mask: pairs }, null);
    expect(of(0).flat().every(Number.isFinite)).toBe(true);
    for (const poison of poisons) expect(of(poison)).toEqual(of(0));
  });

  const pairsOf = (of: Tensor, queries: number): Tensor => ops.broadcastTo(ops.expandDims(of, 1), [count, queries, of.shape[1]!]);
  const alsoByQuery = (of: Tensor): Tensor => ops.logicalAnd(pairsOf(of, steps), ops.expandDims(mask, -1));
  /** The masks of steps as masks of queries and keys: padding attends to the others, or to nothing. */
  const pairForms = {
    'queries and keys': { mask: pairsOf(mask, steps), memoryMask: pairsOf(memoryMask, steps) },
    'queries and keys, both hidden': { mask: alsoByQuery(mask), memoryMask: alsoByQuery(memoryMask) },
  };
  const onPairs: Readonly<Record<string, Layer>> = {
    multiHeadAttention: multiHeadAttention({ heads: 2 }),
    'multiHeadAttention, causal and rotary': multiHeadAttention({ heads: 2, causal: true, rotary: true }),
    'multiHeadAttention to a memory': multiHeadAttention({ heads: 2, cross: true }),
    transformerEncoderBlock: transformerEncoderBlock(block),
    'transformerEncoderBlock with norms first': transformerEncoderBlock({ ...block, normFirst: true, activation: 'gelu' }),
    transformerDecoderBlock: transformerDecoderBlock(block),
    'a stack between dense layers': sequential(dense({ units: 4 }), transformerEncoderBlock(block), transformerEncoderBlock({ ...block, normFirst: true }), dense({ units: 3 })),
    'a layer that masks the blocks inside': layer({
      type: 'own', layers: { first: dense({ units: 4 }), second: transformerEncoderBlock(block) },
      apply: (x, { layers: inside, mask: given }) => inside.second(inside.first(x, { mask: given! }), { mask: given! }),
    }),
  };

  describe.each(Object.entries(pairForms))('by a mask of %s', (_, options) => {
    test.each(Object.entries(onPairs))('in %s', (__, model) => {
      const clean = { input: normal(key(4), [count, steps, features]), memory: normal(key(5), [count, 3, features]) };
      const of = (poison: number): number[][] => run(model, { input: poisoned(clean.input, mask, poison), memory: poisoned(clean.memory, memoryMask, poison) }, options, mask);
      expect(of(0).flat().every(Number.isFinite)).toBe(true);
      for (const poison of poisons) expect(of(poison), `${poison}`).toEqual(of(0));
    });
  });

  test('a step that another one attends to is not hidden by a mask of queries and keys', () => {
    const model = transformerEncoderBlock(block);
    const pairs = tensor([[[true, false], [true, false]]]);
    const output = (input: Tensor): boolean[] => (ops.any(ops.isNaN(model.apply(model.init(key(1), [2, features]), input, { mask: pairs }).output), { axes: -1 }).toArray() as boolean[][])[0]!;
    expect(output(tensor([[[NaN, 0, 0, 0], [1, 0, 0, 0]]]))).toEqual([true, true]);
    expect(output(tensor([[[1, 0, 0, 0], [NaN, 0, 0, 0]]]))).toEqual([false, false]);
  });

  test('in ids that are none', () => {
    const model = sequential(embedding({ vocabularySize: 5, units: 3 }), lstm(recurrent));
    const variables = model.init(key(0), [3]);
    const ids = (padding: number): Tensor => tensor([[1, 4, padding]], { dtype: 'int32' });
    const output = (padding: number): unknown => model.apply(variables, ids(padding), { mask: tensor([[true, true, false]]) }).output.toArray();
    for (const padding of [-100, 5, 2 ** 31 - 1]) expect(output(padding)).toEqual(output(0));
    const attending = sequential(embedding({ vocabularySize: 5, units: 4 }), transformerEncoderBlock(block));
    const pairs = tensor([[[true, true, false], [true, true, false], [true, true, false]]]);
    const attended = (padding: number): unknown => ops.slice(attending.apply(attending.init(key(0), [3]), ids(padding), { mask: pairs }).output, [null, [0, 2]]).toArray();
    for (const padding of [-100, 5, 2 ** 31 - 1]) expect(attended(padding)).toEqual(attended(0));
    expect(() => model.apply(variables, ids(5), { mask: tensor([[true, true, true]]) })).toThrow(/embedding/);
  });

  test('steps that count are not hidden', () => {
    const model = lstm(recurrent);
    const input = ops.where(tensor([[[true], [false], [true], [true]]]), normal(key(0), [1, steps, features]), NaN);
    expect(model.apply(model.init(key(1), [steps, features]), input, { mask: tensor([[true, true, true, false]]) }).output.toArray()).toEqual([[NaN, NaN, NaN]]);
  });

  test('in what dropout drops', () => {
    const model = spatialDropout1d({ rate: 0.5 });
    const dropped = model.apply(model.init(key(0), [2, 2]), tensor([[[NaN, 1], [Infinity, 1]]]), { training: true, key: key(2) });
    expect(dropped.output.toArray()).toEqual([[[0, 2], [0, 2]]]);
    const each = vmap((x: Tensor) => ops.dropout(x, { rate: 0.5, key: key(0) }));
    const kept = ops.dropout(tensor([1, 1, 1, 1]), { rate: 0.5, key: key(0) }).toArray() as number[];
    expect(each(tensor([[1, 1, 1, 1].map((value, index) => (kept[index] === 0 ? NaN : value))])).toArray()).toEqual([kept]);
  });
});

describe('a loss does not depend on how the data is cut into batches', () => {
  const model = dense({ units: 3 });
  const variables = model.init(key(0), [2]);
  const inputs = normal(key(1), [10, 2]);
  const targets = tensor([0, 0, 0, 0, 1, 2, 2, 2, 2, 1], { dtype: 'int32' });
  const data = { inputs, targets };
  const classWeights = tensor([1, 5, 0.25]);
  const first = (x: Tensor): Tensor => ops.index(x, [], 0);

  const losses: Readonly<Record<string, Loss>> = {
    'with weights of the classes': (x, y) => ops.softmaxCrossEntropy(x, y, { classWeights }),
    'with weights of the classes, smoothed': (x, y) => ops.softmaxCrossEntropy(x, y, { classWeights, labelSmoothing: 0.1 }),
    'with weights of the examples': (x, y) => ops.softmaxCrossEntropy(x, y, { weights: ops.equal(y, 2) }),
    'with weights of both': (x, y) => ops.softmaxCrossEntropy(x, y, { classWeights, weights: ops.add(y, 1) }),
    'of a regression with weights': (x, y) => ops.meanSquaredError(first(x), ops.cast(y, 'float32'), { weights: ops.square(y) }),
    'with weights, and a penalty': (x, y) => ops.add(ops.mul(0.5, ops.softmaxCrossEntropy(x, y, { classWeights })), 3),
    'that is a sum': (x, y) => ops.softmaxCrossEntropy(x, y, { reduction: 'sum' }),
    'that is a weighted sum': (x, y) => ops.softmaxCrossEntropy(x, y, { classWeights, reduction: 'sum' }),
    'that divides a sum': (x, y) => ops.div(ops.softmaxCrossEntropy(x, y, { reduction: 'sum' }), y.size),
    'without weights': (x, y) => ops.softmaxCrossEntropy(x, y),
  };

  test.each(Object.entries(losses))('in evaluate and in metrics, %s', async (_, loss) => {
    const whole = loss(model.apply(variables, inputs).output, targets).item();
    for (const batchSize of [1, 2, 3, 7, 10, 256]) {
      const result = await evaluate(model, variables, data, { loss, batchSize, metrics: { again: loss, mean: meanOf(loss) } });
      for (const value of [result.loss, result.metrics.again, result.metrics.mean]) expect(value).toBeCloseTo(whole, 5);
    }
    expect(measure(meanOf(loss), model.apply(variables, inputs).output, targets)).toBeCloseTo(whole, 6);
  });

  test.each(Object.entries(losses))('in fit, %s', async (_, loss) => {
    const optimizer = adam({ learningRate: 1e-12 });
    const state = createTrainingState({ model, optimizer, key: key(0), inputShape: [2] });
    const recorded = await Promise.all([1, 3, 10].map(async (batchSize) => {
      const { history } = await fit({ model, optimizer, state, data, loss, batchSize, epochs: 1, validation: data });
      return history.last()!;
    }));
    for (const record of recorded) {
      expect(record.loss).toBeCloseTo(recorded[0]!.loss, 4);
      expect(record.validationLoss!).toBeCloseTo(record.loss, 4);
    }
  });

  test('where a batch has no weight, and where none has', async () => {
    const loss: Loss = (x, y) => ops.softmaxCrossEntropy(x, y, { weights: ops.equal(y, 1) });
    const poisoned = { inputs: ops.where(ops.expandDims(ops.equal(targets, 1), -1), inputs, NaN), targets };
    const { loss: some } = await evaluate(model, variables, poisoned, { loss, batchSize: 2 });
    expect(some).toBeCloseTo((await evaluate(model, variables, data, { loss })).loss, 6);
    const { loss: none } = await evaluate(model, variables, data, { loss: (x, y) => ops.softmaxCrossEntropy(x, y, { weights: tensor(0) }), batchSize: 2 });
    expect(none).toBe(0);
  });

  test('a loss inside vmap counts as a mean of its examples', async () => {
    const loss: Loss = (x, y) => ops.mean(vmap((logits: Tensor, label: Tensor) => ops.softmaxCrossEntropy(logits, label, { weights: tensor(2) }))(x, y));
    const whole = loss(model.apply(variables, inputs).output, targets).item();
    expect((await evaluate(model, variables, data, { loss, batchSize: 3 })).loss).toBeCloseTo(whole, 5);
  });
});
