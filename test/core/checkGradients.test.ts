import { beforeEach, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import {
  apply, ArgumentError, checkGradients, customVjp, definePrimitive, dispose, DTypeError, empty, key, normal, registeredPrimitives, ReleasedTensorError, setDefaultBackend, tensor, TransformError, zeros,
  type Key, type Primitive, type Tensor, type VjpContext,
} from '@adjoint/core';
import { assertGradients, GradientError, tensors } from '@adjoint/core/testing';
import {
  abs, add, argMax, broadcastTo, cast, clip, concat, dropout, greater, greaterEqual, less, log, matmul, max, maximum, mul, neg, pow, relu, sign, sin, slice, sort, sqrt, square, sub, sum,
  tanh, transpose,
} from '@adjoint/ops';
import { backends } from '../backends.js';
import { living } from '../living.js';

const double = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'float64' });

type Rule = (context: VjpContext<Record<string, never>>) => readonly (Tensor | null)[];

let planted = 0;

/** `x * x` or `|x|` with a gradient rule to be tried. */
function customRule(name: 'square' | 'abs', rule: Rule): (x: Tensor) => Tensor {
  const primitive = definePrimitive({
    name: `test: ${name} ${planted++}`,
    keeps: { inputs: 'all' },
    infer: ([input]) => input!,
    forward: (backend, [input], _, type) => {
      const out = empty(backend, type);
      backend.unary(name, input!, out);
      return out;
    },
    vjp: rule,
  });
  return (input) => apply(primitive, [input], {});
}

/** `x * x`, `[n] * [m, n]` and so on, with the kernel of a product and a gradient rule to be tried. */
function product(rule: Rule, keeps: Primitive['keeps'] = { inputs: 'all' }): (left: Tensor, right: Tensor) => Tensor {
  const primitive = definePrimitive({
    name: `test: product ${planted++}`,
    keeps,
    infer: ([left, right]) => (left!.shape.length > right!.shape.length ? left! : right!),
    forward: (backend, [left, right], _, type) => {
      const out = empty(backend, type);
      backend.binary('multiply', left!, right!, out);
      return out;
    },
    vjp: rule,
  });
  return (left, right) => apply(primitive, [left, right], {});
}

