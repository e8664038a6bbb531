import { describe, expect, test } from 'vitest';
import { ArgumentError, flattenTree, key, normal, tensor, type Tensor } from '@adjoint/core';
import { cast, greater, huber, mean, meanAbsoluteError, sum } from '@adjoint/ops';
import { List } from 'immutable';
import * as nn from '@adjoint/nn';

const model = nn.dense({ units: 2 });
const optimizer = nn.sgd({ learningRate: 0.1 });
const inputs = normal(key(9), [12, 3]);
const data: nn.Batch = { inputs, targets: cast(greater(sum(inputs, { axes: 1 }), 0), 'int32') };
const stateOf = () => nn.createTrainingState({ model, optimizer, key: key(1), inputShape: [3] });
const train = (options: Partial<nn.FitOptions>) => nn.fit({ model, optimizer, state: stateOf(), data, epochs: 4, ...options });
const weights = (state: nn.TrainingState) => flattenTree(state.params).map(([, leaf]) => [...leaf.data()]);

/** A metric whose result in the epochs, of one batch each, is what the list says: measured in training, and again in validation. */
function scripted(numbers: readonly number[], direction: nn.Direction | null): nn.Metric<number> {
  let calls = 0;
  return { direction, initial: List([NaN]), update: () => List([numbers[calls++]!]), result: (state) => state.get(0)! };
}

const custom = (outputs: Tensor): Tensor => mean(outputs);

describe('directions', () => {
  test.each<[string, nn.Metric, nn.Direction | null]>([
    ['binaryAccuracy', nn.binaryAccuracy(), 'max'],
    ['topKAccuracy', nn.topKAccuracy(), 'max'],
    ['precision', nn.precision(), 'max'],
    ['recall', nn.recall({ average: 'macro' }), 'max'],
    ['f1Score', nn.f1Score(), 'max'],
    ['rocAuc', nn.rocAuc(), 'max'],
    ['r2Score', nn.r2Score(), 'max'],
    ['rootMeanSquaredError', nn.rootMeanSquaredError(), 'min'],
    ['perplexity', nn.perplexity({ loss: custom }), 'min'],
    ['confusionMatrix', nn.confusionMatrix(), null],
    ['the mean of accuracy', nn.meanOf(nn.accuracy), 'max'],
    ['the mean of a loss of nn', nn.meanOf(nn.crossEntropy), 'min'],
    ['the mean of a loss of ops', nn.meanOf(huber), 'min'],
    ['the mean of another function', nn.meanOf(custom), null],
    ['the mean of another function, with a direction', nn.meanOf(custom, { direction: 'max' }), 'max'],
  ])('%s', (_, metric, direction) => {
    expect(metric.direction).toBe(direction);
  });

  test('are min, max or null', async () => {
    expect(() => nn.meanOf(custom, { direction: 'up' as 'max' })).toThrow(`meanOf: direction is "up"; expected one of 'min', 'max'`);
    const wrong = { ...nn.f1Score(), direction: 'higher' as 'max' };
    await expect(train({ metrics: { f1: wrong } })).rejects.toThrow(`metrics: f1.direction is "higher"; expected one of 'min', 'max'`);
  });

  test('of all that can be monitored are in the reports', async () => {
    let monitors: unknown;
    const metrics = {
      f1: nn.f1Score(), perClass: nn.recall({ average: 'none' }), confusion: nn.confusionMatrix(), accuracyOf: nn.accuracy, own: custom, trainedOn: nn.crossEntropy,
    };
    await train({ epochs: 1, metrics, onStart: (report) => { monitors = report.monitors.toObject(); } });
    const measures = { 'metrics.f1': 'max', 'metrics.accuracyOf': 'max', 'metrics.own': null, 'metrics.trainedOn': 'min' };
    const others = { epoch: null, loss: 'min', accuracy: 'max', learningRate: null, seconds: null, samplesPerSecond: null };
    expect(monitors).toEqual({ ...others, ...measures });
    const ownLoss: nn.Loss = (outputs, targets) => nn.crossEntropy(outputs, targets);
    await train({ epochs: 1, loss: ownLoss, metrics: { own: ownLoss }, validation: data, onEpoch: (_, report) => { monitors = report.monitors.toObject(); } });
    expect(monitors).toEqual({ ...others, 'metrics.own': 'min', validationLoss: 'min', validationAccuracy: 'max', 'validationMetrics.own': 'min' });
  });
});

