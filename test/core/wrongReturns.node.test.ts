import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import {
  checkpoint, customVjp, dispose, grad, hessian, hvp, jacobian, jvp, key, ones, scope, tensor, trace, valueAndGrad, vjp, vmap, type Tensor,
} from '@adjoint/core';
import { encodeNpy, ImageDataset } from '@adjoint/data';
import { openRecords, openSafetensors, recordDataset, writeAtomically, writeSafetensors } from '@adjoint/data/node';
import * as nn from '@adjoint/nn';
import { mul, sum } from '@adjoint/ops';
import { complaint, wrongValues } from './wrongValues.js';

/** A function with arguments that it takes; each is replaced by every wrong value in turn. */
type Case = readonly [name: string, fn: (...args: never[]) => unknown, args: readonly unknown[]];

/** For each argument that is a plain object, also each of its members is replaced. */
function replacements(args: readonly unknown[], wrong: unknown): (readonly [place: string, args: unknown[]])[] {
  return args.flatMap((arg, position): (readonly [string, unknown[]])[] => [
    [String(position), args.with(position, wrong)],
    ...(arg === undefined || Object.getPrototypeOf(arg) !== Object.prototype ? [] : Object.keys(arg as object).map((name): readonly [string, unknown[]] =>
      [`${position}.${name}`, args.with(position, { ...(arg as object), [name]: wrong })])),
  ]);
}

async function complaints([name, fn, args]: Case): Promise<string[]> {
  const found = new Set<string>();
  const call = fn as (...args: unknown[]) => unknown;
  for (const [kind, wrong] of Object.entries(wrongValues())) {
    for (const [place, given] of replacements(args, wrong)) {
      const label = `${name}(${place}: ${kind})`;
      try {
        let result = call(...given);
        if (result instanceof Promise) result = await result;
        if (result !== null && typeof result === 'object' && Symbol.iterator in result) result = [...(result as Iterable<unknown>)];
        if (result !== null && typeof result === 'object' && Symbol.asyncIterator in result) for await (const each of result as AsyncIterable<unknown>) expect(each).toBeDefined();
        if (Number.isNaN(result) && !Number.isNaN(wrong)) found.add(`${label}: NaN`);
        if (result !== given) dispose(result, args);
      } catch (error) {
        const problem = complaint(label, error);
        if (problem !== null) found.add(problem);
      }
    }
  }
  return [...found];
}

const x = tensor([1, 2, 3]);
const square = (value: Tensor) => mul(value, value);
const total = (value: Tensor) => sum(square(value));

const transforms: Case[] = [
  ['grad(fn)', grad(total), [x]],
  ['valueAndGrad(fn)', valueAndGrad(total), [x]],
  ['vmap(fn)', vmap(square), [x]],
  ['hessian(fn)', hessian(total), [x]],
  ['jacobian(fn)', jacobian(square), [x]],
  ['hvp', hvp, [total, [x], [x]]],
  ['jvp', jvp, [square, [x], [x]]],
  ['the pullback of vjp', vjp(square, x).pullback, [x]],
  ['checkpoint(fn)', checkpoint(square), [x]],
  ['customVjp(fn)', customVjp(square, ({ cotangent }) => [cotangent]), [x]],
  ['the rule of customVjp', (result) => grad((value: Tensor) => sum(customVjp(square, () => result)(value)))(x), [[x]]],
  ['the result of a function', (result) => (grad(() => result) as (value: Tensor) => unknown)(x), [tensor(1)]],
  ['the result of a function under vmap', (result) => vmap((_: Tensor) => result)(x), [tensor(1)]],
];

const graph = trace(total)(x);
const graphs: Case[] = (['node', 'consumers', 'filter', 'subgraph', 'collapse', 'toTable', 'toDot', 'toMermaid'] as const).map((method): Case =>
  [`graph.${method}`, (arg) => (graph[method] as (arg: unknown) => unknown).call(graph, arg), [undefined]]);

