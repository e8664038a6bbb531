import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, checkGradients, key, normal, ones, scope, ShapeError, zeros, type Tensor } from '@adjoint/core';
import { tensors } from '@adjoint/core/testing';
import * as nn from '@adjoint/nn';
import { index, mul, sum } from '@adjoint/ops';
import { describeLayers } from './properties.js';

const float64 = { dtype: 'float64' } as const;
const length = fc.integer({ min: 1, max: 4 });
const sequences = fc.tuple(fc.integer({ min: 0, max: 2 }), length, length);

describeLayers({
  sinusoidalPositions: { layer: fc.constantFrom({}, { maxWavelength: 50 }).map(nn.sinusoidalPositions), inputs: sequences },
  learnedPositions: { layer: fc.integer({ min: 4, max: 6 }).map((maxSteps) => nn.learnedPositions({ maxSteps })), inputs: sequences },
});

test('sinusoidalPositions adds the waves of the paper, to any number of steps and features', () => {
  const layer = nn.sinusoidalPositions();
  const variables = layer.init(key(0), [1, 5]);
  const output = layer.apply(variables, ones([2, 7, 5], float64)).output;
  for (const [step, feature] of [[0, 0], [0, 1], [3, 0], [6, 1], [5, 2], [6, 3], [4, 4]] as const) {
    const angle = step / 10000 ** ((2 * Math.floor(feature / 2)) / 5);
    for (const example of [0, 1]) {
      expect(index(output, example, step, feature).item()).toBeCloseTo(1 + (feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle)), 14);
    }
  }
});

test('learnedPositions adds the first rows of its table', () => {
  const layer = nn.learnedPositions({ maxSteps: 5 });
  const { params, state } = layer.init(key(0), [2, 3]);
  const table = nn.getAt(params, 'embeddings').toArray() as number[][];
  expect(table.length).toBe(5);
  expect(layer.apply({ params, state }, zeros([2, 4, 3])).output.toArray()).toEqual([table.slice(0, 4), table.slice(0, 4)]);
});

test('positions refuse what does not fit, by place', () => {
  const model = nn.sequential(nn.learnedPositions({ maxSteps: 3, name: 'where' }));
  const variables = model.init(key(0), [2, 4]);
  expect(() => model.init(key(0), [4, 4])).toThrow(/^sequential\/where: the input is \[n, 4, 4\]; expected at most 3 steps/);
  expect(() => model.apply(variables, ones([1, 4, 4]))).toThrow(ShapeError);
  expect(() => model.apply(variables, ones([1, 4, 4]))).toThrow(/^sequential\/where: the input is \[n, 4, 4\]; expected at most 3 steps/);
  expect(() => model.init(key(0), [4])).toThrow(/^sequential\/where: the input is \[n, 4\]; expected \[n, steps, features\]/);
  expect(() => nn.sinusoidalPositions().init(key(0), [4])).toThrow(/^sinusoidalPositions: the input is \[n, 4\]/);
  expect(() => nn.learnedPositions({ maxSteps: 0 })).toThrow(/learnedPositions: maxSteps is 0/);
  expect(() => nn.sinusoidalPositions({ maxWavelength: 0 })).toThrow(/sinusoidalPositions: maxWavelength is 0/);
});

describe('rotatePositions', () => {
  test('has the gradient of central differences', () => {
    fc.assert(fc.property(fc.tuple(fc.integer({ min: 0, max: 2 }), length).chain(([steps, half]) => tensors([2, steps, 2 * half])), (sample) => {
      scope(() => {
        const report = checkGradients((x: Tensor) => nn.rotatePositions(x), [sample.make()], { order: 2 });
        expect(report.ok, report.toString()).toBe(true);
      });
    }), { numRuns: 20 });
  });

  test('turns the pairs of the halves by the angle of the step', () => {
    const turned = nn.rotatePositions(ones([3, 4], float64), { base: 100 });
    for (const step of [0, 1, 2]) {
      for (const pair of [0, 1]) {
        const angle = step * 100 ** (-pair / 2);
        expect(index(turned, step, pair).item()).toBeCloseTo(Math.cos(angle) - Math.sin(angle), 14);
        expect(index(turned, step, pair + 2).item()).toBeCloseTo(Math.cos(angle) + Math.sin(angle), 14);
      }
    }
  });

  test('the product of a query and a key depends on their distance alone', () => {
    const at = (step: number, seed: number) => index(nn.rotatePositions(mul(ones([9, 1], float64), normal(key(seed), [1, 6], float64))), step);
    const score = (query: number, keyStep: number) => sum(mul(at(query, 1), at(keyStep, 2))).item();
    expect(score(5, 3)).toBeCloseTo(score(8, 6), 12);
    expect(score(5, 3)).toBeCloseTo(score(2, 0), 12);
    expect(score(5, 3)).not.toBeCloseTo(score(5, 2), 3);
  });

  test('refuses odd features, vectors and a base below 1', () => {
    expect(() => nn.rotatePositions(ones([2, 3]))).toThrow(ShapeError);
    expect(() => nn.rotatePositions(ones([2, 3]))).toThrow(/rotatePositions: the input is float32 \[2,3\].*even/);
    expect(() => nn.rotatePositions(ones([4]))).toThrow(ShapeError);
    expect(() => nn.rotatePositions(ones([2, 4]), { base: 0 })).toThrow(ArgumentError);
  });
});