describe('callbacks follow the direction of the metric', () => {
  test('earlyStopping goes on while a metric rises, and restores its highest', async () => {
    const after: number[][][] = [];
    const onEpoch = (_: unknown, { state }: nn.EpochReport) => { after.push(weights(state)); };
    const early = nn.earlyStopping({ monitor: 'metrics.score', patience: 1 });
    const rising = await train({ metrics: { score: scripted([1, 2, 3, 2.5], 'max') }, callbacks: [{ onEpoch }, early] });
    expect([rising.history.size, rising.stopped]).toEqual([4, 'metrics.score has not become better for 1 epoch']);
    expect(weights(rising.state)).toEqual(after[2]);
    expect((await train({ metrics: { score: scripted([1, 2, 3, 2.5], 'min') }, callbacks: [early] })).history.size).toBe(2);
    // What the caller says goes first.
    const contrary = nn.earlyStopping({ monitor: 'metrics.score', patience: 1, mode: 'min' });
    expect((await train({ metrics: { score: scripted([1, 2, 3, 2.5], 'max') }, callbacks: [contrary] })).history.size).toBe(2);
  });

  test('of validation metrics too', async () => {
    // Training and validation take turns.
    const score = scripted([0, 1, 0, 2, 0, 3, 0, 4], 'max');
    const early = nn.earlyStopping({ monitor: 'validationMetrics.score', patience: 1 });
    expect((await train({ metrics: { score }, validation: data, callbacks: [early] })).history.size).toBe(4);
  });

  test.each<[nn.Direction, number[]]>([['max', [0.1, 0.1, 0.1, 0.1]], ['min', [0.1, 0.1, 0.05, 0.025]]])('reduceLearningRate, %s', async (direction, rates) => {
    const callbacks = [nn.reduceLearningRate({ monitor: 'metrics.score', factor: 0.5, patience: 0 })];
    const { history } = await train({ metrics: { score: scripted([1, 2, 3, 4], direction) }, callbacks });
    expect(history.map(({ learningRate }) => learningRate).toArray()).toEqual(rates);
  });

  test('a metric with a dot in its name', async () => {
    const early = nn.earlyStopping({ monitor: 'metrics.at 0.5', patience: 1 });
    expect((await train({ metrics: { 'at 0.5': scripted([1, 2, 3, 4], 'max') }, callbacks: [early] })).history.size).toBe(4);
  });
});

describe('before the first step', () => {
  const makers: [string, (options: { monitor?: nn.Monitor; mode?: nn.Direction }) => nn.Callback][] = [['earlyStopping', nn.earlyStopping], ['reduceLearningRate', nn.reduceLearningRate]];

  /** What ends the training; no step may be done. */
  const refusal = async (callback: nn.Callback, options: Partial<nn.FitOptions> = {}): Promise<string> => {
    let steps = 0;
    const error: unknown = await train({ callbacks: [callback], onBatch: () => { steps++; }, ...options }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(steps).toBe(0);
    return (error as Error).message;
  };

  test.each(makers)('%s refuses a metric without a direction, and takes it with a mode', async (name, make) => {
    const metrics = { own: custom, bare: { initial: List([0]), update: () => List([0]), result: () => 0 } as unknown as nn.Metric };
    for (const monitor of ['metrics.own', 'metrics.bare', 'seconds', 'learningRate']) {
      expect(await refusal(make({ monitor }), { metrics })).toMatch(
        `${name}: monitor '${monitor}' has no known direction; expected mode: 'min' if lower numbers are better, or mode: 'max' if higher ones are`,
      );
      expect((await train({ metrics, epochs: 1, callbacks: [make({ monitor, mode: 'max' })] })).history.size).toBe(1);
    }
  });

  test.each(makers)('%s refuses a function without a mode as it is made', (name, make) => {
    const make1 = () => make({ monitor: (record) => record.loss });
    expect(make1).toThrow(ArgumentError);
    expect(make1).toThrow(`${name}: monitor is a function and there is no mode; expected mode: 'min' if lower numbers are better, or mode: 'max' if higher ones are`);
    expect(() => make({ monitor: 3 as unknown as string })).toThrow(`${name}: monitor is 3; expected the name of a number`);
  });

  test.each(makers)('%s refuses names that no epoch will have, and lists those there are', async (name, make) => {
    const metrics = { f1: nn.f1Score(), confusion: nn.confusionMatrix() };
    for (const monitor of ['val_loss', 'f1', 'metrics.f2', 'validationMetrics.f1', 'metrics', 'metrics.confusion', 'validationLoss']) {
      expect(await refusal(make({ monitor, mode: 'min' }), { metrics })).toBe(
        `${name}: monitor '${monitor}' is no number in epoch 1; expected one of epoch, loss, accuracy, metrics.f1, learningRate, seconds, samplesPerSecond. ` +
          'What begins with validation needs validation data',
      );
    }
    expect(await refusal(make({}), { metrics })).toContain("monitor 'validationLoss' is no number");
    expect(await refusal(make({ monitor: 'f1' }), { metrics, validation: data })).toContain('metrics.f1, validationLoss, validationAccuracy, validationMetrics.f1, learningRate');
  });

  test('an accuracy that there is not is refused after the first batch', async () => {
    const line = nn.dense({ units: 1 });
    let steps = 0;
    await expect(nn.fit({
      model: line, optimizer, loss: nn.meanSquaredError, epochs: 1, batchSize: 1, metrics: { mae: meanAbsoluteError },
      state: nn.createTrainingState({ model: line, optimizer, key: key(1), inputShape: [1] }), data: { inputs: tensor([[1], [2], [3]]), targets: tensor([[1], [2], [3]]) },
      callbacks: [{ onBatch: () => { steps++; } }, nn.earlyStopping({ monitor: 'accuracy' })],
    })).rejects.toThrow("earlyStopping: monitor 'accuracy' is no number in epoch 1; expected one of loss, metrics.mae.");
    expect(steps).toBe(1);
  });
});
