import { beforeEach, describe, expect, test } from 'vitest';
import { checkGradients, grad, key, normal, setDefaultBackend, tensor, vjp, vmap, zeros, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import * as ops from '../src/index.js';
import { expectHidden, poisons, type Argument } from './poison.js';

const attend = ops.scaledDotProductAttention;
const [queries, keys, features] = [4, 3, 2];

/** Who may attend to whom: the second query to nothing, and nobody to the last key. */
const allowed = [[true, false, false], [false, false, false], [true, true, false], [false, true, false]];
const allowedBefore = allowed.map((row, query) => row.map((may, other) => may && other <= query));

const asNumbers = (rows: readonly (readonly boolean[])[]): number[][] => rows.map((row) => row.map((may, index) => (may ? index / 4 : -Infinity)));

const waves = (count: number, phase: number): number[] => Array.from({ length: count }, (_, index) => Math.sin(index * 1.3 + phase));

/** Rows of features, some of them hidden. */
function rows(count: number, phase: number, isHidden: (row: number) => boolean): Argument {
  return { values: waves(count * features, phase), shape: [count, features], hidden: (position) => isHidden(Math.floor(position / features)) };
}

const inputs = (isHiddenQuery: (row: number) => boolean, isHiddenKey: (row: number) => boolean): Argument[] =>
  [rows(queries, 0, isHiddenQuery), rows(keys, 1, isHiddenKey), rows(keys, 2, isHiddenKey)];

type Options = Omit<ops.AttentionOptions, 'dropout'>;

/** Masks that hide the second query and the last key. */
const forms: Readonly<Record<string, () => Options>> = {
  'of booleans': () => ({ mask: tensor(allowed) }),
  'of float32': () => ({ mask: tensor(asNumbers(allowed)) }),
  'of booleans, causal': () => ({ mask: tensor(allowed), causal: true }),
  'of float32, causal': () => ({ mask: tensor(asNumbers(allowed)), causal: true }),
};

describe.each(backends)('masks of attention on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each(Object.entries(forms))('hide rows and keys, %s', (_, options) => {
    const fn = ([q, k, v]: readonly Tensor[]): Tensor => attend(q!, k!, v!, options());
    expectHidden(fn, inputs((row) => row === 1, (row) => row === 2));
    const result = fn([normal(key(0), [queries, features]), normal(key(1), [keys, features]), normal(key(2), [keys, features])]);
    expect(ops.slice(ops.reshape(result, [queries, features]), [[1, 2]]).toArray()).toEqual([[0, 0]]);
  });

  test.each<[string, () => Options]>([
    ['a row of keys', () => ({ mask: tensor([true, true, false]) })],
    ['a row of numbers', () => ({ mask: tensor([0, 1, -Infinity]) })],
    ['a row of numbers, causal', () => ({ mask: tensor([0, 1, -Infinity]), causal: true })],
  ])('that broadcast from %s hide keys', (_, options) => {
    expectHidden(([q, k, v]) => attend(q!, k!, v!, options()), inputs(() => false, (row) => row === 2));
  });

  test('that broadcast from a column hide queries', () => {
    const columns = [tensor([[true], [false], [true], [true]]), tensor([[0], [-Infinity], [2], [0]])];
    for (const mask of columns) expectHidden(([q, k, v]) => attend(q!, k!, v!, { mask }), inputs((row) => row === 1, () => false));
  });

  test.each<[string, () => Tensor]>([
    ['false', () => tensor(false)], ['-Infinity', () => tensor(-Infinity)], ['false for each', () => tensor([[false, false, false]])],
    ['-Infinity for each', () => tensor([[-Infinity, -Infinity, -Infinity]])],
  ])('of %s hide everything', (_, mask) => {
    for (const causal of [false, true]) {
      const fn = ([q, k, v]: readonly Tensor[]): Tensor => attend(q!, k!, v!, { mask: mask(), causal });
      expectHidden(fn, inputs(() => true, () => true));
      expect([...fn([zeros([queries, features]), zeros([keys, features]), zeros([keys, features])]).data()].every((value) => value === 0)).toBe(true);
    }
  });

  test('in double precision, beside float32, and with weights dropped', () => {
    const [q, k, v] = [normal(key(0), [queries, features]), normal(key(1), [keys, features]), normal(key(2), [keys, features])];
    const expected = [...attend(q, k, v, { mask: tensor(asNumbers(allowed)) }).data()];
    const double = attend(q, k, v, { mask: tensor(asNumbers(allowed), { dtype: 'float64' }) });
    expect([...double.data()].map((value, index) => Math.abs(value - expected[index]!) < 1e-6)).toEqual(expected.map(() => true));
    const dropout = { rate: 0.5, key: key(3) };
    expectHidden(([a, b, c]) => attend(a!, b!, c!, { mask: tensor(allowed), dropout }), inputs((row) => row === 1, (row) => row === 2));
  });

  test('have a gradient, which is 0 at -Infinity', () => {
    const [q, k, v] = [normal(key(0), [queries, features]), normal(key(1), [keys, features]), normal(key(2), [keys, features])];
    const gradient = grad((mask: Tensor) => ops.sum(ops.square(attend(q, k, v, { mask }))))(tensor(asNumbers(allowed)));
    const isZero = (gradient.toArray() as number[][]).map((row) => row.map((value) => value === 0));
    expect(isZero).toEqual([[true, true, true], [true, true, true], [false, false, true], [true, true, true]].map((row, query) => row.map((zero, other) => zero || !allowed[query]![other])));
  });

  test('are the same as their rows without the hidden keys', () => {
    const double = { dtype: 'float64' } as const;
    const [q, k, v] = [normal(key(0), [queries, features], double), normal(key(1), [keys, features], double), normal(key(2), [keys, features], double)];
    const all = attend(q, k, v, { mask: tensor(allowed), causal: true }).toArray() as number[][];
    allowedBefore.forEach((row, query) => {
      const seen = row.flatMap((may, other) => (may ? [other] : []));
      const at = (x: Tensor): Tensor => ops.gather(x, tensor(seen, { dtype: 'int32', shape: [seen.length] }));
      const alone = seen.length === 0 ? [0, 0] : (attend(ops.slice(q, [[query, query + 1]]), at(k), at(v)).toArray() as number[][])[0]!;
      alone.forEach((value, feature) => expect(all[query]![feature]).toBeCloseTo(value, 12));
    });
  });

  test('a causal query does not see what keys after it hold', () => {
    const values = (poison: number, of: 'key' | 'value'): Tensor[] =>
      ['query', 'key', 'value'].map((name, index) => tensor(waves(8, index).map((value, position) => (name === of && position >= 6 ? poison : value)), { shape: [4, 2] }));
    const earlier = (q: Tensor, k: Tensor, v: Tensor): Tensor => ops.slice(attend(q, k, v, { causal: true }), [[0, 3]]);
    const [q, k, v] = values(0, 'value') as [Tensor, Tensor, Tensor];
    const expected = vjp(earlier, q, k, v);
    for (const poison of poisons) {
      expect(earlier(...(values(poison, 'key') as [Tensor, Tensor, Tensor])).data()).toEqual(expected.value.data());
      const { value, pullback } = vjp(earlier, q, k, values(poison, 'value')[2]!);
      expect(value.data()).toEqual(expected.value.data());
      const cotangent = normal(key(0), [3, 2]);
      const numbers = (gradients: readonly Tensor[]) => gradients.map((gradient) => [...gradient.data()].map((each) => each + 0));
      expect(numbers(pullback(cotangent))).toEqual(numbers(expected.pullback(cotangent)));
    }
  });

  test('what a query may attend to is not hidden', () => {
    const value = (last: number): Tensor => tensor([[1, 2], [last, 3]]);
    const [q, k] = [zeros([3, 2]), zeros([2, 2])];
    const seen = (v: Tensor): unknown => attend(q, k, v, { causal: true }).toArray();
    expect(seen(value(NaN))).toEqual([[1, 2], [NaN, 2.5], [NaN, 2.5]]);
    expect(seen(value(Infinity))).toEqual([[1, 2], [Infinity, 2.5], [Infinity, 2.5]]);
    expect(seen(value(-Infinity))).toEqual([[1, 2], [-Infinity, 2.5], [-Infinity, 2.5]]);
    expect(seen(tensor([[Infinity, 1], [-Infinity, 3]]))).toEqual([[Infinity, 1], [NaN, 2], [NaN, 2]]);
    // Next to a NaN that is hidden.
    const mask = tensor([[true, true, false], [true, false, true]]);
    const beside = attend(zeros([2, 1]), zeros([3, 1]), tensor([[1], [Infinity], [NaN]]), { mask });
    expect(beside.toArray()).toEqual([[Infinity], [NaN]]);
    expect(attend(zeros([1, 1]), zeros([2, 1]), tensor([[1], [-Infinity]]), { mask: tensor([true, true]) }).toArray()).toEqual([[-Infinity]]);
  });

  test('numbers far below 0 leave the weights of what they are alike for', () => {
    const [q, k, v] = [normal(key(0), [3, 2]), normal(key(1), [3, 2]), tensor([[1], [2], [6]])];
    const lowest = -3.4028234663852886e38;
    for (const low of [-1e9, -1e30, -3e38, lowest]) {
      const padded = attend(q, k, v, { mask: tensor([0, 0, low]) }).data();
      expect([...padded]).toEqual([...attend(q, k, v, { mask: tensor([true, true, false]) }).data()]);
      const gradients = vjp((...all: [Tensor, Tensor, Tensor]) => attend(...all, { mask: tensor([low, low, low]) }), q, k, v).pullback(zeros([3, 1]));
      expect(gradients.every((gradient) => [...gradient.data()].every((value) => value === 0))).toBe(true);
    }
    // Scores of whole rows that are swallowed by the number are equal, also before others that causality hides.
    expect(attend(q, k, v, { mask: tensor([lowest, lowest, lowest]), causal: true }).toArray()).toEqual([[1], [1.5], [3]]);
    // A sum that overflows is -Infinity, and so a row of them may attend to nothing.
    const overflowing = (x: Tensor): Tensor => attend(x, tensor([[1], [1]]), tensor([[1], [2]]), { mask: tensor([lowest, lowest]), scale: 1 });
    expect(overflowing(tensor([[-1e38]])).toArray()).toEqual([[0]]);
    expect(grad((x: Tensor) => ops.sum(overflowing(x)))(tensor([[-1e38]])).toArray()).toEqual([[0]]);
  });

  test('with more queries than keys, and with no keys', () => {
    const v = tensor([[1], [3]]);
    expect(attend(zeros([4, 1]), zeros([2, 1]), v, { causal: true }).toArray()).toEqual([[1], [2], [2], [2]]);
    expect(attend(zeros([4, 1]), zeros([2, 1]), v, { causal: true, mask: tensor([-Infinity, 0]) }).toArray()).toEqual([[0], [3], [3], [3]]);
    for (const mask of [zeros([2, 0]), zeros([2, 0], { dtype: 'bool' }), tensor([[true], [false]])]) {
      for (const causal of [false, true]) {
        const { value, pullback } = vjp((q: Tensor) => attend(q, zeros([0, 1]), zeros([0, 2]), { mask, causal }), tensor([[1], [2]]));
        expect(value.toArray()).toEqual([[0, 0], [0, 0]]);
        expect(pullback(value)[0].toArray()).toEqual([[0], [0]]);
      }
    }
  });

  test('in vmap over masks, and over everything', () => {
    const [q, k, v] = [normal(key(0), [queries, features]), normal(key(1), [keys, features]), normal(key(2), [keys, features])];
    const poisoned = ops.concat([ops.slice(v, [[0, 2]]), tensor([[NaN, Infinity]])]);
    const masks = [tensor(allowed), tensor(asNumbers(allowed))];
    for (const mask of masks) {
      const one = attend(q, k, poisoned, { mask });
      const both = (x: Tensor): Tensor => ops.stack([x, x]);
      expect(vmap((m: Tensor) => attend(q, k, poisoned, { mask: m }))(both(mask)).data()).toEqual(both(one).data());
      expect(vmap((a: Tensor, b: Tensor, c: Tensor, m: Tensor) => attend(a, b, c, { mask: m }))(both(q), both(k), both(poisoned), both(mask)).data()).toEqual(both(one).data());
      const gradient = (m: Tensor): Tensor => grad((a: Tensor) => ops.sum(ops.square(attend(a, k, poisoned, { mask: m }))))(q);
      expect(vmap(gradient)(both(mask)).data()).toEqual(both(gradient(mask)).data());
    }
  });

  test('have derivatives that finite differences agree with', () => {
    const double = { dtype: 'float64' } as const;
    const args = [normal(key(0), [queries, features], double), normal(key(1), [keys, features], double), normal(key(2), [keys, features], double)] as const;
    for (const options of Object.values(forms)) {
      const report = checkGradients((q: Tensor, k: Tensor, v: Tensor) => attend(q, k, v, options()), [...args]);
      expect(report.ok, report.toString()).toBe(true);
    }
  });
});
