import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, ShapeError, tensor, type Tensor } from '@adjoint/core';
import { slice } from '@adjoint/ops';
import * as nn from '@adjoint/nn';

const labels = (values: readonly number[]) => tensor(values, { dtype: 'int32' });
/** Logits whose highest is the class. */
const logits = (classes: readonly number[], count: number) => tensor(classes.map((own) => Array.from({ length: count }, (_, index) => Number(index === own))));

const actual = [0, 1, 2, 2, 2, 1];
const predicted = [0, 0, 2, 2, 1, 1];
const measured = <Value extends nn.MetricValue>(metric: nn.Metric<Value>) => nn.measure(metric, logits(predicted, 3), labels(actual));

describe('counts of classes', () => {
  test('confusionMatrix has a row a class that is, and a column a class that was read', () => {
    expect(measured(nn.confusionMatrix())).toEqual([[1, 0, 0], [1, 1, 0], [0, 1, 2]]);
    expect(nn.measure(nn.confusionMatrix(), tensor([3, -1, 2]), labels([1, 1, 0]))).toEqual([[0, 1], [1, 1]]);
  });

  // Class by class: precision 1/2, 1/2, 1; recall 1, 1/2, 2/3; F1 2/3, 1/2, 4/5. They occur 1, 2 and 3 times.
  test.each([
    [nn.precision, [1 / 2, 1 / 2, 1], 2 / 3, (0.5 + 1 + 3) / 6],
    [nn.recall, [1, 1 / 2, 2 / 3], (1 + 1 / 2 + 2 / 3) / 3, (1 + 1 + 2) / 6],
    [nn.f1Score, [2 / 3, 1 / 2, 4 / 5], (2 / 3 + 1 / 2 + 4 / 5) / 3, (2 / 3 + 1 + 12 / 5) / 6],
  ] as const)('%o, a class, macro, weighted and micro', (score, classes, macro, weighted) => {
    expect(measured(score({ average: 'none' }))).toEqual(classes.map((value) => expect.closeTo(value, 12) as number));
    expect(measured(score({ average: 'macro' }))).toBeCloseTo(macro, 12);
    expect(measured(score({ average: 'weighted' }))).toBeCloseTo(weighted, 12);
    expect(measured(score({ average: 'micro' }))).toBeCloseTo(4 / 6, 12);
    expect(() => score({ average: 'mean' as never })).toThrow(/average is "mean"; expected one of 'binary', 'macro'/);
    expect(() => measured(score())).toThrow(/there are 3 classes and average is 'binary'; expected 'macro'/);
  });

  test('a class that neither is nor was read is left out of the mean, and scores 0', () => {
    const metric = <A extends nn.Average>(average: A) => nn.measure(nn.f1Score({ average }), logits([0, 1], 3), labels([0, 1]));
    expect([metric('macro'), metric('none')]).toEqual([1, [1, 1, 0]]);
  });

  test('a class that was read and never is counts in the mean, with a score of 0', () => {
    expect(nn.measure(nn.precision({ average: 'macro' }), logits([0, 2], 3), labels([0, 0]))).toBe(0.5);
  });

  test('an output that is the threshold is of class 0', () => {
    expect(nn.measure(nn.confusionMatrix(), tensor([0, 0]), labels([0, 1]))).toEqual([[1, 0], [1, 0]]);
    expect(nn.measure(nn.confusionMatrix({ threshold: 0.5 }), tensor([0.5, 0.75]), labels([1, 1]))).toEqual([[0, 0], [1, 1]]);
  });

  test('of two classes it is that of class 1: 2 right, 1 wrong, 1 missed', () => {
    const scores = tensor([1, 2, 3, -1, -2]);
    const truth = labels([1, 1, 0, 1, 0]);
    expect(nn.measure(nn.precision(), scores, truth)).toBeCloseTo(2 / 3, 12);
    expect(nn.measure(nn.recall(), scores, truth)).toBeCloseTo(2 / 3, 12);
    expect(nn.measure(nn.precision({ threshold: 2.5 }), scores, truth)).toBe(0);
    expect(nn.measure(nn.recall(), tensor([[0, 1], [1, 0]]), labels([1, 1]))).toBe(0.5);
    expect(nn.measure(nn.recall(), scores, tensor([1, 1, 0, 1, 0]))).toBeCloseTo(2 / 3, 12);
  });

  test('accuracy takes sequences of classes', () => {
    const outputs = tensor([[[1, 0], [0, 1]], [[1, 0], [1, 0]]]);
    expect(nn.accuracy(outputs, tensor([[0, 1], [0, 1]], { dtype: 'int32' })).item()).toBe(0.75);
  });

  test.each([[1, 0.25], [2, 0.75], [3, 1]])('topKAccuracy of %i, where equal outputs count for the right class', (k, expected) => {
    const outputs = tensor([[3, 2, 1], [3, 2, 1], [1, 2, 3], [2, 2, 1]]);
    expect(nn.measure(nn.topKAccuracy({ k }), outputs, labels([2, 1, 1, 0]))).toBe(expected);
  });

  test('NaN is never among the highest', () => {
    expect(nn.measure(nn.topKAccuracy({ k: 1 }), tensor([[NaN, 1]]), labels([0]))).toBe(0);
    expect(nn.measure(nn.topKAccuracy({ k: 1 }), tensor([[NaN, 1]]), labels([1]))).toBe(0);
  });
});