const constant = nn.constantSchedule(1);
const schedules: Case[] = [
  constant, nn.cosineDecay({ initial: 1, steps: 3 }), nn.cosineRestarts({ initial: 1, period: 2 }), nn.cosineRestarts({ initial: 1, period: 2, periodFactor: 2 }),
  nn.exponentialDecay({ initial: 1, factor: 0.5, every: 2 }), nn.inverseTimeDecay({ initial: 1, rate: 0.5, every: 2 }), nn.stepDecay({ initial: 1, factor: 0.5, every: 2 }),
  nn.linearSchedule({ initial: 1, final: 0, steps: 3 }), nn.polynomialDecay({ initial: 1, steps: 3, power: 2 }), nn.oneCycle({ peak: 1, steps: 10 }),
  nn.piecewiseConstant({ values: [1, 2], boundaries: [3] }), nn.joinSchedules({ schedules: [constant, constant], boundaries: [3] }), nn.warmup(constant, { steps: 3 }),
].map((schedule): Case => [`the schedule ${schedule.config.type}`, schedule, [1]]);

const logits = tensor([[3, 1], [0, 2]]);
const classes = tensor([0, 1], { dtype: 'int32' });
const column = tensor([1, 2]);
const metrics: Case[] = Object.entries<readonly [nn.Metric, Tensor, Tensor]>({
  binaryAccuracy: [nn.binaryAccuracy(), column, classes], topKAccuracy: [nn.topKAccuracy({ k: 1 }), logits, classes], confusionMatrix: [nn.confusionMatrix(), logits, classes],
  precision: [nn.precision(), logits, classes], recall: [nn.recall(), logits, classes], f1Score: [nn.f1Score(), logits, classes],
  perplexity: [nn.perplexity(), logits, classes], rocAuc: [nn.rocAuc(), column, classes], r2Score: [nn.r2Score(), column, column],
  rootMeanSquaredError: [nn.rootMeanSquaredError(), column, column], meanOf: [nn.meanOf(nn.meanSquaredError), column, column],
}).flatMap(([name, [metric, outputs, targets]]): Case[] => [
  [`update of ${name}`, metric.update as never, [metric.initial, outputs, targets]],
  [`result of ${name}`, metric.result as never, [metric.update(metric.initial, outputs, targets)]],
]);

const optimizers: Case[] = [
  nn.sgd({ learningRate: 0.1, momentum: 0.9 }), nn.adam(), nn.adamW(), nn.adamax(), nn.nadam(), nn.radam(), nn.lion(), nn.rmsProp(), nn.adagrad(), nn.adadelta(),
  nn.chain(nn.clipByGlobalNorm(1), nn.adam()), nn.clipByNorm(1), nn.clipByValue(1), nn.addDecayedWeights(0.1), nn.accumulateGradients(nn.sgd({ learningRate: 1 }), { steps: 2 }),
  nn.averageWeights(nn.adam()), nn.skipNonFinite(nn.adam()), nn.freeze(nn.adam(), 'a'),
].flatMap((optimizer): Case[] => {
  const params = { a: tensor([1, 2]), b: tensor([3]) };
  return [
    [`init of ${optimizer.type}`, (given) => optimizer.init(given), [params]],
    [`update of ${optimizer.type}`, (...args) => optimizer.update(...(args as unknown as [never, never, never])), [params, optimizer.init(params), params]],
  ];
});

const image = [4, 4, 2];
const sequence = [4, 2];
const layers: Case[] = Object.entries<readonly [nn.Layer, readonly number[]]>({
  dense: [nn.dense({ units: 2 }), [3]], conv2d: [nn.conv2d({ filters: 2, kernelSize: 3 }), image], maxPool2d: [nn.maxPool2d({ poolSize: 2 }), image],
  batchNorm: [nn.batchNorm(), [3]], layerNorm: [nn.layerNorm(), [3]], dropout: [nn.dropout({ rate: 0.5 }), [3]], lstm: [nn.lstm({ units: 2 }), sequence],
  multiHeadAttention: [nn.multiHeadAttention({ heads: 1 }), sequence], embedding: [nn.embedding({ vocabularySize: 5, units: 2 }), [3]],
  sequential: [nn.sequential(nn.dense({ units: 2 }), nn.relu()), [3]], residual: [nn.residual(nn.dense({ units: 3 })), [3]], flatten: [nn.flatten(), image],
  bidirectional: [nn.bidirectional(nn.gru({ units: 2 })), sequence], transformerEncoderBlock: [nn.transformerEncoderBlock({ heads: 1, hiddenUnits: 2 }), sequence],
}).flatMap(([name, [layer, shape]]): Case[] => {
  const input = name === 'embedding' ? tensor([[0, 1, 2]], { dtype: 'int32' }) : ones([1, ...shape]);
  const variables = layer.init(key(0), shape);
  return [
    [`init of ${name}`, (...args) => layer.init(...(args as unknown as [never, never, never])), [key(0), shape, { dtype: 'float32' }]],
    [`apply of ${name}`, (...args) => layer.apply(...(args as unknown as [never, never, never])),
      [{ params: variables.params, state: variables.state }, input, { training: true, key: key(1), mask: undefined, memory: undefined, memoryMask: undefined }]],
    [`isTrainable of ${name}`, (path) => layer.isTrainable(path), ['kernel']],
  ];
});