const right: Rule = ({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(cotangent, a!)];

describe.each(backends)('checkGradients on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const x = () => double([0.5, -1.5, 2]);
  const y = () => double([1, 0.25, -0.75]);

  test('passes right rules, of trees too, to the third order', () => {
    const fn = (p: { w: Tensor; b: Tensor }, scale: Tensor) => [tanh(add(mul(p.w, p.b), scale)), square(p.w)];
    const report = checkGradients(fn, [{ w: x(), b: y() }, double(0.3)], { order: 3, elementwise: true });
    expect(String(report)).toContain('gradients agree');
    expect(report.ok).toBe(true);
    expect(new Set(report.comparisons.map(({ order }) => order))).toEqual(new Set([1, 2, 3]));
    expect(report.comparisons.filter(({ order, where }) => order === 1 && where.startsWith('direction'))).toHaveLength(3);
    expect(report.comparisons.map(({ where }) => where)).toEqual(expect.arrayContaining(['0.w[0]', '0.b[2]', '1[]']));
    expect(checkGradients(product(right), [x(), y()], { order: 2 }).ok).toBe(true);
  });

  test.each<[string, Rule]>([
    ['a wrong sign', ({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), neg(mul(cotangent, a!))]],
    ['a wrong factor', ({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(1.01, mul(cotangent, a!))]],
    ['the inputs confused', ({ inputs: [, b], cotangent }) => [mul(cotangent, b!), mul(cotangent, b!)]],
    ['a cotangent that is forgotten', ({ inputs: [, b], cotangent }) => [mul(cotangent, b!), null]],
  ])('finds %s, and names the elements', (_, rule) => {
    const report = checkGradients(product(rule), [x(), y()]);
    expect(report.ok).toBe(false);
    const named = report.comparisons.filter(({ ok, where }) => !ok && !where.startsWith('direction')).map(({ where }) => where);
    expect(named).toEqual(['1[0]', '1[1]', '1[2]']);
    expect(String(report)).toMatch(/^gradients differ in 6 of 6 comparisons:\n {2}order +argument +index +analytic +numeric +error +tolerance\n {2}1 +1 +\[\d\] +\S+ +\S+ +\S+e\S+ +\S+e\S+\n/);
    expect(report.worst!.path).toBe('1');
  });

  test('finds one wrong element, and only that', () => {
    const rule: Rule = ({ inputs: [a, b], cotangent }) => [mul(mul(cotangent, b!), double([[1, 1], [1, 1.5]])), mul(cotangent, a!)];
    const report = checkGradients(product(rule), [double([[1, 2], [3, 4]]), double([[5, 6], [7, 8]])], { elementwise: true });
    expect(report.comparisons.filter(({ ok, where }) => !ok && where.includes('[')).map(({ where }) => where)).toEqual(['0[1,1]']);
  });

  test('finds a wrong stride: a rule that forgets to transpose back', () => {
    const primitive = definePrimitive({
      name: `test: transposed ${planted++}`,
      infer: ([input]) => input!,
      forward: (on, [input], _, type) => {
        const out = empty(on, type);
        on.copy(transpose(input!), out);
        return out;
      },
      vjp: ({ cotangent }) => [cotangent],
    });
    const report = checkGradients((a: Tensor) => apply(primitive, [a], {}), [double([[1, 2], [3, 4]])]);
    expect(report.comparisons.filter(({ ok, where }) => !ok && where.includes('[')).map(({ where }) => where)).toEqual(['0[0,1]', '0[1,0]']);
  });

  test('a missing reduction is told by the types already', () => {
    const broadcast = product(({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(cotangent, a!)]);
    expect(() => checkGradients(broadcast, [x(), double([[1, 2, 3], [4, 5, 6]])])).toThrow(
      /^test: product \d+: its gradient rule's cotangent of input 0 is float64 \[2,3\]; expected float64 \[3\]$/,
    );
    const reduced = product(({ inputs: [a, b], cotangent }) => [sum(mul(cotangent, b!), { axes: 0 }), mul(cotangent, a!)]);
    expect(checkGradients(reduced, [x(), double([[1, 2, 3], [4, 5, 6]])]).ok).toBe(true);
    const oneRow: Rule = ({ inputs: [a, b], cotangent }) => [broadcastTo(sum(slice(mul(cotangent, b!), [[0, 1]]), { axes: 0 }), [3]), mul(cotangent, a!)];
    expect(checkGradients(product(oneRow), [x(), double([[1, 2, 3], [4, 5, 6]])]).ok).toBe(false);
  });

  test('finds a first derivative that is right and cannot be differentiated', () => {
    const rule: Rule = ({ inputs: [a, b], cotangent }) => [mul(cotangent, double(b!.data())), mul(cotangent, double(a!.data()))];
    expect(checkGradients(product(rule), [x(), y()]).ok).toBe(true);
    const report = checkGradients(product(rule), [x(), y()], { order: 2 });
    expect(report.ok).toBe(false);
    expect(report.worst!.order).toBe(2);
  });

  test('a gradient that is no number is wrong', () => {
    const rule: Rule = ({ inputs: [a, b], cotangent }) => [mul(Number.NaN, mul(cotangent, b!)), mul(cotangent, a!)];
    const report = checkGradients(product(rule), [x(), y()]);
    expect(report.ok).toBe(false);
    expect(report.notFinite).toEqual([0, 1, 2].map((index) => ({ order: 1, where: `gradient 0[${index}]`, value: Number.NaN })));
    expect(report.comparisons.every(({ ok }) => ok)).toBe(true);
    expect(String(report)).toContain('not finite, which is an error:\n  order 1, gradient 0[0] is NaN');
  });

  /** `x * x` with a rule that is 10 % wrong. */
  const tenPercent = customRule('square', ({ inputs: [a], cotangent }) => [mul(2.2, mul(cotangent, a!))]);
  const inSingle = (fn: (a: Tensor) => Tensor) => (a: Tensor) => fn(cast(a, 'float32'));

  test.each([[[3]], [[8, 16]], [[64, 64]]])('float32 arguments %j are compared in float64', (shape) => {
    const a = normal(key(1), shape);
    const report = checkGradients(square, [a], { order: 2 });
    expect(report).toMatchObject({ ok: true, isProven: true, precision: 'float64', unproven: [] });
    expect(Math.max(...report.detectable.map(({ relative }) => relative))).toBeLessThan(1e-3);
    expect(String(report)).toMatch(/\ncomputed in float64; finds errors of \S+ % or more of a gradient/);
    const slightly = customRule('square', ({ inputs: [x1], cotangent }) => [mul(2.002, mul(cotangent, x1!))]);
    expect(checkGradients(slightly, [a]).ok).toBe(false);
    expect(checkGradients((x1: Tensor) => sum(slightly(x1)), [a]).ok).toBe(false);
    // Arguments that are not differentiated, and constants, are float32 as well.
    expect(checkGradients((x1: Tensor, scale: { by: Tensor }) => mul(square(x1), add(scale.by, tensor(1))), [a, { by: tensor(0.1) }], { argnums: 0 })).toMatchObject({ ok: true, precision: 'float64' });
  });

  test.each([[[3]], [[8, 16]], [[64, 64]]])('a function that computes in float32 itself is compared coarsely, and says so: %j', (shape) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const a = normal(key(1), shape, { dtype });
      const report = checkGradients(inSingle(square), [a]);
      expect(report).toMatchObject({ ok: true, isProven: true, precision: 'float32' });
      expect(report.detectable[0]!.relative).toBeGreaterThan(1e-3);
      expect(report.detectable[0]!.relative).toBeLessThan(0.05);
      expect(checkGradients(inSingle(tenPercent), [a]).ok).toBe(false);
      expect(checkGradients((x1: Tensor) => cast(inSingle(tenPercent)(x1), 'float64'), [a])).toMatchObject({ ok: false, precision: 'float32' });
      expect(checkGradients((x1: Tensor) => sum(inSingle(tenPercent)(x1)), [a]).ok).toBe(false);
    }
    // One that takes nothing else.
    const refuses = (x1: Tensor) => {
      if (x1.dtype !== 'float32') throw new DTypeError('float32 only');
      return square(x1);
    };
    expect(checkGradients(refuses, [normal(key(1), shape)])).toMatchObject({ ok: true, precision: 'float32' });
  });

  test('in float32 an error that would not be found fails', () => {
    const hidden = (x1: Tensor) => add(1000, inSingle(tenPercent)(x1));
    const a = tensor([1, 2, 3]);
    const report = checkGradients(hidden, [a]);
    expect(report).toMatchObject({ ok: false, isProven: false, unproven: [{ order: 1, path: '0', isError: true }] });
    expect(report.comparisons.every(({ ok }) => ok)).toBe(true);
    expect(String(report)).toMatch(/\nnot proven:\n {2}order 1, argument 0: an error below \S+ % of its gradient would not be found in float32 /);
    expect(checkGradients(hidden, [a], { sensitivity: Infinity }).ok).toBe(true);
    expect(checkGradients(hidden, [a], { relativeTolerance: 0.01 }).ok).toBe(true);
    expect(checkGradients(inSingle(square), [a], { sensitivity: 1e-4 })).toMatchObject({ ok: false, isProven: false });
  });

  test('the gradient in float32 is compared with the one in float64', () => {
    const onlyInSingle = customRule('square', ({ inputs: [x1], cotangent }) => [mul(x1!.dtype === 'float32' ? 2.2 : 2, mul(cotangent, x1!))]);
    expect(checkGradients(onlyInSingle, [double([1, 2, 3])]).ok).toBe(true);
    const report = checkGradients(onlyInSingle, [tensor([1, 2, 3])]);
    expect(report).toMatchObject({ ok: false, worst: { where: 'float32 gradient 0' } });
    const overflows = checkGradients((x1: Tensor) => sum(square(square(x1))), [tensor([1e15, 1])]);
    expect(overflows).toMatchObject({ ok: false, notFinite: [{ where: 'float32 gradient 0[0]' }] });
  });

  test('a small gradient does not hide among large terms', () => {
    const p = { large: normal(key(1), [100], { dtype: 'float64' }), small: double([1, 2, 3]) };
    const loss = (wrong: (a: Tensor) => Tensor) => (tree: typeof p) => add(sum(square(tree.large)), sum(mul(1e-6, wrong(tree.small))));
    expect(checkGradients(loss(square), [p])).toMatchObject({ ok: true, unproven: [] });
    const report = checkGradients(loss(tenPercent), [p]);
    expect(report).toMatchObject({ ok: false, worst: { where: 'direction of 0.small' } });
    expect(checkGradients((a: Tensor) => add(1e8, sum(tenPercent(a))), [double([1, 2, 3])]).ok).toBe(false);
  });

  test.each<[string, (a: Tensor) => unknown, () => Tensor, RegExp]>([
    ['an empty argument', square, () => zeros([0, 3], { dtype: 'float64' }), /^order 1: the result has no elements; nothing was compared/],
    ['an empty argument of a sum', (a) => sum(a), () => zeros([0, 3]), /^order 1, argument 0: it has no elements; nothing was compared/],
    ['an empty result', (a) => slice(a, [[0, 0]]), x, /^order 1: the result has no elements; nothing was compared/],
    ['a constant function', () => double([1, 2]), x, /^order 1, argument 0: the gradient is 0, and so are the differences; one below \S+ would not be told from it/],
    ['a gradient of 0', (a) => mul(0, a), x, /^order 1, argument 0: the gradient is 0/],
    ['a gradient that is too small', tanh, () => double([15, 16]), /^order 1, argument 0: an error below \S+ % of its gradient would not be found/],
  ])('%s proves nothing, which the report tells', (_, fn, argument, reason) => {
    const report = checkGradients(fn, [argument()]);
    expect(report).toMatchObject({ ok: true, isProven: false });
    const [first] = report.unproven;
    expect(`order ${first!.order}${first!.path === null ? '' : `, argument ${first!.path}`}: ${first!.reason}`).toMatch(reason);
    expect(first!.isError).toBe(false);
    expect(String(report)).toContain('\nnot proven:\n  order 1');
  });

  test('a rule that gives 0 where the differences are not 0 is wrong, not unproven', () => {
    const flat = customVjp((a: Tensor, b: Tensor) => mul(a, b), ({ args: [a], cotangent }) => [mul(0, cotangent), mul(cotangent, a)]);
    const report = checkGradients(flat, [x(), y()]);
    expect(report).toMatchObject({ ok: false, unproven: [] });
    expect(String(report)).not.toContain('so are the differences');
  });

  test('an argument that is not proven does not hide that another one is', () => {
    const report = checkGradients((a: Tensor, _: Tensor) => square(a), [x(), y()]);
    expect(report).toMatchObject({ ok: true, isProven: true, unproven: [{ order: 1, path: '1' }] });
    expect(report.detectable.map(({ path, relative }) => [path, relative < 1e-4])).toEqual([['0', true], ['1', false]]);
  });

  test('the seed decides on the directions, and nothing stays in memory', () => {
    const args: [Tensor] = [x()];
    const before = living();
    const run = (seed: number) => checkGradients(tanh, args, { seed }).comparisons.map(({ analytic }) => analytic);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(living()).toEqual(before);
  });

  test.each<[string, Parameters<typeof checkGradients>[2]]>([
    ['order', { order: 0 }], ['order', { order: 1.5 }], ['directions', { directions: 0 }], ['directions', { directions: Number.NaN }],
    ['epsilon', { epsilon: 0 }], ['epsilon', { epsilon: Number.NaN }], ['epsilon', { epsilon: -1e-6 }], ['relativeTolerance', { relativeTolerance: -1 }],
    ['absoluteTolerance', { absoluteTolerance: Number.NaN }], ['sensitivity', { sensitivity: 0 }], ['sensitivity', { sensitivity: Number.NaN }], ['seed', { seed: -1 }],
    ['argnums', { argnums: 1 }], ['argnums', { argnums: [] }], ['argnums', { argnums: [0, 0] }], ['argnums', { argnums: -1 }],
    ['method', { method: 'complex' as 'central' }], ['kinks', { kinks: 'ignore' as 'mean' }],
  ])('%s out of range is refused: %j', (option, options) => {
    expect(() => checkGradients(tanh, [x()], options)).toThrow(ArgumentError);
    expect(() => checkGradients(tanh, [x()], options)).toThrow(option);
  });

  test('what has no gradient is refused', () => {
    expect(() => checkGradients((a: Tensor) => cast(a, 'int32'), [x()])).toThrow(TransformError);
    expect(() => checkGradients((a: Tensor) => cast(a, 'int32'), [x()])).toThrow('checkGradients: the result is int32 [3]; expected float32 or float64');
    const labels = { classes: tensor([1], { dtype: 'int32' }) };
    expect(() => checkGradients((a: typeof labels) => cast(a.classes, 'float64'), [labels])).toThrow(DTypeError);
    expect(() => checkGradients((a: typeof labels) => cast(a.classes, 'float64'), [labels])).toThrow(/^checkGradients: argument 0[.]classes is int32 \[1\]; .*cast.*argnums/);
    expect(() => checkGradients((a: Tensor, factor: number) => mul(a, factor), [x(), 3])).toThrow(/^checkGradients: argument 1: .*argnums/);
    expect(() => checkGradients((factor: number) => factor, [3], { argnums: 0 })).toThrow(ArgumentError);
    expect(() => checkGradients(() => x(), [])).toThrow(TransformError);
    expect(() => checkGradients(async (a: Tensor) => a, [x()])).toThrow(/^checkGradients: .*promise/);
    const gone = x();
    dispose(gone);
    expect(() => checkGradients(tanh, [gone])).toThrow(ReleasedTensorError);
    let calls = 0;
    expect(() => checkGradients((a: Tensor) => mul(a, ++calls), [x()])).toThrow(/^checkGradients: the function gives another result for the same arguments/);
  });

  test('differentiates with respect to the chosen arguments and passes on the others as they are', () => {
    const labels = tensor([0, 2, 1], { dtype: 'int32' });
    const fn = (scale: Tensor, classes: Tensor, from: Key, options: { readonly rate: number }, p: { readonly w: Tensor }) =>
      mul(dropout(mul(scale, p.w), { rate: options.rate, key: from }), cast(classes, 'float64'));
    const args = [x(), labels, key(1), { rate: 0.3 }, { w: y() }] as const;
    const report = checkGradients(fn, args, { argnums: [0, 4], order: 2, elementwise: true });
    expect(String(report)).toContain('gradients agree');
    expect(new Set(report.comparisons.map(({ path }) => path))).toEqual(new Set([null, '0', '4.w']));
    expect(checkGradients(fn, args, { argnums: 4, elementwise: true }).comparisons.flatMap(({ path }) => path ?? [])).toEqual(['4.w', '4.w', '4.w']);
    const wrong = product(({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), neg(mul(cotangent, a!))]);
    expect(checkGradients(wrong, [x(), y()], { argnums: 0 }).ok).toBe(true);
    expect(checkGradients(wrong, [x(), y()], { argnums: [1] }).worst!.path).toBe('1');
  });

  test('an argument that the function ignores has zeros for its gradient', () => {
    const report = checkGradients((a: Tensor, _: Tensor) => square(a), [x(), y()], { order: 2, elementwise: true });
    expect(report.ok).toBe(true);
    expect(report.comparisons.find(({ where }) => where === '1[2]')).toMatchObject({ analytic: 0, numeric: 0 });
  });

  const slopeAbove: Rule = ({ inputs: [a, b], cotangent }) => [mul(cotangent, cast(greaterEqual(a!, b!), 'float64')), mul(cotangent, cast(less(a!, b!), 'float64'))];

  test.each<[string, (a: Tensor) => Tensor, number[], [number, number][]]>([
    ['relu', relu, [1, 0, -1], [[1, 0]]],
    ['abs', abs, [2, -3, 0], [[2, 0]]],
    ['max with a tie', (a) => max(a), [0.5, 1, 1], [[1, 0.5], [2, 0.5]]],
    ['max with three equal ones', (a) => max(a), [1, 1, 1], [[0, 1 / 3], [1, 1 / 3], [2, 1 / 3]]],
    ['sort with a tie', (a) => mul(sort(a), double([0, 1, 0])), [3, 2, 3], [[0, 1], [2, 0]]],
    ['clip at its bound', (a) => clip(a, null, 2), [2, 3, 1], [[0, 0.5]]],
  ])('%s is not smooth, and the report names the elements and their slopes', (_, fn, values, expected) => {
    const scalar = (a: Tensor) => sum(fn(a));
    const report = checkGradients(scalar, [double(values)], { order: 2 });
    expect(report.ok, String(report)).toBe(true);
    expect(report.kinks.map(({ order, where }) => [order, where]).sort()).toEqual(expected.map(([element]) => [1, `0[${element}]`]));
    for (const { kink } of report.kinks) expect(Math.abs(kink![1] - kink![0])).toBeCloseTo(fn === abs ? 2 : 1, 4);
    expect(String(report)).toMatch(/not smooth, so that there is no derivative:\n {2}order 1, 0\[\d\]: slope \S+ below, slope \S+ above, analytic/);
    expect(checkGradients(scalar, [double(values)], { kinks: 'refuse' }).ok).toBe(false);
    expect(checkGradients(scalar, [double(values)], { elementwise: true }).kinks).toHaveLength(expected.length);
  });

  test('a tie that is shared is the mean of both slopes, and one that is not lies between them', () => {
    const tie = [double([1]), double([1])] as const;
    expect(checkGradients(maximum, tie, { kinks: 'mean' }).ok).toBe(true);
    const unshared = product(slopeAbove);
    const larger = (a: Tensor, b: Tensor) => add(maximum(a, b), mul(0, unshared(a, b)));
    expect(checkGradients(larger, tie).ok).toBe(true);
    expect(checkGradients((a: Tensor) => relu(a), [double([0])], { kinks: 'mean' }).ok).toBe(false);
  });

  test('no kink excuses a wrong rule, at another element or at its own', () => {
    const twice = customRule('square', ({ inputs: [a], cotangent }) => [mul(3, mul(cotangent, a!))]);
    const report = checkGradients((a: Tensor, b: Tensor) => [relu(a), twice(b)], [double([0, 0]), double([1, -2])]);
    expect(report.comparisons.filter(({ ok, path }) => !ok && path !== null).map(({ where }) => where)).toEqual(['1[0]', '1[1]']);
    expect(report.kinks.map(({ where }) => where).sort()).toEqual(['0[0]', '0[1]']);
    expect(report.worst!.path).toBe('1');
    const steep = customRule('abs', ({ inputs: [a], cotangent }) => [mul(cotangent, add(mul(2, greaterEqual(a!, 0)), -0.5))]);
    const own = checkGradients((a: Tensor) => sum(steep(a)), [double([0])]);
    expect(own.ok).toBe(false);
    expect(own.worst).toMatchObject({ where: '0[0]', analytic: 1.5, error: expect.closeTo(0.5, 4) as number });
    expect(String(own)).toContain('slope -1 below, slope 1 above, analytic 1.5 is refused');
  });

  test('nor does a kink so near that only the smallest step does not reach it', () => {
    const steep = customRule('abs', ({ inputs: [a], cotangent }) => [mul(1.5, mul(cotangent, sign(a!)))]);
    const near = double([1e-7]);
    expect(checkGradients((a: Tensor) => sum(steep(a)), [near], { method: 'extrapolated' }).comparisons.every(({ ok }) => !ok)).toBe(true);
    expect(checkGradients((a: Tensor) => sum(abs(a)), [near], { method: 'extrapolated' }).ok).toBe(true);
  });

  test('the worst comparison is the one with the largest error', () => {
    const off = customRule('square', ({ inputs: [a], cotangent }) => [mul(cotangent, add(mul(2, a!), double([0.1, 0.5, 0.2])))]);
    const report = checkGradients((a: Tensor) => sum(off(a)), [double([1, 1, 1])]);
    expect(report.worst!.where).toBe('0[1]');
  });

  test('slopes that cancel along a direction are kinks of their elements', () => {
    // Along (1, -1) this is a straight line, though not of the slope that the gradient tells.
    const report = checkGradients((a: Tensor) => sub(relu(slice(a, [[0, 1]])), relu(slice(a, [[1, 2]]))), [double([0, 0])], { directions: 5 });
    expect(report.ok, String(report)).toBe(true);
    expect(report.kinks).toHaveLength(2);
  });

  test('small kinks among large terms, of the second order too', () => {
    // Zeros in the input, and no bias: units of two examples are at their kink, whose loss is smooth to the first order.
    const examples = concat([normal(key(1), [4, 8], { dtype: 'float64' }), zeros([2, 8], { dtype: 'float64' })], 0);
    const params = { w: normal(key(2), [8, 20], { dtype: 'float64' }), b: zeros([20], { dtype: 'float64' }), v: normal(key(3), [20, 1], { dtype: 'float64' }) };
    const loss = (p: typeof params) => sum(square(matmul(relu(add(matmul(examples, p.w), p.b)), p.v)));
    const report = checkGradients(loss, [params], { order: 2 });
    expect(report.ok, String(report)).toBe(true);
    expect(new Set(report.kinks.map(({ order, path }) => `${order} ${path}`))).toEqual(new Set(['2 0.b']));
    const wrong = product(({ inputs: [a, b], cotangent }) => [mul(1.001, mul(cotangent, b!)), mul(cotangent, a!)]);
    expect(checkGradients((p: typeof params) => wrong(loss(p), double(1)), [params], { order: 2 }).ok).toBe(false);
  });

  test('a kink nearby is no kink', () => {
    const report = checkGradients((a: Tensor) => add(relu(a), square(a)), [double([1e-7, -1e-7, 3e-6, 1e-3])], { elementwise: true });
    expect(report.ok, String(report)).toBe(true);
    expect(report.kinks).toEqual([]);
  });

  test('where a function jumps, the slope of the other side counts', () => {
    const step = (a: Tensor) => cast(greater(a, 0), 'float64');
    const report = checkGradients((a: Tensor) => sum(step(a)), [double([0, 1])]);
    expect(report.ok, String(report)).toBe(true);
    expect(report.kinks).toMatchObject([{ where: '0[0]', kink: [0, Infinity], analytic: 0 }]);
    const jumps = checkGradients((a: Tensor) => sum(sign(a)), [double([0, 1])]);
    expect(jumps).toMatchObject({ ok: false, kinks: [{ where: '0[0]', kink: [Infinity, Infinity] }] });
    expect(checkGradients((a: Tensor) => cast(argMax(a), 'float64'), [double([1, 3, 2])]).kinks).toEqual([]);
    expect(checkGradients((a: Tensor) => cast(argMax(a), 'float64'), [double([1, 3, 3])]).kinks.map(({ where }) => where)).toEqual(['0[1]', '0[2]']);
    const edge = checkGradients((a: Tensor) => sum(pow(a, 2.5)), [double([0, 1])]);
    expect(edge.ok, String(edge)).toBe(true);
    expect(edge.kinks).toMatchObject([{ where: '0[0]', kink: [Number.NaN, expect.closeTo(0, 3) as number] }]);
  });

  test('a result or a gradient that is not finite is told as such', () => {
    const ofResult = checkGradients((a: Tensor) => ({ loss: log(a) }), [double([1, 0, -1])], { order: 2 });
    expect(ofResult).toMatchObject({ ok: false, comparisons: [], notFinite: [{ order: 1, where: 'result.loss[1]', value: -Infinity }, { where: 'result.loss[2]', value: Number.NaN }] });
    expect(String(ofResult)).toContain('order 1, result.loss[1] is -Infinity');
    const ofGradient = checkGradients(sqrt, [double([0, 4])]);
    expect(ofGradient).toMatchObject({ ok: false, notFinite: [{ order: 1, where: 'gradient 0[0]' }] });
    expect(Math.abs(ofGradient.notFinite[0]!.value)).toBe(Infinity);
  });

  test('what a central difference cannot tell is extrapolated', () => {
    // The step of a central difference is a hundredth of the distance to the pole, and the function wild.
    const near = checkGradients(log, [double([1e-4, 5e-4])], { elementwise: true });
    expect(near.ok, String(near)).toBe(true);
    const wild = checkGradients((a: Tensor) => sin(mul(300, a)), [double([0.3, 0.7])], { elementwise: true, order: 2 });
    expect(wild.ok, String(wild)).toBe(true);
    expect(checkGradients((a: Tensor) => square(a), [double([1e7, 1, 1e-7])], { elementwise: true }).ok).toBe(true);
  });

  test('extrapolation finds a mistake of a ten-millionth', () => {
    const slightly = product(({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(1 + 1e-7, mul(cotangent, a!))]);
    const fn = (a: Tensor, b: Tensor) => slightly(tanh(a), b);
    expect(checkGradients(fn, [x(), y()]).ok).toBe(true);
    const report = checkGradients(fn, [x(), y()], { method: 'extrapolated' });
    expect(report.ok).toBe(false);
    expect(report.worst!.path).toBe('1');
    const right1 = checkGradients((a: Tensor, b: Tensor) => mul(tanh(a), sin(b)), [x(), y()], { method: 'extrapolated', order: 2, elementwise: true });
    expect(right1.ok, String(right1)).toBe(true);
    expect(Math.max(...right1.comparisons.map(({ error }) => error))).toBeLessThan(1e-9);
  });

  test('of many elements, the wrong ones are found by halves', () => {
    let calls = 0;
    const wrongAt = (place: number) => customRule('square', ({ inputs: [a], cotangent }) => {
      const factor = new Float64Array(a!.size).fill(2);
      factor[place] = 2.5;
      return [mul(double(factor), mul(cotangent, a!))];
    });
    const fn = wrongAt(777);
    const report = checkGradients((a: Tensor) => { calls++; return fn(a); }, [double(Array.from({ length: 1000 }, (_, index) => 1 + index / 1000))]);
    expect(report.comparisons.filter(({ path }) => path !== null).map(({ where, ok }) => [where, ok])).toEqual([['0[777]', false]]);
    expect(calls).toBeLessThan(300);
    const everywhere = checkGradients(customRule('square', ({ cotangent }) => [cotangent]), [double(new Float64Array(1000).fill(3))]);
    expect(everywhere.comparisons.filter(({ path }) => path !== null)).toHaveLength(32);
  });

  test('assertGradients catches a rule that reads what its primitive does not keep', () => {
    fc.assert(
      fc.property(tensors([2]), tensors([2]), (a, b) => {
        const run = (fn: (left: Tensor, right: Tensor) => Tensor) => () =>
          assertGradients({ inputs: [a, b], fn: (left, other) => fn(square(left), square(other)) });
        expect(run(product(right))).not.toThrow();
        expect(run(product(right, { inputs: [0] }))).toThrow(ReleasedTensorError);
      }),
      { numRuns: 10 },
    );
  });

  test('assertGradients throws with the report', () => {
    const wrong = product(({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), neg(mul(cotangent, a!))]);
    fc.assert(
      fc.property(tensors([2], { awayFromZero: 0.5 }), tensors([2], { awayFromZero: 0.5 }), (a, b) => {
        const run = () => assertGradients({ inputs: [a, b], fn: (left, other) => wrong(left, other) });
        expect(run).toThrow(GradientError);
        expect(run).toThrow(/^gradients differ in/);
      }),
      { numRuns: 5 },
    );
  });
});

test('a primitive is registered under its name', () => {
  const primitive: Primitive = { name: 'test: once', infer: ([input]) => input!, forward: (_, [input]) => input!, vjp: 'none' };
  expect(definePrimitive(primitive)).toBe(primitive);
  expect(registeredPrimitives().get('test: once')).toBe(primitive);
});