/** The definition: over all pairs of an example of class 1 and one of class 0. */
function areaByPairs(scores: readonly number[], truth: readonly number[]): number {
  let [sum, pairs] = [0, 0];
  scores.forEach((positive, a) => truth[a] === 1 && scores.forEach((negative, b) => {
    if (truth[b] !== 0) return;
    pairs++;
    sum += positive > negative ? 1 : positive === negative ? 0.5 : 0;
  }));
  return sum / pairs;
}

describe('rocAuc', () => {
  test('is how likely an example of class 1 has the higher output', () => {
    const examples = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 1 })), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(examples, (drawn) => {
      const [scores, truth] = [drawn.map(([score]) => score), drawn.map(([, label]) => label)];
      const expected = areaByPairs(scores, truth);
      expect(nn.measure(nn.rocAuc(), tensor(scores), labels(truth))).toEqual(Number.isNaN(expected) ? NaN : expect.closeTo(expected, 12));
      expect(nn.measure(nn.rocAuc(), tensor(scores.map((score) => [score / 2, (3 * score) / 2])), labels(truth))).toEqual(nn.measure(nn.rocAuc(), tensor(scores), labels(truth)));
    }), { numRuns: 100 });
  });

  test('of an output that is no number there is none', () => {
    expect(nn.measure(nn.rocAuc(), tensor([1, NaN, 2]), labels([0, 1, 1]))).toBeNaN();
  });
});

describe('regression', () => {
  test('r2Score, root of the mean squared error, and means of functions', () => {
    const [outputs, targets] = [tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7])];
    // Errors 1.5, deviations of 3, -0.5, 2, 7 from 2.875: 29.1875.
    expect(nn.measure(nn.r2Score(), outputs, targets)).toBeCloseTo(1 - 1.5 / 29.1875, 12);
    expect(nn.measure(nn.rootMeanSquaredError(), outputs, targets)).toBeCloseTo(Math.sqrt(1.5 / 4), 6);
    expect(nn.measure(nn.meanOf(nn.meanSquaredError), outputs, targets)).toBeCloseTo(1.5 / 4, 6);
  });

  test('r2Score of several outputs is the mean, and is 1 or 0 where the targets do not vary', () => {
    expect(nn.measure(nn.r2Score(), tensor([[1, 5], [2, 6]]), tensor([[1, 5], [2, 5]]))).toBe(0.5);
    expect(nn.measure(nn.r2Score(), tensor([5, 5]), tensor([5, 5]))).toBe(1);
    expect(nn.measure(nn.r2Score(), tensor([5]), tensor([5]))).toBeNaN();
  });

  test('r2Score loses no digits where the mean is large against the deviation', () => {
    const targets = [1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 4];
    const outputs = targets.map((value) => value + 0.5);
    expect(nn.measure(nn.r2Score(), tensor(outputs, { dtype: 'float64' }), tensor(targets, { dtype: 'float64' }))).toBeCloseTo(1 - 1 / 5, 12);
  });

  test('perplexity of equal logits is the number of classes', () => {
    expect(nn.measure(nn.perplexity(), tensor([[0, 0, 0], [1, 1, 1]], { dtype: 'float64' }), labels([0, 2]))).toBeCloseTo(3, 12);
  });
});

