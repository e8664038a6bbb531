import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { flattenTree, jvp, mapTree, scope, setDefaultBackend, tensor, vjp, vmap, zeros, type Tensor } from '@adjoint/core';
import { wasm } from '@adjoint/wasm';
import { mul, stack } from '@adjoint/ops';
import { gradientCases } from '../gradients/cases.js';

beforeAll(() => setDefaultBackend(wasm));

/** The values of all tensors of a tree. */
const valuesOf = (tree: unknown): number[][] => flattenTree(tree).map(([, leaf]) => [...leaf.data()]);

/** Expects numbers to be as good as equal: what rounds otherwise, because it is added in another order, is let pass. */
function expectNear(actual: readonly number[][], expected: readonly number[][], tolerance = 1e-8): void {
  expect(actual.map((list) => list.length)).toEqual(expected.map((list) => list.length));
  for (const [index, list] of expected.entries()) {
    for (const [place, value] of list.entries()) {
      const found = actual[index]![place]!;
      const same = Object.is(found, value) || found === value || (Number.isNaN(found) && Number.isNaN(value));
      if (!same && !(Math.abs(found - value) <= tolerance * (1 + Math.abs(value)))) expect(found, `tensor ${index}, element ${place}`).toBe(value);
    }
  }
}

/** Three examples that are near to the drawn one, so that they stay where the function is smooth. */
const variants = (x: Tensor): Tensor[] => [1, 1 + 1e-3, 1 - 1e-3].map((factor) => mul(x, factor));

describe('each operation', () => {
  test.each(Object.entries(gradientCases))('%s for all examples at once is that for each of them', (_, arbitrary) => {
    fc.assert(fc.property(arbitrary, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), ({ inputs, fn }, choice) => scope(() => {
      const given = inputs.map((input) => input.make());
      const varies = given.map((__, index) => choice[index % 4]!);
      if (!varies.includes(true)) varies[0] = true;
      const examples = given.map(variants);
      const args = examples.map((list, index) => (varies[index] ? stack(list) : list[0]!));
      const together = vmap(fn, { inAxes: varies.map((each) => (each ? 0 : null)) })(...args);
      const each = [0, 1, 2].map((index) => fn(...examples.map((list, position) => list[varies[position] ? index : 0]!)));
      expectNear(valuesOf(together), valuesOf(stackTrees(each)));

      // The same of its gradient, so that the rules' own operations are seen in every combination.
      const pullback = (...tensors: Tensor[]) => {
        const { value, pullback: pull } = vjp(fn, ...tensors);
        return pull(mapTree(value, (leaf) => mul(0.5, leaf)));
      };
      const gradients = vmap(pullback, { inAxes: varies.map((one) => (one ? 0 : null)) })(...args);
      const one = [0, 1, 2].map((index) => pullback(...examples.map((list, position) => list[varies[position] ? index : 0]!)));
      expectNear(valuesOf(gradients), valuesOf(stackTrees(one)));
    })), { numRuns: 12 });
  });

  test.each(Object.entries(gradientCases))('%s for no examples gives none, of the right shapes', (_, arbitrary) => {
    fc.assert(fc.property(arbitrary, ({ inputs, fn }) => scope(() => {
      const given = inputs.map((input) => input.make());
      const none = given.map(({ shape, dtype }) => zeros([0, ...shape], { dtype }));
      const shapesOf = (tree: unknown) => flattenTree(tree).map(([, { shape, dtype }]) => [...shape, dtype]);
      const { value, pullback } = vjp(fn, ...given);
      expect(shapesOf(vmap(fn)(...none))).toEqual(shapesOf(value).map((type) => [0, ...type]));
      const gradients = vmap((...tensors: Tensor[]) => {
        const of = vjp(fn, ...tensors);
        return of.pullback(of.value);
      })(...none);
      expect(shapesOf(gradients)).toEqual(shapesOf(pullback(value)).map((type) => [0, ...type]));
    })), { numRuns: 3 });
  });

  test.each(Object.entries(gradientCases))('%s has a jvp that is the transpose of its vjp', (_, arbitrary) => {
    fc.assert(fc.property(arbitrary, ({ inputs, fn }) => scope(() => {
      const given = inputs.map((input) => input.make());
      const tangents = given.map((x, index) => wave(x, index));
      const { value, tangent } = jvp(fn, given, tangents);
      const cotangent = mapTree(value, (leaf) => wave(leaf, 7));
      const gradients = vjp(fn, ...given).pullback(cotangent);
      const [forward, back] = [inner(tangent, cotangent), inner(gradients, tangents)];
      expectNear([[forward]], [[back]], given.some(({ dtype }) => dtype === 'float32') ? 1e-4 : 1e-8);
    })), { numRuns: 8 });
  });
});

/** Numbers that look like chance. */
const wave = (x: Tensor, phase: number): Tensor => 
  tensor(Array.from({ length: x.size }, (_, index) => Math.sin(1 + phase + 2.3 * index)), { shape: x.shape, dtype: x.dtype });

function inner(left: unknown, right: unknown): number {
  const others = valuesOf(right);
  return valuesOf(left).reduce((total, list, index) => total + list.reduce((part, value, place) => part + value * others[index]![place]!, 0), 0);
}

function stackTrees(trees: readonly unknown[]): unknown {
  const lists = trees.map((tree) => flattenTree(tree).map(([, leaf]) => leaf));
  return lists[0]!.map((__, index) => stack(lists.map((list) => list[index]!)));
}