const initializers: Case[] = [
  nn.heNormal, nn.glorotUniform, nn.orthogonal, nn.zeros, nn.constant(2), nn.randomNormal({ standardDeviation: 1 }), nn.truncatedNormal({ standardDeviation: 1 }),
  nn.randomUniform({ low: 0, high: 1 }), nn.identityMatrix(), nn.varianceScaling({ scale: 1 }),
].map((initializer): Case => [`the initializer ${initializer.name}`, initializer as never, [key(0), [2, 2], 'float32']]);

const model = nn.dense({ units: 2 });
const optimizer = nn.sgd({ learningRate: 0.1 });
const state = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [2] });
const training: Case[] = [
  ['a training step', nn.makeTrainingStep({ model, optimizer, loss: nn.meanSquaredError }), [state, { inputs: logits, targets: logits }]],
  ['a training step of losses', (loss) => nn.makeTrainingStep({ model, optimizer, loss: () => loss })(state, { inputs: logits, targets: logits }), [undefined]],
];

const images = new ImageDataset({ images: new Uint8Array(4 * 4), labels: new Uint8Array(4), height: 2, width: 2, classes: 2 });
const augmentation = { shift: 1, rotate: 1, zoom: 0.1, flip: 0.5, noise: 0.1, cutout: 1 };
const datasets: Case[] = [
  ['new ImageDataset', (fields) => new ImageDataset(fields), [{ images: images.images, labels: images.labels, height: 2, width: 2, classes: 2 }]],
  ['image of a dataset', (index) => images.image(index), [0]],
  ['take of a dataset', (count) => images.take(count), [1]],
  ['slice of a dataset', (start, end) => images.slice(start, end), [0, 1]],
  ['split of a dataset', (count) => images.split(count), [1]],
  ['shuffle of a dataset', (by) => images.shuffle(by), [key(0)]],
  ['batches of a dataset', (options) => images.batches(options), [{ batchSize: 3, key: key(0), augmentation, dropRemainder: true }]],
  ['the augmentation of batches', (given) => images.batches({ batchSize: 3, key: key(0), augmentation: given }), [augmentation]],
  ['skip of batches', (count) => images.batches({ batchSize: 2 }).skip(count), [1]],
];

const folder = await mkdtemp(join(tmpdir(), 'adjoint-wrong-'));
await writeAtomically(join(folder, 'x.npy'), [encodeNpy(logits)]);
await writeSafetensors(join(folder, 'x.safetensors'), { kernel: logits });
const records = await openRecords(join(folder, 'x.npy'));
const file = await openSafetensors(join(folder, 'x.safetensors'));
const recorded = recordDataset({ inputs: records, targets: records });
const files: Case[] = [
  ['read of records', (rows) => records.read(rows), [[0]]],
  ['read of a safetensors file', (name) => file.read(name), ['kernel']],
  ['batches of records', (options) => recorded.batches(options), [{ batchSize: 2, key: key(0) }]],
  ['skip of batches of records', (count) => recorded.batches({ batchSize: 1 }).skip(count), [1]],
];
afterAll(async () => {
  await records.close();
  await file.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each<[string, Case[]]>(Object.entries({ transforms, graphs, schedules, metrics, optimizers, layers, initializers, training, datasets, files }))('wrong arguments of %s', (_, cases) => {
  test.each(cases)('%s', async (...given) => {
    vi.spyOn(console, 'warn').mockReturnValue();
    expect(await complaints(given)).toEqual([]);
    scope(() => null);
  });
});