const everyMetric: readonly (readonly [name: string, metric: nn.Metric, kind: 'classes' | 'scores' | 'numbers'])[] = [
  ['confusionMatrix', nn.confusionMatrix(), 'classes'],
  ['precision', nn.precision({ average: 'macro' }), 'classes'],
  ['recall', nn.recall({ average: 'none' }), 'classes'],
  ['f1Score', nn.f1Score({ average: 'weighted' }), 'classes'],
  ['topKAccuracy', nn.topKAccuracy({ k: 2 }), 'classes'],
  ['accuracy', nn.meanOf(nn.accuracy), 'classes'],
  ['perplexity', nn.perplexity(), 'classes'],
  ['binaryAccuracy', nn.binaryAccuracy(), 'scores'],
  ['rocAuc', nn.rocAuc(), 'scores'],
  ['r2Score', nn.r2Score(), 'numbers'],
  ['rootMeanSquaredError', nn.rootMeanSquaredError(), 'numbers'],
];

describe.each(everyMetric)('%s', (_, metric, kind) => {
  const float = fc.integer({ min: -16, max: 16 }).map((sixteenths) => sixteenths / 16);
  const example = fc.record({ outputs: fc.tuple(float, float, float), class: fc.integer({ min: 0, max: 2 }), number: float });
  const tensors = (examples: readonly { outputs: readonly number[]; class: number; number: number }[]): [Tensor, Tensor] => {
    const outputs = tensor(examples.map(({ outputs: [...drawn] }) => drawn), { dtype: 'float64', shape: [examples.length, 3] });
    if (kind === 'classes') return [outputs, labels(examples.map((drawn) => drawn.class))];
    const first = tensor(examples.map((drawn) => drawn.outputs[0]!), { dtype: 'float64' });
    return [first, kind === 'scores' ? labels(examples.map((drawn) => drawn.class % 2)) : tensor(examples.map(({ number }) => number), { dtype: 'float64' })];
  };

  test('over batches of any sizes is that of all examples at once, and changes no state', () => {
    const cuts = fc.tuple(fc.array(example, { minLength: 2, maxLength: 12 }), fc.array(fc.nat(12), { maxLength: 4 }));
    fc.assert(fc.property(cuts, ([examples, at]) => {
      const [outputs, targets] = tensors(examples);
      const bounds = [0, ...at.filter((cut) => cut < examples.length).sort((a, b) => a - b), examples.length];
      let state = metric.initial;
      bounds.slice(1).forEach((end, index) => {
        const before = state.toJSON();
        const next = metric.update(state, slice(outputs, [[bounds[index]!, end]]), slice(targets, [[bounds[index]!, end]]));
        expect(state.toJSON()).toEqual(before);
        state = next;
      });
      const near = (value: unknown): unknown => Array.isArray(value) ? value.map(near) : Number.isNaN(value) ? NaN : expect.closeTo(value as number, 9);
      expect(metric.result(state)).toEqual(near(nn.measure(metric, outputs, targets)));
    }), { numRuns: 40 });
  });

  test('refuses what it does not take', () => {
    expect(() => nn.measure(metric, tensor([[1, 2, 3]]), tensor([[1, 2]]))).toThrow(ShapeError);
  });
});

test.each([
  [() => nn.measure(nn.confusionMatrix(), logits([0], 3), labels([3])), /confusionMatrix: the target at index 0 is 3; expected a class from 0 to 2/],
  [() => nn.measure(nn.rocAuc(), tensor([1]), tensor([0.5])), /rocAuc: the target at index 0 is 0\.5; expected a class from 0 to 1/],
  [() => nn.measure(nn.topKAccuracy({ k: 4 }), logits([0], 3), labels([0])), /topKAccuracy: k is 4 for outputs float32 \[1,3\]/],
  [() => nn.topKAccuracy({ k: 0 }), /topKAccuracy: k is 0/],
  [() => nn.confusionMatrix().update(nn.confusionMatrix().update(nn.confusionMatrix().initial, logits([0], 2), labels([0])), logits([0], 3), labels([0])), /the batch has 3 classes, those before had 2/],
])('a wrong argument is named (%#)', (call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});

test('a metric cannot be changed, so that trainings that share it do not affect each other', () => {
  for (const metric of [nn.meanOf(nn.meanSquaredError), nn.rootMeanSquaredError(), nn.r2Score(), nn.confusionMatrix(), nn.f1Score(), nn.rocAuc()]) expect(Object.isFrozen(metric)).toBe(true);
});
