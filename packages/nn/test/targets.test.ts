import { describe, expect, test } from 'vitest';
import { AdjointError, grad, key, normal, tensor, TransformError, vmap, type Tensor } from '@adjoint/core';
import {
  constant, crossEntropy, createTrainingState, dense, evaluate, fit, getAt, layer, makeTrainingStep, meanSquaredError, reshape, sequential, sgd, type Layer, type Loss,
} from '@adjoint/nn';
import * as ops from '@adjoint/ops';

const inputs = normal(key(0), [4, 3]);
const classes = tensor([0, 1, 2, 1], { dtype: 'int32' });

/** Trains for an epoch. */
async function train(model: Layer, targets: Tensor, loss?: Loss) {
  const optimizer = sgd({ learningRate: 0.1 });
  const state = createTrainingState({ model, optimizer, key: key(1), inputShape: [3] });
  const result = await fit({ model, optimizer, state, data: [{ inputs, targets }], epochs: 1, ...(loss && { loss }) });
  return { before: state.params, after: result.state.params, history: result.history };
}

describe('targets that are not classes are refused by crossEntropy', () => {
  const softmaxOf: Loss = (outputs, targets) => ops.softmaxCrossEntropy(outputs, targets);
  const numbers = (columns: number) => normal(key(2), [4, columns]);

  test.each<[string, number, Tensor, RegExp]>([
    ['numbers of one output', 1, numbers(1), /^crossEntropy: outputs is float32 \[4,1\], a single class.*For numbers pass loss: meanSquaredError; for yes or no, binaryCrossEntropyWithLogits/],
    ['labels 0 and 1 of one output', 1, tensor([[0], [1], [1], [0]]), /a single class/],
    ['integers of one output', 1, tensor([0, 0, 0, 0], { dtype: 'int32' }), /a single class/],
    ['numbers of three outputs', 3, numbers(3), /^crossEntropy: row 0 of targets is not a probability distribution \(it has a value of -/],
    ['positive numbers', 3, ops.add(ops.abs(numbers(3)), 1), /^crossEntropy: row 0 .*its sum is \d/],
    ['several labels per example', 3, tensor([[0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 1, 1]]), /^crossEntropy: row 1 .*its sum is 2\).*several labels per example binaryCrossEntropyWithLogits/],
    ['percentages', 2, tensor([[40, 60], [0, 100], [50, 50], [1, 99]]), /its sum is 100/],
    ['a row that sums to 0', 2, tensor([[0.5, 0.5], [1, -1], [1, 0], [0, 1]]), /row 1 .*a value of -1/],
    ['classes as floats', 3, ops.cast(classes, 'float32'), /^crossEntropy: softmaxCrossEntropy: .*convert classes with cast\(labels, 'int32'\)/],
    ['one-hot integers', 3, ops.oneHot(classes, 3, { dtype: 'int32' }), /convert one-hot labels with cast\(labels, 'float32'\)/],
    ['classes with an axis too many', 3, ops.expandDims(classes, -1), /drop the last axis of the labels with squeeze\(labels, -1\)$/],
    ['a label out of range', 3, tensor([0, 1, 3, 1], { dtype: 'int32' }), /^crossEntropy: softmaxCrossEntropy: label 3 at position 2/],
  ])('%s', async (_, units, targets, message) => {
    const model = dense({ units });
    expect(() => crossEntropy(normal(key(3), [4, units]), targets)).toThrow(message);
    for (const loss of [undefined, crossEntropy, ops.softmaxCrossEntropy] as const) {
      const reason: unknown = await train(model, targets, loss).catch((error: unknown) => error);
      expect(reason).toBeInstanceOf(AdjointError);
      expect((reason as Error).message).toMatch(message);
    }
    const variables = model.init(key(1), [3]);
    await expect(evaluate(model, variables, { inputs, targets })).rejects.toThrow(message);
    const step = makeTrainingStep({ model, optimizer: sgd({ learningRate: 0.1 }) });
    expect(() => step(createTrainingState({ model, optimizer: sgd({ learningRate: 0.1 }), key: key(1), inputShape: [3] }), { inputs, targets })).toThrow(message);
  });

  test('outputs without an axis of classes', async () => {
    const model = sequential(dense({ units: 1 }), reshape({ targetShape: [] }));
    await expect(train(model, tensor([0, 0, 1, 0]))).rejects.toThrow(/^crossEntropy: outputs is float32 \[4\]; expected \[n, classes\]/);
  });

  test('the operation takes what crossEntropy refuses', () => {
    expect(softmaxOf(tensor([[0, 0]]), tensor([[2, 0]])).item()).toBeCloseTo(2 * Math.LN2, 6);
  });
});

