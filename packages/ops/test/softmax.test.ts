import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ArgumentError, AxisError, DTypeError, grad, setDefaultBackend, ShapeError, tensor, zeros, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import { add, exp, logSoftmax, oneHot, softmax, softmaxCrossEntropy, sum, type Reduction } from '../src/index.js';
import { expectClose } from './expectClose.js';

const indices = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'int32' });

describe.each(backends)('softmax on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('probabilities are positive, sum to one, and a shift of the logits does not change them', () => {
    const cases = shapes({ minRank: 1, minLength: 1 }).chain((shape) => fc.tuple(tensors(shape), fc.integer({ min: -shape.length, max: shape.length - 1 }), fc.integer({ min: -500, max: 500 })));
    fc.assert(
      fc.property(cases, ([x, axis, shift]) => {
        const probabilities = softmax(x.make(), { axis });
        expect([...probabilities.data()].every((value) => value > 0)).toBe(true);
        for (const total of sum(probabilities, { axes: axis }).data()) expect(total).toBeCloseTo(1, 12);
        expectClose(softmax(add(x.make(), shift), { axis }), [...probabilities.data()]);
        expectClose(exp(logSoftmax(x.make(), { axis })), [...probabilities.data()]);
      }),
    );
  });

  test('large logits and -Infinity', () => {
    expect(softmax(tensor([10_000, 0, -10_000])).toArray()).toEqual([1, 0, 0]);
    expect(logSoftmax(tensor([10_000, 0])).toArray()).toEqual([0, -10_000]);
    expect(softmax(tensor([-Infinity, 0, 0])).toArray()).toEqual([0, 0.5, 0.5]);
    expect((logSoftmax(tensor([-Infinity, 0])).toArray() as number[]).map((value) => value + 0)).toEqual([-Infinity, 0]);
    expect(softmax(tensor([1, 1], { dtype: 'int32' })).toArray()).toEqual([0.5, 0.5]);
    expect(softmax(zeros([2, 0])).shape).toEqual([2, 0]);
  });

  test('what softmax does not take', () => {
    for (const [name, operation] of Object.entries({ softmax, logSoftmax })) {
      expect(() => operation(tensor(1))).toThrow(ShapeError);
      expect(() => operation(tensor(1))).toThrow(`${name}: the input is a scalar; expected at least one axis`);
      expect(() => operation(zeros([2]), { axis: 1 })).toThrow(AxisError);
    }
  });
});

describe.each(backends)('softmaxCrossEntropy on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const logits = () => tensor([[1, 2, 3], [0, 0, 0]], { dtype: 'float64' });
  const logSum = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
  const losses = [logSum - 3, Math.log(3)];

  test('by its definition, for classes and for probabilities', () => {
    expectClose(softmaxCrossEntropy(logits(), indices([2, 0]), { reduction: 'none' }), losses);
    expectClose(softmaxCrossEntropy(logits(), indices([2, 0]), { reduction: 'sum' }), [losses[0]! + losses[1]!]);
    expectClose(softmaxCrossEntropy(logits(), indices([2, 0])), [(losses[0]! + losses[1]!) / 2]);
    expectClose(softmaxCrossEntropy(logits(), oneHot(indices([2, 0]), 3, { dtype: 'float64' }), { reduction: 'none' }), losses);
    const mixed = tensor([[0.5, 0.5, 0], [0.2, 0.3, 0.5]], { dtype: 'float64' });
    expectClose(softmaxCrossEntropy(logits(), mixed, { reduction: 'none' }), [logSum - 1.5, Math.log(3)]);
    expectClose(softmaxCrossEntropy(tensor([1, 2, 3], { dtype: 'float64' }), indices(1)), [logSum - 2]);
    expect(softmaxCrossEntropy(zeros([2, 3, 4]), indices([[0, 1, 2], [3, 0, 1]]), { reduction: 'none' }).shape).toEqual([2, 3]);
  });

  test('the gradient is the probabilities minus the labels, over the count', () => {
    const gradient = grad((x: Tensor) => softmaxCrossEntropy(x, indices([2, 0])))(logits());
    const probabilities = [1, 2, 3].map((value) => Math.exp(value - logSum));
    expectClose(gradient, [probabilities[0]! / 2, probabilities[1]! / 2, (probabilities[2]! - 1) / 2, -1 / 3, 1 / 6, 1 / 6]);
  });

  test('logits of ten thousand, for classes and for probabilities', () => {
    const x = tensor([[1e4, 0, -1e4], [1e4, 0, -1e4]]);
    const labels = indices([0, 2]);
    for (const target of [labels, oneHot(labels, 3)]) {
      expect(softmaxCrossEntropy(x, target, { reduction: 'none' }).toArray()).toEqual([0, 20_000]);
      const gradient = grad((y: Tensor) => softmaxCrossEntropy(y, target, { reduction: 'sum' }))(x);
      expect([...gradient.data()].map((value) => value + 0)).toEqual([0, 0, 0, 1, 0, -1]);
    }
  });

  test('a class that cannot be, with a logit of -Infinity, counts nothing', () => {
    const x = tensor([[-Infinity, 0, 0]]);
    for (const target of [indices([1]), oneHot(indices([1]), 3)]) {
      expect(softmaxCrossEntropy(x, target).item()).toBeCloseTo(Math.LN2, 6);
      const gradient = grad((y: Tensor) => softmaxCrossEntropy(y, target))(x);
      expect([...gradient.data()].map((value) => value + 0)).toEqual([0, -0.5, 0.5]);
      expect(softmaxCrossEntropy(tensor([[0, -Infinity]]), oneHot(indices([1]), 2)).item()).toBe(Infinity);
    }
    expect(softmaxCrossEntropy(x, indices([0])).item()).toBe(Infinity);
  });

  test.each<[string, () => unknown, new () => Error, string]>([
    ['a label', () => softmaxCrossEntropy(zeros([2, 3]), indices([0, 3])), ArgumentError, 'softmaxCrossEntropy: label 3 at position 1; expected 0 to 2'],
    ['a negative label', () => softmaxCrossEntropy(zeros([1, 3]), indices([-1])), ArgumentError, 'label -1 at position 0'],
    ['labels', () => softmaxCrossEntropy(zeros([2, 3]), indices([0])), ShapeError, 'softmaxCrossEntropy: logits is float32 [2,3], labels int32 [1]; expected int32 labels'],
    ['probabilities', () => softmaxCrossEntropy(zeros([2, 3]), zeros([2])), ShapeError, 'labels float32 [2]'],
    ['bool labels', () => softmaxCrossEntropy(zeros([2, 3]), tensor([true, false])), DTypeError, 'softmaxCrossEntropy: labels is bool [2]; expected int32'],
    ['int32 logits', () => softmaxCrossEntropy(indices([[1]]), indices([0])), DTypeError, 'softmaxCrossEntropy: logits is int32 [1,1]; expected float32 or float64'],
    ['a scalar', () => softmaxCrossEntropy(zeros([]), indices(0)), ShapeError, 'softmaxCrossEntropy: logits is a scalar'],
    ['a reduction', () => softmaxCrossEntropy(zeros([1, 2]), indices([0]), { reduction: 'median' as Reduction }), ArgumentError, 'softmaxCrossEntropy: reduction is "median"; expected \'mean\', \'sum\' or \'none\''],
  ])('%s that does not fit is refused', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
