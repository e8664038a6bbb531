import { beforeEach, describe, expect, test } from 'vitest';
import { grad, setDefaultBackend, tensor, vmap, zeros, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import * as ops from '../src/index.js';
import { expectHidden, type Argument } from './poison.js';

/** The weights of four examples, two of them 0. */
const weightsOf = (dtype: 'float32' | 'int32' | 'bool' = 'float32'): Tensor => ops.cast(tensor([2, 0, 1, 0]), dtype);
const isHidden = (example: number): boolean => example % 2 === 1;

const waves = (count: number, phase: number): number[] => Array.from({ length: count }, (_, index) => Math.sin(index * 1.7 + phase));

/** An argument with four rows, of which the second and fourth are hidden. */
function rows(width: number, phase: number, to: (value: number) => number = (value) => value): Argument {
  return { values: waves(4 * width, phase).map(to), shape: width === 1 ? [4] : [4, width], hidden: (position) => isHidden(Math.floor(position / width)) };
}

const between = (value: number): number => 0.5 + value / 4;
const reductions = ['mean', 'sum', 'none'] as const;
const dtypes = { mean: 'float32', sum: 'bool', none: 'int32' } as const;

type Loss = (inputs: readonly Tensor[], options: ops.LossOptions) => Tensor;

const classes = (): Tensor => tensor([2, 0, 1, 1], { dtype: 'int32' });

/** Losses of examples by name, with their arguments. */
const losses: Readonly<Record<string, readonly [Loss, readonly Argument[]]>> = {
  meanSquaredError: [([x, y], options) => ops.meanSquaredError(x!, y!, options), [rows(1, 0), rows(1, 1)]],
  meanAbsoluteError: [([x, y], options) => ops.meanAbsoluteError(x!, y!, options), [rows(1, 0), rows(1, 1)]],
  huber: [([x, y], options) => ops.huber(x!, y!, { ...options, delta: 0.7 }), [rows(1, 0), rows(1, 1)]],
  binaryCrossEntropyWithLogits: [([x, y], options) => ops.binaryCrossEntropyWithLogits(x!, y!, { ...options, labelSmoothing: 0.1, positiveWeight: 3 }), [rows(1, 0), rows(1, 1, between)]],
  'binaryCrossEntropyWithLogits with a weight per element': [
    ([x, y, w], options) => ops.binaryCrossEntropyWithLogits(x!, y!, { ...options, positiveWeight: w! }), [rows(1, 0), rows(1, 1, between), rows(1, 2, between)],
  ],
  klDivergence: [([x, y], options) => ops.klDivergence(x!, y!, options), [rows(3, 0), rows(3, 1, between)]],
  'softmaxCrossEntropy of classes': [([x], options) => ops.softmaxCrossEntropy(x!, classes(), options), [rows(3, 0)]],
  'softmaxCrossEntropy of classes, smoothed': [([x], options) => ops.softmaxCrossEntropy(x!, classes(), { ...options, labelSmoothing: 0.2 }), [rows(3, 0)]],
  'softmaxCrossEntropy of classes with weights': [
    ([x], options) => ops.softmaxCrossEntropy(x!, classes(), { ...options, classWeights: tensor([1, 2, 0.5]) }), [rows(3, 0)],
  ],
  'softmaxCrossEntropy of probabilities': [([x, y], options) => ops.softmaxCrossEntropy(x!, y!, options), [rows(3, 0), rows(3, 1, between)]],
  'softmaxCrossEntropy of probabilities, smoothed, with weights': [
    ([x, y], options) => ops.softmaxCrossEntropy(x!, y!, { ...options, labelSmoothing: 0.2, classWeights: tensor([1, 2, 0.5]) }), [rows(3, 0), rows(3, 1, between)],
  ],
};

describe.each(backends)('a weight of 0 hides everything on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  describe.each(Object.entries(losses))('in %s', (_, [loss, args]) => {
    test.each(reductions)('with reduction %s', (reduction) => {
      expectHidden((inputs) => loss(inputs, { reduction, weights: weightsOf(dtypes[reduction]) }), args);
    });

    test.each(reductions)('where nothing has a weight, with reduction %s', (reduction) => {
      const all = args.map((argument) => ({ ...argument, hidden: () => true }));
      const fn = (inputs: readonly Tensor[]): Tensor => loss(inputs, { reduction, weights: tensor([0]) });
      expectHidden(fn, all);
      expect([...fn(all.map(({ shape }) => ops.broadcastTo(tensor(NaN), shape))).data()].every((value) => value === 0)).toBe(true);
    });
  });

  test('the gradient with respect to a weight of 0 is the loss', () => {
    const [x, y] = [tensor([1, 2, 3]), tensor([2, 4, -1])];
    const gradient = grad((weights: Tensor) => ops.meanSquaredError(x, y, { weights, reduction: 'sum' }));
    expect(gradient(tensor([0, 0, 1])).toArray()).toEqual([1, 4, 16]);
    const mixed = grad((weights: Tensor) => ops.sum(grad((z: Tensor) => ops.meanSquaredError(z, y, { weights, reduction: 'sum' }))(x)));
    expect(mixed(tensor([0, 0, 0])).toArray()).toEqual([-2, -4, 8]);
    const ofClasses = (weights: Tensor): Tensor => ops.softmaxCrossEntropy(tensor([[0, 0], [0, 0]]), tensor([0, 1], { dtype: 'int32' }), { weights, reduction: 'sum' });
    expect(grad(ofClasses)(tensor([0, 1])).toArray()).toEqual([Math.fround(Math.LN2), Math.fround(Math.LN2)]);
  });

  test('in losses of rows whose class has the weight 0', () => {
    const classWeights = tensor([1, 0, 2]);
    const labels = tensor([0, 1, 2, 1], { dtype: 'int32' });
    for (const reduction of reductions) expectHidden(([x]) => ops.softmaxCrossEntropy(x!, labels, { classWeights, reduction }), [rows(3, 0)]);
    for (const reduction of reductions) expectHidden(([x]) => ops.softmaxCrossEntropy(x!, ops.oneHot(labels, 3), { classWeights, reduction }), [rows(3, 0)]);
  });

  test('in losses of rows without a label', () => {
    const labels = tensor([[1, 0, 0], [0, 0, 0], [0, 0.5, 0.5], [0, 0, 0]]);
    for (const reduction of reductions) expectHidden(([x]) => ops.softmaxCrossEntropy(x!, labels, { reduction }), [rows(3, 0)]);
  });

  test('in a class of weight 0 whose logit is -Infinity', () => {
    const options = { classWeights: tensor([1, 0]), labelSmoothing: 0.5 };
    const loss = (x: Tensor): Tensor => ops.softmaxCrossEntropy(x, tensor([0], { dtype: 'int32' }), options);
    expect(loss(tensor([[0, -Infinity]])).item()).toBe(0);
    expect([...grad(loss)(tensor([[0, -Infinity]])).data()].every((value) => value === 0)).toBe(true);
  });

  test('in positives of weight 0, and in infinite logits that are right', () => {
    const labels = tensor([1, 1, 0, 1]);
    const args = [rows(1, 0)];
    for (const reduction of reductions) expectHidden(([x]) => ops.binaryCrossEntropyWithLogits(x!, labels, { positiveWeight: tensor([1, 0, 3, 0]), reduction }), args);
    const right = (x: Tensor): Tensor => ops.binaryCrossEntropyWithLogits(x, tensor([1, 0]));
    expect(right(tensor([Infinity, -Infinity])).item()).toBe(0);
    expect([...grad(right)(tensor([Infinity, -Infinity])).data()].every((value) => value === 0)).toBe(true);
    expect(ops.binaryCrossEntropyWithLogits(tensor([NaN]), tensor([1])).item()).toBeNaN();
  });

  test('in labels that are not classes', () => {
    const logits = tensor(waves(12, 0), { shape: [4, 3] });
    const loss = (padding: number, options: ops.SoftmaxCrossEntropyOptions = {}): number =>
      ops.softmaxCrossEntropy(logits, tensor([2, padding, 1, padding], { dtype: 'int32' }), { weights: weightsOf(), ...options }).item();
    for (const options of [{}, { labelSmoothing: 0.1 }, { classWeights: tensor([1, 2, 3]) }]) {
      for (const padding of [-1, -100, 3, 2 ** 31 - 1]) expect(loss(padding, options)).toBe(loss(0, options));
    }
    expect(() => ops.softmaxCrossEntropy(logits, tensor([2, -1, 1, 0], { dtype: 'int32' }), { weights: tensor([1, 1, 0, 1]) })).toThrow(/label -1 at position 1/);
    const each = vmap((x: Tensor, label: Tensor, weights: Tensor) => ops.softmaxCrossEntropy(x, label, { weights }));
    expect(each(logits, tensor([2, -1, 1, -100], { dtype: 'int32' }), weightsOf()).toArray())
      .toEqual(each(logits, tensor([2, 0, 1, 0], { dtype: 'int32' }), weightsOf()).toArray());
  });

  test('in targets of klDivergence that have no logarithm', () => {
    const loss = (padding: number) => (x: Tensor): Tensor =>
      ops.klDivergence(x, tensor([[0.5, 0.5], [padding, padding]]), { weights: tensor([1, 0]) });
    const x = tensor([[-1, -2], [-3, NaN]]);
    expect(loss(-100)(x).item()).toBe(loss(1)(x).item());
    expect(grad(loss(-100))(x).toArray()).toEqual([[-0.5, -0.5], [0, 0]]);
  });

  test('in elements of a matrix, by weights that broadcast', () => {
    const argument: Argument = { values: waves(12, 0), shape: [4, 3], hidden: (position) => position % 3 === 1 };
    for (const reduction of reductions) {
      expectHidden(([x]) => ops.meanSquaredError(x!, zeros([4, 3]), { weights: tensor([1, 0, 2]), reduction }), [argument]);
      expectHidden(([x]) => ops.huber(x!, zeros([4, 3]), { weights: tensor([[1, 0, 2]]), reduction }), [argument]);
    }
  });

  test('what counts is not hidden', () => {
    expect(ops.meanSquaredError(tensor([NaN, 1]), tensor([1, 1]), { weights: tensor([1, 0]) }).item()).toBeNaN();
    expect(ops.meanSquaredError(tensor([Infinity, 1]), tensor([1, 1]), { weights: tensor([1e-30, 0]) }).item()).toBe(Infinity);
    expect(ops.softmaxCrossEntropy(tensor([[NaN, 1], [0, 0]]), tensor([1, 1], { dtype: 'int32' }), { weights: tensor([1, 0]) }).item()).toBeNaN();
  });
});

describe.each(backends)('differences beyond the parabola on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('have a finite gradient, however large', () => {
    expect(grad((x: Tensor) => ops.huber(x, tensor([0, 0])))(tensor([3e38, -3e38])).toArray()).toEqual([0.5, -0.5]);
  });
});