describe('targets that are classes are taken by crossEntropy', () => {
  const logits = normal(key(4), [4, 3]);

  test.each<[string, Tensor]>([
    ['classes', classes],
    ['one-hot rows', ops.oneHot(classes, 3)],
    ['probabilities', ops.softmax(normal(key(5), [4, 3]))],
    ['probabilities of float64', ops.softmax(normal(key(5), [4, 3], { dtype: 'float64' }))],
    ['rows of zeros, as oneHot makes them of padding', tensor([[1, 0, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]])],
    ['NaN, which the loss shows', tensor([[NaN, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]])],
  ])('%s', (_, targets) => {
    expect(crossEntropy(logits, targets).toArray()).toEqual(ops.softmaxCrossEntropy(logits, targets).toArray());
  });

  test('with the options of the operation, and anything in rows of weight 0', () => {
    const targets = tensor([[1, 0, 0], [7, -8, 9], [0, NaN, 1], [0, 1, 0]]);
    const options = { weights: tensor([1, 0, 0, 2]), labelSmoothing: 0.1 };
    expect(crossEntropy(logits, targets, options).item()).toBe(ops.softmaxCrossEntropy(logits, targets, options).item());
    expect(() => crossEntropy(logits, targets, { ...options, weights: tensor([1, 1, 0, 2]) })).toThrow(/row 1 of targets/);
    expect(() => crossEntropy(logits, targets, { weights: tensor(1) })).toThrow(/row 1 of targets/);
  });

  test('in vmap and grad', () => {
    const targets = ops.softmax(normal(key(5), [4, 3]));
    const each = vmap((x: Tensor, y: Tensor) => crossEntropy(ops.expandDims(x, 0), ops.expandDims(y, 0)))(logits, targets);
    expect(ops.mean(each).item()).toBeCloseTo(crossEntropy(logits, targets).item(), 6);
    expect(() => vmap((x: Tensor, y: Tensor) => crossEntropy(ops.expandDims(x, 0), ops.expandDims(y, 0)))(logits, normal(key(6), [4, 3]))).toThrow(/is not a probability distribution/);
    expect(grad((x: Tensor) => crossEntropy(x, targets))(logits).toArray()).toEqual(grad((x: Tensor) => ops.softmaxCrossEntropy(x, targets))(logits).toArray());
  });
});

test('meanSquaredError is that of ops, with its options', () => {
  const [outputs, targets] = [tensor([[1], [2], [NaN]]), tensor([[1], [4], [0]])];
  const weights = tensor([[3], [1], [0]]);
  expect(meanSquaredError(outputs, targets, { weights }).item()).toBe(1);
  expect(meanSquaredError(outputs, targets, { weights, reduction: 'none' }).toArray()).toEqual([[0], [4], [0]]);
  expect(() => meanSquaredError(outputs, targets, { weight: weights } as never)).toThrow(/meanSquaredError: unknown option 'weight'/);
  expect(() => meanSquaredError(outputs, tensor([1, 2, 3]))).toThrow(/expected one shape: reshape one of them/);
});

describe('a training that can learn nothing is refused', () => {
  const targets = normal(key(2), [4, 1]);
  const reading = layer({
    type: 'reading',
    init: () => ({ params: { w: { shape: [3, 1], initializer: constant(1) } } }),
    apply: (x, { params }) => ops.matmul(x, tensor(params.w.toArray())),
  });
  const error = (outputs: Tensor, of: Tensor) => ops.mean(ops.square(ops.sub(outputs, of)));

  test.each<[string, Layer, Loss]>([
    ['a loss that reads its number', dense({ units: 1 }), (outputs, of) => tensor(error(outputs, of).item())],
    ['a loss of the outputs as an array', dense({ units: 1 }), (outputs, of) => error(tensor(outputs.toArray()), of)],
    ['a layer that reads its parameters', reading, meanSquaredError],
    ['a loss of comparisons', dense({ units: 1 }), (outputs, of) => ops.mean(ops.cast(ops.less(outputs, of), 'float32'))],
    ['a loss of rounded outputs', dense({ units: 1 }), (outputs, of) => error(ops.round(outputs), of)],
    ['a loss of integers', dense({ units: 1 }), (outputs, of) => error(ops.cast(ops.cast(outputs, 'int32'), 'float32'), of)],
    ['a loss that ignores the outputs', dense({ units: 1 }), (_, of) => ops.mean(of)],
    ['a frozen layer before a loss of numbers', sequential(dense({ units: 3, trainable: false }), reading), meanSquaredError],
  ])('%s', async (_, model, loss) => {
    const reason: unknown = await train(model, targets, loss).catch((thrown: unknown) => thrown);
    expect(reason).toBeInstanceOf(TransformError);
    expect((reason as Error).message).toMatch(/^fit: the loss does not depend on any parameter that learns.*item\(\)/);
  });

  test('not where some parameters are unused', async () => {
    const { before, after } = await train(sequential(dense({ units: 3 }), reading, dense({ units: 1 })), targets, meanSquaredError);
    expect(String(getAt(after, 'reading.w'))).toBe(String(getAt(before, 'reading.w')));
    expect(String(getAt(after, 'dense_1.kernel'))).not.toBe(String(getAt(before, 'dense_1.kernel')));
  });

  test('not where a later batch has nothing to learn from', async () => {
    let calls = 0;
    const { history } = await train(dense({ units: 1 }), targets, (outputs, of) => (calls++ === 0 ? error(outputs, of) : tensor(0)));
    expect(history.size).toBe(1);
  });

  test.each<[string, unknown, RegExp]>([
    ['a number', 2.5, /: the loss is 2\.5; expected a tensor.*A number has no gradient: leave out item\(\)/],
    ['nothing', undefined, /: the loss is undefined; expected a tensor.*Return the result/],
    ['a promise', Promise.resolve(tensor(1)), /: the loss is a Promise; expected a tensor.*must not be asynchronous/],
    ['an array', [1], /: the loss is \[1\]; expected a tensor/],
    ['several numbers', tensor([1, 2]), /: the loss is float32 \[2\]; expected a float scalar/],
    ['an integer', tensor(1, { dtype: 'int32' }), /: the loss is int32 \[\]; expected a float scalar/],
  ])('a loss that returns %s', async (_, result, message) => {
    const loss = (() => result) as unknown as Loss;
    const model = dense({ units: 1 });
    await expect(train(model, targets, loss)).rejects.toThrow(new RegExp(`^fit${message.source}`));
    await expect(evaluate(model, model.init(key(0), [3]), { inputs, targets }, { loss })).rejects.toThrow(new RegExp(`^evaluate${message.source}`));
  });
});
